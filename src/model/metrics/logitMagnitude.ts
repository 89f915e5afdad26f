/**
 * How large the logits of a class are on its own points: what a long tail makes unequal, and LORT evens out (arXiv
 * 2403.00250). Only the paper's abstract could be read; the definitions here are restated from it.
 *
 * Not here: accuracy (`groups.ts`).
 */

import { ConfigError } from "../../errors.ts";
import { spread } from "../../numeric/spread.ts";
import { checkedScores, type LogitScores } from "./scores.ts";

/** By class, `[C]` each, in logits; null where a class has no point, or all of them. */
export interface LogitMagnitude {
  /** Mean of the class's logit over its points, less its mean over the others. */
  readonly magnitude: readonly (number | null)[];
  /** Deviation of the class's logit over all points (population deviation: divided by N). Never null. */
  readonly deviation: readonly number[];
  /** Deviation over the absolute value of the magnitude; null where the magnitude is 0, too. */
  readonly regularizedDeviation: readonly (number | null)[];
  /**
   * Population deviation of the magnitudes over the absolute value of their mean, of the classes that have one; null where
   * none has, or the mean is 0.
   */
  readonly magnitudeSpread: number | null;
}

/**
 * Logit magnitudes of the classes at labelled points.
 * @throws ConfigError for anything but logits, for logits that are not finite or don't fit the labels.
 */
export function logitMagnitude(scores: LogitScores): LogitMagnitude {
  const { size, classes, values, labels, kind } = checkedScores(scores);
  if (kind !== "logits") throw new ConfigError("scores.logits", "missing: probabilities don't tell them.");
  const own = new Float64Array(classes);
  const total = new Float64Array(classes);
  const counts = new Float64Array(classes);
  for (let n = 0; n < size; n++) {
    counts[labels[n]]++;
    own[labels[n]] += values[n * classes + labels[n]];
    for (let c = 0; c < classes; c++) total[c] += values[n * classes + c];
  }
  const magnitude = Array.from(counts, (count, c) =>
    count === 0 || count === size ? null : own[c] / count - (total[c] - own[c]) / (size - count),
  );
  const deviation = Array.from(total, (sum, c) => {
    let squares = 0;
    for (let n = 0; n < size; n++) squares += (values[n * classes + c] - sum / size) ** 2;
    return Math.sqrt(squares / size);
  });
  const regularizedDeviation = magnitude.map((value, c) =>
    value === null || value === 0 ? null : deviation[c] / Math.abs(value),
  );
  const { mean, std } = spread(magnitude);
  const magnitudeSpread = mean === null || mean === 0 ? null : std! / Math.abs(mean);
  return { magnitude, deviation, regularizedDeviation, magnitudeSpread };
}
