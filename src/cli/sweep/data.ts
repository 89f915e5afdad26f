/**
 * A sweep's description from a file, and its data sets: generated, or read from files beside `sweep.json`, whose SHA-256 is part of what the
 * sweep is. Workers read both from the sweep's folder, where the files are named by their digests.
 */

import { readFile } from "node:fs/promises";
import { dirname, join, resolve, sep } from "node:path";
import { checkOptions, checkWord, shown } from "../../check.ts";
import { csvDataset } from "../../data/csvDataset.ts";
import { classDataset, type Dataset, type ImageShape, regressionDataset } from "../../data/dataset.ts";
import { alternatingLine } from "../../data/lines.ts";
import { twoMoons } from "../../data/moons.ts";
import { ConfigError } from "../../errors.ts";
import { decodeSafetensors } from "../../model/safetensors.ts";
import { sha256 } from "../../numeric/sha256.ts";
import { type ReadData, resolveSweep, type Sweep } from "../../sweep/description.ts";

const GENERATORS = { alternatingLine, twoMoons };

/**
 * The sweep that a file describes.
 * @throws ConfigError for a file that can't be read, is no JSON, or describes no sweep
 */
export async function readSweep(file: string): Promise<Sweep> {
  return resolveSweep(await readJson(file), dataReader(dirname(file)));
}

/** Makes the data sets of entries of `data`; their files are in `folder` or below, nothing outside. */
export function dataReader(folder: string): ReadData {
  return datasetReader((entry, path) => readInside(folder, entry.file, `${path}.file`));
}

/** Folder of a sweep's folder in which its data files are, named by their digests. */
export const KEPT_DATA = "data";

/**
 * The sweep that lies in a folder.
 * @throws ConfigError, also where it is not `id`
 */
export async function readKeptSweep(folder: string, id: string): Promise<Sweep> {
  const read = async (entry: Readonly<Record<string, unknown>>, path: string) => {
    const digest = String(entry.sha256);
    // A name of our own, and no path.
    if (!/^[0-9a-f]{64}$/.test(digest)) throw new ConfigError(`${path}.sha256`, "is no digest.");
    return readInside(join(folder, KEPT_DATA), digest, `${path}.file`);
  };
  const sweep = await resolveSweep(await readJson(join(folder, "sweep.json")), datasetReader(read));
  if (sweep.id !== id) throw new ConfigError("sweep.json", `describes ${sweep.id}, not ${id}.`);
  return sweep;
}

/** The data files of a sweep, by their digests. */
export async function dataFiles(file: string, { description }: Sweep): Promise<Map<string, Uint8Array>> {
  const { data } = description as { data: readonly Record<string, unknown>[] };
  const files = data.flatMap((entry, d) =>
    entry.file === undefined ? [] : [{ entry, path: `data[${d}].file` }],
  );
  return new Map(
    await Promise.all(
      files.map(
        async ({ entry, path }) =>
          [String(entry.sha256), await readInside(dirname(file), entry.file, path)] as const,
      ),
    ),
  );
}

async function readJson(file: string): Promise<unknown> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (cause) {
    throw new ConfigError(file, `can't be read: ${(cause as Error).message}`, { cause });
  }
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new ConfigError(file, `is no JSON: ${(cause as Error).message}`, { cause });
  }
}

/** `readBytes` gets those of an entry with a file. */
function datasetReader(
  readBytes: (entry: Readonly<Record<string, unknown>>, path: string) => Promise<Uint8Array>,
): ReadData {
  return async (entry, path) => {
    const { name: _, generator, file, sha256: digest, ...options } = entry;
    if (generator !== undefined) {
      if (file !== undefined) throw new ConfigError(`${path}.file`, "there is a generator as well.");
      const known = Object.keys(GENERATORS) as (keyof typeof GENERATORS)[];
      const make = GENERATORS[checkWord(`${path}.generator`, generator as never, known, "generator")];
      return named(path, () => make(options as never));
    }
    const bytes = await readBytes(entry, path);
    const actual = sha256(bytes);
    if (digest !== undefined && digest !== actual)
      throw new ConfigError(`${path}.sha256`, `is not the file's, which is ${actual}.`);
    (entry as Record<string, unknown>).sha256 = actual;
    if (/\.csv$/i.test(String(file))) {
      checkOptions(path, options, ["label" as never]);
      return named(path, () => csvDataset(new TextDecoder().decode(bytes), options).data);
    }
    checkOptions(path, options, []);
    return named(path, () => fromTensors(bytes, path));
  };
}

/** `points` [N, ...] with `labels` [N] or `targets` [N, outputs]. */
function fromTensors(bytes: Uint8Array, path: string): Dataset {
  const { points, labels, targets } = decodeSafetensors(bytes).tensors;
  if (points === undefined || (labels ?? targets) === undefined)
    throw new ConfigError(
      `${path}.file`,
      "give tensors points [N, D] with labels [N] or targets [N, outputs].",
    );
  const dimensions = points.shape.slice(1).reduce((product, side) => product * side, 1);
  const shape = points.shape.length === 4 ? { shape: points.shape.slice(1) as unknown as ImageShape } : {};
  const numbers = (data: ArrayLike<number | bigint>) => Float64Array.from(data, Number);
  const given = { points: numbers(points.data), dimensions, ...shape };
  return labels === undefined
    ? regressionDataset({ ...given, targets: numbers(targets.data), outputs: targets.shape[1] ?? 1 })
    : classDataset({ ...given, labels: numbers(labels.data) });
}

async function readInside(folder: string, file: unknown, path: string): Promise<Uint8Array> {
  if (typeof file !== "string" || file === "")
    throw new ConfigError(path, `${shown(file)} is no name of a file. Give one, or a generator.`);
  const inside = resolve(folder, file);
  if (!inside.startsWith(resolve(folder) + sep))
    throw new ConfigError(path, `${shown(file)} is outside of the folder of the description.`);
  try {
    return new Uint8Array(await readFile(inside));
  } catch (cause) {
    throw new ConfigError(path, `can't be read: ${(cause as Error).message}`, { cause });
  }
}

/** Names what a maker refuses by the place in the description. */
function named<T>(path: string, make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const message = error.path === "" ? error.message : error.message.slice(error.path.length + 2);
    throw new ConfigError(`${path}${error.path.replace(/^data/, "")}`, message, { cause: error });
  }
}
