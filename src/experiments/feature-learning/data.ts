/**
 * Data with common and rare features (Zou et al., arXiv 2303.08433): points of patches, of which one holds the class's feature,
 * one a weak feature of any class, the others noise. A few training points have a rare feature instead of the common one.
 *
 * Not here: the net that sees patches; the digits of the other half of the experiment (`digits.ts`).
 */

import { checkInteger, checkNumber, checkOptions, checkSeed } from "../../check.ts";
import { classDataset } from "../../data/dataset.ts";
import { normalPair } from "../../numeric/normal.ts";
import { PURPOSE, threefry } from "../../numeric/threefry.ts";
import { consecutive, type SplitData } from "../splits.ts";

export interface RareFeaturesOptions {
  /** Integer in [0, 2^32). */
  readonly seed: number;
  /** Training points, N; 150 by default. */
  readonly points?: number;
  /** D of a patch; 400 by default. At least 5. */
  readonly dimensions?: number;
  /** Training points with a rare feature: the first ones, classes in turn. 4 by default. */
  readonly rare?: number;
  /** Test points with rare features, and as many with common ones; 500 by default. */
  readonly test?: number;
  /** Expected square length of a patch of noise is this times (D - 4) / D; 2 by default. */
  readonly noise?: number;
}

/** Patches of a point: feature, weak feature, noise, noise. */
const PATCHES = 4;
/** What the weak feature is multiplied by. */
const WEAK = 0.3;
/** Coordinates of features: two common, e_y, and two rare, e_{2 + y}. */
const FEATURES = 4;
const CLASSES = 2;

/** The parts, in the order of their rows, each with a stream for its weak features and one for its noise. */
const PARTS = ["training", "rareTest", "commonTest"] as const;

/**
 * Points of 4 patches, `[rows, 4 D]` with the shape [1, 4, D], two classes in turn. Patch 0: the class's common feature e_y, or
 * its rare one e_{2 + y}; patch 1: 0.3 e_c of a random class c; patches 2 and 3: N(0, noise / D) in the other coordinates. `rare`
 * are the rows of `training` with rare features.
 * @throws ConfigError for a bad seed, sizes that are none, a negative noise.
 */
export function rareFeatures(
  options: RareFeaturesOptions,
): SplitData<"training" | "rare" | "rareTest" | "commonTest"> {
  checkOptions("rareFeatures", options, ["seed", "points", "dimensions", "rare", "test", "noise"]);
  const { seed, points: count = 150, dimensions = 400, rare = 4, test = 500, noise = 2 } = options;
  checkSeed("rareFeatures.seed", seed);
  checkInteger("rareFeatures.points", count, 2, 1e6, "a number of points");
  checkInteger("rareFeatures.dimensions", dimensions, FEATURES + 1, 1e6, "a number of dimensions");
  checkInteger("rareFeatures.rare", rare, 0, count, "a number of the points");
  checkInteger("rareFeatures.test", test, 1, 1e6, "a number of points");
  checkNumber("rareFeatures.noise", noise, { from: 0, what: "a square length" });
  const counts = { training: count, rareTest: test, commonTest: test };
  const size = count + 2 * test;
  const points = new Float32Array(size * PATCHES * dimensions);
  const labels = new Uint32Array(size);
  const deviation = Math.sqrt(noise / dimensions);
  let row = 0;
  for (const [part, name] of PARTS.entries()) {
    for (let n = 0; n < counts[name]; n++, row++) {
      const label = n % CLASSES;
      const isRare = name === "rareTest" || (name === "training" && n < rare);
      const patch = (p: number) => (row * PATCHES + p) * dimensions;
      labels[row] = label;
      points[patch(0) + label + (isRare ? CLASSES : 0)] = 1;
      // The upper bit of a word is a fair coin.
      points[patch(1) + (threefry(seed, PURPOSE.rareFeatures, 2 * part, n) >>> 31)] = WEAK;
      fillNormal(points.subarray(patch(2) + FEATURES, patch(3)), deviation, seed, part, 2 * n);
      fillNormal(points.subarray(patch(3) + FEATURES, patch(4)), deviation, seed, part, 2 * n + 1);
    }
  }
  const data = classDataset({
    points,
    labels,
    dimensions: PATCHES * dimensions,
    shape: [1, PATCHES, dimensions],
    classes: CLASSES,
  });
  const splits = consecutive(counts);
  return { data, splits: { ...splits, rare: splits.training.slice(0, rare) } };
}

/** Normal numbers, two a block; the counter counts blocks. */
function fillNormal(values: Float32Array, deviation: number, seed: number, part: number, patch: number) {
  const blocks = Math.ceil(values.length / 2);
  for (let block = 0; block < blocks; block++) {
    const pair = normalPair(seed, PURPOSE.rareFeatures, 2 * part + 1, patch * blocks + block);
    values[2 * block] = deviation * pair[0];
    if (2 * block + 1 < values.length) values[2 * block + 1] = deviation * pair[1];
  }
}
