/** The tables of `momentTable.ts`, read in float64 as the shader reads them, against the float64 moments. */

import { describe, expect, it } from "vitest";
import { beta } from "../../src/mixing/laws.ts";
import { lawMoments } from "../../src/theory/moments.ts";
import { type MomentTable, momentTable } from "../../src/theory/momentTable.ts";

const real = new Float32Array(1);
const bits = new Uint32Array(real.buffer);

/** Which cell a lambda is in, where that begins, and which way it goes. */
function cellOf({ left, right, shift }: MomentTable, lambda: number) {
  const isRight = lambda >= 0.5;
  real[0] = isRight ? 1 - lambda : lambda;
  const { low, high, offset } = isRight ? right : left;
  const number = Math.min(Math.max(bits[0] >>> shift, low), high, (0x3f000000 >>> shift) - 1);
  const edge = (n: number) => {
    bits[0] = n << shift;
    return real[0];
  };
  const [start, width] = [edge(number), edge(number + 1) - edge(number)];
  const u = ((isRight ? 1 - lambda : lambda) - start) / width;
  return { cell: number + offset, side: isRight ? -1 : 1, width, u };
}

/** P(law < lambda) from the table, as a part counted from below or, with 1 taken off, from above. */
function distribution(table: MomentTable, lambda: number): { value: number; above: boolean } {
  const { cell, side, width, u } = cellOf(table, lambda);
  const [c0, c1, c2, start] = table.cells.subarray(4 * cell, 4 * cell + 4);
  const sum = start + side * width * u * (c0 + u * (c1 / 2 + u * (c2 / 3)));
  const code = table.exponents[cell];
  return { value: sum === 0 ? 0 : sum * 2 ** (code >> 1), above: (code & 1) === 1 };
}

const LAWS: [number, number][] = [
  [0.05, 0.05],
  [0.2, 0.2],
  [1, 3],
  [2, 5],
  [0.5, 3],
  [2, 2],
  [32, 32],
  [200, 20],
  [20, 2000],
  [1024, 1024],
  [1e5, 1e5],
];

describe("momentTable", () => {
  for (const [a, b] of LAWS) {
    it(`beta(${a}, ${b}): the distribution function from either end, to 2e-6 of itself`, () => {
      const table = momentTable(a, b);
      const { over } = lawMoments(beta(a, b));
      const into = { first: 0, second: 0 };
      for (let i = 1; i < 400; i++) {
        const lambda = i / 400;
        const { value, above } = distribution(table, lambda);
        if (above) over(lambda, 1, into);
        else over(0, lambda, into);
        const expected = into.first + into.second;
        // Smaller tails are left out.
        if (expected < 1e-303) expect(Math.abs(value)).toBeLessThan(1e-300);
        else expect(Math.abs(value / (above ? -expected : expected) - 1)).toBeLessThan(2e-6);
      }
    });
  }
});
