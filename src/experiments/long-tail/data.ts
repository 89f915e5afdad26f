/**
 * A long tail of digits: many images of some classes, a few of others; which, the seed decides. Tests are as balanced as the
 * rest is.
 *
 * Not here: how many a class has (`longTail.ts`), accuracy by group.
 */

import { checkInteger, checkOptions } from "../../check.ts";
import type { Dataset } from "../../data/dataset.ts";
import { longTailCounts } from "../../data/longTail.ts";
import { type SplitData, shuffledClasses, splitByClass } from "../splits.ts";

export interface LongTailSplitOptions {
  /** Integer in [0, 2^32). */
  readonly seed: number;
  /** Training points of the most frequent class; 80 by default. */
  readonly largest?: number;
  /** That over those of the rarest class; 40 by default. */
  readonly imbalance?: number;
  /** Test points, of the others; 1,300 by default. */
  readonly test?: number;
  /** How many of the most frequent classes are the head; 3 by default. */
  readonly many?: number;
  /** How many of the rarest are the tail; 4 by default. */
  readonly few?: number;
}

export interface LongTailSplit extends SplitData<"training" | "test"> {
  /** The classes, most frequent first, `[C]`. */
  readonly order: Uint32Array;
  /** Training points of each class, `[C]`, by class. */
  readonly counts: Uint32Array;
  /** The most frequent classes, and the rarest. */
  readonly groups: { readonly many: Uint32Array; readonly few: Uint32Array };
}

/**
 * Training points in a long tail, classes in random order, and test points of the rest.
 * @throws ConfigError for data without classes, a bad seed, sizes that are none, and where there are not so many points.
 */
export function longTailSplit(data: Dataset, options: LongTailSplitOptions): LongTailSplit {
  checkOptions("longTail", options, ["seed", "largest", "imbalance", "test", "many", "few"]);
  const { seed, largest = 80, imbalance = 40, test = 1300, many = 3, few = 4 } = options;
  const { targetSize: classes } = data;
  checkInteger("longTail.many", many, 1, classes, "a number of classes");
  checkInteger("longTail.few", few, 1, classes, "a number of classes");
  const order = shuffledClasses(seed, classes);
  const ranked = longTailCounts({ largest, imbalance, classes });
  const counts = new Uint32Array(classes);
  order.forEach((label, rank) => {
    counts[label] = ranked[rank];
  });
  return {
    ...splitByClass(data, { seed, counts, test }),
    order,
    counts,
    groups: { many: order.slice(0, many), few: order.slice(classes - few) },
  };
}
