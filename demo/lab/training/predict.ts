/**
 * Nets before a training, and nets at points outside of one: the one place to swap when the library can do it on the
 * device. In float64 on the CPU, in the worker.
 */

import type { NamedTensors, TrainConfig } from "../../../src/index.ts";
import { initialParameters } from "../../../src/model/initialization.ts";
import { sizeOf } from "../../../src/model/layers/layer.ts";
import { nameParameters } from "../../../src/model/layout.ts";
import { traceModel } from "../../../src/model/trace.ts";
import { netClassifier, softmaxRows } from "../../../src/theory/netClassifier.ts";
import type { Experiment } from "./experiment.ts";

/** Probabilities of several nets at points `[M, D]`: `[R, M, K]`, as in a frame; of regression outputs as they are. */
export function predictNets(
  { model, data }: Pick<TrainConfig, "model" | "data">,
  nets: readonly NamedTensors[],
  points: Float32Array,
): Float32Array {
  const C = traceModel(model).outputs;
  const M = points.length / sizeOf(model.inputShape);
  const wide = Float64Array.from(points);
  const probabilities = new Float32Array(nets.length * M * C);
  nets.forEach((parameters, r) => {
    // Before training, nets of one seed are one and the same.
    const same = nets.indexOf(parameters);
    if (same < r) probabilities.copyWithin(r * M * C, same * M * C, (same + 1) * M * C);
    else if (M > 0) {
      const logits = netClassifier(model, parameters)(wide, M);
      probabilities.set(data.labels === undefined ? logits : softmaxRows(logits, M), r * M * C);
    }
  });
  return packProbabilities(probabilities, C);
}

/** From all classes `[..., C]` to the channels that travel `[..., K]`. A copy. */
export function packProbabilities(
  probabilities: ArrayLike<number>,
  classes: number,
): Float32Array<ArrayBuffer> {
  if (classes !== 2) return Float32Array.from(probabilities);
  const packed = new Float32Array(probabilities.length / 2);
  for (let i = 0; i < packed.length; i++) packed[i] = probabilities[2 * i + 1];
  return packed;
}

/** The nets of an experiment before their first step. */
export function initialNets({ train: { model, runs } }: Experiment): NamedTensors[] {
  const bySeed = new Map<number, NamedTensors>();
  return runs.map(({ seed, parameters }) => {
    if (parameters !== undefined) return parameters;
    const known =
      bySeed.get(seed) ?? nameParameters(model, Float64Array.from(initialParameters(model, seed)));
    bySeed.set(seed, known);
    return known;
  });
}
