/**
 * A merged sweep as columns: a number for each run and axis, and none of the runs as an object, so that 10^5 of them are summed in a
 * millisecond.
 *
 * Not here: what is drawn of it (`heatMap.ts`, `curves.ts`).
 */

import { ConfigError } from "../../src/errors.ts";
import { FINITE } from "../../src/kernels/population.ts";
import { checkSeal } from "../../src/model/digest.ts";
import { decodeSafetensors } from "../../src/model/safetensors.ts";

const FORMAT = "mixup-webgpu merged sweep 1";

const METRICS = ["error", "loss", "trainingLoss"] as const;
/** One of those, or one by domain: `loss on poems`. */
export type Metric = string;

/** One thing in which runs differ: the name, its values as they are read, and for each run which one it has. */
export interface Axis {
  readonly name: string;
  readonly values: readonly string[];
  /** [runs] */
  readonly ofRun: Uint32Array;
}

export interface MergedSweep {
  readonly id: string;
  readonly count: number;
  /** Those with more than one value. */
  readonly axes: readonly Axis[];
  /** [runs], in the order in which they are offered; NaN for runs that diverged. */
  readonly final: Readonly<Partial<Record<Metric, Float64Array>>>;
  /** [runs, evaluations] */
  readonly curves: Readonly<Partial<Record<Metric, Float64Array>>>;
  readonly evaluations: number;
  /** Steps at which curves were evaluated. */
  readonly steps: readonly number[];
  /** [runs]: 1 for a run that diverged. */
  readonly diverged: Uint8Array;
}

interface Grid {
  readonly data?: readonly string[];
  readonly seed: readonly number[] | { readonly from?: number; readonly count: number };
  readonly mixing: readonly Readonly<Record<string, unknown>>[];
  readonly optimizer: readonly Readonly<Record<string, unknown>>[];
  readonly labelSmoothing?: readonly number[];
  readonly proportions?: readonly (readonly number[])[];
}

interface Description {
  readonly data: readonly { readonly name: string; readonly domains?: readonly string[] }[];
  readonly evaluateOn?: string;
  readonly grid: Grid;
  readonly steps: number;
  readonly evaluateEvery?: number;
}

/** @throws ConfigError for bytes that are no merged sweep, or not those that were written: their digest is in them */
export function readMergedSweep(bytes: ArrayBuffer): MergedSweep {
  const { tensors, metadata } = decodeSafetensors(bytes);
  if (metadata.format !== FORMAT)
    throw new ConfigError("file", "is no merged sweep. It is merged.safetensors in the folder of a sweep.");
  checkSeal("file", new Uint8Array(bytes), metadata, false);
  const description = parsed(metadata.description);
  const count = tensors.failed?.shape[0] ?? 0;
  const column = (name: string) => {
    const found = tensors[name];
    return found !== undefined && found.data instanceof Float64Array && found.shape[0] === count
      ? { [name.slice(name.indexOf(".") + 1)]: found.data }
      : {};
  };
  const { data, evaluateOn } = description;
  const domainNames = (data.find(({ name }) => name === evaluateOn) ?? data[0])?.domains ?? [];
  const domains = () =>
    (["error", "loss"] as const).flatMap((metric) => {
      const found = tensors[`domains.${metric}`];
      const K = domainNames.length;
      if (!(found?.data instanceof Float64Array) || found.data.length !== count * K) return [];
      const { data: numbers } = found;
      return domainNames.map((name, k) => ({
        [`${metric} on ${name}`]: Float64Array.from({ length: count }, (_, i) => numbers[i * K + k]),
      }));
    });
  const axes = axesOf(description, count);
  const evaluations = tensors["curves.loss"]?.shape[1] ?? 0;
  const every = description.evaluateEvery ?? description.steps;
  return {
    id: metadata.sweep,
    count,
    axes: axes.filter(({ values }) => values.length > 1),
    final: Object.assign({}, ...METRICS.map((metric) => column(`final.${metric}`)), ...domains()),
    curves: Object.assign({}, ...METRICS.map((metric) => column(`curves.${metric}`))),
    evaluations,
    steps: Array.from({ length: evaluations }, (_, e) => Math.min((e + 1) * every, description.steps)),
    diverged: Uint8Array.from(tensors.failed.data as Uint32Array, (step) => (step === FINITE ? 0 : 1)),
  };
}

