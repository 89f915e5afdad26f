/**
 * How clearly each point's own class leads in a classifier's outputs, and the part of the points where it leads most:
 * the easy ones.
 *
 * Not here: distances to a decision boundary (`theory/margins/`).
 */

import { checkNumber } from "../../check.ts";
import { checkedValues, countOfShare, rankedIndices } from "../../numeric/ranking.ts";
import { type CheckedScores, checkedScores, probabilitiesOf, type Scores } from "./scores.ts";

/**
 * Margins of probabilities, `[N]`: the probability of a point's own class less the largest of the others, in [-1, 1]
 * (Self-Evolution, arXiv 2305.13547). NaN for a point with an output that is not finite.
 * @throws ConfigError for outputs that are no numbers, no probabilities or don't fit the labels.
 */
export function probabilityMargins(scores: Scores): Float64Array {
  const checked = checkedScores(scores, { finite: false });
  return marginsOf(checked, probabilitiesOf(checked));
}

/**
 * Margins of logits, `[N]`: the logit of a point's own class less the largest of the others. Of probabilities, their
 * logarithms are taken, so the margin is infinite where one of the two is 0. NaN for a point with an output that is not finite.
 * @throws ConfigError as {@link probabilityMargins} does.
 */
export function logitMargins(scores: Scores): Float64Array {
  const checked = checkedScores(scores, { finite: false });
  return marginsOf(checked, checked.kind === "logits" ? checked.values : checked.values.map(Math.log));
}

function marginsOf(
  { size, classes, labels, values: given }: CheckedScores,
  values: Float64Array,
): Float64Array {
  return Float64Array.from({ length: size }, (_, n) => {
    let largestOther = -Infinity;
    for (let c = 0; c < classes; c++) {
      // What was given decides: a probability of 0 is finite, though its logarithm is not.
      if (!Number.isFinite(given[n * classes + c])) return Number.NaN;
      if (c !== labels[n]) largestOther = Math.max(largestOther, values[n * classes + c]);
    }
    return values[n * classes + labels[n]] - largestOther;
  });
}

/**
 * The easy part: the indices of the ceil(share N) largest of `margins [N]`, at least one, in rising order. Ties are kept by
 * the smaller index; what is not finite counts as the smallest.
 * @param share in (0, 1]
 * @throws ConfigError for no margins, for entries that are no numbers, for a share outside (0, 1].
 */
export function easyPart(margins: ArrayLike<number>, share: number): Uint32Array {
  checkedValues("margins", margins);
  checkNumber("share", share, { above: 0, to: 1, what: "a share of the points" });
  const ranked = rankedIndices(Float64Array.from(margins, (margin) => -margin));
  return ranked.slice(0, countOfShare(share, ranked.length)).sort();
}
