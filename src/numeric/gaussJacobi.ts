/**
 * Gauss-Jacobi quadrature for expectations over Beta(a, b): E[g(Lambda)] = sum of weight * g(node), exact for
 * polynomials of degree below twice the number of nodes. Nodes are the eigenvalues of the Jacobi matrix,
 * weights the squares of the first components of its eigenvectors (Golub and Welsch 1969).
 */

/** Nodes in (0, 1), ascending, and weights that sum to 1. */
export interface Quadrature {
  readonly nodes: Float64Array;
  readonly weights: Float64Array;
}

/** `count` nodes and weights for Beta(a, b), a, b > 0; Beta(1, 1) gives Gauss-Legendre on [0, 1]. */
export function gaussJacobi(a: number, b: number, count: number): Quadrature {
  // Jacobi's weight (1 - x)^(b-1) (1 + x)^(a-1) on [-1, 1], with x = 2 lambda - 1.
  const total = a + b - 2;
  const diagonal = new Float64Array(count);
  const below = new Float64Array(count);
  for (let n = 0; n < count; n++) {
    const middle = 2 * n + total;
    // Of the first two entries, the factors that cancel are left out: they may be 0.
    diagonal[n] = n === 0 ? (a - b) / (a + b) : ((a - b) * total) / (middle * (middle + 2));
    if (n === 1) below[0] = Math.sqrt((4 * a * b) / ((a + b) ** 2 * (a + b + 1)));
    if (n > 1) {
      const numerator = 4 * n * (n + a - 1) * (n + b - 1) * (n + total);
      below[n - 1] = Math.sqrt(numerator / (middle * middle * (middle + 1) * (middle - 1)));
    }
  }
  const firstRow = diagonalize(diagonal, below);
  const order = Array.from({ length: count }, (_, i) => i).sort((i, j) => diagonal[i] - diagonal[j]);
  return {
    nodes: Float64Array.from(order, (i) => 0.5 + 0.5 * diagonal[i]),
    weights: Float64Array.from(order, (i) => firstRow[i] ** 2),
  };
}

/**
 * Eigenvalues of a symmetric tridiagonal matrix, in place in `diagonal`, by the implicit QL method; returns
 * the first components of the eigenvectors. `below[i]` stands between rows i and i + 1; it is destroyed.
 */
function diagonalize(diagonal: Float64Array, below: Float64Array): Float64Array {
  const size = diagonal.length;
  const firstRow = new Float64Array(size);
  firstRow[0] = 1;
  for (let start = 0; start < size; start++) {
    for (;;) {
      let end = start;
      while (end < size - 1) {
        const scale = Math.abs(diagonal[end]) + Math.abs(diagonal[end + 1]);
        if (Math.abs(below[end]) <= Number.EPSILON * scale) break;
        end++;
      }
      if (end === start) break;
      const half = (diagonal[start + 1] - diagonal[start]) / (2 * below[start]);
      const shift = half + (half >= 0 ? 1 : -1) * Math.hypot(half, 1);
      let g = diagonal[end] - diagonal[start] + below[start] / shift;
      let sine = 1;
      let cosine = 1;
      let carried = 0;
      let i = end - 1;
      for (; i >= start; i--) {
        const f = sine * below[i];
        const next = cosine * below[i];
        const radius = Math.hypot(f, g);
        below[i + 1] = radius;
        if (radius === 0) {
          diagonal[i + 1] -= carried;
          below[end] = 0;
          break;
        }
        sine = f / radius;
        cosine = g / radius;
        g = diagonal[i + 1] - carried;
        const turned = (diagonal[i] - g) * sine + 2 * cosine * next;
        carried = sine * turned;
        diagonal[i + 1] = g + carried;
        g = cosine * turned - next;
        const upper = firstRow[i + 1];
        firstRow[i + 1] = sine * firstRow[i] + cosine * upper;
        firstRow[i] = cosine * firstRow[i] - sine * upper;
      }
      if (i >= start) continue;
      diagonal[start] -= carried;
      below[start] = g;
      below[end] = 0;
    }
  }
  return firstRow;
}
