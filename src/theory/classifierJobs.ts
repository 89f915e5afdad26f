/**
 * Which pairs each tile of queries must look at, as batches for the kernel `optimalClassifier`: pure planning in
 * float64, no GPU. Tiles are the leaves of a tree of balls, so that a pair is dropped for a whole branch at once.
 *
 * Geometry is handed over relative to the tile's centre, where float64 has already taken the large differences; that is
 * what keeps 32-bit floats accurate for steep laws and small radii.
 */

import {
  ACCUMULATOR_WORDS,
  displacementWords,
  JOB_WORDS,
  pairWords,
  TILE_QUERIES,
} from "../kernels/optimalClassifier.ts";
import type { LabelledPoints, PairWeights } from "./points.ts";

/** A ball around queries `first` to `first + count - 1` of the order; a leaf is a tile. */
interface Ball {
  readonly first: number;
  readonly count: number;
  /** `[D]`. */
  readonly center: Float64Array;
  readonly radius: number;
  readonly halves?: readonly [Ball, Ball];
}

/** Queries in tiles. */
export interface QueryTree {
  readonly root: Ball;
  /** Which query stands at each place, `[Q]`. */
  readonly order: Uint32Array;
  /** Queries relative to their tile's centre in units of `unit`, by place, `[Q, D]` rounded up to even D. */
  readonly displacements: Float32Array;
  readonly unit: number;
}

/** A part of the work, small enough for one dispatch. */
export interface ClassifierBatch {
  /** `[jobs, 4]`, as in the shader: first query, queries, first pair, pairs. No tile comes twice. */
  readonly jobs: Uint32Array<ArrayBuffer>;
  readonly jobCount: number;
  /** Pairs, {@link pairWords} each, as in the shader. */
  readonly pairs: Float32Array<ArrayBuffer>;
  readonly pairCount: number;
  /** Part of the work that will be done after it, from 0 to 1. */
  readonly part: number;
}

/** Pairs that are looked at together: what the lists of the tree's levels may hold. */
const BLOCK = 1 << 20;
/** Tiles reach at most so many of the smallest radius: displacements are rounded relative to their size. */
const MOST_RADII = 2;
/** Tiles reach at most this part of the extent of the points, for the same reason. */
const MOST_EXTENT = 0.05;
/** Numerators of a base, which is an exact multiple of 1 over this. */
const BASE_STEPS = 4096;

/** Number of unordered pairs, a point with itself included. */
export function pairCountOf(size: number): number {
  return (size * (size + 1)) / 2;
}

/** Tiles of `queries [Q, D]`, at least one query, for radii from `smallest` to `largest`. */
export function queryTree(
  data: LabelledPoints,
  queries: Float64Array,
  smallest: number,
  largest: number,
): QueryTree {
  const { dimensions } = data;
  const count = queries.length / dimensions;
  const order = Uint32Array.from({ length: count }, (_, q) => q);
  const words = displacementWords(dimensions);
  const displacements = new Float32Array(count * words);
  // A power of 2, so that scaling is exact.
  const unit = 2 ** Math.round(Math.log2(largest));
  const longest = Math.min(MOST_RADII * smallest, MOST_EXTENT * extentOf(data));

  const split = (first: number, members: Uint32Array): Ball => {
    const low = new Float64Array(dimensions).fill(Number.POSITIVE_INFINITY);
    const high = new Float64Array(dimensions).fill(Number.NEGATIVE_INFINITY);
    for (const q of members) {
      for (let k = 0; k < dimensions; k++) {
        const value = queries[q * dimensions + k];
        if (value < low[k]) low[k] = value;
        if (value > high[k]) high[k] = value;
      }
    }
    const center = low.map((value, k) => 0.5 * value + 0.5 * high[k]);
    let radius = 0;
    let widest = 0;
    for (const q of members) {
      let square = 0;
      for (let k = 0; k < dimensions; k++) square += (queries[q * dimensions + k] - center[k]) ** 2;
      radius = Math.max(radius, Math.sqrt(square));
    }
    for (let k = 1; k < dimensions; k++) if (high[k] - low[k] > high[widest] - low[widest]) widest = k;
    const ball = { first, count: members.length, center, radius };
    if (high[widest] > low[widest] && (members.length > TILE_QUERIES || radius > longest)) {
      const ordered = members.toSorted(
        (i, j) => queries[i * dimensions + widest] - queries[j * dimensions + widest] || i - j,
      );
      const half = ordered.length >> 1;
      return {
        ...ball,
        halves: [split(first, ordered.subarray(0, half)), split(first + half, ordered.subarray(half))],
      };
    }
    if (members.length > TILE_QUERIES) {
      // All the same point.
      const half = members.length >> 1;
      return {
        ...ball,
        halves: [split(first, members.subarray(0, half)), split(first + half, members.subarray(half))],
      };
    }
    members.forEach((q, i) => {
      order[first + i] = q;
      for (let k = 0; k < dimensions; k++) {
        displacements[(first + i) * words + k] = (queries[q * dimensions + k] - center[k]) / unit;
      }
    });
    return ball;
  };
  return { root: split(0, order.slice()), order, displacements, unit };
}

