/** The points at which every net is looked at for the picture: a grid around the data, and the training points. Pure. */

import type { Dataset } from "../../../src/index.ts";
import type { Window } from "../data/ownData.ts";

/** Where the nets are evaluated for the picture: a grid, if the points lie in a line or a plane, and the training points. */
export interface ProbeGrid {
  /** Along each dimension; empty without a grid, which has no columns and rows then. */
  readonly low: readonly number[];
  readonly high: readonly number[];
  readonly columns: number;
  /** 1 on a line. */
  readonly rows: number;
  /** Grid points `[columns * rows, dimensions]`, x fastest, y upwards, and after them the training points. */
  readonly points: Float32Array;
}

/** Nothing is looked at. */
export const NO_PROBES: ProbeGrid = {
  low: [],
  high: [],
  columns: 0,
  rows: 0,
  points: new Float32Array(0),
};

/** Grid points along x; on a line, and in the plane. Less of them for each net of a sweep. */
const COLUMNS = { line: 241, plane: 41, sweepLine: 61, sweepPlane: 21 } as const;

/**
 * A grid around data: a margin of a quarter on each side, square in the plane; or in a window of as many dimensions. None
 * around images.
 */
export function probeGrid(
  { points, dimensions, size, shape }: Dataset,
  coarse = false,
  window?: Window,
): ProbeGrid {
  if (shape !== undefined) return { low: [], high: [], columns: 0, rows: 0, points };
  const low: number[] = [];
  const high: number[] = [];
  for (let d = 0; d < dimensions; d++) {
    let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (let n = 0; n < size; n++) {
      least = Math.min(least, points[n * dimensions + d]);
      most = Math.max(most, points[n * dimensions + d]);
    }
    low.push(least);
    high.push(most);
  }
  const span = Math.max(...high.map((value, d) => value - low[d])) || 1;
  const reach = dimensions === 1 ? 0.6 * span : 0.68 * span;
  for (let d = 0; d < dimensions; d++) {
    const middle = 0.5 * (low[d] + high[d]);
    low[d] = middle - reach;
    high[d] = middle + reach;
    if (window?.low.length !== dimensions) continue;
    low[d] = window.low[d];
    high[d] = low[d] + window.side;
  }
  if (dimensions === 1) {
    const columns = coarse ? COLUMNS.sweepLine : COLUMNS.line;
    const at = (i: number) => low[0] + ((high[0] - low[0]) * i) / (columns - 1);
    const grid = Float32Array.from({ length: columns }, (_, i) => at(i));
    return { low, high, columns, rows: 1, points: joined(grid, points) };
  }
  const columns = coarse ? COLUMNS.sweepPlane : COLUMNS.plane;
  const grid = new Float32Array(2 * columns * columns);
  for (let row = 0; row < columns; row++) {
    for (let column = 0; column < columns; column++) {
      const at = 2 * (row * columns + column);
      grid[at] = low[0] + ((high[0] - low[0]) * column) / (columns - 1);
      grid[at + 1] = low[1] + ((high[1] - low[1]) * row) / (columns - 1);
    }
  }
  return { low, high, columns, rows: columns, points: joined(grid, points) };
}

function joined(first: Float32Array, second: Float32Array): Float32Array {
  const both = new Float32Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}

/** The part of the line or plane that a grid covers. */
export function windowOf({ low, high }: ProbeGrid): Window {
  return { low, side: high[0] - low[0] };
}

/** Number of grid points; training point n is probe point `gridSize + n`. */
export function gridSize({ columns, rows }: ProbeGrid): number {
  return columns * rows;
}
