/**
 * Alternating lines: the paper's failure case (section 2.3). Points 0, 1, 2, ... on a line, label = index mod classes.
 */

import { ConfigError } from "../errors.ts";
import { classDataset, type Dataset } from "./dataset.ts";

/**
 * `points` points at 0, 1, 2, ... on the line (`[N, 1]`, unscaled), point i of class i mod `classes`.
 * @throws ConfigError unless 2 <= classes <= points.
 */
export function alternatingLine({ points, classes }: { points: number; classes: number }): Dataset {
  if (!Number.isInteger(points) || points < 2) {
    throw new ConfigError(
      "data.points",
      `${points} points make no alternating line. Give an integer from 2.`,
    );
  }
  if (!Number.isInteger(classes) || classes < 2 || classes > points) {
    throw new ConfigError(
      "data.classes",
      `${classes} classes on ${points} points. Give an integer from 2 to ${points}.`,
    );
  }
  const index = Array.from({ length: points }, (_, i) => i);
  return classDataset({ points: index, labels: index.map((i) => i % classes), dimensions: 1, classes });
}
