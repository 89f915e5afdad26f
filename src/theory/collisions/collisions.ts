/**
 * Collision analysis (paper 2.4): how near the mixed points of an epoch come to data points of a class that
 * neither of the two mixed points has. The smallest such distance is the paper's estimate of the epsilon
 * below which Mixup is safe. Float64 reference by brute force, a chunk of mixtures at a time: nothing of size
 * N x N is stored, and between chunks it can stop, be stored, and go on to the same answer.
 *
 * Not here: the GPU (`collisionsOn.ts`), which gives the same answer bit for bit.
 */

import { checkComputing, type VariantOptions } from "../computing.ts";
import {
  type CollisionPlan,
  type CollisionRequest,
  type CollisionState,
  copyState,
  mixtureOf,
  planCollisions,
  resumeCollisions,
} from "./collisionPlan.ts";

/** The mixture nearest to a query. */
export interface Collision {
  /** Index of the query. */
  query: number;
  distance: number;
  /** Indices into `data`, and the lambda that weights `first`. */
  first: number;
  partner: number;
  lambda: number;
}

export interface CollisionResult {
  /** `[Q]`; Infinity for a query that no mixture of two other classes exists for. */
  readonly distances: Float64Array;
  /** Smallest distance: the estimate of epsilon. Infinity if no query has one. */
  readonly minimum: number;
  /** Mean over the queries that have a distance; NaN if none has. */
  readonly mean: number;
  /** The nearest mixture of every query that has one, nearest first. */
  readonly collisions: Collision[];
  /** Set if it was aborted: the numbers are of the mixtures looked at so far. */
  readonly stopped: boolean;
  /** To go on with. */
  readonly state: CollisionState;
}

/** How an analysis is watched, stopped and continued. */
export interface CollisionOptions extends VariantOptions {
  /** Where an earlier analysis of the same request stood; of either backend. It is left as it is. */
  state?: CollisionState;
  /** Ends the analysis with what it has, `stopped`; nothing is thrown. */
  signal?: AbortSignal;
  /** After every chunk: mixtures looked at, all of them, and a state to keep. */
  onProgress?: (done: number, total: number, state: CollisionState) => void;
}

/** Mixtures of a chunk if nothing is asked for. */
const DEFAULT_CHUNK = 256;

/** Some mixtures, made. */
export interface MixedChunk {
  /** Number of the first. */
  readonly from: number;
  /** `[count, D]`; of length 1 for `angular`. */
  readonly points: Float64Array;
  /** Classes of first point and partner, `[count, 2]`; -1 for a mixture without a direction, which does not count. */
  readonly classes: Int32Array;
}

/** The mixtures `from` to `from + count - 1`; their points go to the beginning of `room`, if there is one. */
export function mixChunk(plan: CollisionPlan, from: number, count: number, room?: Float64Array): MixedChunk {
  const { data, metric } = plan;
  const { dimensions: D, points: unmixed } = data;
  const points = room?.subarray(0, count * D) ?? new Float64Array(count * D);
  const classes = new Int32Array(2 * count);
  for (let m = 0; m < count; m++) {
    const { first, partner, featureLambda } = mixtureOf(plan, from + m);
    const [own, other, to] = [first * D, partner * D, m * D];
    const rest = 1 - featureLambda;
    for (let k = 0; k < D; k++) points[to + k] = featureLambda * unmixed[own + k] + rest * unmixed[other + k];
    const counts = metric === "euclidean" || normalize(points.subarray(m * D, (m + 1) * D));
    classes[2 * m] = counts ? data.labels![first] : -1;
    classes[2 * m + 1] = counts ? data.labels![partner] : -1;
  }
  return { from, points, classes };
}

/** Writes query `q` into `query [D]`, in float64; for `angular` as a vector of length 1. */
export function readQuery({ queries, metric }: CollisionPlan, q: number, query: Float64Array): void {
  query.set(queries.points.subarray(q * query.length, (q + 1) * query.length));
  if (metric === "angular") normalize(query);
}

