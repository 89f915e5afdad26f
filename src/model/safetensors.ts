/**
 * The safetensors file format: named tensors behind a JSON header. Read as untrusted input: every byte of the
 * data must belong to exactly one tensor, as the format demands.
 *
 * Format: 8 bytes little-endian length of the header; the header, `{ name: { dtype, shape, data_offsets } }`
 * and `__metadata__` with strings; the data. Source: https://github.com/huggingface/safetensors, "Format".
 *
 * Numbers are little-endian in the file and on every machine that runs JavaScript with WebGPU.
 *
 * Not here: nets as files (`netFiles.ts`), what a checkpoint holds (`training/`).
 */

import { type Bytes, checkBytes, checkObject, shown } from "../check.ts";
import { ConfigError } from "../errors.ts";

/** Numbers of a tensor. Half floats (F16, BF16) are read as 32-bit floats, BOOL as bytes; written is what is given. */
export type SafetensorsData =
  | Float32Array
  | Float64Array
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array;

/** One tensor; `shape` multiplies to `data.length`. */
export interface SafetensorsTensor {
  readonly shape: readonly number[];
  readonly data: SafetensorsData;
}

export interface Safetensors {
  /** Without a prototype: any name is a plain key. */
  readonly tensors: Record<string, SafetensorsTensor>;
  readonly metadata: Record<string, string>;
}

/** What a file's numbers are: how many bytes each, and how they are read from a copy of their own. */
interface NumberType {
  readonly bytes: number;
  read(buffer: ArrayBuffer): SafetensorsData;
}

/** The types that are written, by their arrays, and read back as those. */
const WRITTEN = {
  F32: Float32Array,
  F64: Float64Array,
  I8: Int8Array,
  U8: Uint8Array,
  I16: Int16Array,
  U16: Uint16Array,
  I32: Int32Array,
  U32: Uint32Array,
  I64: BigInt64Array,
  U64: BigUint64Array,
} as const;

/** All types that are read. The format has more, of 8 bits and less. */
const TYPES: Readonly<Record<string, NumberType>> = {
  ...Object.fromEntries(
    Object.entries(WRITTEN).map(([name, type]): [string, NumberType] => [
      name,
      { bytes: type.BYTES_PER_ELEMENT, read: (buffer) => new type(buffer) },
    ]),
  ),
  BOOL: { bytes: 1, read: (buffer) => new Uint8Array(buffer) },
  F16: { bytes: 2, read: (buffer) => Float32Array.from(new Uint16Array(buffer), fromHalf) },
  BF16: {
    bytes: 2,
    // The upper half of a 32-bit float.
    read: (buffer) =>
      new Float32Array(Uint32Array.from(new Uint16Array(buffer), (bits) => bits << 16).buffer),
  },
};

