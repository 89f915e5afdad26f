/**
 * Rounds of BiFair (Ozdayi, Kantarcioglu, Iyer, arXiv 2106.04757) on a logistic model, in float64: training points have weights, and
 * the weights descend on a fair loss of the model that one step with them makes. Exact derivatives; `differences.ts` has the same by
 * differences of losses, as any net allows.
 *
 * The authors take two inner steps of Adam and no clamp; here it is one step of gradient descent.
 */

import { softplus } from "../../theory/linear/mixupScores.ts";
import { type FairLoss, fairLoss, type GroupedLabels } from "./fairness.ts";
import { SampleWeights } from "./sampleWeights.ts";

/** Points `[N, D]`, and their classes 0 and 1, `[N]`. */
export interface Points {
  readonly points: ArrayLike<number>;
  readonly labels: ArrayLike<number>;
}

/** What a round is about. */
export interface BiFairProblem {
  readonly inner: Points;
  /** Points whose groups are known. */
  readonly outer: Points & GroupedLabels;
  /** eta. */
  readonly learningRate: number;
  /** Of the weights' Adam. */
  readonly weightRate: number;
  /** Share of the mean loss in the outer loss. */
  readonly utility: number;
}

export interface Hypergradient extends FairLoss {
  /** Weighted mean loss of the inner points before the step. */
  readonly innerLoss: number;
  readonly thetaAfter: Float64Array;
  /** d outer loss / d theta after the step, `[D]`. */
  readonly outerGradient: Float64Array;
  /** d outer loss / d weights, `[N]`. */
  readonly gradient: Float64Array;
}

/** What weights `[N]` do to the outer loss by one step from `theta [D]`, and its derivative by them. */
export function hypergradient(
  { inner, outer, learningRate, utility }: Omit<BiFairProblem, "weightRate">,
  theta: Float64Array,
  weights: ArrayLike<number>,
): Hypergradient {
  const size = inner.labels.length;
  const before = logistic(inner, theta);
  const innerLoss = before.losses.reduce((sum, loss, i) => sum + weights[i] * loss, 0) / size;
  const gradient = weighted(inner, before.slopes, (i) => weights[i] / size, theta.length);
  const thetaAfter = theta.map((value, d) => value - learningRate * gradient[d]);
  const after = logistic(outer, thetaAfter);
  const fair = fairLoss(after.losses, outer, utility);
  const outerGradient = weighted(outer, after.slopes, (i) => fair.sensitivity[i], theta.length);
  // d theta after / d w_i = -(eta / N) grad l_i, at theta before.
  const along = values(inner, outerGradient);
  return {
    ...fair,
    innerLoss,
    thetaAfter,
    outerGradient,
    gradient: along.map((value, i) => (-learningRate / size) * before.slopes[i] * value),
  };
}

/** Rounds one after the other. `theta [D]` are the first parameters. */
export class BiFairRounds {
  readonly weights: SampleWeights;
  /** Rounds in which all weights would have become 0. */
  kept = 0;

  constructor(
    private readonly problem: BiFairProblem,
    public theta: Float64Array,
  ) {
    this.weights = new SampleWeights(problem.inner.labels.length, problem.weightRate);
  }

  round(): Hypergradient {
    const found = hypergradient(this.problem, this.theta, this.weights.values);
    if (!this.weights.step(found.gradient)) this.kept++;
    this.theta = found.thetaAfter;
    return found;
  }
}

/** A step of gradient descent on the mean loss, all points alike: what is compared with. */
export function plainStep(inner: Points, theta: Float64Array, learningRate: number): Float64Array {
  const { slopes } = logistic(inner, theta);
  const gradient = weighted(inner, slopes, () => 1 / slopes.length, theta.length);
  return theta.map((value, d) => value - learningRate * gradient[d]);
}

/** Classes that the model says, `[N]`. */
export function predictions(points: Points, theta: Float64Array): Uint8Array {
  return Uint8Array.from(values(points, theta), (value) => Number(value > 0));
}

/** theta . x, `[N]`. */
function values({ points, labels }: Points, theta: Float64Array): Float64Array {
  const dimensions = theta.length;
  return Float64Array.from({ length: labels.length }, (_, n) => {
    let sum = 0;
    for (let d = 0; d < dimensions; d++) sum += points[n * dimensions + d] * theta[d];
    return sum;
  });
}

/** Losses `[N]`, and their derivatives by theta . x. */
function logistic(at: Points, theta: Float64Array) {
  const scores = values(at, theta);
  return {
    losses: scores.map((z, n) => softplus(z) - at.labels[n] * z),
    slopes: scores.map((z, n) => 1 / (1 + Math.exp(-z)) - at.labels[n]),
  };
}

/** Sum of factor(n) slope_n x_n, `[D]`. */
function weighted(
  { points }: Points,
  slopes: Float64Array,
  factor: (n: number) => number,
  dimensions: number,
): Float64Array {
  const sum = new Float64Array(dimensions);
  for (let n = 0; n < slopes.length; n++) {
    const share = factor(n) * slopes[n];
    for (let d = 0; d < dimensions; d++) sum[d] += share * points[n * dimensions + d];
  }
  return sum;
}