function parsed(text: string | undefined): Description {
  try {
    const description = JSON.parse(text ?? "") as Description;
    const { grid, steps } = description;
    if (Array.isArray(grid.mixing) && Array.isArray(grid.optimizer) && steps > 0) return description;
  } catch {
    // Said below.
  }
  throw new ConfigError("file", "says not what its sweep is.");
}

/** Run i is decoded by division, seed fastest, as `sweep` does. */
function axesOf({ data, evaluateOn, grid }: Description, count: number): Axis[] {
  const seeds = Array.isArray(grid.seed) ? grid.seed.length : (grid.seed as { count: number }).count;
  const first = Array.isArray(grid.seed) ? 0 : ((grid.seed as { from?: number }).from ?? 0);
  const smoothings = grid.labelSmoothing ?? [0];
  const { mixing, optimizer, proportions = [[]] } = grid;
  const names = grid.data ?? data.map(({ name }) => name).filter((name) => name !== evaluateOn);
  const lengths = [seeds, ...[mixing, smoothings, proportions, optimizer, names].map(({ length }) => length)];
  if (lengths.reduce((product, length) => product * length, 1) !== count)
    throw new ConfigError("file", `has ${count} runs, which are not those of its grid.`);
  const domainNames = data.find(({ name }) => name === names[0])?.domains ?? [];
  let stride = 1;
  const strides = lengths.map((length) => {
    const own = stride;
    stride *= length;
    return own;
  });
  /** An axis from one of the grid's lists, by the value of each of its entries. */
  const axis = (
    list: number,
    name: string,
    entries: readonly (string | number)[],
    label: (value: string | number) => string = String,
  ): Axis => {
    const distinct = [...new Set(entries)];
    if (distinct.every((value) => typeof value === "number")) distinct.sort((a, b) => Number(a) - Number(b));
    const of = Uint32Array.from(entries, (entry) => distinct.indexOf(entry));
    const ofRun = new Uint32Array(count);
    for (let i = 0; i < count; i++) ofRun[i] = of[Math.floor(i / strides[list]) % lengths[list]];
    return { name: words(name), values: distinct.map(label), ofRun };
  };
  const seedAxis = (): Axis => ({
    name: "seed",
    values: Array.from({ length: seeds }, (_, s) =>
      String(Array.isArray(grid.seed) ? grid.seed[s] : first + s),
    ),
    ofRun: Uint32Array.from({ length: count }, (_, i) => i % seeds),
  });
  return [
    ...fieldsOf(grid.mixing.map(flatMixing)).map(({ name, values }) => axis(1, name, values)),
    ...fieldsOf(grid.optimizer.map(flat)).map(({ name, values }) =>
      axis(4, name === "kind" ? "optimizer" : name, values),
    ),
    axis(2, "labelSmoothing", smoothings),
    ...proportions[0].map((_, k) =>
      axis(3, `proportion of ${domainNames[k] ?? k}`, ...gathered(proportions, k)),
    ),
    axis(5, "data", names),
    seedAxis(),
  ];
}

/** Proportions that are shown as they are, and parts that more of them are gathered in. */
const SHARES = { most: 40, parts: 20 } as const;

/**
 * Proportions of domain k; or, where they are too many, the part of [0, 1] that each is in, and its name: of random mixtures no two runs
 * would stand beside each other.
 */
function gathered(
  proportions: readonly (readonly number[])[],
  k: number,
): [entries: readonly number[], label?: (value: string | number) => string] {
  const own = proportions.map((shares) => shares[k]);
  if (new Set(own).size <= SHARES.most) return [own];
  const parts = proportions.map((shares) => {
    const share = shares[k] / shares.reduce((sum, value) => sum + value, 0);
    return Math.min(Math.floor(share * SHARES.parts), SHARES.parts - 1);
  });
  return [parts, (part) => `${Number(part) / SHARES.parts} to ${(Number(part) + 1) / SHARES.parts}`];
}

