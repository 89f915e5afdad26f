/**
 * A data set from a table: some columns are the features, one is the class or some are the targets. Refuses with row and
 * column what can't be meant, and says in `notes` what it made of the rest.
 *
 * Not here: how text becomes a table (`csv.ts`).
 */

import { checkInteger, checkOptions, shown } from "../check.ts";
import { ConfigError } from "../errors.ts";
import { type CsvOptions, type CsvTable, csvNumber, isMissing, quoted, readCsv } from "./csv.ts";
import { classDataset, type Dataset, regressionDataset } from "./dataset.ts";
import { roundedTogether } from "./rounding.ts";

/** Which columns mean what. A column is given by its name, or by its number, from 1. */
export interface CsvDatasetOptions extends CsvOptions {
  /** Left out: all columns of numbers but the label, the targets and an index. */
  features?: readonly (string | number)[];
  /** The column of classes. Left out: the last column, unless there are targets. */
  label?: string | number;
  /** Columns of numbers to regress on, instead of a label. */
  targets?: readonly (string | number)[];
}

/** A data set out of a table. */
export interface CsvDataset {
  readonly data: Dataset;
  /** Names of the columns that became features, `[D]`. */
  readonly featureNames: readonly string[];
  /** What class c is called in the table, `[C]`; of targets their columns' names. */
  readonly classNames: readonly string[];
  /** In sentences: header and comments, columns left out, class names that look alike. */
  readonly notes: readonly string[];
}

/**
 * Points with classes (or with targets) from CSV text. Class words that are numbers are compared and ordered as numbers,
 * other words come in the order of their appearance.
 * @throws ConfigError naming row and column (from 1) for a value that is missing or no finite 32-bit number, a missing
 * class, a column that there is not, points of different classes that only float32 makes equal; what {@link readCsv} and
 * {@link classDataset} refuse.
 */
export function csvDataset(text: string, options: CsvDatasetOptions = {}): CsvDataset {
  checkOptions("options", options, ["features", "label", "targets", "separator", "header", "decimal"]);
  const { features, label, targets, ...reading } = options;
  if (label !== undefined && targets !== undefined)
    throw new ConfigError("options.targets", "there is a label as well. Give one of them.");
  const table = readCsv(text, reading);
  const notes = [...table.notes];
  const last = targets === undefined ? [label ?? table.columns.length] : listed("options.targets", targets);
  const targetColumns = last.map((column, i) =>
    columnOf(table, targets === undefined ? "options.label" : `options.targets[${i}]`, column),
  );
  const featureColumns =
    features === undefined
      ? likelyFeatures(table, targetColumns, notes)
      : listed("options.features", features).map((column, i) =>
          columnOf(table, `options.features[${i}]`, column),
        );
  const both = featureColumns.find((column) => targetColumns.includes(column));
  if (both !== undefined)
    throw new ConfigError(
      "options.features",
      `${quoted(table.columns[both].name)} is the label or a target.`,
    );

  const given = numbersOf(table, featureColumns);
  const dimensions = featureColumns.length;
  const featureNames = featureColumns.map((column) => table.columns[column].name);
  if (targets !== undefined) {
    const data = regressionDataset({
      points: given,
      targets: numbersOf(table, targetColumns),
      dimensions,
      outputs: targetColumns.length,
    });
    return {
      data,
      featureNames,
      classNames: targetColumns.map((column) => table.columns[column].name),
      notes,
    };
  }
  const { labels, classNames } = classesOf(table, targetColumns[0], notes);
  const pair = roundedTogether(given, dimensions, labels);
  if (pair !== undefined) {
    const [a, b] = pair.map((n) => table.rowNumbers[n]);
    throw new ConfigError(
      "csv",
      `Rows ${a} and ${b}: the points differ as given, but are equal as 32-bit numbers, and their classes differ. ` +
        "Subtract what is common to all points.",
    );
  }
  return { data: classDataset({ points: given, labels, dimensions }), featureNames, classNames, notes };
}

/** Checks a list of columns. */
function listed(path: string, columns: readonly (string | number)[]): readonly (string | number)[] {
  if (!Array.isArray(columns)) throw new ConfigError(path, `${shown(columns)} is no list of columns.`);
  if (columns.length === 0) throw new ConfigError(path, "an empty list. Give at least one column.");
  const twice = columns.find((column, i) => columns.indexOf(column) < i);
  if (twice !== undefined) throw new ConfigError(path, `${shown(twice)} is given twice.`);
  return columns;
}

