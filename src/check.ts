/**
 * Checks of what a caller gives: options, numbers, lists of numbers, words. Each refuses with a ConfigError that says where
 * (`path`), what came and what is allowed, and touches no more of a value than it has to. Descriptions may come from JSON or
 * from JavaScript, so nothing is believed of a type.
 *
 * Not here: what a number means; whoever asks says so.
 */

import { ConfigError } from "./errors.ts";

/** A value in a message: short, whatever it is. */
export function shown(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value);
  if (typeof value === "function") return "a function";
  if (typeof value === "symbol") return "a symbol";
  if (typeof value === "bigint") return "a bigint";
  if (typeof value !== "object" || value === null) return String(value);
  const name = Object.prototype.toString.call(value).slice(8, -1);
  if (name === "Object") return "an object";
  const length =
    Array.isArray(value) || ArrayBuffer.isView(value) ? (value as ArrayLike<unknown>).length : undefined;
  return `${/^[AEIOU]/.test(name) ? "an" : "a"} ${name}${length === undefined ? "" : ` of ${length}`}`;
}

/** What a number may be. */
export interface NumberRange {
  readonly from?: number;
  readonly above?: number;
  readonly to?: number;
  readonly below?: number;
  readonly integer?: boolean;
  /** For the message: "a seed", "a length". */
  readonly what?: string;
  /** Whether it becomes a 32-bit float: it must be finite as one, and above 0 as one where it has to be above 0. */
  readonly float32?: boolean;
}

/** The number itself if it is one, finite and in the range. */
export function checkNumber(path: string, value: unknown, range: NumberRange = {}): number {
  const { from = -Infinity, above = -Infinity, to = Infinity, below = Infinity, integer, float32 } = range;
  if (typeof value === "number" && Number.isFinite(value) && (!integer || Number.isInteger(value))) {
    const used = float32 ? Math.fround(value) : value;
    if (used >= from && used > above && used <= to && used < below && Number.isFinite(used)) return value;
  }
  throw new ConfigError(
    path,
    value === undefined
      ? `missing. Give ${rangeWords(range)}.`
      : `${shown(value)} is not ${range.what ?? "possible here"}. Give ${rangeWords(range)}.`,
  );
}

/** The integer itself if it is one from `from` to `to`. */
export function checkInteger(
  path: string,
  value: unknown,
  from: number,
  to = Infinity,
  what?: string,
): number {
  return checkNumber(path, value, { integer: true, from, to, what });
}

/** A seed: an integer in [0, 2^32). */
export function checkSeed(path: string, value: unknown): number {
  return checkInteger(path, value, 0, 2 ** 32 - 1, "a seed");
}

export function checkBoolean(path: string, value: unknown): boolean {
  if (typeof value !== "boolean")
    throw new ConfigError(path, `${shown(value)} is not possible here. Give true or false.`);
  return value;
}

/** The word itself if it is one of the `known`; `what` it is one of, for the message. */
export function checkWord<T extends string>(path: string, value: unknown, known: readonly T[], what = ""): T {
  if (known.includes(value as T)) return value as T;
  const near = typeof value === "string" ? nearest(value, known) : undefined;
  const advice = near === undefined ? "" : `Did you mean ${near}? `;
  throw new ConfigError(
    path,
    `unknown ${what === "" ? "" : `${what} `}${shown(value)}. ${advice}Known: ${known.join(", ")}.`,
  );
}

/**
 * The options themselves if they are an object without keys that are not `known`.
 * @throws ConfigError with the path of the first key that is unknown, with the nearest known one, or null.
 */
export function checkOptions<T extends object>(
  path: string,
  value: T,
  known: readonly (keyof T & string)[],
): T {
  checkObject(
    path,
    value,
    known[0] === undefined ? "" : `Give { ${known.slice(0, 4).join(", ")}${known.length > 4 ? ", …" : ""} }.`,
  );
  for (const key of Object.keys(value)) {
    if ((known as readonly string[]).includes(key)) {
      if (value[key as keyof T] !== null) continue;
      throw new ConfigError(
        join(path, key),
        "null is not possible here. Leave it out for the default, if there is one.",
      );
    }
    const near = nearest(key, known);
    const advice = near === undefined ? "" : `Did you mean ${near}? `;
    throw new ConfigError(join(path, key), `unknown. ${advice}Known: ${known.join(", ")}.`);
  }
  return value;
}

