/** The mixed points of the pairwise workload as plain arrays, for the engines that do not mix them themselves. */

import { mixup } from "../mixing/mixing.ts";
import { classIndex, Sampler } from "../mixing/sampling.ts";
import { collisionRequest, type PairwiseWorkload } from "./workload.ts";

export interface MixtureBatch {
  readonly size: number;
  readonly dimensions: number;
  /** `[N, D]`, and `[N]`. */
  readonly points: Float32Array;
  readonly labels: Int32Array;
  /** Mixed points, `[N, D]`, and the classes of the two points that each was mixed of, `[N]`. */
  readonly mixed: Float32Array;
  readonly firstLabels: Int32Array;
  readonly partnerLabels: Int32Array;
}

/** One epoch of mixed points, drawn as `analyzeCollisions` draws them. */
export function mixtureBatch(workload: PairwiseWorkload): MixtureBatch {
  const { data, law, seed } = collisionRequest(workload);
  const mixing = mixup(law, { granularity: "sample" });
  const sampler = new Sampler(seed, mixing, data.size, classIndex(data), "full");
  const { size, dimensions, points } = data;
  const mixed = new Float32Array(size * dimensions);
  const firstLabels = new Int32Array(size);
  const partnerLabels = new Int32Array(size);
  for (let m = 0; m < size; m++) {
    const { first, partner, featureLambda } = sampler.sample(0, m);
    firstLabels[m] = data.labels![first];
    partnerLabels[m] = data.labels![partner];
    for (let d = 0; d < dimensions; d++) {
      mixed[m * dimensions + d] =
        featureLambda * points[first * dimensions + d] +
        (1 - featureLambda) * points[partner * dimensions + d];
    }
  }
  return {
    size,
    dimensions,
    points,
    labels: Int32Array.from(data.labels!),
    mixed,
    firstLabels,
    partnerLabels,
  };
}
