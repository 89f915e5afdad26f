/**
 * Which points a set of midpoints belongs to (paper 2.5, Theorem 2.11): all sets of points that fit the midpoints of
 * random points, without being told which midpoint is whose.
 */

import { normalPair } from "../../numeric/normal.ts";
import { PURPOSE } from "../../numeric/threefry.ts";
import { range } from "../../population/grid.ts";
import { midpoints, pointSetsFromMidpoints } from "../../theory/midpoints.ts";

/** Draws of the same number of points. */
export interface MidpointStudy {
  readonly points: number;
  readonly draws: number;
  /** How many sets of points fit: the fewest and the most over the draws. */
  readonly fewest: number;
  readonly most: number;
  /** Largest distance, along an axis, of a point from the nearest one of the set that fits best. */
  readonly error: number;
}

const SIZES = [3, 4, 5, 6, 8, 10];
const DIMENSIONS = 2;
const DRAWS = 20;

/** For each number of points, `DRAWS` draws from N(0, I) in the plane. */
export function midpointStudy(): MidpointStudy[] {
  return SIZES.map((size) => {
    const outcomes = range(DRAWS).map((draw) => {
      const points = drawPoints(size, draw);
      const sets = pointSetsFromMidpoints(midpoints(points, DIMENSIONS), DIMENSIONS);
      return { count: sets.length, error: Math.min(...sets.map((set) => largestDistance(points, set))) };
    });
    const counts = outcomes.map(({ count }) => count);
    return {
      points: size,
      draws: DRAWS,
      fewest: Math.min(...counts),
      most: Math.max(...counts),
      error: Math.max(...outcomes.map(({ error }) => error)),
    };
  });
}

/** `[size, 2]` points N(0, I), a function of the two numbers. */
export function drawPoints(size: number, draw: number): Float64Array {
  return Float64Array.from(range(size).flatMap((n) => normalPair(draw, PURPOSE.data, size, n)));
}

/** The largest distance along an axis of a point of `[N, 2]` points from the nearest of the others. */
function largestDistance(points: Float64Array, others: Float64Array): number {
  let largest = 0;
  for (let i = 0; i < points.length; i += 2) {
    let nearest = Number.POSITIVE_INFINITY;
    for (let j = 0; j < others.length; j += 2) {
      const apart = Math.max(Math.abs(points[i] - others[j]), Math.abs(points[i + 1] - others[j + 1]));
      nearest = Math.min(nearest, apart);
    }
    largest = Math.max(largest, nearest);
  }
  return largest;
}
