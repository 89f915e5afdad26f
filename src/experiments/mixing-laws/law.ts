/**
 * The law of Data Mixing Laws (arXiv 2403.16952): the loss on domain i of a net trained on proportions r is c_i + k_i exp(sum_j t_ij r_j);
 * and the mixture that is best by it.
 *
 * Proportions sum to 1, so that t + s and k exp(-s) is the same law: parameters are not to be compared, predictions are.
 * Not here: fitting it (`fit.ts`).
 */

/** The law of one domain's loss. */
export interface MixingLaw {
  readonly c: number;
  /** Positive. */
  readonly k: number;
  /** `[K]` */
  readonly t: readonly number[];
}

/** Its loss at proportions `[K]`. */
export function lawLoss({ c, k, t }: MixingLaw, proportions: ArrayLike<number>): number {
  return c + k * Math.exp(t.reduce((sum, value, j) => sum + value * proportions[j], 0));
}

/** Weighted sum of the laws' losses. */
export function weightedLoss(
  laws: readonly MixingLaw[],
  weights: ArrayLike<number>,
  proportions: ArrayLike<number>,
): number {
  return laws.reduce((sum, law, i) => sum + weights[i] * lawLoss(law, proportions), 0);
}

export interface BestMixture {
  /** `[K]`, not negative, of sum 1. */
  readonly proportions: number[];
  readonly loss: number;
}

/** Largest gain that is left on the way to any single domain. */
const GAP = 1e-12;
const MOST_STEPS = 20_000;

/**
 * The proportions at which a weighted sum of laws is least; weights are not negative. The sum is convex, so that descent from
 * anywhere finds it: exponentiated gradients from equal shares, each step as long as it still descends.
 */
export function bestMixture(laws: readonly MixingLaw[], weights: ArrayLike<number>): BestMixture {
  const K = laws[0].t.length;
  let proportions = new Array<number>(K).fill(1 / K);
  let loss = weightedLoss(laws, weights, proportions);
  let rate = 1;
  for (let step = 0; step < MOST_STEPS; step++) {
    const slopes = proportions.map((_, j) =>
      laws.reduce((sum, law, i) => sum + weights[i] * law.t[j] * (lawLoss(law, proportions) - law.c), 0),
    );
    const mean = slopes.reduce((sum, slope, j) => sum + slope * proportions[j], 0);
    if (mean - Math.min(...slopes) < GAP) break;
    const shares = proportions.map((share, j) => share * Math.exp(-rate * (slopes[j] - mean)));
    const total = shares.reduce((sum, share) => sum + share, 0);
    const next = shares.map((share) => share / total);
    const value = weightedLoss(laws, weights, next);
    if (!(value <= loss)) {
      rate /= 2;
      if (rate < 1e-12) break;
      continue;
    }
    proportions = next;
    loss = value;
    rate *= 1.2;
  }
  return { proportions, loss };
}
