/**
 * What a collision analysis is asked for, checked, and where it stands: plain data that both backends share.
 *
 * Not here: looking at mixtures (`collisions.ts`, `collisionsOn.ts`).
 */

import { checkInteger, checkOptions, checkSeed, checkWord } from "../../check.ts";
import { checkDataset, type Dataset } from "../../data/dataset.ts";
import { ConfigError } from "../../errors.ts";
import type { Law } from "../../mixing/laws.ts";
import { mixup, type Pairing } from "../../mixing/mixing.ts";
import { classIndex, Sampler } from "../../mixing/sampling.ts";
import { checkedLaw } from "../moments.ts";

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
   * Mixtures made and looked at between two states; the memory is this times D numbers, on WebGPU twice that. Defaults to
   * 256, on WebGPU to up to 2048. Results do not depend on it.
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
  /** As asked for; undefined leaves it to the backend. */
  readonly chunk?: number;
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

/**
 * Checks a request.
 * @throws ConfigError for missing, broken or regression data, queries that don't fit, a bad law, pairing, seed or
 * count; for `angular`, a query of length 0, which has no direction. (A mixture of length 0 has none either and is
 * left out.)
 */
export function planCollisions(request: CollisionRequest): CollisionPlan {
  checkOptions("", request, ["data", "queries", "law", "pairing", "seed", "epochs", "metric", "chunk"]);
  const {
    data,
    queries = data,
    law,
    pairing = "uniform",
    seed,
    epochs = 1,
    metric = "euclidean",
    chunk,
  } = request;
  checkClassData("data", data);
  if (queries !== data) checkClassData("queries", queries);
  if (queries.dimensions !== data.dimensions || queries.targetSize !== data.targetSize) {
    const [given, needed] = [queries, data].map(
      (set) => `${set.dimensions} dimensions, ${set.targetSize} classes`,
    );
    throw new ConfigError("queries", `${given}; the data have ${needed}.`);
  }
  checkSeed("seed", seed);
  checkInteger("epochs", epochs, 1, 2 ** 24, "a number of epochs");
  if (chunk !== undefined) checkInteger("chunk", chunk, 1, 2 ** 24, "a number of mixtures");
  checkWord("metric", metric, ["euclidean", "angular"], "metric");
  if ((pairing as Pairing) === "permutation") {
    throw new ConfigError(
      "pairing",
      "permutation is a pairing of batches. Give uniform, other, same-class or other-class.",
    );
  }
  const { labels } = data;
  if (
    (pairing === "other" && data.size === 1) ||
    (pairing === "other-class" && labels!.every((label) => label === labels![0]))
  ) {
    throw new ConfigError("pairing", `with pairing ${pairing}, point 0 has no partner. Add points.`);
  }
  const mixing = mixup(checkedLaw(law), { pairing, granularity: "sample" });
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
    identity: [JSON.stringify([law, pairing, seed, epochs, metric]), ...checksums(data, queries)].join(" "),
  };
}

function checkClassData(path: string, data: Dataset): void {
  checkDataset(path, data);
  if (data.labels === undefined)
    throw new ConfigError(`${path}.labels`, "missing: collisions are between classes.");
}

/** The mixture of that number: of an epoch's, the one whose first point is `mixture` modulo N. */
export function mixtureOf({ sampler, data }: CollisionPlan, mixture: number) {
  return sampler.sample(Math.floor(mixture / data.size), mixture % data.size);
}

/** A state before the first mixture. */
function startCollisions(plan: CollisionPlan): CollisionState {
  return {
    identity: plan.identity,
    done: 0,
    squares: new Float64Array(plan.queries.size).fill(Number.POSITIVE_INFINITY),
    nearest: new Float64Array(plan.queries.size).fill(-1),
  };
}

/** A state that shares nothing with this one. */
export function copyState(state: CollisionState): CollisionState {
  return { ...state, squares: state.squares.slice(), nearest: state.nearest.slice() };
}

/**
 * A state of one's own to go on with: a copy of the given one, or the beginning.
 * @throws ConfigError for a state of another analysis, or one that lost its arrays on the way (as JSON).
 */
export function resumeCollisions(plan: CollisionPlan, state: CollisionState | undefined): CollisionState {
  if (state === undefined || state === null) return startCollisions(plan);
  if (state.identity !== plan.identity) {
    throw new ConfigError(
      "state",
      "belongs to another analysis: data, law, pairing, seed, epochs or metric differ.",
    );
  }
  const { squares, nearest } = state;
  if (!(squares instanceof Float64Array && nearest instanceof Float64Array && state.done <= plan.mixtures)) {
    throw new ConfigError("state", "is damaged. Store it as it is, not as JSON.");
  }
  return copyState(state);
}

function checksums(data: Dataset, queries: Dataset): string[] {
  const ofData = checksum(data);
  return [ofData, queries === data ? ofData : checksum(queries)];
}

/** FNV-1a over the bits of points and labels. */
function checksum({ points, labels }: Dataset): string {
  let hash = 0x811c9dc5;
  for (const words of [new Uint32Array(points.buffer, points.byteOffset, points.length), labels!]) {
    // By index: an iterator takes several times as long.
    for (let i = 0; i < words.length; i++) hash = Math.imul(hash ^ words[i], 0x01000193);
  }
  return `${points.length}:${(hash >>> 0).toString(16)}`;
}
