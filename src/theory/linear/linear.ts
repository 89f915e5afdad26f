/**
 * Linear models without bias, labels 0 and 1 (paper 3.2): the exact minimiser of the population Mixup loss,
 * the max-margin direction, the least-norm interpolator, and plain training by gradient descent, to be
 * compared by their directions. All work in the dual, on the N x N matrix of inner products, so D may be
 * large; N up to some hundred.
 *
 * Not here: softmax with two outputs, which is the same model twice over (direction: weights of class 1 less
 * those of class 0).
 */

import { checkInteger, checkNumber, checkOptions, float64Numbers } from "../../check.ts";
import { ConfigError } from "../../errors.ts";
import type { Law } from "../../mixing/laws.ts";
import { leastOf } from "../../numeric/extremes.ts";
import {
  dot,
  gramMatrix,
  multiply,
  multiplyTransposed,
  pivotedCholesky,
  solvePositiveDefinite,
} from "../../numeric/linearAlgebra.ts";
import { nonNegativeLeastSquares } from "../../numeric/nonNegativeLeastSquares.ts";
import type { MixingRequest } from "../classifier/flips.ts";
import { lawNodes } from "../classifier/optimalLoss.ts";
import {
  checkRequest,
  type LabelledPoints,
  labelledPoints,
  pairWeights,
  type TheoryData,
} from "../points.ts";
import { minimizeScores, softplus } from "./mixupScores.ts";

/** A linear classifier: class 1 where `direction . x` is positive. */
export interface LinearSolution {
  /** `[D]`, in the span of the points. */
  readonly direction: Float64Array;
  /** `direction . x_n`, `[N]`. */
  readonly scores: Float64Array;
}

/** The minimiser of the Mixup loss. */
export interface MixupOptimum extends LinearSolution {
  /**
   * The population Mixup loss there, in nats: logistic cross-entropy over all ordered pairs and the law of
   * lambda.
   */
  readonly loss: number;
  /** Newton steps taken. */
  readonly iterations: number;
}

/**
 * The exact population Mixup optimum of the logistic model `sigmoid(direction . x)`: lambda by `nodes`
 * Gauss-Jacobi nodes, all ordered pairs, Newton's method to about 1e-9 in the scores. Unique in the span of
 * the points. There is no minimiser for plain training (constant 0 or 1) on separable data, for midpoint Mixup
 * (constant 1/2) where a direction scores all of class 1 alike and all of class 0 the opposite, and for any law
 * with pairing `same-class` on separable data. Any balance of the classes and any law, symmetric or not.
 * @throws ConfigError for bad data, weights or law, more or fewer than two classes, or if no minimiser was
 * found.
 */
export function mixupOptimum(request: MixingRequest & { law: Law; nodes?: number }): MixupOptimum {
  checkRequest(request, ["law", "nodes"]);
  const data = twoClasses(request.data);
  const { size, dimensions, points, labels } = data;
  const pairs = pairWeights(data, request.pairing, request.weights);
  const gram = gramMatrix(points, size, dimensions);
  const { factor, rank, pivots } = pivotedCholesky(gram, size);
  if (rank === 0) throw new ConfigError("data.points", "are all 0: no direction tells them apart.");
  const found = minimizeScores({
    labels,
    weight: pairs.weight,
    quadrature: lawNodes(request.law, request.nodes),
    factor,
    rank,
  });
  if (found === undefined) {
    throw new ConfigError(
      "law",
      "the loss has no minimiser: with this law and data it falls for ever. Give a mixing law.",
    );
  }
  // direction = X^T c with c on the pivots alone, whose rows of the factor are triangular: factor_pivots^T c
  // = g.
  const coefficients = new Float64Array(size);
  const solved = Float64Array.from(found.coordinates);
  for (let i = rank - 1; i >= 0; i--) {
    for (let j = i + 1; j < rank; j++) solved[i] -= factor[pivots[j] * rank + i] * solved[j];
    solved[i] /= factor[pivots[i] * rank + i];
    coefficients[pivots[i]] = solved[i];
  }
  const direction = multiplyTransposed(points, coefficients, dimensions);
  return {
    direction,
    scores: multiply(points, direction, size),
    loss: found.loss,
    iterations: found.iterations,
  };
}

/**
 * The scores of the Mixup optimum when they are free, as for linearly independent points: all points of class
 * 1 get `positive`, all of class 0 get `-negative`. `share` is the weight of class 1; at 1/2 both are the
 * paper's k.
 * @throws ConfigError unless 0 < share < 1 and the law mixes.
 */
export function freeScores(
  law: Law,
  share = 0.5,
  nodes = 64,
): { positive: number; negative: number; loss: number } {
  checkNumber("share", share, { above: 0, below: 1, what: "a share of two classes" });
  const data: TheoryData = { points: [1, 0, 0, 1], labels: [1, 0], dimensions: 2, classes: 2 };
  const { scores, loss } = mixupOptimum({ data, law, weights: [share, 1 - share], nodes });
  return { positive: scores[0], negative: -scores[1], loss };
}

/**
 * The least-norm direction with score +1 on class 1 and -1 on class 0: the direction of the Mixup optimum for
 * balanced classes and any symmetric law.
 * @throws ConfigError for bad data or linearly dependent points.
 */
