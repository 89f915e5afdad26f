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
    const { center, radius, widest, width } = ballAround(members, queries, dimensions);
    const ball = { first, count: members.length, center, radius };
    if (width > 0 && (members.length > TILE_QUERIES || radius > longest)) {
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

/** The middle of the members' box, how far they are from it, and the box's widest axis and width. */
function ballAround(members: Uint32Array, queries: Float64Array, dimensions: number) {
  const center = new Float64Array(dimensions);
  let widest = 0;
  let width = Number.NEGATIVE_INFINITY;
  for (let k = 0; k < dimensions; k++) {
    let low = Number.POSITIVE_INFINITY;
    let high = Number.NEGATIVE_INFINITY;
    for (let i = 0; i < members.length; i++) {
      const value = queries[members[i] * dimensions + k];
      if (value < low) low = value;
      if (value > high) high = value;
    }
    center[k] = 0.5 * low + 0.5 * high;
    if (high - low > width) [widest, width] = [k, high - low];
  }
  let furthest = 0;
  for (let i = 0; i < members.length; i++) {
    const at = members[i] * dimensions;
    let square = 0;
    for (let k = 0; k < dimensions; k++) {
      const part = queries[at + k] - center[k];
      square += part * part;
    }
    if (square > furthest) furthest = square;
  }
  return { center, radius: Math.sqrt(furthest), widest, width };
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
  const { dimensions, labels } = data;
  const stride = pairWords(dimensions);
  const records = new Float32Array(mostPairs * stride);
  const jobs = new Uint32Array(mostJobs * JOB_WORDS);
  const jobLabels = new Uint32Array(mostJobs * 2);
  let jobCount = 0;
  let pairCount = 0;
  let allowed = Math.min(budget(), mostPairs);
  let part = 0;
  // A power of 2, so that this is as exact as dividing by it.
  const perUnit = 1 / tree.unit;

  const words = lineWords(dimensions);
  for (const { pairs: ends, from, part: ofAll } of pairBlocks(data, pairs, tree.unit, false)) {
    const lines = linesOf(data, ends);
    const labelsOfEnds = [labels[ends[0]], labels[ends[1]]];
    // What is the same in all of a pair's records.
    const constants = new Float32Array((ends.length / 2) * stride);
    for (let pair = 0; 2 * pair < ends.length; pair++) {
      const [s, t] = [ends[2 * pair], ends[2 * pair + 1]];
      const length = Math.sqrt(lines[pair * words]);
      const at = pair * stride;
      constants[at + 2] = tree.unit / length;
      constants[at + 3] = pairs.weight(s, t) * weightScale;
      constants[at + 4] = pairs.weight(t, s) * weightScale;
      for (let k = 0; k < dimensions; k++)
        constants[at + 9 + 2 * k] = lines[pair * words + 1 + 2 * k] / length;
    }

    for (const { tile, near } of tilesNear(dimensions, lines, tree.root, reach)) {
      for (let begin = 0; begin < near.length; begin += JOB_PAIRS) {
        const end = Math.min(begin + JOB_PAIRS, near.length);
        const count = end - begin;
        if (jobCount === mostJobs || (jobCount > 0 && pairCount + count > allowed)) {
          yield { jobs, labels: jobLabels, jobCount, pairs: records, pairCount, part };
          jobCount = 0;
          pairCount = 0;
          allowed = Math.min(budget(), mostPairs);
        }
        jobs.set([tile.first, tile.count, pairCount, count], JOB_WORDS * jobCount);
        jobLabels.set(labelsOfEnds, 2 * jobCount);
        jobCount++;
        const some = near.subarray(begin, end);
        const write = dimensions === 2 ? writePlaneRecords : writeRecords;
        write(records, pairCount, some, lines, constants, tile.center, perUnit);
        pairCount += count;
      }
      part = from + (ofAll * (tile.first + tile.count)) / tree.order.length;
    }
  }
  if (jobCount > 0) yield { jobs, labels: jobLabels, jobCount, pairs: records, pairCount, part };
}

/** Writes the records of the `near` pairs from place `first` on: their constants, and where a line is nearest to the tile's centre. */
function writeRecords(
  records: Float32Array,
  first: number,
  near: Uint32Array,
  lines: Float64Array,
  constants: Float32Array,
  center: Float64Array,
  perUnit: number,
): void {
  const dimensions = center.length;
  const stride = pairWords(dimensions);
  const words = lineWords(dimensions);
  for (let i = 0, at = first * stride; i < near.length; i++, at += stride) {
    const constant = near[i] * stride;
    const line = near[i] * words;
    let along = 0;
    for (let k = 0; k < dimensions; k++)
      along += (center[k] - lines[line + 2 + 2 * k]) * lines[line + 1 + 2 * k];
    const lambda = along / lines[line];
    const base = baseOf(lambda);
    records[at] = base;
    records[at + 1] = lambda - base;
    records[at + 2] = constants[constant + 2];
    records[at + 3] = constants[constant + 3];
    records[at + 4] = constants[constant + 4];
    for (let k = 0; k < dimensions; k++) {
      const toLine = lines[line + 2 + 2 * k] - center[k] + lambda * lines[line + 1 + 2 * k];
      records[at + 8 + 2 * k] = toLine * perUnit;
      records[at + 9 + 2 * k] = constants[constant + 9 + 2 * k];
    }
  }
}

/** The same in the plane, written out. */
function writePlaneRecords(
  records: Float32Array,
  first: number,
  near: Uint32Array,
  lines: Float64Array,
  constants: Float32Array,
  center: Float64Array,
  perUnit: number,
): void {
  const x = center[0];
  const y = center[1];
  for (let i = 0, at = first * 12; i < near.length; i++, at += 12) {
    const constant = near[i] * 12;
    const line = near[i] * 5;
    const dx = lines[line + 1];
    const tx = lines[line + 2];
    const dy = lines[line + 3];
    const ty = lines[line + 4];
    const lambda = ((x - tx) * dx + (y - ty) * dy) / lines[line];
    const base = baseOf(lambda);
    records[at] = base;
    records[at + 1] = lambda - base;
    records[at + 2] = constants[constant + 2];
    records[at + 3] = constants[constant + 3];
    records[at + 4] = constants[constant + 4];
    records[at + 8] = (tx - x + lambda * dx) * perUnit;
    records[at + 9] = constants[constant + 9];
    records[at + 10] = (ty - y + lambda * dy) * perUnit;
    records[at + 11] = constants[constant + 11];
  }
}

/** A multiple of 1 over {@link BASE_STEPS} near lambda, in [0, 1]. */
function baseOf(lambda: number): number {
  const base = Math.floor(lambda * BASE_STEPS + 0.5) / BASE_STEPS;
  if (base < 0) return 0;
  if (base > 1) return 1;
  return base;
}

/** Words of one pair's line. */
function lineWords(dimensions: number): number {
  return 1 + 2 * dimensions;
}

/** The lines of pairs (s, t, s, t ...): the square of s - t, then for each dimension s - t and t. */
export function linesOf({ dimensions, points }: LabelledPoints, pairs: Uint32Array): Float64Array {
  const words = lineWords(dimensions);
  const lines = new Float64Array((pairs.length / 2) * words);
  for (let pair = 0; 2 * pair < pairs.length; pair++) {
    const [s, t, at] = [pairs[2 * pair] * dimensions, pairs[2 * pair + 1] * dimensions, pair * words];
    for (let k = 0; k < dimensions; k++) {
      const difference = points[s + k] - points[t + k];
      lines[at] += difference * difference;
      lines[at + 1 + 2 * k] = difference;
      lines[at + 2 + 2 * k] = points[t + k];
    }
  }
  return lines;
}

/**
 * For each tile that one of the `lines` comes within `reach` of, the numbers of those. They are in memory that is used
 * again for the next tile.
 */
export function* tilesNear(
  dimensions: number,
  lines: Float64Array,
  root: Ball,
  reach: number,
): Generator<{ tile: Ball; near: Uint32Array }> {
  const all = Uint32Array.from({ length: lines.length / lineWords(dimensions) }, (_, pair) => pair);
  /** By the level of the tree: a ball's list is needed until its halves are done. */
  const rooms: Uint32Array[] = [];
  function* within(
    ball: Ball,
    candidates: Uint32Array,
    level: number,
  ): Generator<{ tile: Ball; near: Uint32Array }> {
    if (!(rooms[level]?.length >= candidates.length)) rooms[level] = new Uint32Array(candidates.length);
    const find = dimensions === 2 ? linesWithinPlane : linesWithin;
    const near = rooms[level].subarray(
      0,
      find(lines, candidates, ball.center, ball.radius + reach, rooms[level]),
    );
    if (near.length === 0) return;
    if (ball.halves === undefined) yield { tile: ball, near };
    else for (const half of ball.halves) yield* within(half, near, level + 1);
  }
  yield* within(root, all, 0);
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

/**
 * Those of the `candidates` among `lines` whose segment passes within `reach` of `center` go into `found`, in the same
 * order; returns how many they are. A few more than that, so that none is lost by rounding.
 */
function linesWithin(
  lines: Float64Array,
  candidates: Uint32Array,
  center: Float64Array,
  reach: number,
  found: Uint32Array,
): number {
  const dimensions = center.length;
  const words = lineWords(dimensions);
  const [limit, slack] = [reach * reach, 1e-6 * reach * reach];
  let count = 0;
  for (let i = 0; i < candidates.length; i++) {
    const at = candidates[i] * words;
    let wd = 0;
    let ww = 0;
    for (let k = 0; k < dimensions; k++) {
      const w = lines[at + 2 + 2 * k] - center[k];
      wd += w * lines[at + 1 + 2 * k];
      ww += w * w;
    }
    const square = squareToSegment(lines[at], wd, ww);
    found[count] = candidates[i];
    if (square - slack - 1e-12 * (ww + lines[at]) <= limit) count++;
  }
  return count;
}

/** The same in the plane, written out: most of the time of a grid is spent here and in {@link writePlaneRecords}. */
function linesWithinPlane(
  lines: Float64Array,
  candidates: Uint32Array,
  center: Float64Array,
  reach: number,
  found: Uint32Array,
): number {
  const x = center[0];
  const y = center[1];
  const [limit, slack] = [reach * reach, 1e-6 * reach * reach];
  let count = 0;
  for (let i = 0; i < candidates.length; i++) {
    const pair = candidates[i];
    const at = pair * 5;
    const dd = lines[at];
    const wx = lines[at + 2] - x;
    const wy = lines[at + 4] - y;
    const ww = wx * wx + wy * wy;
    const square = squareToSegment(dd, wx * lines[at + 1] + wy * lines[at + 3], ww);
    found[count] = pair;
    // No branch: it would be mispredicted more often than not.
    count += Number(square - slack - 1e-12 * (ww + dd) <= limit);
  }
  return count;
}

/** Squared distance of a place and a segment: of the squares of d = s - t and w = t - place, and their product. */
function squareToSegment(dd: number, wd: number, ww: number): number {
  // Most segments are nearest at an end, and a division takes long.
  if (-wd <= 0) return ww;
  if (-wd >= dd) return ww + (2 * wd + dd);
  const lambda = -wd / dd;
  return ww + lambda * (2 * wd + lambda * dd);
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
