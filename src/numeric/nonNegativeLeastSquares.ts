/**
 * Non-negative least squares by the active-set method of Lawson and Hanson (1974), on the normal equations,
 * for at most a few hundred unknowns.
 */

import { multiply, solvePositiveDefinite } from "./linearAlgebra.ts";

/**
 * The vector m >= 0 that minimises |A m - b|^2, from `matrix` = A^T A `[size, size]` and A^T b = 1 (all
 * ones). Columns that depend on those in use, to working precision, are left out.
 */
export function nonNegativeLeastSquares(matrix: Float64Array, size: number): Float64Array {
  const solution = new Float64Array(size);
  let active: number[] = [];
  // Unknowns that rounding drove out again as soon as they came in; they wait for the next change.
  const refused = new Set<number>();
  for (let round = 0; round < 50 * size; round++) {
    let best = -1;
    let most = 1e-11;
    const gradient = multiply(matrix, solution, size).map((value) => 1 - value);
    for (let n = 0; n < size; n++) {
      if (active.includes(n) || refused.has(n) || gradient[n] <= most) continue;
      best = n;
      most = gradient[n];
    }
    if (best < 0) break;
    active.push(best);
    for (;;) {
      const part = Float64Array.from({ length: active.length ** 2 }, (_, i) => {
        const [row, column] = [Math.floor(i / active.length), i % active.length];
        return matrix[active[row] * size + active[column]];
      });
      const candidate = solvePositiveDefinite(part, new Float64Array(active.length).fill(1));
      if (candidate === undefined) {
        active = active.filter((n) => n !== best);
        refused.add(best);
        break;
      }
      if (candidate.every((value) => value > 0)) {
        solution.fill(0);
        active.forEach((n, i) => {
          solution[n] = candidate[i];
        });
        if (active.includes(best)) refused.clear();
        else refused.add(best);
        break;
      }
      // As far towards the candidate as all stay non-negative; whoever gets to 0 leaves.
      let fraction = 1;
      active.forEach((n, i) => {
        if (candidate[i] <= 0) fraction = Math.min(fraction, solution[n] / (solution[n] - candidate[i]));
      });
      active.forEach((n, i) => {
        solution[n] += fraction * (candidate[i] - solution[n]);
      });
      active = active.filter((n, i) => {
        const stays = candidate[i] > 0 || solution[n] > 1e-14;
        if (!stays) solution[n] = 0;
        return stays;
      });
    }
  }
  return solution;
}
