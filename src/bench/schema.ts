/**
 * Readers of JSON that nobody vouches for: each takes a value and its place, and gives it back as what it is to be.
 *
 * Not here: what a bench's file has to be (`readResult.ts`).
 */

import { checkBoolean, checkNumber, checkWord, type NumberRange, nearest, shown } from "../check.ts";
import { ConfigError } from "../errors.ts";

/**
 * A value at a place such as `workloads[0].name`, as a `T`.
 * @throws ConfigError with that path
 */
export type Reader<T> = (path: string, value: unknown) => T;

const MOST_LETTERS = 1000;
const MOST_ITEMS = 1000;

export function number(range: NumberRange = {}): Reader<number> {
  return (path, value) => checkNumber(path, value, range);
}

export const flag: Reader<boolean> = checkBoolean;

/** A line of text. */
export const text: Reader<string> = (path, value) => {
  if (typeof value !== "string")
    throw new ConfigError(
      path,
      value === undefined ? "missing. Give a text." : `${shown(value)} is no text.`,
    );
  if (value.length > MOST_LETTERS)
    throw new ConfigError(path, `${value.length} letters. At most ${MOST_LETTERS} are possible.`);
  return value;
};

export function word<T extends string>(known: readonly T[], what?: string): Reader<T> {
  return (path, value) => checkWord(path, value, known, what);
}

export function nullable<T>(reader: Reader<T>): Reader<T | null> {
  return (path, value) => (value === null ? null : reader(path, value));
}

export function optional<T>(reader: Reader<T>): Reader<T | undefined> {
  return (path, value) => (value === undefined ? undefined : reader(path, value));
}

export function list<T>(reader: Reader<T>): Reader<T[]> {
  return (path, value) => {
    if (!Array.isArray(value))
      throw new ConfigError(
        path,
        value === undefined ? "missing. Give a list." : `${shown(value)} is no list.`,
      );
    if (value.length > MOST_ITEMS)
      throw new ConfigError(path, `${value.length} entries. At most ${MOST_ITEMS} are possible.`);
    return value.map((item, i) => reader(`${path}[${i}]`, item));
  };
}

/** Exactly these keys, and of what is optional not all. */
export function object<T extends object>(fields: { readonly [Key in keyof T]-?: Reader<T[Key]> }): Reader<T> {
  const known = Object.keys(fields) as (keyof T & string)[];
  return (path, value) => {
    if (typeof value !== "object" || value === null || Array.isArray(value))
      throw new ConfigError(
        path,
        value === undefined ? "missing. Give an object." : `${shown(value)} is no object.`,
      );
    const at = (key: string) => (path === "" ? key : `${path}.${key}`);
    const unknown = Object.keys(value).find((key) => !(known as string[]).includes(key));
    if (unknown !== undefined) {
      const near = nearest(unknown, known);
      const advice = near === undefined ? "" : ` Did you mean ${near}?`;
      throw new ConfigError(at(unknown), `unknown.${advice}`);
    }
    const read: Partial<T> = {};
    for (const key of known) {
      // Own keys only: `constructor` and its like are on every object.
      const given = Object.hasOwn(value, key) ? (value as Record<string, unknown>)[key] : undefined;
      const field = fields[key](at(key), given);
      if (field !== undefined) read[key] = field;
    }
    return read as T;
  };
}

/** What a reader gives, refused where `problem` finds one: the part of the place it is at, and a sentence. */
export function checked<T>(
  reader: Reader<T>,
  problem: (value: T) => readonly [part: string, sentence: string] | undefined,
): Reader<T> {
  return (path, value) => {
    const read = reader(path, value);
    const found = problem(read);
    if (found !== undefined) throw new ConfigError(`${path}${found[0]}`, found[1]);
    return read;
  };
}
