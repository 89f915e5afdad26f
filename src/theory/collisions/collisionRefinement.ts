/**
 * From what 32-bit floats found to what float64 says, for collisions: how points are scaled for the GPU, how far a
 * squared distance computed there may be off, and which finds must be looked at again.
 */

import { MIXTURE_TILE } from "../../kernels/theory/collisions.ts";
import type { CollisionPlan, CollisionState } from "./collisionPlan.ts";
import { type MixedChunk, readQuery, searchChunk, squareBelow } from "./collisions.ts";

/** Per query the nearest mixture of a chunk as the GPU sees it, in its scale. */
export interface Shortlist {
  /** `[Q]`. */
  readonly squares: Float32Array;
  /** Square of the next nearest, `[Q]`: no other mixture of the chunk is nearer than this. */
  readonly runnersUp: Float32Array;
  /** Index in the chunk, `[Q]`; -1 where no mixture counts. */
  readonly mixtures: Int32Array;
  /** How many strips the chunk was looked at in: strip s has the tiles s, s + strips ... */
  readonly strips: number;
  /** Square of a strip's nearest to a query, or something large where none counts. Asked for before the next chunk's finds only. */
  stripSquare(strip: number, query: number): number;
}

/** How points become rows of 32-bit floats. */
export interface CollisionScale {
  /** Numbers are multiplied by it, a power of 2. */
  readonly factor: number;
  /** Largest length of any row, query or mixture. */
  readonly length: number;
  /** Writes the point at `from` as a row at `to`: centred and scaled. */
  write(points: Float64Array, from: number, rows: Float32Array, to: number): void;
}

/** Half a unit in the last place of a 32-bit float: the largest relative error of one rounding. */
const ROUNDING = 2 ** -24;
/** Where squares and products may be too small for 32-bit floats and become 0. */
const UNDERFLOW = 2 ** -60;

/** The mean of about so many queries serves as the mean of all: any point does, the nearer the better. */
const CENTER_QUERIES = 256;

/**
 * The scale of a plan: about the queries' mean is taken off, which leaves the distances and makes the numbers small, and
 * with them their rounding; the largest number becomes less than 1, so that no square overflows.
 */
export function collisionScale(plan: CollisionPlan): CollisionScale {
  const { data, queries, metric } = plan;
  const { dimensions } = data;
  const center = new Float64Array(dimensions);
  const query = new Float64Array(dimensions);
  const stride = Math.ceil(queries.size / CENTER_QUERIES);
  const counted = Math.ceil(queries.size / stride);
  for (let q = 0; q < queries.size; q += stride) {
    readQuery(plan, q, query);
    for (let k = 0; k < dimensions; k++) center[k] += query[k] / counted;
  }
  let largest = 0;
  let longest = 0;
  if (metric === "euclidean") {
    // Mixtures lie between the points, so none is farther from the centre.
    for (const { points, size } of queries === data ? [data] : [data, queries]) {
      for (let n = 0; n < size; n++) {
        let square = 0;
        for (let k = 0, at = n * dimensions; k < dimensions; k++, at++) {
          const part = (points[at] - center[k]) ** 2;
          if (part > largest) largest = part;
          square += part;
        }
        if (square > longest) longest = square;
      }
    }
    largest = Math.sqrt(largest);
  } else {
    // A vector of length 1, less a mean of such.
    largest = 2;
    longest = 4;
  }
  const factor = largest === 0 ? 1 : 2 ** -Math.ceil(Math.log2(largest) + 1e-6);
  return {
    factor,
    // A little more, for the roundings on the way.
    length: 1.000001 * factor * Math.sqrt(longest),
    write(points, from, rows, to) {
      for (let k = 0; k < dimensions; k++) rows[to + k] = (points[from + k] - center[k]) * factor;
    },
  };
}

/**
 * How far a squared distance from the GPU may be from the exact one, both scaled: at most by its sum's roundings (a
 * difference, a product and D - 1 additions for each term, in whatever order, fused or not), and by those of the two
 * rows, which move their distance by no more than half a unit of their lengths.
 */
export function squareError(square: number, dimensions: number, length: number): number {
  const roundings = (dimensions + 4) * ROUNDING;
  const relative = roundings / (1 - roundings);
  const shift = 2 * length * ROUNDING + UNDERFLOW;
  return relative * square + shift * (2 * Math.sqrt(square * (1 + relative)) + shift);
}

/** Takes a chunk's finds into the state, and the exact answer with them. */
export function refineChunk(
  plan: CollisionPlan,
  state: CollisionState,
  { factor, length }: CollisionScale,
  chunk: MixedChunk,
  { squares, runnersUp, mixtures, strips, stripSquare }: Shortlist,
): void {
  const { dimensions } = plan.data;
  const query = new Float64Array(dimensions);
  // No exact square of what the GPU says is this is smaller.
  const least = (square: number) =>
    Math.max(0, square - squareError(square, dimensions, length)) / factor / factor;
  for (let q = 0; q < plan.queries.size; q++) {
    if (mixtures[q] < 0 || least(squares[q]) >= state.squares[q]) continue;
    readQuery(plan, q, query);
    const square = squareBelow(chunk.points, mixtures[q] * dimensions, query, state.squares[q]);
    if (least(runnersUp[q]) <= Math.min(square, state.squares[q])) {
      // Another one may be nearer, or as near and earlier: in a strip whose nearest is near enough.
      const limit = Math.min(square, state.squares[q]);
      const isNear = Array.from({ length: strips }, (_, strip) => least(stripSquare(strip, q)) <= limit);
      searchChunk(plan, state, chunk, q, query, (m) => isNear[Math.floor(m / MIXTURE_TILE) % strips]);
    } else if (square < state.squares[q]) {
      state.squares[q] = square;
      state.nearest[q] = chunk.from + mixtures[q];
    }
  }
}
