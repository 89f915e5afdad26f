/**
 * Laws of lambda as tables: a random 32-bit word in, a lambda out, branch-free and the same on every device.
 *
 * With tail = min(w, 2^32-1-w), the nodes stand 64 an octave of the tail (every integer below 128), so that both tails
 * have the same relative resolution; between nodes the quantile is linear. The table holds the lower half's nodes,
 * then the upper half's. Twin of `shaders/parts/lambda.wgsl`, to 1 ulp (a GPU may fuse the multiply and add).
 *
 * A symmetric Beta law below {@link CENTRED_BELOW} has next to nothing in its tails, and leaps from 0 to 1 around u = 1/2,
 * where nodes are far apart. For it u counts from the middle instead: small tails are near 1/2. Its words are as
 * uniform, only no longer in the order of lambda.
 */

import { betaQuantile } from "../numeric/incompleteBeta.ts";
import { intervalOf, type Law } from "./laws.ts";

/** Nodes of one half: tails 0 .. 127 one by one, 24 octaves of 64, and the node at u = 1/2. */
const HALF_NODES = 24 * 64 + 128 + 1;

/** Numbers in one law's table. */
export const QUANTILE_TABLE_SIZE = 2 * HALF_NODES;

/**
 * Smaller lambdas are 0: they change no mixed point, and interpolating between them would give subnormal numbers, which
 * some adapters flush to 0 and others do not.
 */
const SMALLEST = 2 ** -64;

/** Alpha below which nodes stand around u = 1/2; there both ways give E[lambda (1 - lambda)] to 0.1 %. */
const CENTRED_BELOW = 0.05;

const tables = new Map<string, Float32Array>();

/** The law's table, `[QUANTILE_TABLE_SIZE]`: made in float64, once a law. Treat it as read-only. */
export function quantileTable(law: Law): Float32Array {
  const key = JSON.stringify(law);
  let table = tables.get(key);
  if (table === undefined) {
    table = new Float32Array(QUANTILE_TABLE_SIZE);
    for (let node = 0; node < HALF_NODES; node++) {
      const u = (nodeTail(node) + 0.5) * 2 ** -32;
      const centred = isCentred(law);
      const lower = centred ? quantile(law, Math.max(0.5 - u, 0)) : quantile(law, u);
      table[node] = lower < SMALLEST ? 0 : lower;
      table[HALF_NODES + node] = centred ? 1 - lower : upperQuantile(law, u);
    }
    tables.set(key, table);
  }
  return table;
}

/** lambda for a random word, by a table of {@link quantileTable} that starts at `offset`. */
export function lambdaFromWord(table: Float32Array, word: number, offset = 0): number {
  const upper = word >>> 31;
  const tail = upper === 1 ? ~word >>> 0 : word;
  const shift = Math.max(25 - Math.clz32(tail), 0);
  const node = offset + upper * HALF_NODES + shift * 64 + (tail >>> shift);
  const fraction = (tail & ((1 << shift) - 1)) * 2 ** -shift;
  return Math.fround(table[node] + Math.fround(Math.fround(table[node + 1] - table[node]) * fraction));
}

/** The tail at which a node stands. */
function nodeTail(node: number): number {
  const shift = Math.max(Math.floor(node / 64) - 1, 0);
  return (node - shift * 64) * 2 ** shift;
}

function isCentred(law: Law): boolean {
  return law.kind === "beta" && law.a === law.b && law.a < CENTRED_BELOW;
}

/** lambda with P(Lambda <= lambda) = u. */
function quantile(law: Law, u: number): number {
  if (law.kind === "beta") return betaQuantile(u, law.a, law.b);
  if (law.kind === "constant") return law.value;
  const [from, to] = intervalOf(law);
  return from + (to - from) * u;
}

/** lambda with P(Lambda > lambda) = u: not the quantile of 1 - u, which would lose the upper tail. */
function upperQuantile(law: Law, u: number): number {
  if (law.kind === "beta") return 1 - betaQuantile(u, law.b, law.a);
  if (law.kind === "constant") return law.value;
  const [from, to] = intervalOf(law);
  return to - (to - from) * u;
}