/**
 * All the work for radii up to `reach`, in a fixed order; weights are multiplied by `weightScale`. `budget` is asked
 * before each batch how many pairs it may hold. A batch's arrays are used again for the next one.
 */
export function* classifierBatches(
  data: LabelledPoints,
  pairs: PairWeights,
  tree: QueryTree,
  reach: number,
  weightScale: number,
  { mostPairs, mostJobs, budget }: { mostPairs: number; mostJobs: number; budget: () => number },
): Generator<ClassifierBatch> {
  const { size, dimensions, points, labels } = data;
  const stride = pairWords(dimensions);
  const axes = displacementWords(dimensions);
  const records = new Float32Array(mostPairs * stride);
  const jobs = new Uint32Array(mostJobs * JOB_WORDS);
  let jobCount = 0;
  let pairCount = 0;
  let allowed = Math.min(budget(), mostPairs);
  // Blocks of pairs that are done with, and of the present one the queries.
  let part = 0;
  let blockPart = 0;
  let before = 0;
  const batch = (): ClassifierBatch => ({ jobs, jobCount, pairs: records, pairCount, part });
  const difference = new Float64Array(dimensions);

  const write = (s: number, t: number, center: Float64Array) => {
    let square = 0;
    let along = 0;
    for (let k = 0; k < dimensions; k++) {
      const d = points[s * dimensions + k] - points[t * dimensions + k];
      difference[k] = d;
      square += d * d;
      along += (center[k] - points[t * dimensions + k]) * d;
    }
    const length = Math.sqrt(square);
    // For balls so much larger, the two points are one.
    const coincide = length < 1e-30 * tree.unit;
    const lambda = square > 0 ? along / square : 0;
    const base = coincide ? 0 : Math.min(Math.max(Math.round(lambda * BASE_STEPS) / BASE_STEPS, 0), 1);
    const at = pairCount * stride;
    records[at] = base;
    records[at + 1] = coincide ? 0 : lambda - base;
    records[at + 2] = coincide ? 0 : tree.unit / length;
    records[at + 3] = pairs.weight(s, t) * weightScale;
    records[at + 4] = s === t ? 0 : pairs.weight(t, s) * weightScale;
    records[at + 5] = labels[s];
    records[at + 6] = labels[t];
    records[at + 7] = 0;
    for (let k = 0; k < axes; k++) {
      const toLine = k < dimensions ? points[t * dimensions + k] - center[k] + lambda * difference[k] : 0;
      records[at + 8 + 2 * k] = toLine / tree.unit;
      records[at + 9 + 2 * k] = k < dimensions && !coincide ? difference[k] / length : 0;
    }
    pairCount++;
  };

  const visit = function* (ball: Ball, candidates: Uint32Array): Generator<ClassifierBatch> {
    const near = pairsWithin(data, candidates, ball.center, ball.radius + reach);
    if (near.length === 0) return;
    if (ball.halves !== undefined) {
      for (const half of ball.halves) yield* visit(half, near);
      return;
    }
    part = before + (blockPart * ball.first) / tree.order.length;
    let started = false;
    for (let i = 0; i < near.length; i += 2) {
      if (pairCount >= allowed || (!started && jobCount === mostJobs)) {
        yield batch();
        jobCount = 0;
        pairCount = 0;
        allowed = Math.min(budget(), mostPairs);
        started = false;
      }
      if (!started) {
        jobs.set([ball.first, ball.count, pairCount, 0], JOB_WORDS * jobCount);
        jobCount++;
        started = true;
      }
      write(near[i], near[i + 1], ball.center);
      jobs[JOB_WORDS * jobCount - 1]++;
    }
  };

  const block = new Uint32Array(2 * Math.min(BLOCK, pairCountOf(size)));
  let filled = 0;
  let seen = 0;
  for (let s = 0; s < size; s++) {
    for (let t = s; t < size; t++) {
      seen++;
      if (pairs.weight(s, t) > 0 || pairs.weight(t, s) > 0) {
        block[filled++] = s;
        block[filled++] = t;
      }
      if (filled < block.length && seen < pairCountOf(size)) continue;
      before = part;
      blockPart = seen / pairCountOf(size) - before;
      yield* visit(tree.root, block.subarray(0, filled));
      part = seen / pairCountOf(size);
      // A tile comes once in each block: it must not come twice in a batch.
      if (jobCount > 0) yield batch();
      jobCount = 0;
      pairCount = 0;
      filled = 0;
    }
  }
}

