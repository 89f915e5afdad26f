/** What the tests of the kernels of pairs share: random logits, a state for them, and what float64 makes of them. */

import { pairDataset } from "../../src/data/pairs.ts";
import { erm } from "../../src/mixing/mixing.ts";
import { contrastive } from "../../src/model/loss.ts";
import { normalizedRows, pairLogSums } from "../../src/model/metrics/pairs.ts";
import { twoTowers } from "../../src/model/nets.ts";
import { sgd } from "../../src/model/optimizer.ts";
import type { PopulationState } from "../../src/training/gpu/state.ts";
import { randomNumbers, testState } from "./harness.ts";

/** R, B, H. */
export const SIZES = [
  [1, 1, 1],
  [3, 63, 3],
  [2, 65, 16],
  [1, 257, 5],
] as const;

/** A state with R runs, B pairs and 2 H outputs; its data are not used. */
export function pairState(R: number, B: number, H: number): Promise<PopulationState> {
  const points = new Float32Array(B);
  return testState({
    data: pairDataset({ first: points, second: points, dimensions: [1, 1] }),
    model: twoTowers([1, H]),
    loss: contrastive({ temperature: 0.2 }),
    optimizer: sgd(),
    steps: 100,
    runs: Array.from({ length: R }, (_, seed) => ({ seed, mixing: erm() })),
  });
}

/** Pairs of a batch as float64 has them, with cosines as a kernel is given them. */
export function pairBatch(seed: number, B: number, H: number, temperature: number) {
  const logits = randomNumbers(seed, 2 * B * H, 3);
  const halves = [0, 1].map((half) => normalizedRows(logits, B, 2 * H, half));
  const [first, second] = halves.map(({ rows }) => rows);
  const cosines = Float32Array.from({ length: B * B }, (_, at) => {
    const [i, j] = [Math.floor(at / B), at % B];
    let product = 0;
    for (let h = 0; h < H; h++) product += first[i * H + h] * second[j * H + h];
    return product;
  });
  return { logits, halves, cosines, sums: pairLogSums(first, second, B, temperature) };
}

/** Of all runs one behind the other. */
export function joined(parts: readonly ArrayLike<number>[]): Float32Array<ArrayBuffer> {
  return Float32Array.from(parts.flatMap((part) => Array.from(part)));
}

/** Samples' weights, and losses that are not there yet. */
export function sampleLosses(weights: ArrayLike<number>): Float32Array<ArrayBuffer> {
  return Float32Array.from({ length: 2 * weights.length }, (_, i) => (i % 2 === 0 ? weights[i / 2] : -7));
}
