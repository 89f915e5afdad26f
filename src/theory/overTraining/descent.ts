/**
 * Gradient descent on a least-squares problem in closed form: the parameters after any number of steps at once, by the
 * eigenvectors of its design.
 *
 * Not here: descent in loops, other losses (`linear/linear.ts`).
 */

import { checkInteger, checkLength, checkNumber, checkOptions, float64Numbers } from "../../check.ts";
import { ConfigError } from "../../errors.ts";
import { gramMatrix, multiply, multiplyTransposed } from "../../numeric/linearAlgebra.ts";
import { symmetricEigen } from "../../numeric/symmetricEigen.ts";

/** The problem: 1/(2N) sum (design theta - targets)^2. */
export interface LeastSquares {
  /** Phi, `[N, M]`, row-major. */
  readonly design: ArrayLike<number>;
  /** `[N]`. */
  readonly targets: ArrayLike<number>;
  /**
   * Above 0; by default 1 / s_max, the inverse of the largest eigenvalue. An engine whose squared error is not halved takes half
   * of it.
   */
  readonly learningRate?: number;
}

/** Descent on one problem. */
export interface LeastSquaresDescent {
  /** Eigenvalues of Phi^T Phi / N in rising order, `[M]`. */
  readonly eigenvalues: Float64Array;
  readonly learningRate: number;
  /**
   * The parameters after `steps` steps from `start`, `[M]`, by default from 0.
   * @throws ConfigError for a number of steps that is none, a start of another length or with numbers that are not finite.
   */
  after(steps: number, start?: ArrayLike<number>): Float64Array;
  /**
   * Descent on the same design with other targets, `[N]`, at the same rate; the eigenvectors are not computed again.
   * @throws ConfigError for targets of another length or with numbers that are not finite.
   */
  relabelled(targets: ArrayLike<number>): LeastSquaresDescent;
}

/** Most features: the eigenvectors of more would take minutes. */
const MOST_FEATURES = 2048;

/** Eigenvalues at most this part of the largest count as 0. */
const ZERO = 1e-12;

/**
 * Gradient descent in closed form (arXiv 2303.01475): with the eigenvectors V of Phi^T Phi / N and c_0 = V^T theta_0,
 * theta(k) = V [(1 - rate s)^k c_0 + (1 - (1 - rate s)^k) V^T Phi^T targets / (N s)]. Along eigenvectors of eigenvalue 0 (at
 * most 1e-12 of the largest) nothing is learned: theta stays there.
 * @throws ConfigError for sizes that don't match, more than 2,048 features, numbers that are not finite, a learning rate that is
 * not above 0, and a design of zeros: nothing can be learned with it.
 */
export function leastSquaresDescent(problem: LeastSquares): LeastSquaresDescent {
  checkOptions("problem", problem, ["design", "targets", "learningRate"]);
  const { size, count, design, targets } = checkedProblem(problem);
  // The transpose, so that the features' inner products are those of its rows.
  const transposed = new Float64Array(design.length);
  for (let n = 0; n < size; n++)
    for (let m = 0; m < count; m++) transposed[m * size + n] = design[n * count + m];
  const products = gramMatrix(transposed, count, size).map((product) => product / size);
  if (!products.every(Number.isFinite))
    throw new ConfigError("problem.design", "products of its numbers are not finite. Scale it.");
  const { values: eigenvalues, vectors } = symmetricEigen(products, count);
  const largest = eigenvalues[count - 1];
  if (!(largest > 0))
    throw new ConfigError("problem.design", "all zero: no feature is active, there is nothing to learn.");
  const { learningRate = 1 / largest } = problem;
  checkNumber("problem.learningRate", learningRate, { above: 0, what: "a learning rate" });
  return withTargets({ design, eigenvalues, vectors, learningRate }, targets);
}

/** A design, its eigenvectors as rows, and the rate. */
interface Decomposed {
  readonly design: Float64Array;
  readonly eigenvalues: Float64Array;
  readonly vectors: Float64Array;
  readonly learningRate: number;
}

function withTargets(decomposed: Decomposed, targets: Float64Array): LeastSquaresDescent {
  const { design, eigenvalues, vectors, learningRate } = decomposed;
  const count = eigenvalues.length;
  const size = targets.length;
  const zero = ZERO * eigenvalues[count - 1];
  const moments = multiplyTransposed(design, targets, count).map((moment) => moment / size);
  if (!moments.every(Number.isFinite))
    throw new ConfigError("problem.targets", "products with the design are not finite. Scale them.");
  const learned = multiply(vectors, moments, count);
  return {
    eigenvalues,
    learningRate,
    after(steps, start = new Float64Array(count)) {
      checkInteger("steps", steps, 0, Number.MAX_SAFE_INTEGER, "a number of steps");
      const from = float64Numbers("start", start);
      if (from.length !== count)
        throw new ConfigError("start", `${from.length} numbers for ${count} features.`);
      // No step is the start itself, to the last bit.
      if (steps === 0) return from;
      const coordinates = multiply(vectors, from, count);
      for (let m = 0; m < count; m++) {
        const value = eigenvalues[m];
        if (value <= zero) continue;
        const [kept, gained] = powers(learningRate * value, steps);
        coordinates[m] = kept * coordinates[m] + (gained * learned[m]) / value;
      }
      return multiplyTransposed(vectors, coordinates, count);
    },
    relabelled(others) {
      const checked = float64Numbers("targets", others);
      if (checked.length !== size)
        throw new ConfigError("targets", `${checked.length} numbers for ${size} points.`);
      return withTargets(decomposed, checked);
    },
  };
}

/** (1 - x)^k and 1 - (1 - x)^k; the second keeps its digits where x is small. */
function powers(x: number, steps: number): [kept: number, gained: number] {
  if (x >= 1) {
    const kept = (1 - x) ** steps;
    return [kept, 1 - kept];
  }
  const exponent = steps * Math.log1p(-x);
  return [Math.exp(exponent), -Math.expm1(exponent)];
}

function checkedProblem({ design, targets }: LeastSquares) {
  const size = checkLength("problem.targets", targets);
  const length = checkLength("problem.design", design);
  const count = length / size;
  if (size === 0 || !Number.isInteger(count) || count === 0)
    throw new ConfigError("problem.design", `${length} numbers for ${size} targets. Give [N, M].`);
  if (count > MOST_FEATURES)
    throw new ConfigError("problem.design", `${count} features. At most ${MOST_FEATURES} are possible.`);
  return {
    size,
    count,
    design: float64Numbers("problem.design", design),
    targets: float64Numbers("problem.targets", targets),
  };
}
