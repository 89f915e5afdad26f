/**
 * IDX files, the format of MNIST and Fashion-MNIST: two zero bytes, a type, a number of axes, the axes' sizes
 * (32-bit big-endian), the values (big-endian). Plain or compressed by gzip; in the browser and in Node.
 *
 * Not here: fetching files, data sets out of arrays (`imageDataset.ts`).
 */

import { type Bytes, checkBytes } from "../check.ts";
import { ConfigError } from "../errors.ts";
import { gunzip } from "./gzip.ts";

type IdxValues =
  | Uint8Array
  | Uint8ClampedArray
  | Int8Array
  | Int16Array
  | Int32Array
  | Float32Array
  | Float64Array;

/** What an IDX file holds. */
export interface IdxArray {
  /** Sizes of the axes, e.g. `[60000, 28, 28]`. */
  readonly shape: readonly number[];
  /** Values in row-major order. */
  readonly values: IdxValues;
}

interface IdxType {
  readonly bytes: number;
  readonly make: (length: number) => IdxValues;
  readonly read: (view: DataView, offset: number) => number;
}

const TYPES: Readonly<Record<number, IdxType>> = {
  8: { bytes: 1, make: (n) => new Uint8Array(n), read: (view, at) => view.getUint8(at) },
  9: { bytes: 1, make: (n) => new Int8Array(n), read: (view, at) => view.getInt8(at) },
  11: { bytes: 2, make: (n) => new Int16Array(n), read: (view, at) => view.getInt16(at) },
  12: { bytes: 4, make: (n) => new Int32Array(n), read: (view, at) => view.getInt32(at) },
  13: { bytes: 4, make: (n) => new Float32Array(n), read: (view, at) => view.getFloat32(at) },
  14: { bytes: 8, make: (n) => new Float64Array(n), read: (view, at) => view.getFloat64(at) },
};

/**
 * Reads an IDX file's bytes, unpacking gzip first if they begin as gzip does. `path` names the file in
 * errors.
 * @throws ConfigError for a wrong magic number, an unknown type, no axes, missing or trailing bytes, broken
 * gzip.
 */
export async function readIdx(file: Bytes, path = "idx"): Promise<IdxArray> {
  const bytes = await gunzip(checkBytes(path, file), path);
  if (bytes.length < 4 || bytes[0] !== 0 || bytes[1] !== 0) {
    throw new ConfigError(
      path,
      "is not an IDX file: it does not begin with two zero bytes, a type and a number of axes.",
    );
  }
  const type = TYPES[bytes[2]];
  if (type === undefined)
    throw new ConfigError(path, `unknown IDX type ${bytes[2]}. Known: 8, 9, 11, 12, 13, 14.`);
  const axes = bytes[3];
  if (axes === 0) throw new ConfigError(path, "an IDX file without axes. Expected at least one.");
  const header = 4 + 4 * axes;
  if (bytes.length < header) {
    throw new ConfigError(
      path,
      `truncated: ${bytes.length} bytes, but the header of ${axes} axes takes ${header}.`,
    );
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const shape = Array.from({ length: axes }, (_, axis) => view.getUint32(4 + 4 * axis));
  const length = shape.reduce((product, size) => product * size, 1);
  const expected = header + length * type.bytes;
  if (bytes.length !== expected) {
    const problem = bytes.length < expected ? "truncated" : "trailing bytes";
    throw new ConfigError(
      path,
      `${problem}: ${bytes.length} bytes, but shape [${shape.slice(0, 8)}] takes ${expected}.`,
    );
  }
  if (bytes[2] === 8) return { shape, values: bytes.slice(header) };
  const values = type.make(length);
  for (let i = 0; i < length; i++) values[i] = type.read(view, header + i * type.bytes);
  return { shape, values };
}