/** Options without the keys that are undefined: those are as if they had been left out. */
export function defined<T extends object>(options: T): T {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as T;
}

/** Refuses what is no object; a promise is told to be awaited. */
export function checkObject(path: string, value: unknown, advice = ""): asserts value is object {
  if (typeof (value as { then?: unknown } | null | undefined)?.then === "function")
    throw new ConfigError(path, "a Promise. Await it first.");
  // A Date, a Map or bytes would pass as options without a key.
  if (isPlain(value)) return;
  throw new ConfigError(
    path,
    `${value === undefined ? "missing" : `${shown(value)} is not possible here`}. ${advice}`.trim(),
  );
}

/** @throws ConfigError for what is no AbortSignal; nothing at all is fine. */
export function checkSignal(path: string, signal: unknown): void {
  if (signal !== undefined && !(signal instanceof AbortSignal))
    throw new ConfigError(path, `${shown(signal)} is no AbortSignal. Give controller.signal.`);
}

/** Bytes as files and requests give them. */
export type Bytes = ArrayBuffer | ArrayBufferView;

/**
 * The bytes, whatever they are wrapped in; not a copy.
 * @throws ConfigError that says what came instead, and how to get at its bytes.
 */
export function checkBytes(path: string, bytes: Bytes): Uint8Array {
  const given: unknown = bytes;
  const own = viewOf(path, bytes);
  // Shared memory may change while it is read, and TextDecoder refuses it.
  if (own !== undefined) return nameOf(own.buffer) === "SharedArrayBuffer" ? own.slice() : own;
  const advice =
    typeof (given as { arrayBuffer?: unknown } | null | undefined)?.arrayBuffer === "function"
      ? "Give await it.arrayBuffer()."
      : "Give an ArrayBuffer or a view of one.";
  if (typeof (given as { then?: unknown } | null | undefined)?.then === "function")
    throw new ConfigError(path, "a Promise. Await it first.");
  throw new ConfigError(
    path,
    given === undefined ? `missing. ${advice}` : `${shown(given)} is not bytes. ${advice}`,
  );
}

/** The bytes as they lie there, or undefined where there are none. */
function viewOf(path: string, bytes: Bytes): Uint8Array | undefined {
  try {
    if (ArrayBuffer.isView(bytes)) return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    if (["ArrayBuffer", "SharedArrayBuffer"].includes(nameOf(bytes))) return new Uint8Array(bytes);
  } catch (cause) {
    throw new ConfigError(path, "its bytes are gone: they were transferred, to a worker perhaps.", { cause });
  }
  return undefined;
}

/** What an object is, also one of another realm, such as a page's in a test. */
function nameOf(value: unknown): string {
  return Object.prototype.toString.call(value).slice("[object ".length, -1);
}

/** Most numbers of one list: 4 GiB of 32-bit floats, which is more than any WebGPU buffer holds. */
const MOST_NUMBERS = 2 ** 30;

/**
 * The length of a list of numbers; its entries are not looked at.
 * @throws ConfigError for what is no list, or an absurd length.
 */
export function checkLength(path: string, values: unknown, advice = "Give a list of numbers."): number {
  const isList = Array.isArray(values) || (ArrayBuffer.isView(values) && !(values instanceof DataView));
  const length = isList || isPlain(values) ? (values as ArrayLike<unknown>).length : undefined;
  if (
    values instanceof BigInt64Array ||
    values instanceof BigUint64Array ||
    !Number.isInteger(length) ||
    length! < 0
  ) {
    throw new ConfigError(
      path,
      values === undefined ? `missing. ${advice}` : `${shown(values)} is not possible here. ${advice}`,
    );
  }
  if (length! > MOST_NUMBERS)
    throw new ConfigError(path, `${length} numbers. At most ${MOST_NUMBERS} are possible.`);
  return length!;
}

