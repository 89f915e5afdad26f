/**
 * Points of two groups whose training labels are wrong more often in one way for each: positives of group 0, negatives of group 1.
 * The points whose groups the outer loss knows, and those of the tests, have clean labels.
 */

import { checkInteger, checkOptions, checkSeed } from "../../check.ts";
import { classDataset } from "../../data/dataset.ts";
import { normalPair } from "../../numeric/normal.ts";
import { PURPOSE, threefry, threefrySecond } from "../../numeric/threefry.ts";
import { consecutive, type SplitData } from "../splits.ts";

export interface FairDrawOptions {
  /** Integer in [0, 2^32). */
  readonly seed: number;
  /** Training points; 2,000 by default. */
  readonly training?: number;
  /** Clean points with known groups; 600 by default. */
  readonly grouped?: number;
  /** 4,000 by default. */
  readonly test?: number;
  /** Features that are drawn, F; 5 by default. */
  readonly features?: number;
}

export interface FairDraw extends SplitData<"training" | "grouped" | "test"> {
  /** Group of every row, 0 or 1. */
  readonly groups: Uint8Array;
  /** Which rows have the other class's label, 1 each; of training points alone. */
  readonly flipped: Uint8Array;
  /** The rule of the labels, `[F]`: of class 1 is a point whose features along it, and noise, are above 0 in all. */
  readonly truth: Float64Array;
}

/** How much of the group is in the first feature. */
export const SHIFT = 0.5;
const NOISE = 0.2;
/** Share of training points whose label is flipped: positives of group 0, negatives of group 1. */
export const FLIPPED = { positive: 0.45, negative: 0.3 };

/** Counters of the stream. */
const STREAMS = { features: 0, truth: 1, noise: 2, coins: 3 };

/**
 * A draw, a function of its options alone: inputs `[N, F + 2]`, behind the features the group and a 1 for the bias; two classes.
 * @throws ConfigError for a bad seed, sizes that are none, and features that are none.
 */
export function fairDraw(options: FairDrawOptions): FairDraw {
  checkOptions("draw", options, ["seed", "training", "grouped", "test", "features"]);
  const { seed, training = 2000, grouped = 600, test = 4000, features = 5 } = options;
  checkSeed("draw.seed", seed);
  for (const [name, size] of Object.entries({ training, grouped, test }))
    checkInteger(`draw.${name}`, size, 1, 1e6, "a number of points");
  checkInteger("draw.features", features, 1, 1000, "a number of features");
  const splits = consecutive({ training, grouped, test });
  const size = training + grouped + test;
  const normal = (stream: number, i: number) => normalPair(seed, PURPOSE.groupedLabels, stream, i)[0];
  const truth = Float64Array.from({ length: features }, (_, d) => normal(STREAMS.truth, d));
  const dimensions = features + 2;
  const points = new Float64Array(size * dimensions);
  const [labels, groups, flipped] = [new Uint32Array(size), new Uint8Array(size), new Uint8Array(size)];
  for (let n = 0; n < size; n++) {
    const coin = threefry(seed, PURPOSE.groupedLabels, STREAMS.coins, n);
    const chance = threefrySecond() / 2 ** 32;
    groups[n] = coin >>> 31;
    let score = NOISE * normal(STREAMS.noise, n);
    for (let d = 0; d < features; d++) {
      const feature = normal(STREAMS.features, n * features + d) + (d === 0 ? SHIFT * groups[n] : 0);
      points[n * dimensions + d] = feature;
      score += truth[d] * feature;
    }
    points.set([groups[n], 1], n * dimensions + features);
    const isPositive = score > 0;
    const share = isPositive
      ? groups[n] === 0
        ? FLIPPED.positive
        : 0
      : groups[n] === 1
        ? FLIPPED.negative
        : 0;
    flipped[n] = Number(n < training && chance < share);
    labels[n] = Number(isPositive) ^ flipped[n];
  }
  const data = classDataset({ points, labels, dimensions, classes: 2 });
  return { data, splits, groups, flipped, truth };
}
