/**
 * The safetensors file format: named tensors behind a JSON header. Read as untrusted input: every byte of the
 * data must belong to exactly one tensor, as the format demands.
 *
 * Format: 8 bytes little-endian length of the header; the header, `{ name: { dtype, shape, data_offsets } }`
 * and `__metadata__` with strings; the data. Source: https://github.com/huggingface/safetensors, "Format".
 *
 * Numbers are little-endian in the file and on every machine that runs JavaScript with WebGPU.
 *
 * Not here: which tensors a net has (`layout.ts`), what a checkpoint holds (`training/`).
 */

import { ConfigError } from "../errors.ts";
import type { NamedTensors } from "./layout.ts";

export type SafetensorsData = Float32Array | Float64Array | Uint32Array;

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

/** Those we write and read; the format has more. */
const TYPES = { F32: Float32Array, F64: Float64Array, U32: Uint32Array } as const;

const PATH = "safetensors";
const METADATA = "__metadata__";
/** The format's own bound on the header's length. */
const LARGEST_HEADER = 100_000_000;

/**
 * A safetensors file. Data of 8 bytes a number come first, so every tensor is aligned.
 * @throws ConfigError for a shape that does not fit its data, or the reserved name `__metadata__`.
 */
export function encodeSafetensors(
  tensors: Record<string, SafetensorsTensor>,
  metadata: Record<string, string> = {},
): Uint8Array {
  const entries = Object.entries(tensors).sort(
    ([, one], [, other]) => other.data.BYTES_PER_ELEMENT - one.data.BYTES_PER_ELEMENT,
  );
  let length = 0;
  const header: [string, unknown][] = Object.keys(metadata).length > 0 ? [[METADATA, metadata]] : [];
  for (const [name, { shape, data }] of entries) {
    if (name === METADATA) throw new ConfigError(`${PATH}.${name}`, "this name is reserved by the format.");
    const known = shape.every((size) => Number.isSafeInteger(size) && size >= 0);
    if (!known || shape.reduce((a, b) => a * b, 1) !== data.length) {
      throw new ConfigError(`${PATH}.${name}`, `shape [${shape}] does not fit ${data.length} numbers.`);
    }
    const dtype = data instanceof Float32Array ? "F32" : data instanceof Float64Array ? "F64" : "U32";
    header.push([name, { dtype, shape, data_offsets: [length, length + data.byteLength] }]);
    length += data.byteLength;
  }
  // Not JSON.stringify of an object: that would reorder names that look like numbers, and lose `__proto__`.
  const fields = header.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`);
  const json = new TextEncoder().encode(`{${fields.join(",")}}`);
  const headerLength = Math.ceil(json.length / 8) * 8;
  const bytes = new Uint8Array(8 + headerLength + length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(headerLength), true);
  bytes.fill(0x20, 8, 8 + headerLength);
  bytes.set(json, 8);
  let offset = 8 + headerLength;
  for (const [, { data }] of entries) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), offset);
    offset += data.byteLength;
  }
  return bytes;
}

/**
 * The tensors (copies) and metadata of a safetensors file.
 * @throws ConfigError for anything that is not a whole, valid file of F32, F64 and U32 tensors.
 */
export function decodeSafetensors(bytes: Uint8Array): Safetensors {
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
    if (name === METADATA) Object.assign(metadata, checkedMetadata(value));
    else {
      const { type, shape, begin, end } = checkedEntry(name, value, data.length);
      // A copy, because the file's own bytes need not be aligned. (`slice` of a Node Buffer would not copy.)
      const copy = new Uint8Array(end - begin);
      copy.set(data.subarray(begin, end));
      tensors[name] = { shape, data: new type(copy.buffer) };
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
    throw new ConfigError(
      path,
      `unknown dtype ${JSON.stringify(dtype)}. Known: ${Object.keys(TYPES).join(", ")}.`,
    );
  }
  if (!isSizes(shape)) throw new ConfigError(path, `${JSON.stringify(shape)} is not a shape.`);
  if (!isSizes(offsets) || offsets.length !== 2 || offsets[0] > offsets[1] || offsets[1] > dataLength) {
    throw new ConfigError(
      path,
      `data_offsets ${JSON.stringify(offsets)} do not lie in ${dataLength} bytes of data.`,
    );
  }
  const type = TYPES[dtype as keyof typeof TYPES];
  const size = shape.reduce((a, b) => a * b, type.BYTES_PER_ELEMENT);
  const [begin, end] = offsets;
  if (size !== end - begin) {
    throw new ConfigError(
      path,
      `shape [${shape}] of ${dtype} is ${size} bytes, its data_offsets span ${end - begin}.`,
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

/** Parameters as a safetensors file, as PyTorch's `safetensors.torch.save_file` would write the state dict. */
export function saveParameters(parameters: NamedTensors, metadata?: Record<string, string>): Uint8Array {
  return encodeSafetensors(parameters, metadata);
}

/**
 * Parameters from a safetensors file.
 * @throws ConfigError for a file that is none, or that holds integers.
 */
export function loadParameters(bytes: Uint8Array): NamedTensors {
  const { tensors } = decodeSafetensors(bytes);
  const named: NamedTensors = {};
  for (const [name, { shape, data }] of Object.entries(tensors)) {
    if (data instanceof Uint32Array)
      throw new ConfigError(`safetensors.${name}`, "integers are no parameters.");
    named[name] = { shape, data };
  }
  return named;
}