/** The place of a column, from 0. */
function columnOf({ columns }: CsvTable, path: string, column: string | number): number {
  if (typeof column === "string") {
    const at = columns.findIndex(({ name }) => name === column);
    if (at >= 0) return at;
    const known = columns.map(({ name }) => quoted(name)).join(", ");
    throw new ConfigError(path, `there is no column ${quoted(column)}. Known: ${known}.`);
  }
  return checkInteger(path, column, 1, columns.length, "a column") - 1;
}

function likelyFeatures({ columns, rows }: CsvTable, taken: readonly number[], notes: string[]): number[] {
  const features: number[] = [];
  columns.forEach(({ name, numbers, index }, c) => {
    if (taken.includes(c)) return;
    // Among numbers a word is a mistake, to be refused; a column of words is something else.
    if (!index && numbers >= rows.length / 2) features.push(c);
    else notes.push(`Left out: ${quoted(name)}, ${index ? "which counts the rows" : "which holds words"}.`);
  });
  if (features.length > 0) return features;
  const [c] = columns.map((_, c) => c).filter((c) => !taken.includes(c));
  if (c === undefined)
    throw new ConfigError("csv", "there is 1 column. Give features and a class, such as 0.5,1.2,red.");
  return [c];
}

/** Numbers of some columns, `[rows, columns]`. */
function numbersOf({ rows, rowNumbers, decimal, separator }: CsvTable, columns: readonly number[]): number[] {
  return rows.flatMap((row, r) =>
    columns.map((c) => {
      const where = `Row ${rowNumbers[r]}, column ${c + 1}`;
      const value = csvNumber(row[c], decimal);
      if (value !== undefined && Number.isFinite(Math.fround(value))) return value;
      if (value !== undefined)
        throw new ConfigError("csv", `${where}: ${quoted(row[c])} is not a finite 32-bit number.`);
      if (isMissing(row[c])) {
        const mark = row[c] === "" ? "" : ` (${quoted(row[c])})`;
        throw new ConfigError("csv", `${where}: the number is missing${mark}.`);
      }
      const hint = /^[-+]?\d*,\d+$/.test(row[c])
        ? ` Write decimals with a point${separator === "," ? "" : ", or give decimal: ','"}.`
        : "";
      throw new ConfigError("csv", `${where}: ${quoted(row[c])} is not a number.${hint}`);
    }),
  );
}

function classesOf({ rows, rowNumbers, decimal }: CsvTable, column: number, notes: string[]) {
  const names = new Map<string, string>();
  const keys = rows.map((row, r) => {
    const word = row[column];
    if (isMissing(word)) {
      const mark = word === "" ? "" : ` (${quoted(word)})`;
      throw new ConfigError(
        "csv",
        `Row ${rowNumbers[r]}, column ${column + 1}: the class is missing${mark}.`,
      );
    }
    // -0 is 0.
    const key =
      String((csvNumber(word, decimal) ?? Number.NaN) + 0) === "NaN"
        ? `w${word}`
        : `n${csvNumber(word, decimal)! + 0}`;
    if (!names.has(key)) names.set(key, word);
    return key;
  });
  const distinct = [...names.keys()];
  const words = distinct.filter((key) => key.startsWith("w"));
  if (words.length === 0) distinct.sort((a, b) => Number(a.slice(1)) - Number(b.slice(1)));
  else if (words.length < distinct.length) {
    const word = names.get(words[0])!;
    const row = rowNumbers[rows.findIndex((cells) => cells[column] === word)];
    notes.push(`Column ${column + 1} holds numbers, and ${quoted(word)} in row ${row}: taken as a class.`);
  }
  const alike = new Map<string, string>();
  for (const word of names.values()) {
    const plain = word
      .normalize("NFKC")
      .toLowerCase()
      .replace(/[\s_-]+/g, " ");
    const other = alike.get(plain);
    if (other !== undefined) notes.push(`${quoted(other)} and ${quoted(word)} are two classes.`);
    alike.set(plain, word);
  }
  const place = new Map(distinct.map((key, c) => [key, c]));
  return { labels: keys.map((key) => place.get(key)!), classNames: distinct.map((key) => names.get(key)!) };
}
