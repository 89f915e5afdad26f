/**
 * Tables from text: separators, quotes, headers, comments and decimal commas as files in the world have them. What can't
 * be read is refused with row and column; whatever is taken for something (a header, an index) is said in `notes`.
 * Splitting into cells is d3-dsv's.
 *
 * Not here: which columns are features and which the class (`csvDataset.ts`).
 */

import { dsvFormat } from "d3-dsv";
import { checkBoolean, checkOptions, checkWord, shown } from "../check.ts";
import { ConfigError } from "../errors.ts";

/** How a text is to be read; what is left out is found out from the text. */
export interface CsvOptions {
  /** Between cells. A blank stands for any number of blanks and tabs. */
  separator?: "," | ";" | "\t" | " ";
  /** Whether the first row holds names. */
  header?: boolean;
  /** Decimal mark. */
  decimal?: "." | ",";
}

/** A column of a table. */
export interface CsvColumn {
  /** From the header, else "column 1" ...; no two are the same. */
  readonly name: string;
  /** How many of its cells are numbers. */
  readonly numbers: number;
  /** It only counts the rows: 0, 1, 2 ... under a name that says so. */
  readonly index: boolean;
}

/** Text as a table, all cells still as they are written, without blanks around. */
export interface CsvTable {
  readonly columns: readonly CsvColumn[];
  /** `[rows][columns]`, without the header. */
  readonly rows: readonly (readonly string[])[];
  /** Where each row stands in the text, counting from 1 with header, empty rows and comments. */
  readonly rowNumbers: readonly number[];
  readonly separator: "," | ";" | "\t" | " ";
  readonly header: boolean;
  readonly decimal: "." | ",";
  /** What was taken for something that it need not be, in sentences. */
  readonly notes: readonly string[];
}

