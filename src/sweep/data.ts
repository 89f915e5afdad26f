/**
 * Data sets of a sweep's description: generated, or from the bytes of files, whose SHA-256 is part of what the sweep is.
 *
 * Not here: where the files are (`cli/sweep/data.ts`).
 */

import { checkOptions, checkWord } from "../check.ts";
import { csvDataset } from "../data/csvDataset.ts";
import { classDataset, type Dataset, type ImageShape, regressionDataset } from "../data/dataset.ts";
import { withDomains } from "../data/domains.ts";
import { alternatingLine } from "../data/lines.ts";
import { twoMoons } from "../data/moons.ts";
import { ConfigError } from "../errors.ts";
import { decodeSafetensors } from "../model/safetensors.ts";
import { sha256 } from "../numeric/sha256.ts";
import type { ReadData, Sweep } from "./description.ts";

const GENERATORS = { alternatingLine, twoMoons };

/** A sweep and a way to its data files. */
export interface SweepWithFiles extends Sweep {
  /** The bytes of a data file by its SHA-256. */
  readFile(digest: string): Promise<Uint8Array>;
}

/** Makes the data sets of entries of `data`; `readBytes` gets those of an entry with a file. */
export function datasetReader(
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
    checkOptions(path, options, ["domains" as never]);
    return named(path, () => fromTensors(bytes, path, (options as { domains?: unknown }).domains));
  };
}

/** The digests of a sweep's data files, each with its place in the description. */
export function dataFiles({
  description,
}: Sweep): { digest: string; entry: Record<string, unknown>; path: string }[] {
  const { data } = description as { data: readonly Record<string, unknown>[] };
  return data.flatMap((entry, d) =>
    entry.file === undefined
      ? []
      : [{ digest: String(entry.sha256), entry: { ...entry }, path: `data[${d}].file` }],
  );
}

/** `points` [N, ...] with `labels` [N] or `targets` [N, outputs], and `domains` [N] where they are named. */
function fromTensors(bytes: Uint8Array, path: string, names: unknown): Dataset {
  const { points, labels, targets, domains } = decodeSafetensors(bytes).tensors;
  if (points === undefined || (labels ?? targets) === undefined)
    throw new ConfigError(
      `${path}.file`,
      "give tensors points [N, D] with labels [N] or targets [N, outputs].",
    );
  const dimensions = points.shape.slice(1).reduce((product, side) => product * side, 1);
  const shape = points.shape.length === 4 ? { shape: points.shape.slice(1) as unknown as ImageShape } : {};
  const numbers = (data: ArrayLike<number | bigint>) => Float64Array.from(data, Number);
  const given = { points: numbers(points.data), dimensions, ...shape };
  const data =
    labels === undefined
      ? regressionDataset({ ...given, targets: numbers(targets.data), outputs: targets.shape[1] ?? 1 })
      : classDataset({ ...given, labels: numbers(labels.data) });
  if (names === undefined) return data;
  if (domains === undefined || domains.data.length !== data.size)
    throw new ConfigError(
      `${path}.file`,
      "domains are named: give a tensor domains [N] of their numbers from 0 on.",
    );
  return withDomains(data, partsOf(names, numbers(domains.data), path));
}

/** Points of each domain by its name; -1 is a point of none. */
function partsOf(names: unknown, numbers: Float64Array, path: string): Record<string, number[]> {
  if (
    !Array.isArray(names) ||
    names.some((name) => typeof name !== "string") ||
    new Set(names).size < names.length
  )
    throw new ConfigError(`${path}.domains`, "give a list of names, each another.");
  const parts = names.map((): number[] => []);
  numbers.forEach((number, n) => {
    if (number === -1) return;
    if (parts[number] === undefined)
      throw new ConfigError(`${path}.file`, `point ${n} is of domain ${number}; ${names.length} are named.`);
    parts[number].push(n);
  });
  return Object.fromEntries(names.map((name, k) => [name, parts[k]]));
}

/** Names what a maker refuses by the place in the description. */
function named<T>(path: string, make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof ConfigError) || error.path.startsWith(path)) throw error;
    const message = error.path === "" ? error.message : error.message.slice(error.path.length + 2);
    throw new ConfigError(`${path}${error.path.replace(/^data/, "")}`, message, { cause: error });
  }
}
