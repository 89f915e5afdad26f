/**
 * A population as the bytes that the kernels read: the layouts of `shaders/parts/population.wgsl`. Pure.
 */

import { FINITE, RUN_BYTES, RUN_STATE_BYTES } from "../../kernels/population.ts";
import type { Law } from "../../mixing/laws.ts";
import { type Mixing, PAIRINGS } from "../../mixing/mixing.ts";
import { QUANTILE_TABLE_SIZE, quantileTable } from "../../mixing/quantiles.ts";
import { classIndex } from "../../mixing/sampling.ts";
import { imageSides } from "../../model/layers/layer.ts";
import { type Schedule, scheduleFactor } from "../../model/optimizer.ts";
import { traceModel } from "../../model/trace.ts";
import { gridRows } from "../../numeric/permutation.ts";
import { modelTargets } from "../../population/fits.ts";
import type { Population, Run } from "../../population/population.ts";

/** The read-only buffers of bind group 0. */
export interface PackedPopulation {
  readonly population: Uint32Array<ArrayBuffer>;
  readonly runs: ArrayBuffer;
  readonly data: Float32Array<ArrayBuffer>;
  readonly tables: Float32Array<ArrayBuffer>;
  readonly indices: Uint32Array<ArrayBuffer>;
}

/** Where the parts of the `data` buffer start, in numbers. */
export interface DataOffsets {
  readonly targets: number;
  readonly evaluationPoints: number;
  readonly evaluationTargets: number;
  readonly probePoints: number;
  readonly end: number;
}

/** Offsets of targets [N, C], evaluation points [E, D] and targets [E, C], unless they are those, and probe points [M, D]. */
export function dataOffsets(population: Population): DataOffsets {
  const { data, evaluationData, probePoints, model } = population;
  const { outputs } = traceModel(model);
  // Points begin at multiples of four, so that kernels can read them four numbers at a time.
  const roundUp = (count: number) => 4 * Math.ceil(count / 4);
  const targets = data.points.length;
  const ownEnd = targets + data.size * outputs;
  // Nothing is stored twice.
  const isShared = evaluationData === data;
  const evaluationPoints = isShared ? 0 : roundUp(ownEnd);
  const evaluationTargets = isShared ? targets : evaluationPoints + evaluationData.points.length;
  const probe = roundUp(isShared ? ownEnd : evaluationTargets + evaluationData.size * outputs);
  return {
    targets,
    evaluationPoints,
    evaluationTargets,
    probePoints: probe,
    end: probe + probePoints.length,
  };
}

/** Words of one evaluation of all runs: see `shaders/parts/metrics.wgsl`. */
export function metricsStride(population: Population): number {
  const { runs, model, probePoints, data } = population;
  const { outputs } = traceModel(model);
  return runs.length * (4 + (probePoints.length / data.dimensions) * outputs);
}

/** All read-only buffers. `parameterStride` is P rounded up to a multiple of 4. */
export function packPopulation(population: Population, parameterStride: number): PackedPopulation {
  const { data, evaluationData, evaluationLabels, probePoints, model, loss } = population;
  const { outputs } = traceModel(model);
  const offsets = dataOffsets(population);
  const numbers = new Float32Array(offsets.end);
  numbers.set(data.points);
  numbers.set(modelTargets(loss, outputs, data), offsets.targets);
  numbers.set(evaluationData.points, offsets.evaluationPoints);
  numbers.set(modelTargets(loss, outputs, evaluationData), offsets.evaluationTargets);
  numbers.set(probePoints, offsets.probePoints);

  const classes = classIndex(data);
  const at = indexOffsets(population);
  const indices = new Uint32Array(at.end);
  indices.set(classes.order);
  indices.set(classes.start, at.classStart);
  indices.set(classes.labels, at.labels);
  indices.set(evaluationLabels ?? new Uint32Array(evaluationData.size), at.evaluationLabels);
  return {
    population: packSizes(population, parameterStride),
    ...packRuns(population),
    data: numbers,
    indices,
  };
}

/** Where the parts of the `indices` buffer start: points by class [N] are at 0. */
function indexOffsets({ data, evaluationData }: Population) {
  const classStart = data.size;
  const labels = classStart + (data.labels === undefined ? 1 : data.targetSize) + 1;
  const evaluationLabels = labels + data.size;
  return { classStart, labels, evaluationLabels, end: evaluationLabels + evaluationData.size };
}

/** The `Population` uniform; of an epoch's last batch, where it is smaller than the others. */
export function packSizes(
  population: Population,
  parameterStride: number,
  isLast = false,
): Uint32Array<ArrayBuffer> {
  const { runs, data, evaluationData, probePoints, model, steps, batching } = population;
  const offsets = dataOffsets(population);
  const at = indexOffsets(population);
  const drawn = isLast ? batching.last : batching.drawn;
  return Uint32Array.of(
    runs.length,
    data.size,
    isLast ? population.lastBatchSize : population.batchSize,
    data.dimensions,
    traceModel(model).outputs,
    parameterStride,
    drawn,
    batching.drawn,
    batching.epochSize,
    gridRows(data.size),
    gridRows(drawn),
    ...imageSides(model.inputShape),
    steps,
    population.evaluateEvery,
    evaluationData.size,
    probePoints.length / data.dimensions,
    offsets.targets,
    offsets.evaluationPoints,
    offsets.evaluationTargets,
    offsets.probePoints,
    at.classStart,
    at.labels,
    at.evaluationLabels,
    metricsStride(population),
  );
}

/** Clocks and accounts of runs that have not begun. */
export function packInitialStates(runs: number): ArrayBuffer {
  const states = new ArrayBuffer(runs * RUN_STATE_BYTES);
  const words = new Uint32Array(states);
  for (let r = 0; r < runs; r++) words[(r * RUN_STATE_BYTES) / 4 + 1] = FINITE;
  return states;
}

