/**
 * A population as the bytes that the kernels read: the layouts of `shaders/parts/population.wgsl`. Pure.
 */

import { FINITE, RUN_STATE_BYTES } from "../../kernels/population.ts";
import { imageSides } from "../../model/layers/layer.ts";
import { traceModel } from "../../model/trace.ts";
import { gridRows } from "../../numeric/permutation.ts";
import { banditDomains, firstBandit } from "../../population/bandits.ts";
import { modelTargets, targetColumns } from "../../population/fits.ts";
import type { Population } from "../../population/population.ts";
import { indexLayout, packIndices } from "./packIndices.ts";
import { packRuns } from "./packRuns.ts";
import { packTables } from "./packTables.ts";

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
  const { data, evaluationData, probePoints, model, loss } = population;
  const columns = targetColumns(loss, traceModel(model).outputs);
  // Points begin at multiples of four, so that kernels can read them four numbers at a time.
  const roundUp = (count: number) => 4 * Math.ceil(count / 4);
  const targets = data.points.length;
  const ownEnd = targets + data.size * columns;
  // Nothing is stored twice.
  const isShared = evaluationData === data;
  const evaluationPoints = isShared ? 0 : roundUp(ownEnd);
  const evaluationTargets = isShared ? targets : evaluationPoints + evaluationData.points.length;
  const probe = roundUp(isShared ? ownEnd : evaluationTargets + evaluationData.size * columns);
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
  const shares = banditDomains(population);
  return runs.length * (4 + (probePoints.length / data.dimensions) * outputs + shares);
}

/** All read-only buffers, for a training that is at step `step`. `parameterStride` is P rounded up to a multiple of 4. */
export function packPopulation(population: Population, parameterStride: number, step = 0): PackedPopulation {
  const { data, evaluationData, probePoints, model, loss } = population;
  const { outputs } = traceModel(model);
  const offsets = dataOffsets(population);
  const numbers = new Float32Array(offsets.end);
  numbers.set(data.points);
  numbers.set(modelTargets(loss, outputs, data), offsets.targets);
  numbers.set(evaluationData.points, offsets.evaluationPoints);
  numbers.set(modelTargets(loss, outputs, evaluationData), offsets.evaluationTargets);
  numbers.set(probePoints, offsets.probePoints);

  return {
    population: packSizes(population, parameterStride),
    runs: packRuns(population, parameterStride, step),
    tables: packTables(population, parameterStride),
    data: numbers,
    indices: packIndices(population),
  };
}

/** The `Population` uniform; of an epoch's last batch, where it is smaller than the others. */
export function packSizes(
  population: Population,
  parameterStride: number,
  isLast = false,
): Uint32Array<ArrayBuffer> {
  const { runs, data, evaluationData, probePoints, model, steps, batching } = population;
  const offsets = dataOffsets(population);
  const at = indexLayout(population);
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

/** Clocks and accounts of runs that have not begun, and what bandits have: their rewards and shares `[R, 2 K]`. */
export function packInitialStates(population: Population): {
  states: Uint32Array<ArrayBuffer>;
  policies: Float32Array<ArrayBuffer>;
} {
  const { runs, data } = population;
  const K = banditDomains(population);
  const width = RUN_STATE_BYTES / 4;
  const states = new Uint32Array(runs.length * width);
  const policies = new Float32Array(runs.length * 2 * K);
  runs.forEach((run, r) => {
    states[r * width + 1] = FINITE;
    if (K === 0) return;
    const row = firstBandit(run, data, 0);
    policies.set(row.subarray(0, 2 * K), r * 2 * K);
    states[r * width + 6] = row[2 * K];
  });
  return { states, policies };
}
