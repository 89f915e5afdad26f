/**
 * What a sweep is: `sweep.json`, data and never code, checked by the same checks as `train()`. Its runs are numbered, and run i is
 * decoded from the grid by division, so that no list of all of them exists anywhere.
 *
 * Not here: how runs are cut into shards (`layout.ts`), where files are (`cli/`).
 */

import { checkInteger, checkObject, checkOptions, checkSeed, checkWord, shown } from "../check.ts";
import type { Dataset } from "../data/dataset.ts";
import { ConfigError } from "../errors.ts";
import { beta, constantLambda, type Law, uniform } from "../mixing/laws.ts";
import { erm, type Mixing, mixup } from "../mixing/mixing.ts";
import type { Model } from "../model/layers/layer.ts";
import { checkModel } from "../model/model.ts";
import { mlp } from "../model/nets.ts";
import { adam, adamw, type Optimizer, sgd } from "../model/optimizer.ts";
import { fingerprint } from "../numeric/fingerprint.ts";
import { resolvePopulation } from "../population/config.ts";
import { checkEvaluatesAlong } from "../population/pairs.ts";
import type { Population, PopulationConfig, RunConfig } from "../population/population.ts";

export const SWEEP_FORMAT = "mixup-webgpu sweep 1";

/** Raised when a change of ours changes the bits of results on the reference adapter: another sweep then. */
const RESULTS_VERSION = 1;

/** Most runs of a sweep. */
const MOST_RUNS = 1e9;
/** Most entries of a list of the grid that is written out. */
const MOST_ENTRIES = 100_000;

/** What of a run is kept: last evaluation, the same by domain, all evaluations, parameters and state. */
export const KEPT = ["final", "domains", "curves", "parameters"] as const;
export type Kept = (typeof KEPT)[number];

/** A data set by its name; where its bytes come from is `description.data`'s. */
export interface NamedData {
  readonly name: string;
  readonly data: Dataset;
}

/** The place of a run in the grid. */
export interface SweepRun {
  readonly data: number;
  readonly optimizer: number;
  readonly proportions: number;
  readonly labelSmoothing: number;
  readonly mixing: number;
  /** The seed itself. */
  readonly seed: number;
}

/** A checked sweep. */
export interface Sweep {
  /** 32 hexadecimal digits: what is computed, whoever computes it and in whatever pieces. */
  readonly id: string;
  /** As it was written, with the digests of its data files. */
  readonly description: unknown;
  readonly count: number;
  /** What runs are trained on, as the grid has it. */
  readonly data: readonly NamedData[];
  /** What they are evaluated on, if it is something else. */
  readonly evaluated: NamedData | undefined;
  readonly optimizers: readonly Optimizer[];
  /** Of the domains, `[K]` each; one that is undefined where runs draw from all points alike. */
  readonly proportions: readonly (readonly number[] | undefined)[];
  readonly labelSmoothings: readonly number[];
  readonly mixings: readonly Mixing[];
  readonly keep: readonly Kept[];
  /** Where populations must end: data, kind of optimizer or what can't train together changes. Ascending, the count last. */
  readonly segmentEnds: readonly number[];
  /** Run i by its place in the grid. */
  place(i: number): SweepRun;
  /** Runs from .. to - 1, which lie in one segment, as one population. */
  population(from: number, to: number): PopulationConfig;
}

/** Reads what a `file` of the data names, once its digest is known to be right. */
export type ReadData = (entry: Readonly<Record<string, unknown>>, path: string) => Promise<Dataset>;

const TOP = ["format", "data", "model", "loss", "steps", "batch", "lastBatch", "augmentation"] as const;
const MORE = ["evaluateEvery", "evaluateOn", "probePoints", "grid", "keep"] as const;
type Description = Readonly<Record<(typeof TOP)[number] | (typeof MORE)[number], unknown>>;

/**
 * The sweep that a description is of.
 * @param description what JSON.parse made of `sweep.json`
 * @param readData makes the data set of an entry of `data`, and writes the digest of a file into the entry
 * @throws ConfigError whose path is the place in the description
 */
