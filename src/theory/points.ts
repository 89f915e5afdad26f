/**
 * What every part of the theory works on: labelled points in float64, and how probable each ordered pair of
 * them is.
 *
 * Not here: lambda (`moments.ts`), geometry (`classifier/hits.ts`).
 */

import {
  checkInteger,
  checkLength,
  checkObject,
  checkOptions,
  checkWord,
  classLabels,
  float64Numbers,
} from "../check.ts";
import type { ClassData, Dataset } from "../data/dataset.ts";
import { ConfigError } from "../errors.ts";
import { PAIRINGS, type Pairing } from "../mixing/mixing.ts";

/**
 * Data for the theory: a class data set, or class data as they are, which keep their float64 digits (a
 * `Dataset` holds 32-bit numbers) and may be a single point or of a single class. Coordinates are at most
 * 1e150, since squares of distances must stay finite; points nearer to each other than 1e-150 count as equal.
 */
export type TheoryData = Dataset | ClassData;

/** Checked labelled points. */
export interface LabelledPoints {
  /** N. */
  readonly size: number;
  /** D. */
  readonly dimensions: number;
  /** C; a class without points is allowed and has probability 0 everywhere. */
  readonly classes: number;
  /** `[N, D]`. */
  readonly points: Float64Array;
  /** `[N]`. */
  readonly labels: Uint32Array;
}

/** Largest coordinate. */
const LARGEST = 1e150;

/** As many as a data set may have. */
export const MOST_CLASSES = 0x10000;

/**
 * Checked points of class data.
 * @throws ConfigError for regression data, sizes that don't match, numbers that are not finite, labels out of
 * range.
 */
export function labelledPoints(data: TheoryData): LabelledPoints {
  checkObject("data", data, "Give { points, labels, dimensions }.");
  if (data.labels === undefined)
    throw new ConfigError("data.labels", "missing: the theory is about class data.");
  const { dimensions } = checkOptions("data", data as Dataset & ClassData, DATA_OPTIONS);
  checkInteger("data.dimensions", dimensions, 1, Number.MAX_SAFE_INTEGER, "a number of dimensions");
  const size = checkLength("data.labels", data.labels, "Give a class for each point.");
  const length = checkLength("data.points", data.points, "Give { points, labels, dimensions }.");
  if (size === 0 || length !== size * dimensions) {
    throw new ConfigError(
      "data.points",
      `${length} numbers for ${size} labels in ${dimensions} dimensions. Give one point or more.`,
    );
  }
  const points = coordinates("data.points", data.points);
  const given = "targetSize" in data ? data.targetSize : data.classes;
  if (given !== undefined) checkInteger("data.classes", given, 1, MOST_CLASSES, "a number of classes");
  const labels = classLabels("data.labels", data.labels, given ?? MOST_CLASSES);
  const classes = labels.reduce((most, label) => Math.max(most, label + 1), given ?? 1);
  return { size, dimensions, classes, points, labels };
}

/** What a data set of either kind may hold. */
const DATA_OPTIONS = [
  ...(["points", "labels", "dimensions", "classes", "size", "targetSize", "targets"] as const),
  ...(["shape", "domains"] as const),
];

/**
 * Refuses a request with keys that are neither in it nor among those that all requests take.
 * @throws ConfigError
 */
export function checkRequest<T extends object>(request: T, keys: readonly (keyof T & string)[]): void {
  checkOptions("", request, ["data", "pairing", "weights", ...keys] as (keyof T & string)[]);
}

/** How probable ordered pairs are: P(first = s, partner = t). */
export interface PairWeights {
  /** P(first = s) times what normalises its partners, `[N]`. */
  readonly first: Float64Array;
  /** `[N]`. */
  readonly partner: Float64Array;
  /** The probability of the ordered pair (s, t). All pairs together have 1. */
  weight(s: number, t: number): number;
}