export function leastNormInterpolator(input: TheoryData): LinearSolution {
  const data = twoClasses(input);
  const { size, dimensions, points } = data;
  const coefficients = solvePositiveDefinite(
    gramMatrix(points, size, dimensions),
    Float64Array.from(signs(data)),
  );
  if (coefficients === undefined) {
    throw new ConfigError(
      "data.points",
      "are linearly dependent: no direction need interpolate them. Give N <= D.",
    );
  }
  const direction = multiplyTransposed(points, coefficients, dimensions);
  return { direction, scores: multiply(points, direction, size) };
}

/** The max-margin solution. */
export interface MaxMargin extends LinearSolution {
  /**
   * Distance of the nearest points to the separating hyperplane through the origin. The direction has length
   * 1.
   */
  readonly margin: number;
  /** Indices of the points on the margin, ascending. */
  readonly supportVectors: number[];
}

/**
 * The unit direction whose least signed score is largest, without bias (hard-margin SVM through the origin).
 * By the active-set method of Lawson and Hanson (1974) for non-negative least squares: the point of the
 * signed points' convex hull that is nearest to the origin.
 * @throws ConfigError for bad data or data that no direction separates.
 */
export function maxMargin(input: TheoryData): MaxMargin {
  const data = twoClasses(input);
  const { size, dimensions, points } = data;
  const sign = signs(data);
  // Rounding grows with the points' length: work on points of a common scale.
  const scale = Math.sqrt(points.reduce((sum, value) => sum + value * value, 0) / size) || 1;
  const signed = points.map((value, i) => (sign[Math.floor(i / dimensions)] * value) / scale);
  const gram = gramMatrix(signed, size, dimensions);
  // Least squares on [Z^T; 1^T] multipliers = [0; 1] has the normal matrix Z Z^T + 1 1^T and right side 1.
  const multipliers = nonNegativeLeastSquares(
    gram.map((value) => value + 1),
    size,
  );
  const total = multipliers.reduce((sum, value) => sum + value, 0);
  const hull = multiplyTransposed(
    signed,
    multipliers.map((value) => value / total),
    dimensions,
  );
  const length = Math.sqrt(dot(hull, hull));
  const direction = hull.map((value) => value / length);
  const scores = multiply(points, direction, size);
  const margin = leastOf(scores.map((score, n) => sign[n] * score));
  if (!(margin > 1e-9 * scale)) {
    throw new ConfigError(
      "data",
      "no direction through the origin separates the classes. Add dimensions, or a constant one.",
    );
  }
  const supportVectors = Array.from(multipliers.keys()).filter((n) => multipliers[n] > 1e-10 * total);
  return { direction, scores, margin, supportVectors };
}

/** One look at a training by gradient descent. */
export interface DescentRecord extends LinearSolution {
  readonly step: number;
  /** Mean logistic loss. */
  readonly loss: number;
}

/**
 * Plain training (ERM) of the logistic model by full-batch gradient descent from 0, with the step
 * `learningRate / loss`, which makes the loss fall geometrically on separable data. Records the first step at
 * or below each of `losses`, the largest first; those not reached within `steps` (data that are not separable) are
 * left out.
 * @throws ConfigError for bad data or options.
 */
export function descend(
  input: TheoryData,
  options: { losses?: readonly number[]; learningRate?: number; steps?: number } = {},
): DescentRecord[] {
  checkOptions("", options, ["losses", "learningRate", "steps"]);
  const { losses = [1e-2, 1e-4, 1e-6, 1e-8], learningRate, steps = 200_000 } = options;
  const data = twoClasses(input);
  const { size, dimensions, points } = data;
  const sign = signs(data);
  const gram = gramMatrix(points, size, dimensions);
  // The normalised loss is as smooth as the largest squared length allows.
  let longest = 0;
  for (let n = 0; n < size; n++) longest = Math.max(longest, gram[n * size + n]);
  if (longest === 0) throw new ConfigError("data.points", "are all 0: no direction tells them apart.");
  const wanted = Array.from(float64Numbers("losses", losses)).sort((a, b) => b - a);
  for (const [i, loss] of Array.from(losses).entries())
    checkNumber(`losses[${i}]`, loss, { above: 0, what: "a loss" });
  checkInteger("steps", steps, 1, Number.MAX_SAFE_INTEGER, "a number of steps");
  const rate = checkNumber("learningRate", learningRate ?? 1 / longest, {
    above: 0,
    what: "a learning rate",
  });
  const coefficients = new Float64Array(size);
  const records: DescentRecord[] = [];
  for (let step = 0; step <= steps && records.length < wanted.length; step++) {
    const scores = multiply(gram, coefficients, size);
    let loss = 0;
    for (let n = 0; n < size; n++) loss += softplus(-sign[n] * scores[n]) / size;
    while (records.length < wanted.length && loss <= wanted[records.length]) {
      records.push({ step, loss, scores, direction: multiplyTransposed(points, coefficients, dimensions) });
    }
    for (let n = 0; n < size; n++) {
      coefficients[n] += ((rate / loss) * sign[n]) / (size * (1 + Math.exp(sign[n] * scores[n])));
    }
  }
  return records;
}

function twoClasses(input: TheoryData): LabelledPoints {
  const data = labelledPoints(input);
  const used = new Set(data.labels);
  if (data.classes !== 2 || used.size !== 2) {
    throw new ConfigError(
      "data.labels",
      `${used.size} of ${data.classes} classes used; a linear model tells 0 from 1.`,
    );
  }
  return data;
}

function signs({ labels }: LabelledPoints): number[] {
  return Array.from(labels, (label) => (label === 1 ? 1 : -1));
}
