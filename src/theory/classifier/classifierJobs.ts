/**
 * Which pairs each tile of queries must look at, as batches for the kernel `optimalClassifier`: pure planning in
 * float64, no GPU. Tiles are the leaves of a tree of balls, so that a pair is dropped for a whole branch at once.
 *
 * Geometry is handed over relative to the tile's centre, where float64 has already taken the large differences; that is
 * what keeps 32-bit floats accurate for steep laws and small radii.
 */

import {
  displacementWords,
  JOB_WORDS,
  pairWords,
  TILE_QUERIES,
} from "../../kernels/theory/optimalClassifier.ts";
import type { LabelledPoints, PairWeights } from "../points.ts";

/** A ball around queries `first` to `first + count - 1` of the order; one without halves is a tile. */
export interface Ball {
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
  /** {@link JOB_WORDS} a job, as in the shader. */
  readonly jobs: Uint32Array<ArrayBuffer>;
  /** Labels of a job's pairs, two a job, in order. */
  readonly labels: Uint32Array;
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
/** Pairs of one job at most: sums of so few lose no digits that count. */
export const JOB_PAIRS = 1024;
/** Numerators of a base, which is an exact multiple of 1 over this. */
const BASE_STEPS = 4096;

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
      const half = members.length >> 1;
      partition(members, half, queries, dimensions, widest);
      return {
        ...ball,
        halves: [split(first, members.subarray(0, half)), split(first + half, members.subarray(half))],
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
 * Puts the `count` members of least coordinate first, in place; among equal coordinates those of least number. Hoare's
 * selection: a grid is sorted along each axis at most, and sorting it anew at every level would take longer than all
 * else.
 */
function partition(
  members: Uint32Array,
  count: number,
  queries: Float64Array,
  dimensions: number,
  axis: number,
): void {
  const isLess = (i: number, j: number) => {
    const difference = queries[i * dimensions + axis] - queries[j * dimensions + axis];
    return difference < 0 || (difference === 0 && i < j);
  };
  let low = 0;
  let high = members.length - 1;
  while (low < high) {
    const pivot = members[(low + high) >> 1];
    let i = low;
    let j = high;
    while (i <= j) {
      while (isLess(members[i], pivot)) i++;
      while (isLess(pivot, members[j])) j--;
      if (i <= j) {
        const member = members[i];
        members[i++] = members[j];
        members[j--] = member;
      }
    }
    if (count <= j) high = j;
    else if (count >= i) low = i;
    else return;
  }
}

/**
 * All the work for radii up to `reach`, in a fixed order; weights are multiplied by `weightScale`. What a job holds does
 * not depend on `budget`, which is asked before each batch how many pairs it may hold. A batch's arrays are used again
 * for the next one. `mostPairs` must hold a job, {@link JOB_PAIRS}.
 */
export function* classifierBatches(
  data: LabelledPoints,
  pairs: PairWeights,
  tree: QueryTree,
  reach: number,
  weightScale: number,
  { mostPairs, mostJobs, budget }: { mostPairs: number; mostJobs: number; budget: () => number },
): Generator<ClassifierBatch> {
  const { dimensions, points, labels } = data;
  const stride = pairWords(dimensions);
  const axes = displacementWords(dimensions);
  const records = new Float32Array(mostPairs * stride);
  const jobs = new Uint32Array(mostJobs * JOB_WORDS);
  const jobLabels = new Uint32Array(mostJobs * 2);
  let jobCount = 0;
  let pairCount = 0;
  let allowed = Math.min(budget(), mostPairs);
  let part = 0;
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
    const lambda = along / square;
    const base = Math.min(Math.max(Math.round(lambda * BASE_STEPS) / BASE_STEPS, 0), 1);
    const at = pairCount * stride;
    records[at] = base;
    records[at + 1] = lambda - base;
    records[at + 2] = tree.unit / length;
    records[at + 3] = pairs.weight(s, t) * weightScale;
    records[at + 4] = pairs.weight(t, s) * weightScale;
    for (let k = 0; k < axes; k++) {
      const toLine = k < dimensions ? points[t * dimensions + k] - center[k] + lambda * difference[k] : 0;
      records[at + 8 + 2 * k] = toLine / tree.unit;
      records[at + 9 + 2 * k] = k < dimensions ? difference[k] / length : 0;
    }
    pairCount++;
  };

  for (const block of pairBlocks(data, pairs, tree.unit, false)) {
    for (const { tile, near } of tilesNear(data, tree.root, reach, block.pairs)) {
      for (let begin = 0; begin < near.length; begin += 2 * JOB_PAIRS) {
        const end = Math.min(begin + 2 * JOB_PAIRS, near.length);
        const count = (end - begin) / 2;
        if (jobCount === mostJobs || (jobCount > 0 && pairCount + count > allowed)) {
          yield { jobs, labels: jobLabels, jobCount, pairs: records, pairCount, part };
          jobCount = 0;
          pairCount = 0;
          allowed = Math.min(budget(), mostPairs);
        }
        jobs.set([tile.first, tile.count, pairCount, count], JOB_WORDS * jobCount);
        jobLabels.set([labels[near[begin]], labels[near[begin + 1]]], 2 * jobCount);
        jobCount++;
        for (let i = begin; i < end; i += 2) write(near[i], near[i + 1], tile.center);
      }
      part = block.from + (block.part * (tile.first + tile.count)) / tree.order.length;
    }
  }
  if (jobCount > 0) yield { jobs, labels: jobLabels, jobCount, pairs: records, pairCount, part };
}

/** For each tile that one of the pairs (s, t, s, t ...) comes within `reach` of, those pairs. */
export function* tilesNear(
  data: LabelledPoints,
  ball: Ball,
  reach: number,
  candidates: Uint32Array,
): Generator<{ tile: Ball; near: Uint32Array }> {
  const near = pairsWithin(data, candidates, ball.center, ball.radius + reach);
  if (near.length === 0) return;
  if (ball.halves === undefined) yield { tile: ball, near };
  else for (const half of ball.halves) yield* tilesNear(data, half, reach, near);
}

/** Pairs (s, t, s, t ...) of the same two labels, s of the lower one. */
interface PairBlock {
  readonly pairs: Uint32Array;
  /** How much of all pairs comes before it, and how much is looked at for it. */
  readonly from: number;
  readonly part: number;
}

/**
 * All unordered pairs that are drawn at all, label by label: those whose points coincide (a point with itself, or two
 * that lie on each other), or those whose points are apart.
 */
export function* pairBlocks(
  { size, dimensions, classes, points, labels }: LabelledPoints,
  pairs: PairWeights,
  unit: number,
  coincident: boolean,
): Generator<PairBlock> {
  const members = Array.from({ length: classes }, () => [] as number[]);
  for (let n = 0; n < size; n++) members[labels[n]].push(n);
  // For balls so much larger, the two points are one.
  const least = (1e-30 * unit) ** 2;
  const coincide = (s: number, t: number) => {
    let square = 0;
    for (let k = 0; k < dimensions && square <= least; k++) {
      square += (points[s * dimensions + k] - points[t * dimensions + k]) ** 2;
    }
    return square <= least;
  };
  const all = (size * (size + 1)) / 2;
  let seen = 0;
  let from = 0;
  let block: number[] = [];
  const take = (): PairBlock => {
    const taken = { pairs: Uint32Array.from(block), from, part: seen / all - from };
    from = seen / all;
    block = [];
    return taken;
  };
  for (let lower = 0; lower < classes; lower++) {
    for (let upper = lower; upper < classes; upper++) {
      for (const [i, s] of members[lower].entries()) {
        for (let j = upper === lower ? i : 0; j < members[upper].length; j++) {
          const t = members[upper][j];
          seen++;
          if (coincide(s, t) === coincident && (pairs.weight(s, t) > 0 || pairs.weight(t, s) > 0))
            block.push(s, t);
        }
        if (block.length >= 2 * BLOCK) yield take();
      }
      if (block.length > 0) yield take();
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
  const inPlane = dimensions === 2;
  const [x = 0, y = 0] = center;
  for (let i = 0; i < candidates.length; i += 2) {
    const s = candidates[i] * dimensions;
    const t = candidates[i + 1] * dimensions;
    let dd = 0;
    let wd = 0;
    let ww = 0;
    if (inPlane) {
      // The loop below, written out: most of the time of a plane's grid is spent here.
      const [dx, dy] = [points[s] - points[t], points[s + 1] - points[t + 1]];
      const [wx, wy] = [points[t] - x, points[t + 1] - y];
      dd = dx * dx + dy * dy;
      wd = wx * dx + wy * dy;
      ww = wx * wx + wy * wy;
    } else {
      for (let k = 0; k < dimensions; k++) {
        const d = points[s + k] - points[t + k];
        const w = points[t + k] - center[k];
        dd += d * d;
        wd += w * d;
        ww += w * w;
      }
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
