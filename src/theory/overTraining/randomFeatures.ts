/**
 * The regression by random features in which over-training with Mixup can be computed (Liu et al., arXiv 2303.01475): the
 * features of points, the midpoints of all pairs with their labels, and how wrong those labels are.
 *
 * Not here: descent (`descent.ts`), errors along its steps (`curves.ts`), where features and points are drawn.
 */

import { checkInteger, checkLength, checkOptions, float64Numbers } from "../../check.ts";
import { ConfigError } from "../../errors.ts";
import { multiply } from "../../numeric/linearAlgebra.ts";
import { queryPoints } from "../points.ts";

/** Random features: phi(x) = relu(W x) / sqrt(M). */
export interface RandomFeatures {
  /** W, `[M, D]`, row-major. */
  readonly weights: ArrayLike<number>;
  /** D. */
  readonly dimensions: number;
}

/**
 * The features of `points [N, D]`, `[N, M]`.
 * @throws ConfigError for sizes that don't match, numbers that are not finite.
 */
export function featuresAt(features: RandomFeatures, points: ArrayLike<number>): Float64Array {
  const { weights, dimensions, count } = checkedFeatures(features);
  const inputs = queryPoints(points, dimensions, "points");
  const scale = 1 / Math.sqrt(count);
  const size = inputs.length / dimensions;
  const found = new Float64Array(size * count);
  for (let n = 0; n < size; n++) {
    const sums = multiply(weights, inputs.subarray(n * dimensions, (n + 1) * dimensions), count);
    for (let m = 0; m < count; m++) found[n * count + m] = scale * Math.max(0, sums[m]);
  }
  return found;
}

/** W in float64 and M, its number of rows. */
function checkedFeatures(features: RandomFeatures) {
  const { weights, dimensions } = checkOptions("features", features, ["weights", "dimensions"]);
  checkInteger("features.dimensions", dimensions, 1, Number.MAX_SAFE_INTEGER, "a number of dimensions");
  const checked = queryPoints(weights, dimensions, "features.weights");
  if (checked.length === 0) throw new ConfigError("features.weights", "no feature. Give at least one row.");
  return { weights: checked, dimensions, count: checked.length / dimensions };
}

/** Points with a number each. */
export interface RegressionPoints {
  /** `[N, D]`. */
  readonly points: ArrayLike<number>;
  /** `[N]`. */
  readonly targets: ArrayLike<number>;
  /** D. */
  readonly dimensions: number;
}

/** What Mixup with lambda 1/2 shows, all of it. */
export interface OrderedMidpoints {
  /** (x_i + x_j) / 2, `[N^2, D]`, pair (i, j) at row i N + j; a point's pair with itself is the point. */
  readonly points: Float64Array;
  /** (y_i + y_j) / 2, `[N^2]`. */
  readonly targets: Float64Array;
  /** i, `[N^2]`. */
  readonly first: Uint32Array;
  /** j, `[N^2]`. */
  readonly partner: Uint32Array;
}

/** Most points: beyond it the N^2 pairs are no list to be held. */
const MOST_POINTS = 4096;

/**
 * The midpoints of all N^2 ordered pairs of points, each point with itself included, and of their targets.
 * @throws ConfigError for no points, more than 4,096 of them, sizes that don't match, numbers that are not finite.
 */
export function orderedMidpoints(data: RegressionPoints): OrderedMidpoints {
  const { dimensions } = checkOptions("data", data, ["points", "targets", "dimensions"]);
  checkInteger("data.dimensions", dimensions, 1, Number.MAX_SAFE_INTEGER, "a number of dimensions");
  const points = queryPoints(data.points, dimensions, "data.points");
  const targets = float64Numbers("data.targets", data.targets);
  const size = targets.length;
  if (size === 0 || points.length !== size * dimensions)
    throw new ConfigError("data.targets", `${size} targets for ${points.length / dimensions} points.`);
  if (size > MOST_POINTS)
    throw new ConfigError("data.points", `${size} points. All pairs of at most ${MOST_POINTS} are possible.`);
  const middles = new Float64Array(size * size * dimensions);
  const pairs = { first: new Uint32Array(size * size), partner: new Uint32Array(size * size) };
  const middleTargets = new Float64Array(size * size);
  for (let i = 0, pair = 0; i < size; i++) {
    for (let j = 0; j < size; j++, pair++) {
      pairs.first[pair] = i;
      pairs.partner[pair] = j;
      middleTargets[pair] = 0.5 * (targets[i] + targets[j]);
      for (let k = 0; k < dimensions; k++)
        middles[pair * dimensions + k] = 0.5 * (points[i * dimensions + k] + points[j * dimensions + k]);
    }
  }
  return { points: middles, targets: middleTargets, ...pairs };
}

/**
 * Values of a linear function of features, `design [N, M]` times `theta [M]`, `[N]`: a student's outputs, a teacher's labels.
 * @throws ConfigError for sizes that don't match, numbers that are not finite.
 */
export function linearValues(design: ArrayLike<number>, theta: ArrayLike<number>): Float64Array {
  const columns = float64Numbers("theta", theta);
  const length = checkLength("design", design);
  if (columns.length === 0 || length % columns.length !== 0) {
    throw new ConfigError(
      "design",
      `${length} numbers for ${columns.length} of theta. Give [N, ${columns.length}].`,
    );
  }
  return multiply(float64Numbers("design", design), columns, length / columns.length);
}

/**
 * How wrong the labels of mixed points are, `[N]`: the label less the teacher's value there. Descent on them is descent on clean
 * labels, plus descent on these.
 * @param design features of the mixed points, `[N, M]`
 * @param targets labels of the mixed points, `[N]`
 * @param teacher theta*, `[M]`
 * @throws ConfigError for sizes that don't match, numbers that are not finite.
 */
export function labelNoise(
  design: ArrayLike<number>,
  targets: ArrayLike<number>,
  teacher: ArrayLike<number>,
): Float64Array {
  const clean = linearValues(design, teacher);
  const given = float64Numbers("targets", targets);
  if (given.length !== clean.length)
    throw new ConfigError("targets", `${given.length} numbers for ${clean.length} points.`);
  return given.map((target, n) => target - clean[n]);
}
