/**
 * IDX files, the format of MNIST and Fashion-MNIST: two zero bytes, a type, a number of axes, the axes' sizes
 * (32-bit big-endian), the values (big-endian). Plain or compressed by gzip; in the browser and in Node.
 *
 * Not here: fetching files.
 */

import {
  type Bytes,
  checkBytes,
  checkInteger,
  checkLength,
  checkNumber,
  checkOptions,
  float64Numbers,
} from "../check.ts";
import { ConfigError } from "../errors.ts";
import { classDataset, type Dataset } from "./dataset.ts";

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
  const packed = checkBytes(path, file);
  const bytes = packed[0] === 0x1f && packed[1] === 0x8b ? await unpack(packed, path) : packed;
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

/** What the byte of an IDX file says that counts axes. */
const MOST_AXES = 255;

/** Images and labels as read by {@link readIdx}. */
export interface ImageFiles {
  /** `[N, ...]`: an image a row of the first axis. */
  images: IdxArray;
  /** `[N]`. */
  labels: IdxArray;
  /** Defaults to the largest label + 1. */
  classes?: number;
  /**
   * Subtracted from the pixels: bytes (Uint8Array, and Uint8ClampedArray as canvases give it) over 255, other types as
   * they are. MNIST's is 0.1307.
   */
  mean?: number;
  /** What pixels less the mean are divided by. MNIST's is 0.3081. */
  deviation?: number;
}

/**
 * A class data set of flattened images, `[N, pixels]`.
 * @throws ConfigError if images and labels don't go together, for pixels that are not finite, for a deviation
 * of 0.
 */
export function imageDataset(files: ImageFiles): Dataset {
  checkOptions("", files, ["images", "labels", "classes", "mean", "deviation"]);
  const { images, labels, classes, mean = 0, deviation = 1 } = files;
  for (const [name, array] of Object.entries({ images, labels })) {
    checkOptions(name, array, ["shape", "values"]);
    const axes = checkLength(`${name}.shape`, array.shape, "Give what readIdx gives.");
    if (axes > MOST_AXES)
      throw new ConfigError(`${name}.shape`, `${axes} axes. At most ${MOST_AXES} are possible.`);
    checkLength(`${name}.values`, array.values, "Give what readIdx gives.");
    for (const [axis, size] of Array.from(array.shape).entries())
      checkInteger(`${name}.shape[${axis}]`, size, 0, 2 ** 32, "the size of an axis");
  }
  if (images.shape.length < 2) {
    throw new ConfigError(
      "images",
      `shape [${images.shape}] is no list of images. Expected at least 2 axes.`,
    );
  }
  if (labels.shape.length !== 1 || labels.shape[0] !== images.shape[0]) {
    throw new ConfigError(
      "labels",
      `shape [${labels.shape}] does not fit images of shape [${images.shape}].`,
    );
  }
  checkNumber("mean", mean);
  checkNumber("deviation", deviation, { above: 0, what: "a deviation" });
  const isBytes = images.values instanceof Uint8Array || images.values instanceof Uint8ClampedArray;
  const unit = isBytes ? 255 : 1;
  const points = float64Numbers("images.values", images.values).map(
    (value) => (value / unit - mean) / deviation,
  );
  const dimensions = images.shape.slice(1).reduce((product, size) => product * size, 1);
  return classDataset({ points, labels: labels.values, dimensions, classes });
}

async function unpack(packed: Uint8Array, path: string): Promise<Uint8Array> {
  try {
    // A fresh copy: a Blob does not take views of shared memory.
    const stream = new Blob([packed.slice()]).stream().pipeThrough(new DecompressionStream("gzip"));
    return new Uint8Array(await new Response(stream).arrayBuffer());
  } catch (cause) {
    throw new ConfigError(path, "its gzip compression is broken or truncated. Download it again.", { cause });
  }
}