/** Looks for a nearer mixture of a query in a chunk, in order: among all, or those that `isCandidate`. */
export function searchChunk(
  plan: CollisionPlan,
  state: CollisionState,
  { from, points, classes }: MixedChunk,
  q: number,
  query: Float64Array,
  isCandidate?: (mixture: number) => boolean,
): void {
  const label = plan.queries.labels![q];
  for (let m = 0; 2 * m < classes.length; m++) {
    if (isCandidate !== undefined && !isCandidate(m)) continue;
    if (classes[2 * m] < 0 || classes[2 * m] === label || classes[2 * m + 1] === label) continue;
    const square = squareBelow(points, m * query.length, query, state.squares[q]);
    if (square < state.squares[q]) {
      state.squares[q] = square;
      state.nearest[q] = from + m;
    }
  }
}

/**
 * Squared distance of `query [D]` and the row of `points` at `from`, or anything not below `limit` if it is
 * not below.
 */
export function squareBelow(points: Float64Array, from: number, query: Float64Array, limit: number): number {
  let square = 0;
  for (let k = 0; k < query.length; ) {
    const end = Math.min(k + 64, query.length);
    for (; k < end; k++) {
      const difference = points[from + k] - query[k];
      square += difference * difference;
    }
    if (square >= limit) return square;
  }
  return square;
}

/** The result of the mixtures looked at so far. */
export function collisionResult(plan: CollisionPlan, state: CollisionState): CollisionResult {
  const distances = state.squares.map((square) => {
    if (plan.metric === "euclidean" || square === Number.POSITIVE_INFINITY) return Math.sqrt(square);
    // The angle from the chord, which keeps its digits where arccos loses them.
    return (2 * Math.asin(Math.min(Math.sqrt(square) / 2, 1))) / Math.PI;
  });
  const collisions: Collision[] = [];
  let sum = 0;
  distances.forEach((distance, query) => {
    if (distance === Number.POSITIVE_INFINITY) return;
    sum += distance;
    const { first, partner, featureLambda } = mixtureOf(plan, state.nearest[query]);
    collisions.push({ query, distance, first, partner, lambda: featureLambda });
  });
  collisions.sort((a, b) => a.distance - b.distance || a.query - b.query);
  return {
    distances,
    minimum: collisions[0]?.distance ?? Number.POSITIVE_INFINITY,
    mean: collisions.length > 0 ? sum / collisions.length : Number.NaN,
    collisions,
    stopped: state.done < plan.mixtures,
    state,
  };
}

/**
 * The whole analysis, on the CPU. Time: mixtures x Q x D at most, less where a distance is soon too large.
 * Between chunks it reports progress and lets other work run; an abort ends it with what it has, to be
 * continued by giving `state` back.
 * @throws ConfigError for a bad request, or a state of another one.
 */
export async function analyzeCollisions(
  request: CollisionRequest,
  options: CollisionOptions = {},
): Promise<CollisionResult> {
  const { state, signal, onProgress } = checkComputing(options, ["state", "variants"]);
  const plan = planCollisions(request);
  const current = resumeCollisions(plan, state);
  const query = new Float64Array(plan.data.dimensions);
  while (current.done < plan.mixtures && !signal?.aborted) {
    const count = Math.min(plan.chunk ?? DEFAULT_CHUNK, plan.mixtures - current.done);
    const chunk = mixChunk(plan, current.done, count);
    for (let q = 0; q < plan.queries.size; q++) {
      readQuery(plan, q, query);
      searchChunk(plan, current, chunk, q, query);
    }
    current.done += count;
    onProgress?.(current.done, plan.mixtures, copyState(current));
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
  return collisionResult(plan, current);
}

/** Makes a vector one of length 1, unless its length is 0, which it returns false for. */
function normalize(vector: Float64Array): boolean {
  let square = 0;
  for (const value of vector) square += value * value;
  if (square === 0) return false;
  const length = Math.sqrt(square);
  for (let k = 0; k < vector.length; k++) vector[k] /= length;
  return true;
}
