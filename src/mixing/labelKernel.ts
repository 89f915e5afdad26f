/**
 * Pairing by nearness of labels (C-Mixup, 2210.05775): the partner j of point i has probability proportional to
 * exp(-|y_i - y_j|^2 / (2 s^2)), labels of any dimension, s the bandwidth in units of the labels.
 *
 * What is drawn by are tables of integers, made here in float64: a CPU and a GPU that read them draw the same partners. Up to
 * {@link MOST_ROWS} points they are the rows' running sums; beyond it the points sorted by their label, with a window of four
 * bandwidths around each, out of which candidates are taken or left. Twin of `shaders/parts/labelKernel.wgsl`.
 */

import {
  checkBoolean,
  checkInteger,
  checkNumber,
  checkObject,
  checkOptions,
  checkWord,
  float64Numbers,
} from "../check.ts";
import type { Dataset } from "../data/dataset.ts";
import { ConfigError } from "../errors.ts";
import { boundedInteger, PURPOSE, threefry, threefrySecond } from "../numeric/threefry.ts";

/** Pairing by nearness of labels. Made by {@link labelKernel}. */
export interface LabelKernel {
  readonly kind: "label-kernel";
  /** s, in units of the labels. */
  readonly bandwidth: number;
  /** Whether a point may be its own partner; if not, and all others are out of reach, it is all the same. */
  readonly includesSelf: boolean;
}

/**
 * Partners with near labels: for regression.
 * @throws ConfigError for a bandwidth that is not positive.
 */
export function labelKernel(options: { bandwidth: number; includesSelf?: boolean }): LabelKernel {
  checkOptions("labelKernel", options, ["bandwidth", "includesSelf"]);
  const { bandwidth, includesSelf = true } = options;
  return checkLabelKernel({ kind: "label-kernel", bandwidth, includesSelf }, "labelKernel");
}

/** @throws ConfigError */
export function checkLabelKernel(kernel: LabelKernel, path: string): LabelKernel {
  checkOptions(path, kernel, ["kind", "bandwidth", "includesSelf"]);
  checkWord(`${path}.kind`, kernel.kind, ["label-kernel"], "pairing");
  checkNumber(`${path}.bandwidth`, kernel.bandwidth, { above: 0, float32: true, what: "a bandwidth" });
  checkBoolean(`${path}.includesSelf`, kernel.includesSelf);
  return kernel;
}

/** Most points whose rows are tabulated: n^2 words. */
export const MOST_ROWS = 4096;

/** Running sums, and what a kernel's value is compared with, are in parts of this: words of 31 bits, so that all of it fits. */
const WHOLE = 2 ** 31;
/** The window reaches so many bandwidths: beyond it lies 1e-4 of the kernel. */
const REACH = 4;
/** Cells of a window's half, in each of which the kernel is taken as its value in the middle. */
export const CELLS = 1024;
/** Candidates out of a window; then the point itself, or its nearest neighbour, is taken. */
export const MOST_TRIES = 64;

/**
 * Probabilities `[n, n]` of each partner (column) of each point (row), of labels `[n, T]` with T numbers a point (`outputs`), in
 * float64. A row whose weights are all 0 is its own partner.
 * @throws ConfigError for labels that make no points, a bad kernel, more than 4,096 points.
 */
export function labelKernelProbabilities(
  labels: ArrayLike<number>,
  outputs: number,
  kernel: Omit<LabelKernel, "kind">,
): Float64Array {
  const own = float64Numbers("labels", labels);
  checkInteger("outputs", outputs, 1, 2 ** 24, "a number of labels");
  if (own.length === 0 || own.length % outputs !== 0 || own.length > MOST_ROWS * outputs) {
    throw new ConfigError(
      "labels",
      `${own.length} numbers: give ${outputs} for each point, of 1 to ${MOST_ROWS} points.`,
    );
  }
  checkObject("kernel", kernel, "Give labelKernel({ bandwidth }).");
  return probabilitiesOf(own, outputs, checkLabelKernel({ ...kernel, kind: "label-kernel" }, "kernel"));
}

function probabilitiesOf(
  labels: Float64Array,
  outputs: number,
  { bandwidth, includesSelf }: LabelKernel,
): Float64Array {
  const n = labels.length / outputs;
  const rows = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    const row = rows.subarray(i * n, (i + 1) * n);
    let sum = 0;
    for (let j = 0; j < n; j++) {
      if (i === j && !includesSelf) continue;
      let square = 0;
      for (let t = 0; t < outputs; t++) square += (labels[i * outputs + t] - labels[j * outputs + t]) ** 2;
      row[j] = Math.exp(-square / (2 * bandwidth * bandwidth));
      sum += row[j];
    }
    if (sum === 0) row[i] = 1;
    else for (let j = 0; j < n; j++) row[j] /= sum;
  }
  return rows;
}

/**
 * The tables that a kernel draws by, for the points of `members` (of all, if there are none), as the kernels read them:
 * up to {@link MOST_ROWS} points rows of running sums `[n, n]`; beyond it a scale's bits, `[CELLS]` values of the kernel, the points in
 * the order of their labels, the first and the end of each point's window in that order, and each point's nearest other, `[n]` each.
 * @throws ConfigError for labels of several dimensions of more points than that.
 */