/** Steps whose learning rates lie on the device at once; a longer training's are written submit by submit. As in update.wgsl. */
export const SCHEDULE_WINDOW = 65536;

/** Numbers of a schedule in the tables: one if it stays the same. */
function scheduleSize({ kind }: Schedule, steps: number): number {
  return kind === "constant" ? 1 : Math.min(steps, SCHEDULE_WINDOW);
}

/** Factors of a schedule's learning rate for steps `first` on. */
export function writeFactors(schedule: Schedule, first: number, factors: Float32Array): void {
  for (let i = 0; i < factors.length; i++) factors[i] = scheduleFactor(schedule, first + i);
}

/** The schedules that have to be written as training goes on, and where each lies in the tables; none where all fit. */
export function windowedSchedules({ runs, steps }: Population): { schedule: Schedule; offset: number }[] {
  if (steps <= SCHEDULE_WINDOW) return [];
  let offset = distinct(lawsOf(runs)).values.length * QUANTILE_TABLE_SIZE;
  return distinct(runs.map((run) => run.optimizer.schedule)).values.flatMap((schedule) => {
    const own = { schedule, offset };
    offset += scheduleSize(schedule, steps);
    return schedule.kind === "constant" ? [] : [own];
  });
}

/** The runs' records, and the tables they point into: one per distinct law and one per distinct schedule, then the padding's. */
function packRuns({ runs, steps, augmentation }: Population): Pick<PackedPopulation, "tables" | "runs"> {
  const laws = distinct(lawsOf(runs));
  const schedules = distinct(runs.map((run) => run.optimizer.schedule));
  const scheduleSizes = schedules.values.map((schedule) => scheduleSize(schedule, steps));
  const scheduleOffsets: number[] = [];
  let end = laws.values.length * QUANTILE_TABLE_SIZE;
  for (const count of scheduleSizes) {
    scheduleOffsets.push(end);
    end += count;
  }
  const fill = augmentation?.fill ?? [];
  const tables = new Float32Array(end + fill.length);
  tables.set(fill, end);
  laws.values.forEach((law, i) => {
    tables.set(quantileTable(law), i * QUANTILE_TABLE_SIZE);
  });
  schedules.values.forEach((schedule, i) => {
    writeFactors(schedule, 0, tables.subarray(scheduleOffsets[i], scheduleOffsets[i] + scheduleSizes[i]));
  });

  const runBytes = new ArrayBuffer(runs.length * RUN_BYTES);
  const integers = new Uint32Array(runBytes);
  const reals = new Float32Array(runBytes);
  runs.forEach(({ seed, mixing, optimizer, labelSmoothing }, r) => {
    const { geometry } = mixing;
    const at = (r * RUN_BYTES) / 4;
    integers.set(
      [
        seed,
        laws.indexOf[r] * QUANTILE_TABLE_SIZE,
        PAIRINGS.indexOf(mixing.pairing),
        mixing.granularity === "sample" ? 1 : 0,
        scheduleOffsets[schedules.indexOf[r]],
        optimizer.schedule.kind === "constant" ? 0 : 1,
        optimizer.nesterov ? 1 : 0,
        optimizer.gradients === "accumulated" ? 1 : 0,
      ],
      at,
    );
    reals.set(
      [
        optimizer.learningRate,
        optimizer.momentum,
        optimizer.weightDecay,
        optimizer.epsilon,
        optimizer.beta1,
        optimizer.beta2,
        // Subtracted in float64: 1 - 0.999 in float32 is off by 3e-5 of itself.
        1 - optimizer.beta1,
        1 - optimizer.beta2,
        labelSmoothing,
        mixing.probability ?? 1,
        geometry?.kind === "cutmix" ? geometry.probability : 0,
      ],
      at + 8,
    );
    integers.set(
      [
        laws.indexOf[runs.length + r] * QUANTILE_TABLE_SIZE,
        geometry?.kind === "hidden" ? geometry.after.length : 0,
      ],
      at + 19,
    );
  });
  return { tables, runs: runBytes };
}

/** The runs' laws of lambda, `[R]`, and then those of their boxes, `[R]`. */
function lawsOf(runs: readonly Run[]): Law[] {
  const ofBoxes = ({ law, geometry }: Mixing) => (geometry?.kind === "cutmix" && geometry.law) || law;
  return [...runs.map(({ mixing }) => mixing.law), ...runs.map(({ mixing }) => ofBoxes(mixing))];
}

/** Numbers in the `tables` buffer. */
export function tablesSize(population: Population): number {
  return fillOffset(population) + (population.augmentation?.fill.length ?? 0);
}

/** Where in the tables the value of an augmentation's padding is, for each channel. */
export function fillOffset({ runs, steps }: Population): number {
  const laws = distinct(lawsOf(runs)).values;
  const schedules = distinct(runs.map((run) => run.optimizer.schedule)).values;
  const scheduled = schedules.reduce((sum, schedule) => sum + scheduleSize(schedule, steps), 0);
  return laws.length * QUANTILE_TABLE_SIZE + scheduled;
}

/** The distinct values among descriptions, and for each description the index of its value. */
function distinct<T>(descriptions: readonly T[]): { values: T[]; indexOf: number[] } {
  const seen = new Map<string, number>();
  const values: T[] = [];
  const indexOf = descriptions.map((description) => {
    const key = JSON.stringify(description);
    let index = seen.get(key);
    if (index === undefined) {
      index = values.push(description) - 1;
      seen.set(key, index);
    }
    return index;
  });
  return { values, indexOf };
}
