/**
 * How far a regression net's outputs are from the targets. Not here: classifiers, the loss that is trained on.
 */

import { float64Numbers } from "../../check.ts";
import { ConfigError } from "../../errors.ts";

/**
 * Root of the mean squared error of `outputs` against `targets`, `[N, outputs]` each, the mean over points and outputs;
 * in units of the targets.
 * @throws ConfigError for no numbers, lists of other lengths, numbers that are not finite.
 */
export function rootMeanSquaredError(outputs: ArrayLike<number>, targets: ArrayLike<number>): number {
  const given = float64Numbers("outputs", outputs);
  const wanted = float64Numbers("targets", targets);
  if (given.length === 0 || given.length !== wanted.length) {
    throw new ConfigError(
      "outputs",
      `${given.length} numbers for ${wanted.length} targets. Give one each, one or more.`,
    );
  }
  const sum = given.reduce((total, output, n) => total + (output - wanted[n]) ** 2, 0);
  return Math.sqrt(sum / given.length);
}