export async function resolveSweep(description: unknown, readData: ReadData): Promise<Sweep> {
  checkOptions("", description as Description, [...TOP, ...MORE]);
  const given = description as Description;
  checkWord("format", given.format, [SWEEP_FORMAT], "format");
  const sets = listOf("data", given.data).map((entry, d) => namedEntry(entry, `data[${d}]`));
  const known: { name: (typeof sets)[number]["name"]; data: Awaited<ReturnType<ReadData>> }[] = [];
  // One after the other, so that of several that are wrong it is the first that is named.
  for (const [d, entry] of sets.entries())
    known.push({ name: entry.name, data: await readData(entry, `data[${d}]`) });
  const grid = given.grid as Record<string, unknown>;
  checkObject("grid", grid, "Give { data, seed, mixing, optimizer }.");
  checkOptions("grid", grid, ["data", "seed", "mixing", "optimizer", "labelSmoothing", "proportions"]);
  const names = known.map(({ name }) => name);
  if (new Set(names).size < names.length) throw new ConfigError("data", "two have the same name.");
  const setOf = (path: string, name: unknown) =>
    known[names.indexOf(checkWord(path, name as string, names, "data set"))];
  const evaluated = given.evaluateOn === undefined ? undefined : setOf("evaluateOn", given.evaluateOn);
  const trained = grid.data ?? names.filter((name) => name !== evaluated?.name);
  const data = listOf("grid.data", trained).map((name, d) => setOf(`grid.data[${d}]`, name));
  const mixings = listOf("grid.mixing", grid.mixing).map((entry, m) => mixingOf(entry, `grid.mixing[${m}]`));
  const optimizers = listOf("grid.optimizer", grid.optimizer).map((entry, o) =>
    optimizerOf(entry, `grid.optimizer[${o}]`),
  );
  const labelSmoothings = listOf("grid.labelSmoothing", grid.labelSmoothing ?? [0]) as number[];
  const proportions =
    grid.proportions === undefined
      ? [undefined]
      : listOf("grid.proportions", grid.proportions).map((entry, p) =>
          sharesOf(entry, `grid.proportions[${p}]`),
        );
  const seeds = seedsOf(grid.seed);
  const keep = listOf("keep", given.keep ?? ["final", "curves"]).map((word, k) =>
    checkWord(`keep[${k}]`, word, KEPT, "thing to keep"),
  );
  if (keep.includes("domains")) checkSameDomains(evaluated === undefined ? data : [evaluated]);
  const counts = [
    seeds.count,
    ...[mixings, labelSmoothings, proportions, optimizers, data].map(({ length }) => length),
  ];
  const count = counts.reduce((a, b) => a * b, 1);
  if (count > MOST_RUNS) throw new ConfigError("grid", `${count} runs. At most ${MOST_RUNS} make a sweep.`);

  const place = (i: number): SweepRun => {
    const digits = counts.map((base) => {
      const digit = i % base;
      i = (i - digit) / base;
      return digit;
    });
    const [seed, mixing, labelSmoothing, shares, optimizer, set] = digits;
    return { data: set, optimizer, proportions: shares, labelSmoothing, mixing, seed: seeds.at(seed) };
  };
  const run = (i: number): RunConfig => {
    const { seed, mixing, labelSmoothing, proportions: shares, optimizer } = place(i);
    return {
      seed,
      mixing: mixings[mixing],
      optimizer: optimizers[optimizer],
      labelSmoothing: labelSmoothings[labelSmoothing],
      ...(proportions[shares] && { proportions: proportions[shares] }),
    };
  };
  const shared = sharedOf(given);
  const config = (set: number, runs: RunConfig[]): PopulationConfig => ({
    ...shared,
    data: data[set].data,
    ...(evaluated && { evaluationData: evaluated.data }),
    optimizer: runs[0].optimizer!,
    runs,
  });
  const sweep = {
    id: fingerprint({ description: withoutPaths(given, sets), results: RESULTS_VERSION }).slice(0, 32),
    description: { ...given, data: sets },
    count,
    data,
    evaluated,
    optimizers,
    proportions,
    labelSmoothings,
    mixings,
    keep: KEPT.filter((word) => keep.includes(word)),
    place,
    population: (from: number, to: number) =>
      config(
        place(from).data,
        Array.from({ length: to - from }, (_, i) => run(from + i)),
      ),
  };
  const block = (set: number, first: number, length: number) =>
    config(
      set,
      // The first seed stands for all.
      Array.from({ length }, (_, m) => run(first + m * seeds.count)),
    );
  return { ...sweep, segmentEnds: segmentsOf(counts, optimizers, block) };
}

