/** What plain data are, in short: a SHA-256 that is the same wherever and whenever they are described the same. */

import { sha256 } from "./sha256.ts";

/**
 * SHA-256 of data as JSON, with keys in order and arrays of numbers by their bytes. What is undefined is as if it were not there;
 * what JSON can't write is not told apart.
 */
export function fingerprint(data: unknown): string {
  return sha256(canonicalJson(data));
}

/** JSON with keys in order, typed arrays by their type and digest. */
export function canonicalJson(data: unknown): string {
  return JSON.stringify(data, (_, value) => {
    if (ArrayBuffer.isView(value)) return `${value.constructor.name} ${digestOf(value)}`;
    if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
    return Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)));
  });
}

function digestOf(view: ArrayBufferView): string {
  return sha256(new Uint8Array(view.buffer, view.byteOffset, view.byteLength));
}
