/**
 * Midpoints of data points (paper 2.5): what midpoint Mixup shows a net instead of the points, and when the
 * points can be told from them. Six or more points in general position are determined by their unlabelled
 * midpoints (Theorem 2.11); four never are.
 */

import { ConfigError } from "../errors.ts";

/**
 * Midpoints of all pairs i < j of `points [N, D]`, `[N (N - 1) / 2, D]`, in the order (0,1) (0,2) ... (1,2)
 * ...
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
  if (!Number.isInteger(size) || size < 3)
    throw new ConfigError("size", `${size} points. Give an integer from 3.`);
  if (sizeOf(middles, dimensions) !== (size * (size - 1)) / 2) {
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

function sizeOf(points: ArrayLike<number>, dimensions: number): number {
  if (!Number.isInteger(dimensions) || dimensions < 1 || points.length % dimensions !== 0) {
    throw new ConfigError(
      "points",
      `${points.length} numbers don't make points of ${dimensions} dimensions.`,
    );
  }
  return points.length / dimensions;
}
