/**
 * Eigenvalues and eigenvectors of a dense symmetric matrix in float64: Householder's reflections make it tridiagonal, implicit QL
 * steps make that diagonal (Golub and Van Loan, 8.3). For matrices of at most a few thousand rows.
 *
 * Not here: nodes of quadratures (`gaussJacobi.ts`), products and factors (`linearAlgebra.ts`).
 */

/** `matrix = vectors^T * diagonal(values) * vectors`. */
export interface SymmetricEigen {
  /** Eigenvalues in rising order, `[size]`. */
  readonly values: Float64Array;
  /** Orthonormal eigenvectors, one a row, in the order of the values, `[size, size]`. */
  readonly vectors: Float64Array;
}

/** Steps for one eigenvalue at most; two are usual. */
const MOST_STEPS = 100;

/**
 * All eigenvalues and eigenvectors of a symmetric `matrix [size, size]` (row-major, finite; only the half on and above the
 * diagonal is read). Errors of eigenvalues are a few roundings of the largest.
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
  const vectors = tridiagonalize(rest, size);
  const diagonal = Float64Array.from({ length: size }, (_, i) => rest[i * size + i]);
  const beside = Float64Array.from({ length: size }, (_, i) => (i + 1 < size ? rest[i * size + i + 1] : 0));
  diagonalize(diagonal, beside, vectors);
  const order = Array.from(diagonal.keys()).sort((i, j) => diagonal[i] - diagonal[j]);
  const sorted = new Float64Array(size * size);
  order.forEach((from, to) => {
    sorted.set(vectors.subarray(from * size, (from + 1) * size), to * size);
  });
  return { values: Float64Array.from(order, (i) => unit * diagonal[i]), vectors: sorted };
}

/** Makes `matrix` tridiagonal by reflections, `matrix = turned^T * tridiagonal * turned`; returns `turned [size, size]`. */
function tridiagonalize(matrix: Float64Array, size: number): Float64Array {
  const turned = new Float64Array(size * size);
  for (let i = 0; i < size; i++) turned[i * size + i] = 1;
  const normal = new Float64Array(size);
  const image = new Float64Array(size);
  const sums = new Float64Array(size);
  for (let k = 0; k + 2 < size; k++) {
    const row = k * size;
    let length = 0;
    for (let j = k + 1; j < size; j++) length = Math.hypot(length, matrix[row + j]);
    if (length === 0) continue;
    // The reflection that takes row k to (-sign * length, 0, 0, ...): I - factor * normal * normal^T.
    const first = matrix[row + k + 1];
    const reflected = first < 0 ? length : -length;
    normal.fill(0, 0, k + 1);
    for (let j = k + 1; j < size; j++) normal[j] = matrix[row + j];
    normal[k + 1] -= reflected;
    const factor = 1 / (length * (length + Math.abs(first)));
    // From both sides: matrix - normal * image^T - image * normal^T.
    let along = 0;
    for (let i = k + 1; i < size; i++) {
      let sum = 0;
      for (let j = k + 1; j < size; j++) sum += matrix[i * size + j] * normal[j];
      image[i] = factor * sum;
      along += image[i] * normal[i];
    }
    for (let i = k + 1; i < size; i++) image[i] -= 0.5 * factor * along * normal[i];
    for (let i = k + 1; i < size; i++) {
      const [n, m] = [normal[i], image[i]];
      for (let j = k + 1; j < size; j++) matrix[i * size + j] -= n * image[j] + m * normal[j];
    }
    matrix[row + k + 1] = reflected;
    sums.fill(0);
    for (let i = k + 1; i < size; i++)
      for (let j = 0; j < size; j++) sums[j] += normal[i] * turned[i * size + j];
    for (let i = k + 1; i < size; i++) {
      const scale = factor * normal[i];
      for (let j = 0; j < size; j++) turned[i * size + j] -= scale * sums[j];
    }
  }
  return turned;
}

/**
 * Makes the tridiagonal matrix of `diagonal [size]` and `beside [size]` (its last entry 0) diagonal by QL steps with implicit
 * shifts, and turns the rows of `vectors` with it.
 */
function diagonalize(diagonal: Float64Array, beside: Float64Array, vectors: Float64Array): void {
  const size = diagonal.length;
  let largest = 0;
  for (let i = 0; i < size; i++) largest = Math.max(largest, Math.abs(diagonal[i]) + Math.abs(beside[i]));
  // What moves no eigenvalue by more than a rounding of the largest is 0: a rank that is not full would else be worked on for long.
  const zero = 2 ** -53 * largest;
  for (let low = 0; low < size; low++) {
    for (let step = 0; step < MOST_STEPS; step++) {
      let high = low;
      while (high + 1 < size && Math.abs(beside[high]) > zero) high++;
      if (high === low) break;
      sweep(diagonal, beside, vectors, low, high);
    }
  }
}

/** One QL step on the block `low` to `high`, whose entries beside the diagonal are not 0. */
function sweep(
  diagonal: Float64Array,
  beside: Float64Array,
  vectors: Float64Array,
  low: number,
  high: number,
): void {
  // The shift: the eigenvalue of the upper two by two entries that is nearer to the first (Wilkinson).
  const half = (diagonal[low + 1] - diagonal[low]) / (2 * beside[low]);
  const root = Math.hypot(half, 1);
  let bulge = diagonal[high] - diagonal[low] + beside[low] / (half + (half < 0 ? -root : root));
  let [sine, cosine, shift] = [1, 1, 0];
  for (let i = high - 1; i >= low; i--) {
    const outer = sine * beside[i];
    const inner = cosine * beside[i];
    const radius = Math.hypot(outer, bulge);
    beside[i + 1] = radius;
    if (radius === 0) {
      // The block falls apart here.
      diagonal[i + 1] -= shift;
      beside[high] = 0;
      return;
    }
    sine = outer / radius;
    cosine = bulge / radius;
    const corner = diagonal[i + 1] - shift;
    const moved = (diagonal[i] - corner) * sine + 2 * cosine * inner;
    shift = sine * moved;
    diagonal[i + 1] = corner + shift;
    bulge = cosine * moved - inner;
    turnRows(vectors, diagonal.length, i, cosine, sine);
  }
  diagonal[low] -= shift;
  beside[low] = bulge;
  beside[high] = 0;
}

/** Turns rows i and i + 1 by the rotation of this cosine and sine. */
function turnRows(vectors: Float64Array, size: number, i: number, cosine: number, sine: number): void {
  for (let k = i * size, end = k + size; k < end; k++) {
    const lower = vectors[k];
    const upper = vectors[k + size];
    vectors[k + size] = sine * lower + cosine * upper;
    vectors[k] = cosine * lower - sine * upper;
  }
}
