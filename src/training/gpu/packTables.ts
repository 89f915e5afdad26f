/**
 * The `tables` buffer: numbers that runs point into, once for all runs that share them, whatever their phase: quantiles of laws,
 * learning-rate factors of schedules, marks of frozen parameters, weights of points, the padding of images. Pure.
 *
 * Not here: the runs' records (`packRuns.ts`).
 */

import type { Law } from "../../mixing/laws.ts";
import type { Mixing } from "../../mixing/mixing.ts";
import { QUANTILE_TABLE_SIZE, quantileTable } from "../../mixing/quantiles.ts";
import { type Schedule, scheduleFactor } from "../../model/optimizer.ts";
import { allPhases, frozenParameters } from "../../population/phases.ts";
import type { Population, Run } from "../../population/population.ts";

/** Steps whose learning rates lie on the device at once; a longer training's are written submit by submit. As in update.wgsl. */
export const SCHEDULE_WINDOW = 65536;

/** Offset of what a run has none of. As in population.wgsl. */
export const NOTHING = 0xffffffff;

/** A schedule, and the step at which it begins. */
interface StartedSchedule {
  readonly schedule: Schedule;
  readonly start: number;
}

/** Where things lie in the tables, in numbers. */
export interface TableLayout {
  readonly size: number;
  readonly fill: number;
  law(law: Law): number;
  schedule(run: Run): number;
  /** {@link NOTHING} where a run has none. */
  frozen(run: Run): number;
  weights(run: Run): number;
}

/** Numbers of a schedule in the tables: one if it stays the same. */
function scheduleSize({ kind }: Schedule, steps: number): number {
  return kind === "constant" ? 1 : Math.min(steps, SCHEDULE_WINDOW);
}

/** Factors of a schedule's learning rate for steps `first` on. */
export function writeFactors(
  { schedule, start }: StartedSchedule,
  first: number,
  factors: Float32Array,
): void {
  for (let i = 0; i < factors.length; i++)
    factors[i] = scheduleFactor(schedule, Math.max(first + i - start, 0));
}

function startedSchedule({ optimizer: { schedule }, optimizerStart = 0 }: Run): StartedSchedule {
  return { schedule, start: schedule.kind === "constant" ? 0 : optimizerStart };
}

/** What a law of lambda of boxes is, if not that of the points. */
export function lawOfBoxes({ law, geometry }: Mixing): Law {
  return (geometry?.kind === "cutmix" && geometry.law) || law;
}

/** All that the tables hold. */
interface Parts {
  readonly laws: Distinct<Law>;
  readonly schedules: Distinct<StartedSchedule>;
  readonly frozen: Distinct<readonly string[]>;
  readonly weights: Distinct<Run>;
}

function partsOf(population: Population): Parts {
  const runs = allPhases(population);
  const laws = runs.flatMap(({ mixing }) => [
    mixing.law,
    lawOfBoxes(mixing),
    ...(mixing.labelLambda ? [mixing.labelLambda] : []),
  ]);
  return {
    laws: new Distinct(laws, JSON.stringify),
    schedules: new Distinct(runs.map(startedSchedule), JSON.stringify),
    frozen: new Distinct(
      runs.flatMap(({ frozen }) => (frozen ? [frozen] : [])),
      JSON.stringify,
    ),
    // Phases that leave weights as they were share them.
    weights: new Distinct(
      runs.filter(({ weights }) => weights !== undefined),
      weightsKey,
    ),
  };
}

function weightsKey({ weights, train }: Run): string {
  return `${weights?.join()};${train?.join()}`;
}

/** Where the parts of a population's tables lie. */
export function tableLayout(population: Population, parameterStride: number): TableLayout {
  return layoutOf(population, partsOf(population), parameterStride);
}

function layoutOf(
  { steps, augmentation, data }: Population,
  { laws, schedules, frozen, weights }: Parts,
  parameterStride: number,
): TableLayout {
  const scheduleOffsets: number[] = [];
  let end = laws.values.length * QUANTILE_TABLE_SIZE;
  for (const { schedule } of schedules.values) {
    scheduleOffsets.push(end);
    end += scheduleSize(schedule, steps);
  }
  const fill = end;
  const frozenStart = fill + (augmentation?.fill.length ?? 0);
  const weightsStart = frozenStart + frozen.values.length * parameterStride;
  return {
    size: weightsStart + weights.values.length * data.size,
    fill,
    law: (law) => laws.indexOf(law) * QUANTILE_TABLE_SIZE,
    schedule: (run) => scheduleOffsets[schedules.indexOf(startedSchedule(run))],
    frozen: (run) => (run.frozen ? frozenStart + frozen.indexOf(run.frozen) * parameterStride : NOTHING),
    weights: (run) => (run.weights ? weightsStart + weights.indexOf(run) * data.size : NOTHING),
  };
}

/** The tables themselves. */
export function packTables(population: Population, parameterStride: number): Float32Array<ArrayBuffer> {
  const { steps, augmentation, model, data } = population;
  const parts = partsOf(population);
  const layout = layoutOf(population, parts, parameterStride);
  const tables = new Float32Array(layout.size);
  for (const law of parts.laws.values) tables.set(quantileTable(law), layout.law(law));
  let at = parts.laws.values.length * QUANTILE_TABLE_SIZE;
  for (const started of parts.schedules.values) {
    const size = scheduleSize(started.schedule, steps);
    writeFactors(started, 0, tables.subarray(at, at + size));
    at += size;
  }
  tables.set(augmentation?.fill ?? [], layout.fill);
  for (const run of allPhases(population))
    if (run.frozen) tables.set(frozenParameters(model, run)!, layout.frozen(run));
  for (const run of parts.weights.values) {
    const own = tables.subarray(layout.weights(run), layout.weights(run) + data.size);
    run.weights!.forEach((weight, i) => {
      own[run.train?.[i] ?? i] = weight;
    });
  }
  return tables;
}

/** The schedules that have to be written as training goes on, and where each lies in the tables; none where all fit. */
export function windowedSchedules(population: Population): (StartedSchedule & { offset: number })[] {
  if (population.steps <= SCHEDULE_WINDOW) return [];
  const { laws, schedules } = partsOf(population);
  let offset = laws.values.length * QUANTILE_TABLE_SIZE;
  return schedules.values.flatMap((started) => {
    const own = { ...started, offset };
    offset += scheduleSize(started.schedule, population.steps);
    return started.schedule.kind === "constant" ? [] : [own];
  });
}

/** The distinct values among many, each with its place. */
export class Distinct<T> {
  readonly values: T[] = [];
  private readonly places = new Map<string, number>();

  constructor(
    all: readonly T[],
    private readonly keyOf: (value: T) => string,
  ) {
    for (const value of all) {
      const key = keyOf(value);
      if (!this.places.has(key)) this.places.set(key, this.values.push(value) - 1);
    }
  }

  /** Place of a value that was among them. */
  indexOf(value: T): number {
    return this.places.get(this.keyOf(value))!;
  }
}
