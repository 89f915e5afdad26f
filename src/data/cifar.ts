/**
 * CIFAR-10 and CIFAR-100, the binary version: records of one label (CIFAR-100: coarse, then fine) and 3 x 32 x 32 bytes,
 * red, green, blue, rows from the top. From the `.bin` files, or from the `.tar.gz` that holds them. Bytes stay bytes.
 *
 * Not here: what is in an archive (`tar.ts`), numbers out of bytes (`imageDataset.ts`).
 */

import { type Bytes, checkBytes, checkOptions, checkWord, shown } from "../check.ts";
import { ConfigError } from "../errors.ts";
import { gunzip } from "./gzip.ts";
import type { ImageBytes } from "./imageDataset.ts";
import { baseName, isTar, readTar } from "./tar.ts";

/** A file by its name, which decides what it is. */
export interface CifarFile {
  /** As in the archive: `data_batch_1.bin`, `test.bin`, `batches.meta.txt`, ...; folders before it don't matter. */
  path: string;
  bytes: Bytes;
}

export interface CifarOptions {
  /** Of CIFAR-100: 100 classes, or their 20 groups. Default "fine". */
  labels?: "fine" | "coarse";
}

/** A split that no file was given for is missing. */
export interface Cifar {
  readonly train?: ImageBytes;
  readonly test?: ImageBytes;
  /** From the files of names; else numbers. */
  readonly classNames: readonly string[];
}

const PIXELS = 3 * 32 * 32;

interface Kind {
  readonly name: string;
  readonly labelBytes: number;
  /** How many classes each label byte may name. */
  readonly classes: readonly number[];
}
const CIFAR_10: Kind = { name: "CIFAR-10", labelBytes: 1, classes: [10] };
const CIFAR_100: Kind = { name: "CIFAR-100", labelBytes: 2, classes: [20, 100] };
const KINDS = [CIFAR_10, CIFAR_100];

/** Files of names, one a line, and how many. */
const NAMES: Readonly<Record<string, number>> = {
  "batches.meta.txt": 10,
  "coarse_label_names.txt": 20,
  "fine_label_names.txt": 100,
};

/** A file of records, checked. */
interface Records {
  readonly path: string;
  readonly bytes: Uint8Array;
  readonly kind: Kind;
}

/**
 * Reads the files of one data set, all or some of them, in any order; images come in the order of their files' names. A
 * file's size and the ranges of its labels say which of the two it is; any whole number of records will do.
 * @throws ConfigError whose path is the file's, for what is broken, truncated, given twice, of the other data set or of no
 * known name; for CIFAR-100 as well where a fine class is in two coarse ones.
 */
export async function readCifar(files: readonly CifarFile[], options: CifarOptions = {}): Promise<Cifar> {
  checkOptions("options", options, ["labels"]);
  const { labels = "fine" } = options;
  checkWord("options.labels", labels, ["fine", "coarse"]);
  const unpacked = await unpack(files);

  const names = new Map<string, string[]>();
  const records: Records[] = [];
  for (const [name, { path, bytes }] of [...unpacked].sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (NAMES[name] !== undefined) names.set(name, readNames(path, bytes, NAMES[name]));
    else records.push({ path, bytes, kind: kindOf(path, bytes) });
  }
  if (records.length === 0)
    throw new ConfigError("files", "no images among them. Give data_batch_1.bin, train.bin, test.bin, ...");
  const [{ kind, path: first }] = records;
  const other = records.find((file) => file.kind !== kind);
  if (other !== undefined)
    throw new ConfigError(
      other.path,
      `records of ${other.kind.name}, where ${first} has those of ${kind.name}.`,
    );
  if (kind === CIFAR_100) checkCoarse(records);
  else if (options.labels === "coarse")
    throw new ConfigError("options.labels", '"coarse" is not possible: CIFAR-10 has one label an image.');

  const label = kind === CIFAR_100 && labels === "fine" ? 1 : 0;
  const classes = kind.classes[label];
  const meta = kind === CIFAR_10 ? "batches.meta.txt" : `${labels}_label_names.txt`;
  const classNames = names.get(meta) ?? Array.from({ length: classes }, (_, c) => String(c));
  const split = (test: boolean) => {
    const own = records.filter(({ path }) => baseName(path).startsWith("test") === test);
    return own.length === 0 ? undefined : joined(own, label, classes);
  };
  const [train, test] = [split(false), split(true)];
  return { ...(train && { train }), ...(test && { test }), classNames };
}