export function labelKernelTable(
  { targets, targetSize, size }: Dataset,
  kernel: LabelKernel,
  members?: Uint32Array,
  mostRows = MOST_ROWS,
): Uint32Array<ArrayBuffer> {
  const n = members?.length ?? size;
  const labels = new Float64Array(n * targetSize);
  for (let i = 0; i < n; i++) {
    const point = members?.[i] ?? i;
    labels.set(targets.subarray(point * targetSize, (point + 1) * targetSize), i * targetSize);
  }
  return n <= mostRows ? rowSums(labels, targetSize, kernel) : windows(labels, targetSize, kernel);
}

/** Words of {@link labelKernelTable} for n points. */
export function labelKernelTableSize(n: number): number {
  return n <= MOST_ROWS ? n * n : windowsSize(n);
}

function windowsSize(n: number): number {
  return 1 + CELLS + 4 * n;
}

/** The partner of point `first` of n for step `step` and place `place` of the batch, by a table for these points and labels `[n]`. */
export function labelKernelPartner(
  table: Uint32Array,
  n: number,
  labelOf: (point: number) => number,
  includesSelf: boolean,
  key: { readonly seed: number; readonly step: number; readonly place: number },
  first: number,
): number {
  const { seed, step, place } = key;
  if (table.length === n * n) {
    const word = threefry(seed, PURPOSE.pair, step, place) >>> 1;
    return partnerOfRow(table.subarray(first * n, (first + 1) * n), word);
  }
  const scale = new Float32Array(table.buffer, table.byteOffset, 1)[0];
  const order = 1 + CELLS;
  const low = table[order + n + first];
  const high = table[order + 2 * n + first];
  for (let attempt = 0; attempt < MOST_TRIES; attempt++) {
    const word = threefry(seed, PURPOSE.partnerTry, step, place * MOST_TRIES + attempt);
    const taken = threefrySecond() >>> 1;
    const candidate = table[order + low + boundedInteger(word, high - low)];
    const distance = Math.fround(Math.abs(Math.fround(labelOf(first) - labelOf(candidate))));
    const cell = Math.floor(Math.fround(distance * scale));
    if (cell < CELLS && taken < table[1 + cell] && (includesSelf || candidate !== first)) return candidate;
  }
  return includesSelf ? first : table[order + 3 * n + first];
}

/** The first column whose running sum is above a word of 31 bits. */
export function partnerOfRow(row: Uint32Array, word: number): number {
  let partner = 0;
  for (let step = MOST_ROWS / 2; step >= 1; step /= 2) {
    const next = partner + step;
    if (next <= row.length && row[next - 1] <= word) partner = next;
  }
  return Math.min(partner, row.length - 1);
}

function rowSums(labels: Float64Array, outputs: number, kernel: LabelKernel): Uint32Array<ArrayBuffer> {
  const n = labels.length / outputs;
  const rows = probabilitiesOf(labels, outputs, kernel);
  const sums = new Uint32Array(n * n);
  for (let i = 0; i < n; i++) {
    let sum = 0;
    let last = 0;
    for (let j = 0; j < n; j++) {
      sum += rows[i * n + j];
      if (rows[i * n + j] > 0) last = j;
      sums[i * n + j] = Math.min(Math.round(sum * WHOLE), WHOLE);
    }
    // The sum of all is 1, whatever was rounded: nobody beyond the last one of weight is drawn.
    for (let j = last; j < n; j++) sums[i * n + j] = WHOLE;
  }
  return sums;
}

function windows(
  labels: Float64Array,
  outputs: number,
  { bandwidth }: LabelKernel,
): Uint32Array<ArrayBuffer> {
  const n = labels.length / outputs;
  if (outputs !== 1) {
    throw new ConfigError(
      "pairing",
      `label-kernel pairs ${n} points by ${outputs} labels each: more than ${MOST_ROWS} points need labels of one number.`,
    );
  }
  const table = new Uint32Array(windowsSize(n));
  new Float32Array(table.buffer, 0, 1)[0] = CELLS / (REACH * bandwidth);
  for (let cell = 0; cell < CELLS; cell++) {
    const distance = (REACH * (cell + 0.5)) / CELLS;
    table[1 + cell] = Math.round(Math.exp(-(distance * distance) / 2) * WHOLE);
  }
  const order = Uint32Array.from(labels.keys()).sort((a, b) => labels[a] - labels[b] || a - b);
  const at = 1 + CELLS;
  table.set(order, at);
  let low = 0;
  let high = 0;
  order.forEach((point, place) => {
    const label = labels[point];
    while (label - labels[order[low]] > REACH * bandwidth) low++;
    while (high < n && labels[order[high]] - label <= REACH * bandwidth) high++;
    table[at + n + point] = low;
    table[at + 2 * n + point] = high;
    const before = place > 0 ? label - labels[order[place - 1]] : Number.POSITIVE_INFINITY;
    const after = place + 1 < n ? labels[order[place + 1]] - label : Number.POSITIVE_INFINITY;
    const isAlone = Math.min(before, after) > REACH * bandwidth;
    table[at + 3 * n + point] = isAlone ? point : order[before <= after ? place - 1 : place + 1];
  });
  return table;
}
