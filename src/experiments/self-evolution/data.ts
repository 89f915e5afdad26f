/**
 * A few digits a class for training, all others for tests. Not here: the digits (`digits.ts`), which of the few are easy.
 */

import { checkInteger, checkOptions } from "../../check.ts";
import type { Dataset } from "../../data/dataset.ts";
import { type SplitData, splitByClass } from "../splits.ts";

export interface FewShotOptions {
  /** Integer in [0, 2^32). */
  readonly seed: number;
  /** Training points of each class; 5 by default. */
  readonly perClass?: number;
  /** Test points, of the others; all of them by default. */
  readonly test?: number;
}

/**
 * The same number of training points of each class, any equally likely, in random order; the rest for tests.
 * @throws ConfigError for data without classes, a bad seed, and where there are not so many.
 */
export function fewShotSplit(data: Dataset, options: FewShotOptions): SplitData<"training" | "test"> {
  checkOptions("fewShot", options, ["seed", "perClass", "test"]);
  const { seed, perClass = 5, test } = options;
  checkInteger("fewShot.perClass", perClass, 1, data.size, "a number of points");
  const counts = new Uint32Array(data.targetSize).fill(perClass);
  return splitByClass(data, { seed, counts, test });
}
