/** Which partners a pairing draws, as probabilities of all pairs. Pure. */

import { type Dataset, labelKernelProbabilities, type Mixing } from "../../../../src/index.ts";

/** Points in the order of their labels, `[N]`. */
export function byLabel({ targets, size }: Dataset): number[] {
  return Array.from({ length: size }, (_, n) => n).sort((a, b) => targets[a] - targets[b] || a - b);
}

/** P(j | i), `[N, N]`, row i, of data whose labels are numbers. */
export function partnerProbabilities({ targets, size: N }: Dataset, { pairing }: Mixing): Float64Array {
  if (typeof pairing === "object") return labelKernelProbabilities(targets, 1, pairing);
  const rows = new Float64Array(N * N).fill(1 / N);
  if (pairing === "other")
    for (let i = 0; i < N; i++) for (let j = 0; j < N; j++) rows[i * N + j] = i === j ? 0 : 1 / (N - 1);
  return rows;
}
