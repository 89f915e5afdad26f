/**
 * A user's own points: taken from a table, and written into a link without loss. One or two features and a class of at
 * most four; more can't be drawn.
 *
 * Not here: how CSV is read (the library's `csvDataset`).
 */

import {
  ConfigError,
  type CsvDatasetOptions,
  classDataset,
  csvDataset,
  type Dataset,
  readCsv,
  regressionDataset,
} from "../../../src/index.ts";

/** What is to be learned of points: one of a few classes, or a number. */
export type Target = "classes" | "numbers";

/** Points of one's own before they are a data set: also none, or all of one class. */
export interface OwnData {
  readonly dimensions: 1 | 2;
  /** `[N, dimensions]`. */
  readonly points: number[];
  /** `[N]`: classes, from 0, or numbers. */
  readonly labels: number[];
}

/** How the lab holds points and the names of their classes: as in the link. */
export interface OwnText {
  readonly own: string;
  readonly names: string;
  /** As {@link encodeWindow} writes it; empty to fit the points. */
  readonly window: string;
  readonly target: Target;
}

/** The part of a line or plane that pictures show: its lowest corner, `[dimensions]`, and the length of its sides. */
export interface Window {
  readonly low: readonly number[];
  readonly side: number;
}

export const MOST_POINTS = 300;
export const MOST_CLASSES = 4;
/** Coordinates beyond this are not drawn sensibly, and squares of them leave 32-bit floats. */
const LARGEST = 1e6;
/** A window that is smaller shows steps between 32-bit floats. */
const SMALLEST_SIDE = 1e-6;
/** Characters of a class name. */
const LONGEST_NAME = 40;
const NUMBER = /^-?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?$/i;

/** Points out of CSV text, and what is to be said of them. */
export interface OwnCsv {
  readonly data: OwnData;
  readonly names: readonly string[];
  readonly featureNames: readonly string[];
  readonly notes: readonly string[];
}

/** What columns mean: the label's is that of the classes, or of the numbers. */
export type OwnCsvOptions = Omit<CsvDatasetOptions, "targets">;

/**
 * Points from CSV text. Where no features are chosen, the first two columns of numbers are taken, where no label is, the last.
 * @throws ConfigError naming row and column (from 1), as `csvDataset` does, and for what the lab can't draw.
 */
export function ownCsv(text: string, given: OwnCsvOptions = {}, target: Target = "classes"): OwnCsv {
  const { label, ...columns } = given;
  const options =
    target === "classes"
      ? given
      : { ...columns, targets: [label ?? readCsv(text, { header: given.header }).columns.length] };
  let read = csvDataset(text, options);
  const notes = [...read.notes];
  if (options.features === undefined && read.data.dimensions > 2) {
    const others = read.featureNames.slice(2).map((name) => `"${name}"`);
    const some = others.length > 4 ? `${others.slice(0, 4).join(", ")} …` : others.join(", ");
    notes.push(`The plane shows two features. Not used: ${some}.`);
    read = csvDataset(text, { ...options, features: read.featureNames.slice(0, 2) });
  }
  const { data, classNames, featureNames } = read;
  const { dimensions, size, targetSize } = data;
  if (dimensions > 2) throw new ConfigError("csv", `${dimensions} features; the lab draws one or two.`);
  if (size > MOST_POINTS)
    throw new ConfigError("csv", `${size} rows; the lab takes up to ${MOST_POINTS}. Give a sample of them.`);
  if (target === "classes" && targetSize > MOST_CLASSES) {
    const some = classNames.slice(0, 6).map((name) => name.slice(0, 20));
    throw new ConfigError(
      "csv",
      `${targetSize} classes (${some.join(", ")} …); the lab takes up to ${MOST_CLASSES}. ` +
        "If they are numbers to regress on, choose “numbers” above.",
    );
  }
  const numbers = target === "classes" ? [] : [...data.targets];
  const far = [...data.points, ...numbers].find((value) => Math.abs(value) > LARGEST);
  if (far !== undefined) throw new ConfigError("csv", `${far} is beyond ±${LARGEST}: subtract an offset.`);
  if (target === "numbers") {
    return {
      data: { dimensions: dimensions as 1 | 2, points: [...data.points], labels: numbers },
      names: [],
      featureNames,
      notes,
    };
  }
  const long = classNames.filter((name) => name.length > LONGEST_NAME);
  if (long.length > 0) notes.push(`Class names are cut at ${LONGEST_NAME} characters.`);
  return {
    data: { dimensions: dimensions as 1 | 2, points: [...data.points], labels: [...data.labels!] },
    names: classNames.map((name) => name.slice(0, LONGEST_NAME)),
    featureNames,
    notes,
  };
}

