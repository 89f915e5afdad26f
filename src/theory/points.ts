/**
 * What every part of the theory works on: labelled points in float64, and how probable each ordered pair of
 * them is.
 *
 * Not here: lambda (`moments.ts`), geometry (`classifier/hits.ts`).
 */

import type { ClassData, Dataset } from "../data/dataset.ts";
import { ConfigError } from "../errors.ts";
import type { Pairing } from "../mixing/mixing.ts";

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
  if (data?.points === undefined)
    throw new ConfigError("data.points", "missing. Give { points, labels, dimensions }.");
  const { dimensions, labels } = data;
  if (labels === undefined) throw new ConfigError("data.labels", "missing: the theory is about class data.");
  if (!Number.isInteger(dimensions) || dimensions < 1) {
    throw new ConfigError(
      "data.dimensions",
      `${dimensions} is not a number of dimensions. Give an integer from 1.`,
    );
  }
  const size = labels.length;
  if (size === 0 || data.points.length !== size * dimensions) {
    throw new ConfigError(
      "data.points",
      `${data.points.length} numbers for ${size} labels in ${dimensions} dimensions. Give one point or more.`,
    );
  }
  const points = coordinates("data.points", data.points);
  const given = "targetSize" in data ? data.targetSize : data.classes;
  if (given !== undefined && !(Number.isInteger(given) && given >= 1 && given <= MOST_CLASSES))
    throw new ConfigError(
      "data.classes",
      `${given} is not a number of classes. Give an integer from 1 to ${MOST_CLASSES}.`,
    );
  let classes = given ?? 1;
  for (let n = 0; n < size; n++) {
    if (!Number.isInteger(labels[n]) || labels[n] < 0 || labels[n] >= (given ?? MOST_CLASSES)) {
      throw new ConfigError(
        `data.labels[${n}]`,
        `${labels[n]} is no class. Classes are integers from 0${given === undefined ? "" : ` to ${given - 1}`}.`,
      );
    }
    classes = Math.max(classes, labels[n] + 1);
  }
  return { size, dimensions, classes, points, labels: Uint32Array.from(labels) };
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
  if (weights !== undefined && weights.length !== size) {
    throw new ConfigError("weights", `${weights.length} weights for ${size} points.`);
  }
  const partner = weights === undefined ? new Float64Array(size).fill(1) : finiteNumbers("weights", weights);
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
  const allows = PAIR_RULES[pairing];
  if (allows === undefined) {
    throw new ConfigError(
      "pairing",
      `unknown pairing "${pairing}". Known: ${Object.keys(PAIR_RULES).join(", ")}.`,
    );
  }
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
  if (queries?.length === undefined)
    throw new ConfigError(path, `missing. Give ${dimensions} numbers a point.`);
  if (queries.length % dimensions !== 0) {
    throw new ConfigError(path, `${queries.length} numbers don't make points of ${dimensions} dimensions.`);
  }
  return coordinates(path, queries);
}

/** Finite numbers whose squares are finite, too, or a ConfigError. */
function coordinates(path: string, values: ArrayLike<number>): Float64Array {
  const numbers = finiteNumbers(path, values);
  const bad = numbers.findIndex((value) => Math.abs(value) > LARGEST);
  if (bad >= 0)
    throw new ConfigError(
      `${path}[${bad}]`,
      `${numbers[bad]} is too large: its square must be finite. Scale the data.`,
    );
  return numbers;
}

/** A float64 copy of finite numbers, or a ConfigError. */
function finiteNumbers(path: string, values: ArrayLike<number>): Float64Array {
  const numbers = Float64Array.from(values);
  const bad = numbers.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) throw new ConfigError(`${path}[${bad}]`, `${numbers[bad]} is not a finite number.`);
  return numbers;
}

function sumWhere(values: Float64Array, chosen: (index: number) => boolean): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) if (chosen(i)) sum += values[i];
  return sum;
}