/**
 * Pair probabilities. `weights` `[N]` (default: equal) are the probabilities of the first point, up to a
 * factor; the partner is drawn with the same weights from those the pairing allows. A point of weight 0 is as
 * if it were not there. `permutation` is meant of the full batch: its pairs are distributed as those of
 * `uniform`.
 * @throws ConfigError for bad weights, or if a point of positive weight finds no partner.
 */
export function pairWeights(
  { size, labels, classes }: LabelledPoints,
  pairing: Pairing = "uniform",
  weights?: ArrayLike<number>,
): PairWeights {
  if (weights !== undefined && checkLength("weights", weights) !== size) {
    throw new ConfigError("weights", `${weights.length} weights for ${size} points.`);
  }
  const partner = weights === undefined ? new Float64Array(size).fill(1) : float64Numbers("weights", weights);
  const bad = partner.findIndex((weight) => weight < 0);
  if (bad >= 0) throw new ConfigError(`weights[${bad}]`, `${partner[bad]} is negative. Give weights from 0.`);
  const total = partner.reduce((sum, weight) => sum + weight, 0);
  if (total === Number.POSITIVE_INFINITY)
    throw new ConfigError(
      "weights",
      "their sum is not finite. They count up to a factor: give smaller ones.",
    );
  if (total === 0) throw new ConfigError("weights", "all weights are 0. Give at least one point a weight.");
  const perClass = new Float64Array(classes);
  for (let n = 0; n < size; n++) {
    partner[n] /= total;
    perClass[labels[n]] += partner[n];
  }
  const allows = PAIR_RULES[checkWord("pairing", pairing, PAIRINGS, "pairing")];
  const first = Float64Array.from(partner, (weight, n) => {
    if (weight === 0) return 0;
    // What a point's partners weigh together; sums of others, not differences from 1, which would leave
    // rounding.
    let available = 1;
    if (pairing === "same-class") available = perClass[labels[n]];
    else if (pairing === "other") available = sumWhere(partner, (t) => t !== n);
    else if (pairing === "other-class") available = sumWhere(perClass, (c) => c !== labels[n]);
    if (available === 0) {
      throw new ConfigError(
        "pairing",
        `with pairing ${pairing}, point ${n} has no partner. Add points or weight.`,
      );
    }
    return weight / available;
  });
  return {
    first,
    partner,
    weight: (s, t) => (allows(s, t, labels) ? first[s] * partner[t] : 0),
  };
}

const PAIR_RULES: Readonly<Record<Pairing, (s: number, t: number, labels: Uint32Array) => boolean>> = {
  uniform: () => true,
  other: (s, t) => s !== t,
  permutation: () => true,
  "same-class": (s, t, labels) => labels[s] === labels[t],
  "other-class": (s, t, labels) => labels[s] !== labels[t],
};

/**
 * Query points, `[Q, D]`, checked.
 * @throws ConfigError if they are missing, for sizes that don't match and numbers that are not finite.
 */
export function queryPoints(queries: ArrayLike<number>, dimensions: number, path = "queries"): Float64Array {
  const length = checkLength(path, queries, `Give ${dimensions} numbers a point.`);
  if (length % dimensions !== 0) {
    throw new ConfigError(path, `${length} numbers don't make points of ${dimensions} dimensions.`);
  }
  return coordinates(path, queries);
}

/** Finite numbers whose squares are finite, too, or a ConfigError. */
function coordinates(path: string, values: ArrayLike<number>): Float64Array {
  const numbers = float64Numbers(path, values);
  const bad = numbers.findIndex((value) => Math.abs(value) > LARGEST);
  if (bad >= 0)
    throw new ConfigError(
      `${path}[${bad}]`,
      `${numbers[bad]} is too large: its square must be finite. Scale the data.`,
    );
  return numbers;
}

function sumWhere(values: Float64Array, chosen: (index: number) => boolean): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) if (chosen(i)) sum += values[i];
  return sum;
}
