/**
 * Collision analysis (paper 2.4): how near the mixed points of an epoch come to data points of a class that
 * neither of the two mixed points has. The smallest such distance is the paper's estimate of the epsilon
 * below which Mixup is safe. Float64 reference by brute force, a chunk of mixtures at a time: nothing of size
 * N x N is stored, and between chunks it can stop, be stored, and go on to the same answer.
 */

import type { Dataset } from "../data/dataset.ts";
import { ConfigError } from "../errors.ts";
import { type Law, mixup, type Pairing } from "../mixing/mixing.ts";
import { classIndex, Sampler } from "../mixing/sampling.ts";

/** `angular` is arccos(cosine) / pi, in [0, 1]; directions, not lengths. */
export type CollisionMetric = "euclidean" | "angular";

export interface CollisionRequest {
  /** The points that are mixed. */
  data: Dataset;
  /** The points that may be hit; defaults to `data`. Same dimensions and classes. */
  queries?: Dataset;
  law: Law;
  /** Defaults to `uniform`: partners with replacement, the point itself included, as in the paper's code. */
  pairing?: Exclude<Pairing, "permutation">;
  /** Integer in [0, 2^32). */
  seed: number;
  /** Every point is mixed once an epoch, each with its own lambda. Defaults to 1. */
  epochs?: number;
  /** Defaults to `euclidean`. */
  metric?: CollisionMetric;
  /**
   * Mixtures made at a time; the memory is this times D numbers. Defaults to 256. Results do not depend on
   * it.
   */
  chunk?: number;
}

/** A checked request. */
export interface CollisionPlan {
  readonly data: Dataset;
  readonly queries: Dataset;
  readonly sampler: Sampler;
  readonly metric: CollisionMetric;
  /** Epochs times N. */
  readonly mixtures: number;
  readonly chunk: number;
  /** What a state must have been made for: the request as text, and a checksum of its data. */
  readonly identity: string;
}

/** Where an analysis stands. Plain data: it can be cloned, stored and sent. */
export interface CollisionState {
  readonly identity: string;
  /** Mixtures looked at so far. */
  done: number;
  /** Smallest squared distance per query, `[Q]`, Infinity if none yet; for `angular`, of the unit vectors. */
  readonly squares: Float64Array;
  /** The mixture that has it, `[Q]`, -1 if none yet: the first of equals. */
  readonly nearest: Float64Array;
}

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

/**
 * Checks a request.
 * @throws ConfigError for regression data, queries that don't fit, a bad seed or count; for `angular`, a
 * query of length 0, which has no direction. (A mixture of length 0 has none either and is left out.)
 */
export function planCollisions(request: CollisionRequest): CollisionPlan {
  const {
    data,
    queries = data,
    law,
    pairing = "uniform",
    seed,
    epochs = 1,
    metric = "euclidean",
    chunk = 256,
  } = request;
  if (data.labels === undefined || queries.labels === undefined) {
    throw new ConfigError("data.labels", "missing: collisions are between classes.");
  }
  if (queries.dimensions !== data.dimensions || queries.targetSize !== data.targetSize) {
    const [given, needed] = [queries, data].map(
      (set) => `${set.dimensions} dimensions, ${set.targetSize} classes`,
    );
    throw new ConfigError("queries", `${given}; the data have ${needed}.`);
  }
  if (!Number.isInteger(seed) || seed < 0 || seed >= 2 ** 32) {
    throw new ConfigError("seed", `${seed} is not a seed. Give an integer from 0 to 2^32 - 1.`);
  }
  for (const [name, value] of Object.entries({ epochs, chunk })) {
    if (!Number.isInteger(value) || value < 1)
      throw new ConfigError(name, `${value}. Give an integer from 1.`);
  }
  if (metric !== "euclidean" && metric !== "angular") {
    throw new ConfigError("metric", `unknown metric "${metric}". Known: euclidean, angular.`);
  }
  if ((pairing as Pairing) === "permutation") {
    throw new ConfigError(
      "pairing",
      "permutation is a pairing of batches. Give uniform, other, same-class or other-class.",
    );
  }
  const mixing = mixup(law, { pairing, granularity: "sample" });
  if (metric === "angular") {
    for (let q = 0; q < queries.size; q++) {
      const row = queries.points.subarray(q * queries.dimensions, (q + 1) * queries.dimensions);
      if (row.every((value) => value === 0))
        throw new ConfigError(`queries.points[${q}]`, "is 0: it has no direction.");
    }
  }
  return {
    data,
    queries,
    sampler: new Sampler(seed, mixing, data.size, classIndex(data), "full"),
    metric,
    mixtures: epochs * data.size,
    chunk,
    identity: [JSON.stringify([law, pairing, seed, epochs, metric]), checksum(data), checksum(queries)].join(
      " ",
    ),
  };
}

