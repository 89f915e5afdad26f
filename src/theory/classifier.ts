/**
 * A trained net as the theory sees it: a function from points to scores. Nets of either backend, and anything
 * else that classifies, can be plugged in.
 */

/**
 * Scores of `count` points `[count, D]`, `[count, C]`: logits, or whatever is largest for the predicted
 * class. Where a loss is asked for, logits (or log probabilities).
 */
export type Classifier = (points: Float64Array, count: number) => ArrayLike<number>;

/** The class of the largest score in each row of `scores [count, C]`; the first of equals. */
export function predictedClasses(scores: ArrayLike<number>, count: number): Uint32Array {
  const classes = scores.length / count;
  return Uint32Array.from({ length: count }, (_, i) => {
    let best = 0;
    for (let c = 1; c < classes; c++) if (scores[i * classes + c] > scores[i * classes + best]) best = c;
    return best;
  });
}