/** Those of `candidates` (s, t, s, t ...) whose segment passes within `reach` of `center`, in the same order. */
function pairsWithin(
  { dimensions, points }: LabelledPoints,
  candidates: Uint32Array,
  center: Float64Array,
  reach: number,
): Uint32Array {
  const found = new Uint32Array(candidates.length);
  let count = 0;
  for (let i = 0; i < candidates.length; i += 2) {
    const s = candidates[i] * dimensions;
    const t = candidates[i + 1] * dimensions;
    let dd = 0;
    let wd = 0;
    let ww = 0;
    for (let k = 0; k < dimensions; k++) {
      const d = points[s + k] - points[t + k];
      const w = points[t + k] - center[k];
      dd += d * d;
      wd += w * d;
      ww += w * w;
    }
    const lambda = dd > 0 ? Math.min(Math.max(-wd / dd, 0), 1) : 0;
    // A little more than the reach: this test must only not lose a pair by rounding.
    const square = ww + lambda * (2 * wd + lambda * dd);
    if (square - 1e-6 * reach * reach - 1e-12 * (ww + dd) > reach * reach) continue;
    found[count] = candidates[i];
    found[count + 1] = candidates[i + 1];
    count += 2;
  }
  return found.subarray(0, count);
}

/** Largest side of the box around the points; infinite for a single place. */
function extentOf({ size, dimensions, points }: LabelledPoints): number {
  let extent = 0;
  for (let k = 0; k < dimensions; k++) {
    let low = Number.POSITIVE_INFINITY;
    let high = Number.NEGATIVE_INFINITY;
    for (let n = 0; n < size; n++) {
      low = Math.min(low, points[n * dimensions + k]);
      high = Math.max(high, points[n * dimensions + k]);
    }
    extent = Math.max(extent, high - low);
  }
  return extent > 0 ? extent : Number.POSITIVE_INFINITY;
}

/** Bytes of the accumulators of so many rows and queries. */
export function accumulatorBytes(rows: number, queries: number, groups: number): number {
  return 4 * ACCUMULATOR_WORDS * rows * queries * groups;
}