/** A state before the first mixture. */
export function startCollisions(plan: CollisionPlan): CollisionState {
  return {
    identity: plan.identity,
    done: 0,
    squares: new Float64Array(plan.queries.size).fill(Number.POSITIVE_INFINITY),
    nearest: new Float64Array(plan.queries.size).fill(-1),
  };
}

/**
 * Looks at the next chunk of mixtures. Time: chunk x Q x D at most, less where a distance is soon too large.
 */
export function advanceCollisions(plan: CollisionPlan, state: CollisionState): void {
  const { data, queries, metric } = plan;
  const { dimensions } = data;
  const count = Math.min(plan.chunk, plan.mixtures - state.done);
  const angular = metric === "angular";
  const mixed = new Float64Array(count * dimensions);
  const labels = new Int32Array(2 * count);
  for (let m = 0; m < count; m++) {
    const { first, partner, featureLambda } = mixtureOf(plan, state.done + m);
    const row = mixed.subarray(m * dimensions, (m + 1) * dimensions);
    for (let k = 0; k < dimensions; k++) {
      row[k] =
        featureLambda * data.points[first * dimensions + k] +
        (1 - featureLambda) * data.points[partner * dimensions + k];
    }
    labels[2 * m] = data.labels![first];
    labels[2 * m + 1] = data.labels![partner];
    if (angular) normalize(row);
  }
  const query = new Float64Array(dimensions);
  for (let q = 0; q < queries.size; q++) {
    query.set(queries.points.subarray(q * dimensions, (q + 1) * dimensions));
    if (angular) normalize(query);
    const label = queries.labels![q];
    for (let m = 0; m < count; m++) {
      if (labels[2 * m] === label || labels[2 * m + 1] === label) continue;
      const square = squareBelow(mixed, m * dimensions, query, state.squares[q]);
      if (square < state.squares[q]) {
        state.squares[q] = square;
        state.nearest[q] = state.done + m;
      }
    }
  }
  state.done += count;
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
 * The whole analysis. Between chunks it reports progress and lets other work run; an abort ends it with what
 * it has, to be continued by giving `state` back.
 * @throws ConfigError for a bad request, or a state of another one.
 */
export async function analyzeCollisions(
  request: CollisionRequest,
  {
    state,
    signal,
    onProgress,
  }: {
    state?: CollisionState;
    signal?: AbortSignal;
    /** Mixtures looked at, and all of them. */
    onProgress?: (done: number, total: number) => void;
  } = {},
): Promise<CollisionResult> {
  const plan = planCollisions(request);
  if (state !== undefined && state.identity !== plan.identity) {
    throw new ConfigError(
      "state",
      "belongs to another analysis: data, law, pairing, seed, epochs or metric differ.",
    );
  }
  // A copy: a caller's state stays what it was.
  const current: CollisionState =
    state === undefined
      ? startCollisions(plan)
      : { ...state, squares: state.squares.slice(), nearest: state.nearest.slice() };
  while (current.done < plan.mixtures && !signal?.aborted) {
    advanceCollisions(plan, current);
    onProgress?.(current.done, plan.mixtures);
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
  return collisionResult(plan, current);
}

function mixtureOf({ sampler, data }: CollisionPlan, mixture: number) {
  return sampler.sample(Math.floor(mixture / data.size), mixture % data.size);
}

/**
 * Squared distance of `query [D]` and the row of `mixed` at `from`, or anything not below `limit` if it is
 * not below.
 */
function squareBelow(mixed: Float64Array, from: number, query: Float64Array, limit: number): number {
  let square = 0;
  for (let k = 0; k < query.length; ) {
    const end = Math.min(k + 64, query.length);
    for (; k < end; k++) {
      const difference = mixed[from + k] - query[k];
      square += difference * difference;
    }
    if (square >= limit) return square;
  }
  return square;
}

/** Makes a vector one of length 1; a vector of length 0 becomes NaN, whose distance is below nothing. */
function normalize(vector: Float64Array): void {
  let square = 0;
  for (const value of vector) square += value * value;
  const length = Math.sqrt(square);
  for (let k = 0; k < vector.length; k++) vector[k] /= length;
}

/** FNV-1a over the bits of points and labels. */
function checksum({ points, labels }: Dataset): string {
  let hash = 0x811c9dc5;
  for (const words of [new Uint32Array(points.buffer, points.byteOffset, points.length), labels!]) {
    for (const word of words) hash = Math.imul(hash ^ word, 0x01000193);
  }
  return `${points.length}:${(hash >>> 0).toString(16)}`;
}
