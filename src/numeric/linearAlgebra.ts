/**
 * The little dense linear algebra the theory needs, in float64, row-major: products, Cholesky factors with
 * and without pivoting, triangular solves. For matrices of at most a few hundred rows.
 *
 * Not here: eigenvalues of Jacobi matrices (`gaussJacobi.ts`), anything on the GPU.
 */

import { mostOf } from "./extremes.ts";

/** Sum of products of two vectors of the same length. */
export function dot(first: ArrayLike<number>, second: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < first.length; i++) sum += first[i] * second[i];
  return sum;
}

/** Euclidean length of a vector. */
export function norm(vector: ArrayLike<number>): number {
  return Math.sqrt(dot(vector, vector));
}

/** Cosine of the angle between two vectors; NaN if one of them is zero. */
export function cosine(first: ArrayLike<number>, second: ArrayLike<number>): number {
  return dot(first, second) / (norm(first) * norm(second));
}

/** `matrix [rows, columns]` times `vector [columns]` -> `[rows]`. */
export function multiply(matrix: ArrayLike<number>, vector: ArrayLike<number>, rows: number): Float64Array {
  const columns = vector.length;
  const product = new Float64Array(rows);
  for (let i = 0; i < rows; i++) {
    let sum = 0;
    for (let j = 0; j < columns; j++) sum += matrix[i * columns + j] * vector[j];
    product[i] = sum;
  }
  return product;
}

/** The transpose of `matrix [rows, columns]` times `vector [rows]` -> `[columns]`. */
export function multiplyTransposed(
  matrix: ArrayLike<number>,
  vector: ArrayLike<number>,
  columns: number,
): Float64Array {
  const product = new Float64Array(columns);
  for (let i = 0; i < vector.length; i++) {
    for (let j = 0; j < columns; j++) product[j] += matrix[i * columns + j] * vector[i];
  }
  return product;
}

/** Inner products of the rows of `matrix [rows, columns]` with each other -> `[rows, rows]`. */
export function gramMatrix(matrix: ArrayLike<number>, rows: number, columns: number): Float64Array {
  const gram = new Float64Array(rows * rows);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = 0;
      for (let k = 0; k < columns; k++) sum += matrix[i * columns + k] * matrix[j * columns + k];
      gram[i * rows + j] = sum;
      gram[j * rows + i] = sum;
    }
  }
  return gram;
}

/**
 * Solves `matrix * solution = right` for a symmetric positive definite `matrix [size, size]` by Cholesky's
 * factors. Undefined if the matrix is not positive definite to working precision.
 */
export function solvePositiveDefinite(
  matrix: ArrayLike<number>,
  right: ArrayLike<number>,
): Float64Array | undefined {
  const size = right.length;
  const factor = new Float64Array(size * size);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = matrix[i * size + j];
      for (let k = 0; k < j; k++) sum -= factor[i * size + k] * factor[j * size + k];
      if (i > j) {
        factor[i * size + j] = sum / factor[j * size + j];
      } else {
        if (!(sum > 1e-15 * matrix[i * size + i])) return undefined;
        factor[i * size + i] = Math.sqrt(sum);
      }
    }
  }
  const solution = Float64Array.from(right);
  for (let i = 0; i < size; i++) {
    for (let k = 0; k < i; k++) solution[i] -= factor[i * size + k] * solution[k];
    solution[i] /= factor[i * size + i];
  }
  for (let i = size - 1; i >= 0; i--) {
    for (let k = i + 1; k < size; k++) solution[i] -= factor[k * size + i] * solution[k];
    solution[i] /= factor[i * size + i];
  }
  return solution;
}

/** A positive semi-definite matrix as `factor * factor^T`, rank-revealing. */
export interface PivotedFactor {
  readonly rank: number;
  /** `[size, rank]`. */
  readonly factor: Float64Array;
  /** The rows chosen as pivots, in order, `[rank]`: rows `pivots` of `factor` are lower triangular. */
  readonly pivots: number[];
}

/**
 * Cholesky with diagonal pivoting of `matrix [size, size]`; pivots below 1e-12 of the largest count as zero.
 */
export function pivotedCholesky(matrix: ArrayLike<number>, size: number): PivotedFactor {
  const rest = Float64Array.from({ length: size }, (_, i) => matrix[i * size + i]);
  const columns: Float64Array[] = [];
  const pivots: number[] = [];
  const threshold = 1e-12 * mostOf(rest);
  while (pivots.length < size) {
    let pivot = -1;
    for (let i = 0; i < size; i++) {
      if (!pivots.includes(i) && (pivot < 0 || rest[i] > rest[pivot])) pivot = i;
    }
    if (!(rest[pivot] > threshold)) break;
    const column = new Float64Array(size);
    const root = Math.sqrt(rest[pivot]);
    for (let i = 0; i < size; i++) {
      if (pivots.includes(i)) continue;
      let sum = matrix[i * size + pivot];
      for (const earlier of columns) sum -= earlier[i] * earlier[pivot];
      column[i] = sum / root;
      rest[i] -= column[i] * column[i];
    }
    column[pivot] = root;
    columns.push(column);
    pivots.push(pivot);
  }
  const rank = pivots.length;
  const factor = new Float64Array(size * rank);
  columns.forEach((column, j) => {
    for (let i = 0; i < size; i++) factor[i * rank + j] = column[i];
  });
  return { rank, factor, pivots };
}
