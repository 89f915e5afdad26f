/**
 * Midpoints of data points (paper 2.5): what midpoint Mixup shows a net instead of the points, and when the
 * points can be told from them. Six or more points in general position are determined by their unlabelled
 * midpoints (Theorem 2.11); four never are.
 */

import { checkInteger, checkNumber } from "../check.ts";
import { ConfigError } from "../errors.ts";
import { leastOf, mostOf } from "../numeric/extremes.ts";
import { queryPoints } from "./points.ts";

/**
 * Midpoints of all pairs i < j of `points [N, D]`, `[N (N - 1) / 2, D]`, in the order (0,1) (0,2) ... (1,2)
 * ...; none of a single point.
 * @throws ConfigError for numbers that are not finite or don't make points.
 */
export function midpoints(points: ArrayLike<number>, dimensions: number): Float64Array {
  const size = sizeOf(points, dimensions);
  const found: number[] = [];
  for (let i = 0; i < size; i++) {
    for (let j = i + 1; j < size; j++) {
      for (let k = 0; k < dimensions; k++)
        found.push(0.5 * (points[i * dimensions + k] + points[j * dimensions + k]));
    }
  }
  return Float64Array.from(found);
}

/**
 * The points `[N, D]` whose {@link midpoints} are given in their order: x_i = x_ij + x_ik - x_jk.
 * @throws ConfigError for fewer than 3 points, or midpoints that don't fit.
 */
export function pointsFromMidpoints(
  middles: ArrayLike<number>,
  dimensions: number,
  size: number,
): Float64Array {
  checkInteger("size", size, 3, 2 ** 24, "a number of points");
  if (sizeOf(middles, dimensions, "middles") !== (size * (size - 1)) / 2) {
    throw new ConfigError("middles", `${middles.length} numbers are not the midpoints of ${size} points.`);
  }
  const index = (i: number, j: number) => {
    const [low, high] = i < j ? [i, j] : [j, i];
    return (low * (2 * size - low - 1)) / 2 + (high - low - 1);
  };
  return Float64Array.from({ length: size * dimensions }, (_, at) => {
    const [i, k] = [Math.floor(at / dimensions), at % dimensions];
    const [j, l] = [(i + 1) % size, (i + 2) % size];
    const middle = (first: number, second: number) => middles[index(first, second) * dimensions + k];
    return middle(i, j) + middle(i, l) - middle(j, l);
  });
}

/**
 * All sets of points, up to their order, whose {@link midpoints} are `middles [M (M - 1) / 2, D]` in any
 * order: two for four points, one for three and, with probability 1, for six or more points drawn from a
 * density (paper 2.5, Theorem 2.11). Each is `[M, D]`, the points in order along a fixed direction; none if
 * no points have such midpoints.
 *
 * Along that direction the first two midpoints are those of points 0, 1 and 0, 2; which one is that of 1, 2
 * is guessed, and each guess leads to one set or to a contradiction. Midpoints that differ must not tie along
 * the direction, which has irrational components; of almost all points none do. Time grows as M^5.
 *
 * `tolerance` is how far midpoints may be from where they should be, 1e-9 of their extent by default.
 * @throws ConfigError for numbers that are not finite, or not the midpoints of 3 points or more.
 */
export function pointSetsFromMidpoints(
  middles: ArrayLike<number>,
  dimensions: number,
  tolerance?: number,
): Float64Array[] {
  const count = sizeOf(middles, dimensions, "middles");
  const size = Math.round((1 + Math.sqrt(1 + 8 * count)) / 2);
  if (size < 3 || (size * (size - 1)) / 2 !== count) {
    throw new ConfigError(
      "middles",
      `${count} midpoints are not those of 3 points or more: 3, 6, 10, 15 ...`,
    );
  }
  const rows = Array.from({ length: count }, (_, i) =>
    Array.from({ length: dimensions }, (_, k) => middles[i * dimensions + k]),
  );
  const within = tolerance === undefined ? 1e-9 * extent(rows) : tolerance;
  checkNumber("tolerance", within, { from: 0, what: "a distance" });
  const along = (row: number[]) => row.reduce((sum, value, k) => sum + value * Math.cos(k + 1), 0);
  rows.sort((p, q) => along(p) - along(q));

  const found: number[][][] = [];
  // Of the midpoints before that of 1, 2 all are of point 0.
  for (let guess = 2; guess < size; guess++) {
    const points = growPoints(rows, size, guess, within);
    const same = (other: number[][]) => other.every((point, i) => isNear(point, points![i], within));
    if (points !== undefined && !found.some(same)) found.push(points);
  }
  return found.map((points) => Float64Array.from(points.flat()));
}

/** The points if midpoint `guess` is that of points 1 and 2; undefined if that contradicts the others. */
function growPoints(
  rows: readonly number[][],
  size: number,
  guess: number,
  tolerance: number,
): number[][] | undefined {
  const [first, second, third] = [rows[0], rows[1], rows[guess]];
  const points = [
    first.map((value, k) => value + second[k] - third[k]),
    first.map((value, k) => value + third[k] - second[k]),
    second.map((value, k) => value + third[k] - first[k]),
  ];
  const left = rows.filter((_, i) => i !== 0 && i !== 1 && i !== guess);
  while (points.length < size) {
    // The first that is left is of point 0 and the next point.
    const next = left[0].map((value, k) => 2 * value - points[0][k]);
    for (const point of points) {
      const middle = point.map((value, k) => 0.5 * (value + next[k]));
      const at = left.findIndex((row) => isNear(row, middle, tolerance));
      if (at < 0) return undefined;
      left.splice(at, 1);
    }
    points.push(next);
  }
  return points;
}

function isNear(point: readonly number[], other: readonly number[], tolerance: number): boolean {
  return point.every((value, k) => Math.abs(value - other[k]) <= tolerance);
}

/** The largest extent along an axis. */
function extent(rows: readonly number[][]): number {
  return Math.max(
    ...rows[0].map((_, k) => {
      const values = rows.map((row) => row[k]);
      return mostOf(values) - leastOf(values);
    }),
  );
}

/**
 * Four other points with the same six midpoints as four points `[4, D]`: each point's mirror image in the
 * centre of all four, S - x with S half their sum.
 * @throws ConfigError unless there are four.
 */
export function midpointTwin(points: ArrayLike<number>, dimensions: number): Float64Array {
  const size = sizeOf(points, dimensions);
  if (size !== 4) throw new ConfigError("points", `${size} points; only four have a twin for certain.`);
  return Float64Array.from(points, (value, at) => {
    let half = 0;
    for (let n = 0; n < 4; n++) half += 0.5 * points[n * dimensions + (at % dimensions)];
    return half - value;
  });
}

/** How many points the numbers are, or a ConfigError. */
function sizeOf(points: ArrayLike<number>, dimensions: number, path = "points"): number {
  checkInteger("dimensions", dimensions, 1, Number.MAX_SAFE_INTEGER, "a number of dimensions");
  return queryPoints(points, dimensions, path).length / dimensions;
}