/** `learningRate` as people write it. */
function words(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

type Flat = Readonly<Record<string, string | number>>;

/** The fields in which entries differ, each with a value for every entry. */
function fieldsOf(entries: readonly Flat[]): { name: string; values: (string | number)[] }[] {
  const names = [...new Set(entries.flatMap((entry) => Object.keys(entry)))];
  return names
    .map((name) => ({ name, values: entries.map((entry) => entry[name] ?? "default") }))
    .filter(({ values }) => new Set(values).size > 1);
}

function flat(entry: Readonly<Record<string, unknown>>): Flat {
  return Object.fromEntries(
    Object.entries(entry).map(([name, value]) => [name, typeof value === "number" ? value : text(value)]),
  );
}

/** A law is one word. */
function flatMixing(entry: Readonly<Record<string, unknown>>): Flat {
  const { kind, law, ...rest } = entry;
  return { law: kind === "erm" ? "erm" : lawWord(law as Readonly<Record<string, unknown>>), ...flat(rest) };
}

function lawWord({ kind, a, b, ...rest }: Readonly<Record<string, unknown>>): string {
  if (kind === "beta") return b === undefined || a === b ? `beta(${a})` : `beta(${a}, ${b})`;
  const values = Object.values(rest).join(", ");
  return values === "" ? String(kind) : `${kind}(${values})`;
}

function text(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** Mean, deviation and numbers of runs of the cells of two axes. */
export interface Cells {
  readonly columns: number;
  readonly rows: number;
  /** [rows * columns]; NaN where no run is finite. */
  readonly mean: Float64Array;
  readonly deviation: Float64Array;
  readonly runs: Uint32Array;
  readonly diverged: Uint32Array;
  readonly least: number;
  readonly most: number;
}

/** `at[a]`: the value that axis a is held at, or -1 for all. */
export function cellsOf(
  { axes, final, diverged, count }: MergedSweep,
  metric: Metric,
  x: number,
  y: number,
  at: readonly number[],
): Cells {
  const [across, down] = [axes[x], axes[y]] as (Axis | undefined)[];
  const columns = across?.values.length ?? 1;
  const rows = down?.values.length ?? 1;
  const cells = rows * columns;
  const [mean, squares] = [new Float64Array(cells), new Float64Array(cells)];
  const [runs, lost] = [new Uint32Array(cells), new Uint32Array(cells)];
  const values = final[metric];
  const held = axes.flatMap((axis, a) => (a !== x && a !== y && at[a] >= 0 ? [{ axis, value: at[a] }] : []));
  for (let i = 0; i < count; i++) {
    let isHere = true;
    for (const { axis, value } of held) isHere &&= axis.ofRun[i] === value;
    if (!isHere) continue;
    const cell = (down?.ofRun[i] ?? 0) * columns + (across?.ofRun[i] ?? 0);
    runs[cell]++;
    const value = diverged[i] ? Number.NaN : (values?.[i] ?? Number.NaN);
    if (Number.isNaN(value)) {
      lost[cell]++;
      continue;
    }
    const before = value - mean[cell];
    mean[cell] += before / (runs[cell] - lost[cell]);
    squares[cell] += before * (value - mean[cell]);
  }
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let cell = 0; cell < cells; cell++) {
    const finite = runs[cell] - lost[cell];
    if (finite === 0) mean[cell] = Number.NaN;
    else {
      least = Math.min(least, mean[cell]);
      most = Math.max(most, mean[cell]);
    }
    squares[cell] = finite > 1 ? Math.sqrt(squares[cell] / (finite - 1)) : Number.NaN;
  }
  return { columns, rows, mean, deviation: squares, runs, diverged: lost, least, most };
}

/** Indices of the runs of a cell, `most` at most. */
export function runsOf(
  { axes, count }: MergedSweep,
  x: number,
  y: number,
  at: readonly number[],
  column: number,
  row: number,
  most: number,
): number[] {
  const found: number[] = [];
  for (let i = 0; i < count && found.length < most; i++) {
    let isHere = true;
    for (let a = 0; a < axes.length && isHere; a++) {
      const value = axes[a].ofRun[i];
      if (a === x) isHere = value === column;
      else if (a === y) isHere = value === row;
      else if (at[a] >= 0) isHere = value === at[a];
    }
    if (isHere) found.push(i);
  }
  return found;
}
