/**
 * How many points each class of a long-tailed data set has. Not here: which points those are.
 */

import { checkInteger, checkNumber, checkOptions } from "../check.ts";

export interface LongTailOptions {
  /** Points of the most frequent class, n_1, at least 1. */
  largest: number;
  /** n_1 over the points of the rarest class, before rounding; at least 1. */
  imbalance: number;
  /** C, at least 1. */
  classes: number;
}

/**
 * Points of the classes of a long tail, `[C]`, most frequent first: max(1, round(n_1 (1 / imbalance)^(k / (C - 1)))), which
 * falls geometrically (as CIFAR100-LT; arXiv 2403.00250). A single class has n_1.
 * @throws ConfigError for sizes that are none, an imbalance below 1.
 */
export function longTailCounts(options: LongTailOptions): Uint32Array {
  const { largest, imbalance, classes } = checkOptions("longTail", options, [
    "largest",
    "imbalance",
    "classes",
  ]);
  checkInteger("longTail.largest", largest, 1, 2 ** 31 - 1, "a number of points");
  checkNumber("longTail.imbalance", imbalance, { from: 1, what: "a ratio" });
  checkInteger("longTail.classes", classes, 1, 0x10000, "a number of classes");
  return Uint32Array.from({ length: classes }, (_, k) =>
    classes === 1 ? largest : Math.max(1, Math.round(largest * (1 / imbalance) ** (k / (classes - 1)))),
  );
}
