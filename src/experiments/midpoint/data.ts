/**
 * Data whose classes have two features each (Chidambaram et al., arXiv 2210.13512): training points show both, in two patches,
 * test points only one. Beside them clutter: weak features of the other classes.
 *
 * Not here: the net that sees patches, images of two channels (`twoChannels.ts`).
 */

import { checkInteger, checkOptions, checkSeed } from "../../check.ts";
import { classDataset } from "../../data/dataset.ts";
import { openUnit, PURPOSE, threefry, threefrySecond } from "../../numeric/threefry.ts";
import { consecutive, type SplitData } from "../splits.ts";

export interface TwoFeaturesOptions {
  /** Integer in [0, 2^32). */
  readonly seed: number;
  /** K, at least 2; 24 by default. */
  readonly classes?: number;
  /** Training points of a class; 6 by default. */
  readonly perClass?: number;
  /** Test points of each feature, two features a class; 20 by default. */
  readonly perFeature?: number;
}

/** Patches of a point: first feature, second feature, clutter, clutter. */
const PATCHES = 4;
/** The two features of a training point have this together. */
const TOGETHER = 0.75;
/** What clutter is multiplied by. */
const CLUTTER = 0.05;
/** Counters of the stream: strengths and clutter, of training and of test points. */
const STREAMS = { training: [0, 1], singleFeature: [2, 3] } as const;

/** Training points, then test points of one feature each. */
export interface TwoFeatures extends SplitData<"training" | "singleFeature"> {
  /** Which of its class's two features each row of `singleFeature` shows, 0 or 1. */
  readonly feature: Uint32Array;
}

/**
 * Points of 4 patches in 2 K dimensions, `[rows, 8 K]` with the shape [1, 4, 2 K]; the features of class k are e_{2k} and
 * e_{2k + 1}. Training: b e_{2k}, b ~ U(1/4, 1/2), and (3/4 - b) e_{2k + 1}; test: b e of one of the two, and an empty patch. Two
 * patches of clutter each: for every other class one of its features, 0.05 U(1/4, 3/4) times. Rows class by class, of test points
 * feature by feature.
 * @throws ConfigError for a bad seed, sizes that are none.
 */
export function twoFeatures(options: TwoFeaturesOptions): TwoFeatures {
  checkOptions("twoFeatures", options, ["seed", "classes", "perClass", "perFeature"]);
  const { seed, classes = 24, perClass = 6, perFeature = 20 } = options;
  checkSeed("twoFeatures.seed", seed);
  checkInteger("twoFeatures.classes", classes, 2, 1000, "a number of classes");
  checkInteger("twoFeatures.perClass", perClass, 1, 1e5, "a number of points");
  checkInteger("twoFeatures.perFeature", perFeature, 1, 1e5, "a number of points");
  const dimensions = 2 * classes;
  const training = classes * perClass;
  const single = classes * 2 * perFeature;
  const points = new Float64Array((training + single) * PATCHES * dimensions);
  const labels = new Uint32Array(training + single);
  const feature = Uint32Array.from({ length: single }, (_, n) => Math.floor(n / perFeature) % 2);
  for (let n = 0; n < training; n++) {
    const label = Math.floor(n / perClass);
    const row = points.subarray(n * PATCHES * dimensions, (n + 1) * PATCHES * dimensions);
    const strength = strengthOf(seed, STREAMS.training[0], n);
    labels[n] = label;
    row[2 * label] = strength;
    row[dimensions + 2 * label + 1] = TOGETHER - strength;
    addClutter(row.subarray(2 * dimensions), seed, STREAMS.training[1], n, label, classes);
  }
  for (let n = 0; n < single; n++) {
    const label = Math.floor(n / (2 * perFeature));
    const at = training + n;
    const row = points.subarray(at * PATCHES * dimensions, (at + 1) * PATCHES * dimensions);
    labels[at] = label;
    row[2 * label + feature[n]] = strengthOf(seed, STREAMS.singleFeature[0], n);
    addClutter(row.subarray(2 * dimensions), seed, STREAMS.singleFeature[1], n, label, classes);
  }
  const data = classDataset({
    points,
    labels,
    dimensions: PATCHES * dimensions,
    shape: [1, PATCHES, dimensions],
    classes,
  });
  return { data, splits: consecutive({ training, singleFeature: single }), feature };
}

/** b ~ U(1/4, 1/2). */
function strengthOf(seed: number, stream: number, n: number): number {
  return 0.25 + 0.25 * openUnit(threefry(seed, PURPOSE.twoFeatures, stream, n));
}

/** Fills the clutter patches: of every class but `label` one feature, by a coin, with a strength in (1/4, 3/4) times 0.05. */
function addClutter(
  patches: Float64Array,
  seed: number,
  stream: number,
  n: number,
  label: number,
  classes: number,
): void {
  for (let patch = 0; patch < 2; patch++) {
    for (let c = 0; c < classes; c++) {
      if (c === label) continue;
      const coin = threefry(seed, PURPOSE.twoFeatures, stream, (2 * n + patch) * classes + c) >>> 31;
      const strength = 0.25 + 0.5 * openUnit(threefrySecond());
      patches[patch * 2 * classes + 2 * c + coin] = CLUTTER * strength;
    }
  }
}
