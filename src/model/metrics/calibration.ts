/**
 * How far a classifier's probabilities can be trusted: negative log-likelihood, expected calibration error, Brier score.
 *
 * Not here: accuracy by group (`groups.ts`), losses that are trained on.
 */

import { checkInteger, checkOptions } from "../../check.ts";
import { checkedScores, logSumExp, predictionsOf, probabilitiesOf, type Scores } from "./scores.ts";

/** Measures of a classifier at N labelled points. */
export interface Calibration {
  /** Share of points whose most probable class is their label; ties go to the smaller class. */
  readonly accuracy: number;
  /** Negative log-likelihood of the labels, mean, in nats; Infinity where a label has probability 0. */
  readonly negativeLogLikelihood: number;
  /** Mean over the bins, by their points, of the distance of accuracy and confidence; in [0, 1]. */
  readonly expectedCalibrationError: number;
  /** Squared distance of the probabilities to the one-hot label, summed over classes, mean over points; in [0, 2]. */
  readonly brierScore: number;
  /** The bins of confidence, from 0 up. */
  readonly bins: readonly CalibrationBin[];
}

/** The points whose confidence, the largest probability, is in [from, to); in the last bin up to 1 itself. */
export interface CalibrationBin {
  readonly from: number;
  readonly to: number;
  readonly count: number;
  /** Null without points. */
  readonly accuracy: number | null;
  /** Mean confidence; null without points. */
  readonly confidence: number | null;
}

/**
 * Calibration of outputs at labelled points: expected calibration error over `bins` equal bins of confidence (Guo et al.,
 * arXiv 1706.04599; 10 unless said), negative log-likelihood, Brier score. Of logits the likelihood is computed by
 * log-sum-exp, so it stays finite where probabilities underflow.
 * @throws ConfigError for outputs that are not finite, no probabilities or don't fit the labels; for fewer bins than 1.
 */
export function calibration(scores: Scores, options: { bins?: number } = {}): Calibration {
  const checked = checkedScores(scores);
  const { bins = 10 } = checkOptions("options", options, ["bins"]);
  checkInteger("options.bins", bins, 1, 1e6, "a number of bins");
  const { size, classes, kind, values, labels } = checked;
  const probabilities = probabilitiesOf(checked);
  const predictions = predictionsOf(checked);
  const counts = new Float64Array(bins);
  const hits = new Float64Array(bins);
  const confidences = new Float64Array(bins);
  let likelihood = 0;
  let brier = 0;
  for (let n = 0; n < size; n++) {
    const row = n * classes;
    const own = row + labels[n];
    likelihood +=
      kind === "logits" ? logSumExp(values, row, classes) - values[own] : -Math.log(probabilities[own]);
    for (let k = row; k < row + classes; k++) brier += (probabilities[k] - (k === own ? 1 : 0)) ** 2;
    const confidence = probabilities[row + predictions[n]];
    const bin = binOf(confidence, bins);
    counts[bin]++;
    confidences[bin] += confidence;
    if (predictions[n] === labels[n]) hits[bin]++;
  }
  const sum = (terms: Float64Array) => terms.reduce((total, term) => total + term, 0);
  return {
    accuracy: sum(hits) / size,
    negativeLogLikelihood: likelihood / size,
    expectedCalibrationError: sum(hits.map((hit, bin) => Math.abs(hit - confidences[bin]))) / size,
    brierScore: brier / size,
    bins: Array.from(counts, (count, bin) => ({
      from: bin / bins,
      to: (bin + 1) / bins,
      count,
      accuracy: count === 0 ? null : hits[bin] / count,
      confidence: count === 0 ? null : confidences[bin] / count,
    })),
  };
}

/** The bin [bin / bins, (bin + 1) / bins) of a confidence, by its edges as they are shown: 0.3 belongs to the one from 0.3 on. */
function binOf(confidence: number, bins: number): number {
  const bin = Math.min(bins - 1, Math.floor(confidence * bins));
  if (confidence < bin / bins) return bin - 1;
  return bin + 1 < bins && confidence >= (bin + 1) / bins ? bin + 1 : bin;
}
