/**
 * A user's own points: read from CSV with errors that name row and column, and written short enough for a link. One or
 * two features and a class; more can't be drawn.
 */

import type { ClassData } from "../../../src/index.ts";

/** Points of one's own before they are a data set: also none, or all of one class. */
export interface OwnData {
  readonly dimensions: 1 | 2;
  /** `[N, dimensions]`. */
  readonly points: number[];
  /** `[N]`, from 0. */
  readonly labels: number[];
}

export const MOST_POINTS = 300;
export const MOST_CLASSES = 4;
/** Coordinates beyond this are not drawn sensibly, and squares of them leave 32-bit floats. */
const LARGEST = 1e6;

/** What is wrong with a CSV, in words for its author. */
export class CsvError extends Error {
  override readonly name = "CsvError";
}

/**
 * Points from CSV text: `x,class` or `x,y,class` a row, with comma, semicolon or tab. A first row without numbers is a
 * header. Classes may be any words; numbers keep their order, words the order of appearance.
 * @throws CsvError naming row and column (from 1).
 */
export function parseCsv(text: string): OwnData {
  const lines = text.replace(/^\uFEFF/, "").split(/\r\n|\n|\r/);
  const separator = [";", "\t", ","].find((mark) => lines.some((line) => line.includes(mark))) ?? ",";
  const rows = lines
    .map((line, i) => ({ number: i + 1, cells: line.split(separator).map(unquoted) }))
    .filter(({ cells }) => cells.some((cell) => cell !== ""));
  if (rows.length === 0) throw new CsvError("There is nothing in it. Expected rows such as 0.5,1.2,red.");
  if (isHeader(rows[0].cells)) rows.shift();
  if (rows.length === 0) throw new CsvError("There is a header but no row of numbers below it.");
  const width = rows[0].cells.length;
  if (width < 2 || width > 3) {
    throw new CsvError(
      `Row ${rows[0].number} has ${width} ${width === 1 ? "column" : "columns"}. ` +
        "Expected 2 (x, class) or 3 (x, y, class): more features can't be drawn here.",
    );
  }
  if (rows.length > MOST_POINTS) {
    throw new CsvError(`${rows.length} rows; the lab takes up to ${MOST_POINTS}. Draw a sample of them.`);
  }
  const points: number[] = [];
  const names: string[] = [];
  for (const { number, cells } of rows) {
    if (cells.length !== width) {
      throw new CsvError(`Row ${number} has ${cells.length} columns where the first has ${width}.`);
    }
    for (let column = 0; column < width - 1; column++) {
      points.push(coordinate(cells[column], number, column + 1));
    }
    const name = cells[width - 1];
    if (name === "") throw new CsvError(`Row ${number}, column ${width}: the class is missing.`);
    names.push(name);
  }
  return { dimensions: (width - 1) as 1 | 2, points, labels: labelsOf(names) };
}

function coordinate(cell: string, row: number, column: number): number {
  const where = `Row ${row}, column ${column}`;
  if (cell === "") throw new CsvError(`${where}: the number is missing.`);
  const value = Number(cell);
  if (!Number.isFinite(value)) {
    const hint = /^-?\d+,\d+$/.test(cell) ? " Write decimals with a point." : "";
    throw new CsvError(`${where}: "${cell.slice(0, 30)}" is not a number.${hint}`);
  }
  if (Math.abs(value) > LARGEST) throw new CsvError(`${where}: ${value} is beyond ±${LARGEST}.`);
  return value;
}

function labelsOf(names: readonly string[]): number[] {
  const distinct = [...new Set(names)];
  if (distinct.every((name) => Number.isFinite(Number(name)))) {
    distinct.sort((a, b) => Number(a) - Number(b));
  }
  if (distinct.length > MOST_CLASSES) {
    const some = distinct.slice(0, 6).join(", ");
    throw new CsvError(
      `${distinct.length} classes in the last column (${some} …); the lab takes up to ${MOST_CLASSES}.`,
    );
  }
  if (distinct.length < 2)
    throw new CsvError(`All rows are of class ${distinct[0]}. Give at least 2 classes.`);
  return names.map((name) => distinct.indexOf(name));
}

function unquoted(cell: string): string {
  const trimmed = cell.trim();
  return /^".*"$/.test(trimmed) ? trimmed.slice(1, -1).replaceAll('""', '"').trim() : trimmed;
}

function isHeader(cells: readonly string[]): boolean {
  return (
    cells.length > 1 && cells.slice(0, -1).every((cell) => cell !== "" && !Number.isFinite(Number(cell)))
  );
}

/** Points as they stand in a link: `x,y,class;x,y,class`, coordinates to four digits. */
export function encodePoints({ dimensions, points, labels }: OwnData): string {
  return labels
    .map((label, n) => {
      const at = points.slice(n * dimensions, (n + 1) * dimensions).map((value) => +value.toPrecision(4));
      return [...at, label].join(",");
    })
    .join(";");
}

/**
 * What {@link encodePoints} wrote.
 * @throws CsvError for anything else.
 */
export function decodePoints(text: string): OwnData {
  if (text === "") return { dimensions: 2, points: [], labels: [] };
  const rows = text.split(";").map((row) => row.split(","));
  const width = rows[0].length;
  if (width !== 2 && width !== 3) throw new CsvError("own: expected x,class or x,y,class for each point.");
  if (rows.length > MOST_POINTS)
    throw new CsvError(`own: ${rows.length} points; up to ${MOST_POINTS} are taken.`);
  const points: number[] = [];
  const labels = rows.map((row, n) => {
    if (row.length !== width)
      throw new CsvError(`own: point ${n + 1} has ${row.length} entries, not ${width}.`);
    for (let d = 0; d < width - 1; d++) points.push(coordinate(row[d], n + 1, d + 1));
    const label = Number(row[width - 1]);
    if (row[width - 1] === "" || !Number.isInteger(label) || label < 0 || label >= MOST_CLASSES) {
      throw new CsvError(`own: point ${n + 1}: classes are 0 to ${MOST_CLASSES - 1}.`);
    }
    return label;
  });
  return { dimensions: (width - 1) as 1 | 2, points, labels };
}

/** Why these points can't be trained on yet, or undefined if they can. */
export function ownDataProblem({ labels }: OwnData): string | undefined {
  if (new Set(labels).size >= 2) return undefined;
  return labels.length === 0
    ? "No points yet. Click into a picture to add some."
    : "All points are of one class. Add a point of another class.";
}

/** As class data; classes without points keep their place. */
export function ownClassData({ dimensions, points, labels }: OwnData): ClassData {
  return { points, labels, dimensions, classes: Math.max(2, ...labels.map((label) => label + 1)) };
}
