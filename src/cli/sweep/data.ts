/**
 * A sweep's description from a file, and its data files, which lie beside `sweep.json`. Workers read both from the sweep's folder, where the
 * files are named by their digests.
 *
 * Not here: what data sets are made of (`src/sweep/data.ts`).
 */

import { readFile } from "node:fs/promises";
import { dirname, join, resolve, sep } from "node:path";
import { shown } from "../../check.ts";
import { ConfigError } from "../../errors.ts";
import { dataFiles, datasetReader, type SweepWithFiles } from "../../sweep/data.ts";
import { type ReadData, resolveSweep } from "../../sweep/description.ts";

/**
 * The sweep that a file describes.
 * @throws ConfigError for a file that can't be read, is no JSON, or describes no sweep
 */
export async function readSweep(file: string): Promise<SweepWithFiles> {
  const folder = dirname(file);
  const sweep = await resolveSweep(await readJson(file), dataReader(folder));
  const files = new Map(dataFiles(sweep).map((one) => [one.digest, one]));
  return {
    ...sweep,
    readFile: (digest) => {
      const { entry, path } = files.get(digest)!;
      return readInside(folder, entry.file, path);
    },
  };
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
export async function readKeptSweep(folder: string, id: string): Promise<SweepWithFiles> {
  const kept = (digest: string, path: string) => {
    // A name of our own, and no path.
    if (!/^[0-9a-f]{64}$/.test(digest)) throw new ConfigError(`${path}.sha256`, "is no digest.");
    return readInside(join(folder, KEPT_DATA), digest, `${path}.file`);
  };
  const reader = datasetReader(async (entry, path) => kept(String(entry.sha256), path));
  const sweep = await resolveSweep(await readJson(join(folder, "sweep.json")), reader);
  if (sweep.id !== id) throw new ConfigError("sweep.json", `describes ${sweep.id}, not ${id}.`);
  return { ...sweep, readFile: async (digest) => kept(digest, "data") };
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