/** The number of a 16-bit float (IEEE 754 binary16). */
function fromHalf(bits: number): number {
  const sign = bits >> 15 === 0 ? 1 : -1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** The format's name for an array's numbers. Canvas bytes are bytes. */
function typeOf(data: unknown): string | undefined {
  if (data instanceof Uint8ClampedArray) return "U8";
  return Object.entries(WRITTEN).find(([, type]) => data instanceof type)?.[0];
}

const PATH = "safetensors";
const METADATA = "__metadata__";
/** The format's own bound on the header's length. */
const LARGEST_HEADER = 100_000_000;

/**
 * A safetensors file. Data of more bytes a number come first, so every tensor is aligned. What is written is read back
 * equal.
 * @throws ConfigError for data that are no typed array of the format's, a shape that does not fit them, metadata that are
 * not strings, the reserved name `__metadata__`, a header longer than the format allows; before a byte is written.
 */
export function encodeSafetensors(
  tensors: Record<string, SafetensorsTensor>,
  metadata: Record<string, string> = {},
): Uint8Array {
  checkObject(PATH, tensors, "Give tensors by their names.");
  checkObject(`${PATH}.${METADATA}`, metadata, "Give an object of strings.");
  for (const [key, value] of Object.entries(metadata)) {
    if (typeof value !== "string")
      throw new ConfigError(
        `${PATH}.${METADATA}.${key}`,
        `${shown(value)} is not a string, as all metadata are.`,
      );
  }
  const checked = Object.entries(tensors).map(([name, tensor]) => {
    const path = `${PATH}.${name}`;
    if (name === METADATA) throw new ConfigError(path, "this name is reserved by the format.");
    checkObject(path, tensor, "Give { shape, data }.");
    const { shape, data } = tensor;
    const dtype = typeOf(data);
    if (dtype === undefined)
      throw new ConfigError(
        `${path}.data`,
        `${shown(data)} can't be written. Give a typed array of numbers.`,
      );
    if (!isSizes(shape) || shape.reduce((a, b) => a * b, 1) !== data.length) {
      throw new ConfigError(`${path}.shape`, `${shown(shape)} does not fit ${data.length} numbers.`);
    }
    return { name, shape, data, dtype };
  });
  const entries = checked.sort((one, other) => other.data.BYTES_PER_ELEMENT - one.data.BYTES_PER_ELEMENT);
  let length = 0;
  const header: [string, unknown][] = Object.keys(metadata).length > 0 ? [[METADATA, metadata]] : [];
  for (const { name, shape, data, dtype } of entries) {
    header.push([name, { dtype, shape, data_offsets: [length, length + data.byteLength] }]);
    length += data.byteLength;
  }
  // Not JSON.stringify of an object: that would reorder names that look like numbers, and lose `__proto__`.
  const fields = header.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`);
  const json = new TextEncoder().encode(`{${fields.join(",")}}`);
  const headerLength = Math.ceil(json.length / 8) * 8;
  if (headerLength > LARGEST_HEADER)
    throw new ConfigError(
      PATH,
      `names, shapes and metadata are ${headerLength} bytes; a file holds ${LARGEST_HEADER}.`,
    );
  const bytes = new Uint8Array(8 + headerLength + length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(headerLength), true);
  bytes.fill(0x20, 8, 8 + headerLength);
  bytes.set(json, 8);
  let offset = 8 + headerLength;
  for (const { data } of entries) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), offset);
    offset += data.byteLength;
  }
  return bytes;
}

/**
 * The tensors (copies) and metadata of a safetensors file.
 * @throws ConfigError for what is no bytes, and for anything that is not a whole, valid file of known types.
 */
export function decodeSafetensors(file: Bytes): Safetensors {
  const bytes = checkBytes(PATH, file);
  const fail = (message: string): never => {
    throw new ConfigError(PATH, `${message} This is no file we can read.`);
  };
  if (bytes.length < 8) fail(`${bytes.length} bytes are too few for a header.`);
  const headerLength = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  if (headerLength > Math.min(LARGEST_HEADER, bytes.length - 8)) {
    fail(`The header says it has ${headerLength} bytes; the file has ${bytes.length}.`);
  }
  const header = parseHeader(bytes.subarray(8, 8 + headerLength));
  const data = bytes.subarray(8 + headerLength);

  const tensors: Record<string, SafetensorsTensor> = Object.create(null);
  const metadata: Record<string, string> = Object.create(null);
  const ranges: [begin: number, end: number][] = [];
  for (const [name, value] of Object.entries(header)) {
    if (name === METADATA) {
      for (const [key, text] of Object.entries(checkedMetadata(value))) metadata[key] = text;
    } else {
      const { type, shape, begin, end } = checkedEntry(name, value, data.length);
      // A copy, because the file's own bytes need not be aligned. (`slice` of a Node Buffer would not copy.)
      const copy = new Uint8Array(end - begin);
      copy.set(data.subarray(begin, end));
      tensors[name] = { shape, data: type.read(copy.buffer) };
      ranges.push([begin, end]);
    }
  }
  // No gaps, no overlaps, nothing left over.
  let covered = 0;
  for (const [begin, end] of ranges.sort((one, other) => one[0] - other[0] || one[1] - other[1])) {
    if (begin !== covered) fail(`Tensor data overlap or leave a gap at byte ${Math.min(begin, covered)}.`);
    covered = end;
  }
  if (covered !== data.length) fail(`${data.length} bytes of data, but the tensors are ${covered}.`);
  return { tensors, metadata };
}

/**
 * The header as an object without prototype. Refuses a name that stands twice, which JSON.parse would not
 * notice.
 */
function parseHeader(bytes: Uint8Array): Record<string, unknown> {
  let header: unknown;
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    header = JSON.parse(text);
  } catch (cause) {
    throw new ConfigError(PATH, "the header is not JSON.", { cause });
  }
  if (!isObject(header) || !text.startsWith("{"))
    throw new ConfigError(PATH, "the header is not a JSON object.");
  if (topLevelKeys(text) !== Object.keys(header).length) {
    throw new ConfigError(PATH, "the header has a name twice.");
  }
  return Object.assign(Object.create(null), header);
}

/** Number of keys at the top level of a valid JSON object's text: the colons there, outside of strings. */
function topLevelKeys(text: string): number {
  let depth = 0;
  let colons = 0;
  for (let i = 0; i < text.length; i++) {
    const character = text[i];
    if (character === '"') {
      for (i++; text[i] !== '"'; i++) if (text[i] === "\\") i++;
    } else if (character === "{" || character === "[") depth++;
    else if (character === "}" || character === "]") depth--;
    else if (character === ":" && depth === 1) colons++;
  }
  return colons;
}

function checkedMetadata(value: unknown): Record<string, string> {
  if (!isObject(value) || Object.values(value).some((entry) => typeof entry !== "string")) {
    throw new ConfigError(`${PATH}.${METADATA}`, "metadata must be an object of strings.");
  }
  return value as Record<string, string>;
}

/** One tensor's header entry, checked against the number of data bytes. */
function checkedEntry(name: string, value: unknown, dataLength: number) {
  const path = `${PATH}.${name}`;
  if (!isObject(value)) throw new ConfigError(path, "its header entry is not an object.");
  const { dtype, shape, data_offsets: offsets } = value;
  if (typeof dtype !== "string" || !Object.hasOwn(TYPES, dtype)) {
    throw new ConfigError(path, `unknown dtype ${shown(dtype)}. Known: ${Object.keys(TYPES).join(", ")}.`);
  }
  if (!isSizes(shape)) throw new ConfigError(path, `${shown(shape)} is not a shape.`);
  if (!isSizes(offsets) || offsets.length !== 2 || offsets[0] > offsets[1] || offsets[1] > dataLength) {
    throw new ConfigError(
      path,
      `data_offsets ${isSizes(offsets) ? `[${offsets.slice(0, 3)}]` : shown(offsets)} do not lie in ${dataLength} bytes of data.`,
    );
  }
  const type = TYPES[dtype];
  const size = shape.reduce((a, b) => a * b, type.bytes);
  const [begin, end] = offsets;
  if (size !== end - begin) {
    throw new ConfigError(
      path,
      `shape [${shape.slice(0, 8)}] of ${dtype} is ${size} bytes, its data_offsets span ${end - begin}.`,
    );
  }
  return { type, shape, begin, end };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
}