/**
 * Ends of the populations as large as they may be: runs of one data set and one kind of optimizer, of one mixing where several can't
 * train together. What no run can be trained of is refused here.
 */
function segmentsOf(
  counts: readonly number[],
  optimizers: readonly Optimizer[],
  block: (set: number, first: number, length: number) => PopulationConfig,
): number[] {
  const ends: number[] = [];
  const [seeds, mixings, smoothings, shares, , sets] = counts;
  const perOptimizer = seeds * mixings * smoothings * shares;
  for (let set = 0; set < sets; set++) {
    for (let o = 0; o < optimizers.length; ) {
      let next = o + 1;
      while (next < optimizers.length && optimizers[next].kind === optimizers[o].kind) next++;
      const first = (set * optimizers.length + o) * perOptimizer;
      const last = (set * optimizers.length + next) * perOptimizer;
      const blocks = (last - first) / seeds;
      if (trainsTogether(block(set, first, blocks))) ends.push(last);
      else {
        for (let b = 0; b < blocks; b++) {
          resolvePopulation(block(set, first + b * seeds, 1));
          ends.push(first + (b + 1) * seeds);
        }
      }
      o = next;
    }
  }
  return ends;
}

function trainsTogether(config: PopulationConfig): boolean {
  try {
    resolvePopulation(config);
    return true;
  } catch (error) {
    // Where a run alone is at fault, it is told when it is looked at alone.
    if (error instanceof ConfigError) return false;
    throw error;
  }
}

/** What all runs share, of which `resolvePopulation` checks the rest. */
function sharedOf(given: Description): Omit<PopulationConfig, "data" | "optimizer" | "runs"> {
  const { loss, steps, batch, lastBatch, augmentation, evaluateEvery, probePoints } = given;
  const model = modelOf(given.model);
  checkEvaluatesAlong({ loss: loss as Population["loss"] });
  const shared = { loss, steps, batch, lastBatch, augmentation, evaluateEvery, probePoints, model };
  const entries = Object.entries(shared).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as unknown as Omit<PopulationConfig, "data" | "optimizer" | "runs">;
}

/** A model as the library describes it, or `{ sizes, activation, ... }` of an MLP. */
function modelOf(value: unknown): Model {
  checkObject("model", value, "Give { sizes } of an MLP, or { inputShape, layers }.");
  if (!("sizes" in value)) return checkModel(value as Model);
  const { sizes, ...options } = value as { sizes: readonly number[] };
  return mlp(sizes, options);
}

/** `{ kind: "erm" }`, or `{ kind: "mixup", law, ... }`. */
function mixingOf(value: unknown, path: string): Mixing {
  checkObject(path, value, 'Give { "kind": "erm" } or { "kind": "mixup", "law": … }.');
  const { kind, law, ...options } = value as Record<string, unknown>;
  checkWord(`${path}.kind`, kind, ["erm", "mixup"], "mixing");
  return under(path, () => {
    if (kind === "mixup") return mixup(lawOf(law), options);
    checkOptions("mixing", value, ["kind" as never]);
    return erm();
  });
}