/**
 * A copy of a list of finite numbers.
 * @throws ConfigError with the index of the first entry that is none: null, text and booleans are no numbers.
 */
export function float64Numbers(path: string, values: ArrayLike<number>): Float64Array {
  const copy = new Float64Array(checkLength(path, values));
  for (let i = 0; i < copy.length; i++) {
    const value = values[i];
    if (typeof value !== "number" || !Number.isFinite(value)) refuseEntry(path, i, value, "a finite number");
    copy[i] = value;
  }
  return copy;
}

/** The same as 32-bit floats; what is finite only with 64 bits is refused. */
export function float32Numbers(path: string, values: ArrayLike<number>): Float32Array {
  const copy = new Float32Array(checkLength(path, values));
  checkFloat32(path, values);
  copy.set(values);
  return copy;
}

/** Refuses a list of numbers for the first entry that is not finite as a 32-bit float. */
export function checkFloat32(path: string, values: ArrayLike<number>): void {
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (typeof value !== "number" || !Number.isFinite(Math.fround(value)))
      refuseEntry(path, i, value, "a finite 32-bit number");
  }
}

/**
 * Class labels, integers from 0 to `classes` - 1.
 * @throws ConfigError with the index of the first that is none.
 */
export function classLabels(path: string, labels: ArrayLike<number>, classes: number): Uint32Array {
  const copy = new Uint32Array(checkLength(path, labels, "Give a class for each point."));
  for (let n = 0; n < copy.length; n++) {
    const label = labels[n];
    if (!Number.isInteger(label) || label < 0 || label >= classes) {
      throw new ConfigError(
        `${path}[${n}]`,
        `${shown(label)} is no class. Classes are integers from 0 to ${classes - 1}.`,
      );
    }
    copy[n] = label;
  }
  return copy;
}

function refuseEntry(path: string, index: number, value: unknown, what: string): never {
  throw new ConfigError(
    `${path}[${index}]`,
    `${shown(value)} is not ${typeof value === "number" ? what : "a number"}.`,
  );
}

function isPlain(value: unknown): value is object {
  return /^\[object (Object|Module)\]$/.test(Object.prototype.toString.call(value));
}

function join(path: string, key: string): string {
  const name = key.length > 40 ? `${key.slice(0, 40)}…` : key;
  return path === "" ? name : `${path}.${name}`;
}

/** "a number from 0", "an integer from 1 to 2^31 - 1", "a number above 0 and below 1". */
function rangeWords({ from, above, to, below, integer, float32 }: NumberRange): string {
  const words = [
    integer ? "an integer" : float32 ? "a 32-bit number" : "a finite number",
    from === undefined || from === -Infinity ? "" : `from ${plain(from)}`,
    above === undefined ? "" : `above ${plain(above)}`,
    to === undefined || to === Infinity ? "" : `${from === undefined ? "up " : ""}to ${plain(to)}`,
    below === undefined ? "" : `below ${plain(below)}`,
  ];
  return words.filter((word) => word !== "").join(" ");
}

function plain(value: number): string {
  const power = Math.log2(value + 1);
  return value > 1e6 && Number.isInteger(power) ? `2^${power} - 1` : String(value);
}

/** The known word that is fewest letters away, if that is not far: case, a slip, a beginning. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  if (word.length > 40) return undefined;
  const lower = word.toLowerCase();
  let best: string | undefined;
  let least = Math.max(2, Math.ceil(word.length / 3)) + 1;
  for (const candidate of known) {
    const other = candidate.toLowerCase();
    const far = other.startsWith(lower) || lower.startsWith(other) ? 1 : editDistance(lower, other);
    if (far < least) [best, least] = [candidate, far];
  }
  return best;
}

/** Letters to insert, delete or replace (Levenshtein). */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next.push(Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1)));
    }
    row = next;
  }
  return row[b.length];
}
