/** Data sets of a sweep: generated, or read from files beside `sweep.json`, whose SHA-256 is part of what the sweep is. */

import { readFile } from "node:fs/promises";
import { resolve, sep } from "node:path";
import { checkOptions, checkWord, shown } from "../check.ts";
import { csvDataset } from "../data/csvDataset.ts";
import { classDataset, type Dataset, type ImageShape, regressionDataset } from "../data/dataset.ts";
import { alternatingLine } from "../data/lines.ts";
import { twoMoons } from "../data/moons.ts";
import { ConfigError } from "../errors.ts";
import { decodeSafetensors } from "../model/safetensors.ts";
import { sha256 } from "../numeric/sha256.ts";
import type { ReadData } from "../sweep/description.ts";

const GENERATORS = { alternatingLine, twoMoons };

/** Reads entries of `data`: files in `folder` or below, nothing outside. */
export function dataReader(folder: string): ReadData {
  return async (entry, path) => {
    const { name: _, generator, file, sha256: digest, ...options } = entry;
    if (generator !== undefined) {
      if (file !== undefined) throw new ConfigError(`${path}.file`, "there is a generator as well.");
      const known = Object.keys(GENERATORS) as (keyof typeof GENERATORS)[];
      const make = GENERATORS[checkWord(`${path}.generator`, generator as never, known, "generator")];
      return named(path, () => make(options as never));
    }
    const bytes = await readInside(folder, file, `${path}.file`);
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
