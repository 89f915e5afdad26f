/**
 * Data sets with parts: which rows of one data set are for training, validation, tests. Populations share a data set, so what
 * differs from seed to seed is stacked into one, or is a choice of rows.
 *
 * Not here: what the points are (`<name>/data.ts`).
 */

import { checkInteger, checkSeed } from "../check.ts";
import type { Dataset } from "../data/dataset.ts";
import { withoutDomains } from "../data/domains.ts";
import { ConfigError } from "../errors.ts";
import { permuted } from "../numeric/permutation.ts";
import { PURPOSE } from "../numeric/threefry.ts";

/** A data set, and the rows of each of its parts. */
export interface SplitData<Name extends string> {
  readonly data: Dataset;
  readonly splits: Readonly<Record<Name, Uint32Array>>;
}

/** Rows one after the other, `counts` of each part, in the order of the parts. */
export function consecutive<Name extends string>(
  counts: Readonly<Record<Name, number>>,
): Record<Name, Uint32Array> {
  let next = 0;
  const entries = Object.entries<number>(counts).map(([name, count]) => {
    const first = next;
    next += count;
    return [name, Uint32Array.from({ length: count }, (_, n) => first + n)];
  });
  return Object.fromEntries(entries) as Record<Name, Uint32Array>;
}

/** Some rows of a data set as one of their own. */
export function selectRows(data: Dataset, rows: ArrayLike<number>): Dataset {
  const { dimensions, targetSize, labels } = data;
  const size = rows.length;
  const points = new Float32Array(size * dimensions);
  const targets = new Float32Array(size * targetSize);
  for (let i = 0; i < size; i++) {
    const row = rows[i];
    points.set(data.points.subarray(row * dimensions, (row + 1) * dimensions), i * dimensions);
    targets.set(data.targets.subarray(row * targetSize, (row + 1) * targetSize), i * targetSize);
  }
  const own = labels && Uint32Array.from(rows, (row) => labels[row]);
  return { ...withoutDomains(data), size, points, targets, ...(own && { labels: own }) };
}

/**
 * Several draws as one data set, row after row, and the rows of each draw's parts in it.
 * @throws ConfigError for no draws, and draws of other dimensions or targets than the first.
 */
export function stacked<Name extends string>(
  draws: readonly SplitData<Name>[],
): { data: Dataset; splits: Record<Name, Uint32Array>[] } {
  if (draws.length === 0) throw new ConfigError("draws", "none. Give at least one.");
  const [{ data: model }] = draws;
  const size = draws.reduce((sum, { data }) => sum + data.size, 0);
  const points = new Float32Array(size * model.dimensions);
  const targets = new Float32Array(size * model.targetSize);
  const labels = model.labels && new Uint32Array(size);
  let row = 0;
  const splits = draws.map(({ data, splits: own }, d) => {
    const fits =
      data.dimensions === model.dimensions &&
      data.targetSize === model.targetSize &&
      String(data.shape) === String(model.shape) &&
      (data.labels === undefined) === (labels === undefined);
    if (!fits) throw new ConfigError(`draws[${d}]`, "other dimensions or targets than the first draw's.");
    points.set(data.points, row * data.dimensions);
    targets.set(data.targets, row * data.targetSize);
    if (data.labels !== undefined) labels?.set(data.labels, row);
    const first = row;
    row += data.size;
    return Object.fromEntries(
      Object.entries<Uint32Array>(own).map(([name, rows]) => [name, rows.map((n) => n + first)]),
    ) as Record<Name, Uint32Array>;
  });
  return { data: { ...withoutDomains(model), size, points, targets, ...(labels && { labels }) }, splits };
}

/** Counters of the split stream: the order of points, the order of classes. */
const POINTS = 0;
const CLASSES = 1;

/** 0 .. size - 1 in the seed's own order. */
function shuffled(seed: number, stream: number, size: number): Uint32Array {
  return Uint32Array.from({ length: size }, (_, n) => permuted(seed, PURPOSE.split, stream, n, size));
}

/** The classes 0 .. classes - 1 in the seed's own order, every one equally likely. */
export function shuffledClasses(seed: number, classes: number): Uint32Array {
  return shuffled(checkSeed("seed", seed), CLASSES, classes);
}

/**
 * Rows for training, any of them equally likely, and of the others those for tests, in random order.
 * @param training how many rows, at least 1
 * @param test how many of the others; all by default
 * @throws ConfigError if there are not so many.
 */
export function randomSplit(
  data: Dataset,
  { seed, training, test }: { seed: number; training: number; test?: number },
): SplitData<"training" | "test"> {
  checkSeed("seed", seed);
  checkInteger("training", training, 1, data.size, "a number of rows");
  const rest = data.size - training;
  checkInteger("test", test ?? rest, 0, rest, "a number of the rows that are left");
  const order = shuffled(seed, POINTS, data.size);
  const splits = {
    training: order.slice(0, training),
    test: order.slice(training, training + (test ?? rest)),
  };
  return { data, splits };
}

/**
 * Rows for training by class, `counts [C]` of each, any of them equally likely, and of the others those for tests; both in random
 * order.
 * @param test how many of the others; all by default
 * @throws ConfigError for data without classes, and where there are not so many.
 */
export function splitByClass(
  data: Dataset,
  { seed, counts, test }: { seed: number; counts: ArrayLike<number>; test?: number },
): SplitData<"training" | "test"> {
  const { labels, size, targetSize } = data;
  if (labels === undefined) throw new ConfigError("data.labels", "missing: rows are chosen by class.");
  checkSeed("seed", seed);
  if (counts.length !== targetSize)
    throw new ConfigError("counts", `${counts.length} counts for ${targetSize} classes.`);
  const taken = new Uint32Array(targetSize);
  const training: number[] = [];
  const others: number[] = [];
  for (const row of shuffled(seed, POINTS, size)) {
    const isTaken = taken[labels[row]] < counts[labels[row]];
    if (isTaken) taken[labels[row]]++;
    (isTaken ? training : others).push(row);
  }
  taken.forEach((count, c) => {
    if (count < counts[c])
      throw new ConfigError(`counts[${c}]`, `${counts[c]} rows of class ${c}, which has ${count}.`);
  });
  checkInteger("test", test ?? others.length, 0, others.length, "a number of the rows that are left");
  const splits = {
    training: Uint32Array.from(training),
    test: Uint32Array.from(others.slice(0, test ?? others.length)),
  };
  return { data, splits };
}