/** The files by their names, archives replaced by what is in them. */
async function unpack(
  files: readonly CifarFile[],
): Promise<Map<string, { path: string; bytes: Uint8Array }>> {
  if (!Array.isArray(files))
    throw new ConfigError("files", `${shown(files)} is no list. Give [{ path, bytes }].`);
  const known = new Map<string, { path: string; bytes: Uint8Array }>();
  const add = (path: string, bytes: Uint8Array) => {
    const before = known.get(baseName(path));
    if (before !== undefined) throw new ConfigError(path, `given twice: ${before.path} is the same file.`);
    known.set(baseName(path), { path, bytes });
  };
  for (const [i, file] of files.entries()) {
    checkOptions(`files[${i}]`, file, ["path", "bytes"]);
    const { path } = file;
    if (typeof path !== "string" || path === "")
      throw new ConfigError(`files[${i}].path`, `${shown(path)} is no name. Names say which file is which.`);
    const at = shortened(path);
    const bytes = await gunzip(checkBytes(at, file.bytes), at);
    const isKnown = /^(data_batch_[1-5]|test_batch|train|test)\.bin$/;
    const wanted = (name: string) => isKnown.test(name) || NAMES[name] !== undefined;
    if (isTar(bytes)) {
      const inside = readTar(bytes, at).filter((entry) => wanted(baseName(entry.path)));
      if (inside.length === 0)
        throw new ConfigError(
          at,
          `an archive without data_batch_1.bin, train.bin and the like. ${TAKE_BINARY}`,
        );
      for (const entry of inside) add(shortened(`${at}/${entry.path}`), entry.bytes);
    } else if (wanted(baseName(path).replace(/\.gz$/, ""))) {
      add(at.replace(/\.gz$/, ""), bytes);
    } else {
      throw new ConfigError(at, `is no file of CIFAR's by its name. ${TAKE_BINARY}`);
    }
  }
  return known;
}

const TAKE_BINARY = "Take the binary version, not those for Python and Matlab.";

/**
 * Which data set a file is of, all its labels checked.
 * @throws ConfigError that says what was found.
 */
function kindOf(path: string, bytes: Uint8Array): Kind {
  const fitting = KINDS.filter(({ labelBytes }) => bytes.length % (labelBytes + PIXELS) === 0);
  if (bytes.length === 0 || fitting.length === 0) {
    throw new ConfigError(
      path,
      `${bytes.length === 0 ? "empty" : `truncated or foreign: ${bytes.length} bytes`}. Expected a whole number of records, of 3073 bytes (CIFAR-10) or 3074 (CIFAR-100).`,
    );
  }
  const strange = fitting.map((kind) => strangeLabel(bytes, kind));
  const good = strange.indexOf(undefined);
  if (good >= 0) return fitting[good];
  throw new ConfigError(path, `${strange[0]}. It is no file of ${fitting[0].name}, or is damaged.`);
}

/** The first label that is none, in words. */
function strangeLabel(bytes: Uint8Array, { labelBytes, classes }: Kind): string | undefined {
  const length = labelBytes + PIXELS;
  for (let at = 0; at < bytes.length; at += length) {
    for (let i = 0; i < labelBytes; i++) {
      if (bytes[at + i] < classes[i]) continue;
      const what = labelBytes === 1 ? "label" : ["coarse label", "fine label"][i];
      return `record ${at / length} has ${what} ${bytes[at + i]}, where 0 to ${classes[i] - 1} are possible`;
    }
  }
  return undefined;
}

/** @throws ConfigError where a fine class is of two coarse ones: then labels are swapped, or not CIFAR's. */
function checkCoarse(files: readonly Records[]): void {
  const coarse = new Map<number, number>();
  for (const { path, bytes } of files) {
    for (let at = 0; at < bytes.length; at += 2 + PIXELS) {
      const known = coarse.get(bytes[at + 1]) ?? bytes[at];
      coarse.set(bytes[at + 1], known);
      if (known === bytes[at]) continue;
      throw new ConfigError(
        path,
        `record ${at / (2 + PIXELS)} has fine class ${bytes[at + 1]} in coarse class ${bytes[at]}, an earlier one in ${known}. It is damaged.`,
      );
    }
  }
}

/** The images of some files as one. */
function joined(files: readonly Records[], label: number, classes: number): ImageBytes {
  const [{ kind }] = files;
  const length = kind.labelBytes + PIXELS;
  const count = files.reduce((sum, { bytes }) => sum + bytes.length / length, 0);
  const pixels = new Uint8Array(count * PIXELS);
  const labels = new Uint8Array(count);
  let n = 0;
  for (const { bytes } of files) {
    for (let at = 0; at < bytes.length; at += length, n++) {
      labels[n] = bytes[at + label];
      pixels.set(bytes.subarray(at + kind.labelBytes, at + length), n * PIXELS);
    }
  }
  return {
    images: { shape: [count, 3, 32, 32], values: pixels },
    labels: { shape: [count], values: labels },
    classes,
  };
}

function readNames(path: string, bytes: Uint8Array, count: number): string[] {
  const names = new TextDecoder()
    .decode(bytes)
    .split(/\r?\n/)
    .map((name) => name.trim())
    .filter((name) => name !== "");
  if (names.length === count) return names;
  throw new ConfigError(path, `${names.length} names, where ${count} classes are expected, one a line.`);
}

/** A path in a message. */
function shortened(path: string): string {
  return path.length > 100 ? `…${path.slice(-100)}` : path;
}