/** The shortest decimal text that gives this number as a 32-bit float. */
export function shortestText(value: number): string {
  const wanted = Math.fround(value);
  for (let digits = 1; digits < 9; digits++) {
    const text = String(Number(wanted.toPrecision(digits)));
    if (Math.fround(Number(text)) === wanted) return text;
  }
  return String(Number(wanted.toPrecision(9)));
}

/** Points as they stand in a link: `x,y,class;x,y,class`, without loss to 32-bit floats; numbers instead of classes alike. */
export function encodePoints({ dimensions, points, labels }: OwnData): string {
  return labels
    .map((label, n) =>
      [...points.slice(n * dimensions, (n + 1) * dimensions), label].map(shortestText).join(","),
    )
    .join(";");
}

/**
 * What {@link encodePoints} wrote.
 * @throws ConfigError for anything else.
 */
export function decodePoints(text: string, target: Target = "classes"): OwnData {
  if (text === "") return { dimensions: 2, points: [], labels: [] };
  const rows = text.split(";").map((row) => row.split(","));
  const width = rows[0].length;
  if (width !== 2 && width !== 3)
    throw new ConfigError("own", "expected x,class or x,y,class for each point.");
  if (rows.length > MOST_POINTS)
    throw new ConfigError("own", `${rows.length} points; up to ${MOST_POINTS} are taken.`);
  const points: number[] = [];
  const labels = rows.map((row, n) => {
    if (row.length !== width)
      throw new ConfigError("own", `point ${n + 1} has ${row.length} entries, not ${width}.`);
    for (const cell of row.slice(0, -1)) points.push(coordinate(cell, n + 1));
    const label = row[width - 1];
    if (target === "numbers") return coordinate(label, n + 1);
    if (!/^\d$/.test(label) || Number(label) >= MOST_CLASSES)
      throw new ConfigError("own", `point ${n + 1}: classes are 0 to ${MOST_CLASSES - 1}.`);
    return Number(label);
  });
  return { dimensions: (width - 1) as 1 | 2, points, labels };
}

function coordinate(cell: string, point: number): number {
  if (!NUMBER.test(cell))
    throw new ConfigError("own", `point ${point}: "${cell.slice(0, 30)}" is not a number.`);
  const value = Number(cell);
  if (Math.abs(value) > LARGEST)
    throw new ConfigError("own", `point ${point}: ${value} is beyond ±${LARGEST}.`);
  return value;
}

/** Names of classes as they stand in a link. */
export function encodeNames(names: readonly string[]): string {
  return names.map((name) => encodeURIComponent(name.replace(/\p{Surrogate}/gu, "\uFFFD"))).join(",");
}

/**
 * What {@link encodeNames} wrote.
 * @throws ConfigError for anything else.
 */
export function decodeNames(text: string): string[] {
  if (text === "") return [];
  const names = text.split(",").map((name) => {
    try {
      return decodeURIComponent(name);
    } catch {
      throw new ConfigError("names", "not readable.");
    }
  });
  if (names.length > MOST_CLASSES || names.some((name) => name.length > LONGEST_NAME))
    throw new ConfigError("names", `up to ${MOST_CLASSES} names of ${LONGEST_NAME} characters are taken.`);
  return names;
}

/** A window as it stands in a link: `x,y,side`, or `x,side` on a line. */
export function encodeWindow({ low, side }: Window): string {
  return [...low, side].map(shortestText).join(",");
}

/**
 * What {@link encodeWindow} wrote; undefined for none.
 * @throws ConfigError for anything else.
 */
export function decodeWindow(text: string): Window | undefined {
  if (text === "") return undefined;
  const cells = text.split(",");
  const numbers = cells.map((cell) => (NUMBER.test(cell) ? Number(cell) : Number.NaN));
  const side = numbers[numbers.length - 1];
  if (
    (cells.length !== 2 && cells.length !== 3) ||
    !numbers.every((value) => Math.abs(value) <= 4 * LARGEST) ||
    !(side >= SMALLEST_SIDE)
  )
    throw new ConfigError("window", "expected x,side or x,y,side.");
  return { low: numbers.slice(0, -1), side };
}

/** Why these points can't be trained on yet, or undefined if they can. */
export function ownDataProblem({ labels }: OwnData, target: Target): string | undefined {
  if (target === "numbers")
    return labels.length > 0 ? undefined : "No points yet. Open a CSV file, or paste one.";
  if (new Set(labels).size >= 2) return undefined;
  return labels.length === 0
    ? "No points yet. Click into a picture to add some."
    : "All points are of one class. Add a point of another class.";
}

/** As a data set; classes without points keep their place. */
export function ownDataset({ dimensions, points, labels }: OwnData, target: Target): Dataset {
  if (target === "numbers") return regressionDataset({ points, targets: labels, dimensions, outputs: 1 });
  const classes = Math.max(2, ...labels.map((label) => label + 1));
  return classDataset({ points, labels, dimensions, classes });
}
