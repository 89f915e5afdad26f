/**
 * Eigenvalues and eigenvectors of a dense symmetric matrix by Jacobi's rotations, in float64. For matrices of at most a few
 * hundred rows.
 *
 * Not here: eigenvalues of tridiagonal matrices (`gaussJacobi.ts`), products and factors (`linearAlgebra.ts`).
 */

/** `matrix = vectors^T * diagonal(values) * vectors`. */
export interface SymmetricEigen {
  /** Eigenvalues in rising order, `[size]`. */
  readonly values: Float64Array;
  /** Orthonormal eigenvectors, one a row, in the order of the values, `[size, size]`. */
  readonly vectors: Float64Array;
}

/** Sweeps over all entries; convergence is quadratic, and ten are never needed by matrices of some hundred rows. */
const MOST_SWEEPS = 60;

/**
 * All eigenvalues and eigenvectors of a symmetric `matrix [size, size]` (row-major, finite; only the half on and above the
 * diagonal is read), by cyclic Jacobi rotations (Golub and Van Loan, 8.5): each rotation sets one entry to zero, until none is
 * left that counts. Errors of eigenvalues are a few roundings of the largest.
 */
export function symmetricEigen(matrix: ArrayLike<number>, size: number): SymmetricEigen {
  // Over the largest entry, so that squares neither overflow nor vanish.
  let unit = 0;
  for (let i = 0; i < size; i++)
    for (let j = i; j < size; j++) unit = Math.max(unit, Math.abs(matrix[i * size + j]));
  unit = unit || 1;
  const rest = new Float64Array(size * size);
  for (let i = 0; i < size; i++)
    for (let j = 0; j < size; j++) rest[i * size + j] = matrix[Math.min(i, j) * size + Math.max(i, j)] / unit;
  const vectors = new Float64Array(size * size);
  for (let i = 0; i < size; i++) vectors[i * size + i] = 1;
  let total = 0;
  for (const entry of rest) total += entry * entry;
  for (let sweep = 0; sweep < MOST_SWEEPS; sweep++) {
    let outside = 0;
    for (let i = 0; i < size; i++) for (let j = i + 1; j < size; j++) outside += 2 * rest[i * size + j] ** 2;
    // Below this, all entries together move no eigenvalue by a rounding of the largest.
    if (outside <= total * 1e-34) break;
    for (let i = 0; i < size; i++) for (let j = i + 1; j < size; j++) rotate(rest, vectors, size, i, j);
  }
  const order = Array.from({ length: size }, (_, i) => i).sort(
    (i, j) => rest[i * size + i] - rest[j * size + j],
  );
  const sorted = new Float64Array(size * size);
  order.forEach((from, to) => {
    sorted.set(vectors.subarray(from * size, (from + 1) * size), to * size);
  });
  return { values: Float64Array.from(order, (i) => unit * rest[i * size + i]), vectors: sorted };
}

/** Turns rows and columns p and q of `rest`, so that entry (p, q) becomes 0, and rows p and q of `vectors` with them. */
function rotate(rest: Float64Array, vectors: Float64Array, size: number, p: number, q: number): void {
  const entry = rest[p * size + q];
  if (entry === 0) return;
  const ratio = (rest[q * size + q] - rest[p * size + p]) / (2 * entry);
  // The smaller of the two angles; of a ratio whose square overflows the tangent is 0.
  const tangent = (ratio < 0 ? -1 : 1) / (Math.abs(ratio) + Math.sqrt(1 + ratio * ratio));
  const cosine = 1 / Math.sqrt(1 + tangent * tangent);
  const sine = tangent * cosine;
  const turnRows = (of: Float64Array) => {
    for (let k = 0, i = p * size, j = q * size; k < size; k++, i++, j++) {
      const [x, y] = [of[i], of[j]];
      of[i] = cosine * x - sine * y;
      of[j] = sine * x + cosine * y;
    }
  };
  const own = rest[p * size + p] - tangent * entry;
  const other = rest[q * size + q] + tangent * entry;
  turnRows(rest);
  turnRows(vectors);
  for (let k = 0; k < size; k++) {
    rest[k * size + p] = rest[p * size + k];
    rest[k * size + q] = rest[q * size + k];
  }
  rest[p * size + p] = own;
  rest[q * size + q] = other;
  rest[p * size + q] = 0;
  rest[q * size + p] = 0;
}
