/**
 * Alternating lines: the paper's failure case (section 2.3). Points 0, 1, 2, ... on a line, label = index mod classes.
 */

import { checkInteger, checkOptions } from "../check.ts";
import { classDataset, type Dataset } from "./dataset.ts";

/**
 * `points` points at 0, 1, 2, ... on the line (`[N, 1]`, unscaled), point i of class i mod `classes`.
 * @throws ConfigError unless 2 <= classes <= points.
 */
export function alternatingLine(options: { points: number; classes: number }): Dataset {
  const { points, classes } = checkOptions("data", options, ["points", "classes"]);
  // No more than float32 tells apart.
  checkInteger("data.points", points, 2, 2 ** 24, "a number of points");
  checkInteger("data.classes", classes, 2, points, `a number of classes on ${points} points`);
  const index = Array.from({ length: points }, (_, i) => i);
  return classDataset({ points: index, labels: index.map((i) => i % classes), dimensions: 1, classes });
}
