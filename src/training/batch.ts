/**
 * A batch that the caller gives in full, checked and filled in: which points, mixed how, weighted how.
 */

import { type Dataset, regressionDataset } from "../data/dataset.ts";
import { ConfigError } from "../errors.ts";
import type { Sample } from "../mixing/sampling.ts";
import type { Model } from "../model/model.ts";

/** A batch given in full. B samples are mixed of N points: sample b of point `b` (or `first[b]`) and its partner. */
export interface Batch {
  /** `[N, D]` */
  points: ArrayLike<number>;
  /** Targets `[N, C]`: soft labels for cross-entropy, any numbers for squared error. Or `labels`. */
  targets?: ArrayLike<number>;
  /** Classes `[N]`, instead of targets. */
  labels?: ArrayLike<number>;
  /** Index of each sample's partner, `[B]`. Without partners nothing is mixed. */
  partners?: ArrayLike<number>;
  /** Index of each sample's first point, `[B]`; default 0 .. B-1. */
  first?: ArrayLike<number>;
  /** Weight of the first point and its label: one for all, or `[B]`. Default 1. */
  lambdas?: number | ArrayLike<number>;
  /** Weight of the first label where it differs from that of the point, one for all or `[B]`. */
  labelLambdas?: number | ArrayLike<number>;
  /** Weights of the samples' losses in the mean, `[B]`. Default 1. */
  weights?: ArrayLike<number>;
}

/** A {@link Batch} with nothing left out. */
export interface ResolvedBatch {
  readonly data: Dataset;
  readonly samples: Sample[];
  readonly weights: Float32Array;
}

/**
 * The batch, checked, as data and samples.
 * @throws ConfigError naming what does not fit.
 */
export function resolveBatch(batch: Batch, model: Model): ResolvedBatch {
  const D = model.sizes[0];
  const C = model.sizes[model.sizes.length - 1];
  const N = (batch.points?.length ?? 0) / D;
  if (!Number.isInteger(N) || N === 0) {
    throw new ConfigError(
      "batch.points",
      `${batch.points?.length} numbers don't make points of ${D} dimensions.`,
    );
  }
  const data = regressionDataset({
    points: batch.points,
    targets: batch.targets ?? oneHot(batch.labels, N, C),
    dimensions: D,
    outputs: C,
  });
  const B = batch.partners?.length ?? batch.first?.length ?? N;
  const index = (name: string, values: ArrayLike<number> | undefined, b: number) => {
    const value = values === undefined ? b : values[b];
    if (!Number.isInteger(value) || value < 0 || value >= N) {
      throw new ConfigError(`batch.${name}[${b}]`, `${value} is not one of the ${N} points.`);
    }
    return value;
  };
  const lambda = (name: string, values: number | ArrayLike<number>, b: number) => {
    const value = typeof values === "number" ? values : values[b];
    if (!(value >= 0 && value <= 1))
      throw new ConfigError(`batch.${name}[${b}]`, `${value} is not in [0, 1].`);
    return value;
  };
  const lambdas = batch.lambdas ?? 1;
  const samples = Array.from({ length: B }, (_, b) => ({
    first: index("first", batch.first, b),
    partner: index("partners", batch.partners, b),
    featureLambda: lambda("lambdas", lambdas, b),
    labelLambda: lambda("labelLambdas", batch.labelLambdas ?? lambdas, b),
  }));
  const weights = Float32Array.from({ length: B }, (_, b) => batch.weights?.[b] ?? 1);
  const bad = weights.findIndex((weight) => !Number.isFinite(weight));
  if (bad >= 0) throw new ConfigError(`batch.weights[${bad}]`, `${weights[bad]} is not a weight.`);
  return { data, samples, weights };
}

function oneHot(labels: ArrayLike<number> | undefined, N: number, C: number): Float32Array {
  if (labels?.length !== N) throw new ConfigError("batch.labels", `give ${N} labels, or targets.`);
  const targets = new Float32Array(N * C);
  for (let n = 0; n < N; n++) {
    if (!Number.isInteger(labels[n]) || labels[n] < 0 || labels[n] >= C) {
      throw new ConfigError(`batch.labels[${n}]`, `${labels[n]} is out of range: classes are 0 to ${C - 1}.`);
    }
    targets[n * C + labels[n]] = 1;
  }
  return targets;
}