const SEPARATORS = [";", "\t", ",", " "] as const;
const NUMBER = /^[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?$/i;
const DECIMAL_COMMA = /^[-+]?\d*,\d+(?:e[-+]?\d+)?$/i;
/** What stands for a value that is not known, or for no number. */
const MISSING = /^(?:|\?|na|n\/a|#n\/a|nan|null|[-+]?inf(?:inity)?)$/i;
/** Names may end in numbers, as x1 and pc_2; other text with digits is rather a value: 50%, 3 May, 1 000. */
const NAME = /^(?:\D+|[\p{L}_][\p{L}\p{N}_.]*)$/u;
/** Words that a header has over a column of classes; over numbers also words that may be a class. */
const CLASS_NAME = /^(?:class|classes|labels?|species|category)$/i;
const TARGET_NAME = /^(?:targets?|outcome|type|group|y)$/i;
const INDEX_NAME = /^(?:|index|idx|id|nr|no\.?|row|unnamed: 0)$/i;

/**
 * Reads a table. Lines that begin with # are comments; empty lines and a separator after every row's last cell are left
 * out. The first row is a header only where it must be one: words over a column of numbers, or the word class over a
 * column of other words. A first row with a missing value, or with text such as 50%, over numbers is data.
 * @throws ConfigError naming row and column (from 1) for quotes that don't close, rows of other lengths, and no rows.
 */
export function readCsv(text: string, options: CsvOptions = {}): CsvTable {
  if (typeof text !== "string") throw new ConfigError("csv", "is no text.");
  checkOptions("options", options, ["separator", "header", "decimal"]);
  if (options.separator !== undefined && !SEPARATORS.includes(options.separator)) {
    throw new ConfigError(
      "options.separator",
      `${shown(options.separator)} is not possible. Give ",", ";", "\\t" or " ".`,
    );
  }
  if (options.decimal !== undefined) checkWord("options.decimal", options.decimal, [".", ","]);
  if (options.header !== undefined) checkBoolean("options.header", options.header);
  const separator = options.separator ?? likelySeparator(text);
  const { rows: all, rowNumbers, comments } = split(text, separator);
  const notes: string[] = [];
  if (comments > 0) notes.push(`${comments} comment ${comments === 1 ? "line" : "lines"}.`);
  if (all.length === 0)
    throw new ConfigError("csv", "there is nothing in it. Give rows such as 0.5,1.2,red.");
  evenOut(all, rowNumbers);

  const commas = separator !== "," && all.some((row) => row.some((cell) => DECIMAL_COMMA.test(cell)));
  const points = all.some((row) => row.some((cell) => cell.includes(".") && NUMBER.test(cell)));
  const decimal = options.decimal ?? (commas && !points ? "," : ".");
  if (decimal === "," && options.decimal === undefined) notes.push("Decimal commas.");

  const header = options.header ?? isHeader(all, decimal);
  const rows = header ? all.slice(1) : all;
  if (rows.length === 0) throw new ConfigError("csv", "there is a header, and no row below it.");
  if (header) notes.unshift(`1 header row, ${rows.length} ${rows.length === 1 ? "row" : "rows"} of data.`);
  const names = columnNames(all[0], header);
  const columns = names.map((name, c) => {
    const numbers = rows.filter((row) => csvNumber(row[c], decimal) !== undefined).length;
    const index = header && c === 0 && INDEX_NAME.test(all[0][0]) && counts(rows, 0);
    return { name, numbers, index };
  });
  return { columns, rows, rowNumbers: rowNumbers.slice(header ? 1 : 0), separator, header, decimal, notes };
}

/** The number that a cell holds, or undefined. */
export function csvNumber(cell: string, decimal: "." | ","): number | undefined {
  const text = decimal === "," && DECIMAL_COMMA.test(cell) ? cell.replace(",", ".") : cell;
  return NUMBER.test(text) ? Number(text) : undefined;
}

/** Whether a cell says that its value is not known. */
export function isMissing(cell: string): boolean {
  return MISSING.test(cell);
}

/** A cell in a message. */
export function quoted(cell: string): string {
  return `"${cell.length > 30 ? `${cell.slice(0, 30)}…` : cell}"`;
}

/** The first separator that makes rows of one length; else the first that there is; blanks where there is none. */
function likelySeparator(text: string): (typeof SEPARATORS)[number] {
  const there = SEPARATORS.filter((mark) => (mark === " " ? !/[,;]/.test(text) : text.includes(mark)));
  const even = there.find((separator) => {
    try {
      const { rows, rowNumbers } = split(text, separator);
      evenOut(rows, rowNumbers);
      return rows.length > 0 && rows[0].length > 1;
    } catch {
      // Another separator may do.
      return false;
    }
  });
  return even ?? there[0] ?? " ";
}

/** Cells by rows, without comments and empty rows. */
function split(
  text: string,
  separator: string,
): { rows: string[][]; rowNumbers: number[]; comments: number } {
  const { prepared, comments } = prepare(text.replace(/^\uFEFF/, ""), separator);
  const rows: string[][] = [];
  const rowNumbers: number[] = [];
  dsvFormat(separator)
    .parseRows(prepared)
    .forEach((cells, i) => {
      const row = cells.map((cell) => cell.trim());
      if (row.every((cell) => cell === "")) return;
      rows.push(row);
      rowNumbers.push(i + 1);
    });
  return { rows, rowNumbers, comments };
}

/**
 * Text that d3-dsv reads as it is meant: comment lines emptied, blanks around cells taken away, several blanks between
 * cells made one. Quotes that don't end with their cell are refused here: d3-dsv would lose what follows.
 */
function prepare(text: string, separator: string): { prepared: string; comments: number } {
  const isBlank = (mark: string | undefined) => mark === " " || (mark === "\t" && separator !== "\t");
  const endsLine = (mark: string | undefined) => mark === undefined || mark === "\n" || mark === "\r";
  const endsCell = (mark: string | undefined) =>
    endsLine(mark) || mark === separator || (separator === " " && isBlank(mark));
  const parts: string[] = [];
  let comments = 0;
  let row = 1;
  let at = 0;
  const skip = (wanted: (mark: string | undefined) => boolean) => {
    while (at < text.length && wanted(text[at])) at++;
  };
  for (let begins = true; at < text.length; ) {
    skip(isBlank);
    const from = at;
    if (begins && text[at] === "#") {
      comments++;
      skip((mark) => !endsLine(mark));
    } else if (text[at] === '"') {
      at++;
      while (at < text.length && (text[at] !== '"' || text[at + 1] === '"')) at += text[at] === '"' ? 2 : 1;
      if (at >= text.length) throw new ConfigError("csv", `Row ${row}: a quote is opened and never closed.`);
      parts.push(text.slice(from, ++at));
      if (separator !== " ") skip(isBlank);
      if (!endsCell(text[at]))
        throw new ConfigError("csv", `Row ${row}: text follows a closing quote. Write quotes inside twice.`);
    } else {
      skip((mark) => !endsCell(mark));
      parts.push(text.slice(from, at).trimEnd());
    }
    if (separator === " ") skip(isBlank);
    if (at >= text.length) break;
    begins = endsLine(text[at]);
    if (begins) {
      row++;
      parts.push("\n");
      at += text[at] === "\r" && text[at + 1] === "\n" ? 2 : 1;
    } else {
      parts.push(separator);
      if (separator !== " ") at++;
    }
  }
  return { prepared: parts.join(""), comments };
}

/** Takes away a last cell that is empty in all long rows, gives a header without a name for its index one, and checks. */
function evenOut(rows: string[][], rowNumbers: readonly number[]): void {
  const longest = rows.reduce((most, row) => Math.max(most, row.length), 0);
  const long = rows.filter((row) => row.length === longest);
  if (longest > 1 && long.every((row) => row[longest - 1] === "")) for (const row of long) row.pop();
  const [first, ...rest] = rows;
  const lacksOne = rest.length > 0 && first.length === rest[0].length - 1;
  if (lacksOne && !first.some((cell) => NUMBER.test(cell)) && counts(rest, 0)) first.unshift("");
  const width = first?.length ?? 0;
  const other = rows.findIndex((row) => row.length !== width);
  if (other > 0) {
    throw new ConfigError(
      "csv",
      `Row ${rowNumbers[other]} has ${rows[other].length} columns where the first has ${width}.`,
    );
  }
}

/** Whether a column counts the rows, from 0 or 1. */
function counts(rows: readonly (readonly string[])[], column: number): boolean {
  const from = Number(rows[0][column]);
  return /^[01]$/.test(rows[0][column]) && rows.every((row, i) => row[column] === String(from + i));
}

function isHeader([first, ...rest]: readonly string[][], decimal: "." | ","): boolean {
  const isNumber = (cell: string) => csvNumber(cell, decimal) !== undefined;
  if (rest.length === 0) return first.every((cell) => !isNumber(cell) && !isMissing(cell) && NAME.test(cell));
  const over = (c: number) => rest.filter((row) => isNumber(row[c])).length >= rest.length / 2;
  const isIndex = (c: number) => c === 0 && first.length > 2 && first[0] === "" && counts(rest, 0);
  const isValue = (cell: string) => isMissing(cell) || (!isNumber(cell) && !NAME.test(cell));
  if (first.some((cell, c) => isValue(cell) && over(c) && !isIndex(c))) return false;
  const isName = (cell: string, c: number) => CLASS_NAME.test(cell) || (TARGET_NAME.test(cell) && over(c));
  const named = first.some((cell, c) => isName(cell, c) && rest.every((row) => row[c] !== cell));
  // Numbers beside a word that is no known name are rather a point and its class.
  return named || (!first.some(isNumber) && first.some((_, c) => over(c)));
}

function columnNames(first: readonly string[], header: boolean): string[] {
  const names = new Set<string>();
  /** How often a name was wanted. */
  const wanted = new Map<string, number>();
  return first.map((cell, c) => {
    const plain = header && cell !== "" ? cell : `column ${c + 1}`;
    let name = plain;
    while (names.has(name)) {
      const times = (wanted.get(plain) ?? 1) + 1;
      wanted.set(plain, times);
      name = `${plain} (${times})`;
    }
    names.add(name);
    return name;
  });
}