/** A law; a Beta with one parameter is symmetric. */
function lawOf(value: unknown): Law {
  checkObject("mixing.law", value, 'Give such as { "kind": "beta", "a": 1 }.');
  const { kind, ...given } = value as Record<string, unknown>;
  checkWord("mixing.law.kind", kind, ["beta", "uniform", "constant"], "law");
  const options = given as Record<string, number>;
  if (kind === "beta") {
    checkOptions("mixing.law", options, ["a", "b"]);
    return beta(options.a, options.b ?? options.a);
  }
  checkOptions("mixing.law", options, kind === "uniform" ? ["from", "to"] : ["value"]);
  return kind === "uniform" ? uniform(options.from, options.to) : constantLambda(options.value);
}

function optimizerOf(value: unknown, path: string): Optimizer {
  checkObject(path, value, 'Give such as { "kind": "adam", "learningRate": 0.001 }.');
  const { kind, ...options } = value as Record<string, unknown>;
  const makers = { sgd, adam, adamw };
  const maker = makers[checkWord(`${path}.kind`, kind, ["sgd", "adam", "adamw"] as const, "optimizer")];
  return under(path, () => maker(options));
}

/** `{ from, count }`, or a list of seeds. */
function seedsOf(value: unknown): { count: number; at(i: number): number } {
  if (Array.isArray(value)) {
    const seeds = listOf("grid.seed", value).map((seed, s) => checkSeed(`grid.seed[${s}]`, seed));
    return { count: seeds.length, at: (i) => seeds[i] };
  }
  const range = value as { from?: number; count: number };
  checkObject("grid.seed", range, "Give { from, count } or a list of seeds.");
  checkOptions("grid.seed", range, ["from", "count"]);
  const from = checkSeed("grid.seed.from", range.from ?? 0);
  const count = checkInteger("grid.seed.count", range.count, 1, 2 ** 32 - from, "a number of seeds");
  return { count, at: (i) => from + i };
}

/** Proportions of one entry, which the population checks against its data. */
function sharesOf(value: unknown, path: string): readonly number[] {
  return listOf(path, value).map((share, k) => {
    if (typeof share !== "number" || !Number.isFinite(share) || share < 0)
      throw new ConfigError(`${path}[${k}]`, `${shown(share)} is no proportion. Give a number from 0 on.`);
    return share;
  });
}

/** Rows of all runs have as many columns. */
function checkSameDomains(sets: readonly NamedData[]): void {
  const [first] = sets;
  for (const { name, data } of sets) {
    if (data.domains === undefined)
      throw new ConfigError("keep", `"domains", but the data set ${name} has none.`);
    if (data.domains.length !== first.data.domains!.length)
      throw new ConfigError(
        "keep",
        `"domains", but ${first.name} and ${name} have different numbers of them.`,
      );
  }
}

function namedEntry(value: unknown, path: string): Record<string, unknown> & { name: string } {
  checkObject(path, value, "Give { name, generator, … } or { name, file }.");
  const entry = { ...value } as Record<string, unknown> & { name: string };
  if (typeof entry.name !== "string" || !/^[\w.-]{1,100}$/.test(entry.name))
    throw new ConfigError(
      `${path}.name`,
      `${shown(entry.name)} is no name. Letters, digits, ., - and _ make one.`,
    );
  return entry;
}

function listOf(path: string, value: unknown): unknown[] {
  if (!Array.isArray(value) || value.length === 0 || value.length > MOST_ENTRIES)
    throw new ConfigError(path, `${shown(value)} is not possible here. Give a list of 1 to ${MOST_ENTRIES}.`);
  // By index and copied: a hole is an entry that is missing.
  return Array.from(value);
}

/** Where a file is, is no part of what it is. */
function withoutPaths(given: Description, sets: readonly Record<string, unknown>[]): unknown {
  return {
    ...given,
    data: sets.map(({ file, ...rest }) => (file === undefined ? rest : { ...rest, file: true })),
  };
}

/** Names errors of makers by the place in the description. */
function under<T>(path: string, make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const message = error.path === "" ? error.message : error.message.slice(error.path.length + 2);
    const rest = error.path.replace(/^[^.[]*/, "");
    throw new ConfigError(`${path}${rest}`, message, { cause: error });
  }
}
