/** What the tests of `evaluate` and `probabilities` share: a state to evaluate, its logits, the uniforms. */

import type { Dataset } from "../../src/data/dataset.ts";
import { erm } from "../../src/mixing/mixing.ts";
import type { Loss } from "../../src/model/loss.ts";
import { linear } from "../../src/model/nets.ts";
import { sgd } from "../../src/model/optimizer.ts";
import type { PopulationState } from "../../src/training/gpu/state.ts";
import { randomNumbers, testState } from "./harness.ts";

export const RUNS = 3;

/** Three runs that are evaluated after steps 4, 8 and 10. */
export function evaluationState(
  loss: Loss,
  outputs: number,
  evaluationData: Dataset,
  probes: number,
): Promise<PopulationState> {
  const { dimensions } = evaluationData;
  return testState({
    data: evaluationData,
    evaluationData,
    probePoints: new Float32Array(probes * dimensions),
    loss,
    model: linear(dimensions, outputs),
    optimizer: sgd(),
    steps: 10,
    evaluateEvery: 4,
    runs: Array.from({ length: RUNS }, (_, seed) => ({ seed, mixing: erm() })),
  });
}

/** Logits `[R, points, outputs]`. */
export function someLogits(points: number, outputs: number): Float32Array {
  return randomNumbers(61, RUNS * points * outputs, 8);
}

/** Rows first .. first + count - 1 of each run's rows: what the layers' buffers hold of it. */
export function partOf(all: Float32Array, points: number, first: number, count: number): Float32Array {
  const width = all.length / (RUNS * points);
  const part = new Float32Array(RUNS * count * width);
  for (let r = 0; r < RUNS; r++) {
    const start = (r * points + first) * width;
    part.set(all.subarray(start, start + count * width), r * count * width);
  }
  return part;
}

/** Words that are not to be written keep this. */
export const UNTOUCHED = 0xabcdef01;

/** Uniforms of an evaluation: the submit began with evaluation `firstEvaluation`. */
export function evaluationUniforms(firstEvaluation: number, first: number, count: number) {
  return [{ uniform: Uint32Array.of(0, 10, firstEvaluation, 0) }, { uniform: Uint32Array.of(first, count) }];
}
