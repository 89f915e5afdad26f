/**
 * A trained net as the theory sees it: a function from points to scores. Nets of either backend, and anything
 * else that classifies, can be plugged in.
 */

import { checkInteger, checkLength, shown } from "../check.ts";
import { ConfigError } from "../errors.ts";

/**
 * Scores of `count` points `[count, D]`, `[count, C]`: logits, or whatever is largest for the predicted
 * class. Where a loss is asked for, logits (or log probabilities).
 */
export type Classifier = (points: Float64Array, count: number) => ArrayLike<number>;

/**
 * What a classifier says of `points [count, D]`: scores `[count, C]` of at least `classes` classes.
 * @throws ConfigError if it is no function, or gives another number of scores.
 */
export function scoresAt(
  classifier: Classifier,
  points: Float64Array,
  count: number,
  classes = 1,
): ArrayLike<number> {
  if (typeof classifier !== "function")
    throw new ConfigError("classifier", "missing. Give a function from points to scores.");
  const scores = classifier(points, count);
  const given = checkLength("classifier", scores, "Give scores [count, C], not a promise of them.") / count;
  if (!Number.isInteger(given) || given < classes) {
    throw new ConfigError(
      "classifier",
      `gave ${scores.length} scores for ${count} points${classes > 1 ? ` of ${classes} classes` : ""}. Give [count, C].`,
    );
  }
  return scores;
}

/**
 * The class of the largest score in each row of `scores [count, C]`; the first of equals. None for no points.
 * @throws ConfigError for scores that don't make `count` rows, or that are NaN: they say nothing.
 */
export function predictedClasses(scores: ArrayLike<number>, count: number): Uint32Array {
  const length = checkLength("scores", scores);
  checkInteger("count", count, 0, Number.MAX_SAFE_INTEGER, "a number of points");
  if (count === 0 && length === 0) return new Uint32Array(0);
  const classes = length / count;
  if (!(Number.isInteger(classes) && classes > 0))
    throw new ConfigError("scores", `${length} scores for ${count} points. Give [count, C].`);
  for (let i = 0; i < length; i++) {
    // Not finite numbers only: a score of minus infinity is a class that cannot be.
    if (typeof scores[i] !== "number" || Number.isNaN(scores[i]))
      throw new ConfigError(`scores[${i}]`, `is ${shown(scores[i])}: it predicts no class.`);
  }
  return Uint32Array.from({ length: count }, (_, i) => {
    let best = 0;
    for (let c = 1; c < classes; c++) if (scores[i * classes + c] > scores[i * classes + best]) best = c;
    return best;
  });
}
