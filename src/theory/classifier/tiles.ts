/**
 * Query points in compact groups, so that pairs whose segment passes nowhere near a group are looked at once
 * for the group and not once for each of its points. Any number of dimensions: a group is a ball.
 */

/** A group of queries. */
export interface Tile {
  /** Which queries, by index. */
  readonly queries: Uint32Array;
  /** `[D]`. */
  readonly center: Float64Array;
  /** All queries of the tile lie within it. */
  readonly radius: number;
}

/**
 * Tiles of at most `largest` of the `queries [Q, D]`: halves at the median of the widest axis, again and
 * again.
 */
export function queryTiles(queries: Float64Array, dimensions: number, largest = 64): Tile[] {
  const tiles: Tile[] = [];
  const split = (members: Uint32Array) => {
    const low = new Float64Array(dimensions).fill(Number.POSITIVE_INFINITY);
    const high = new Float64Array(dimensions).fill(Number.NEGATIVE_INFINITY);
    for (const q of members) {
      for (let k = 0; k < dimensions; k++) {
        const value = queries[q * dimensions + k];
        low[k] = Math.min(low[k], value);
        high[k] = Math.max(high[k], value);
      }
    }
    if (members.length > largest) {
      let widest = 0;
      for (let k = 1; k < dimensions; k++) if (high[k] - low[k] > high[widest] - low[widest]) widest = k;
      const ordered = members.toSorted(
        (i, j) => queries[i * dimensions + widest] - queries[j * dimensions + widest],
      );
      const half = Math.ceil(ordered.length / 2);
      split(ordered.subarray(0, half));
      split(ordered.subarray(half));
      return;
    }
    const center = low.map((value, k) => 0.5 * (value + high[k]));
    let radius = 0;
    for (const q of members) radius = Math.max(radius, distanceTo(queries, q, center));
    tiles.push({ queries: members, center, radius });
  };
  if (queries.length > 0) split(Uint32Array.from({ length: queries.length / dimensions }, (_, q) => q));
  return tiles;
}

function distanceTo(points: Float64Array, index: number, center: Float64Array): number {
  let square = 0;
  for (let k = 0; k < center.length; k++) square += (points[index * center.length + k] - center[k]) ** 2;
  return Math.sqrt(square);
}
