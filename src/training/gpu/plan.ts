/**
 * How a population will be trained on a device: which executor, in what shape, with how much memory, how many
 * evaluations between two readbacks. Pure: numbers in, numbers out, tested without a GPU. Refuses what does not fit
 * before anything is allocated.
 *
 * Not here: making buffers (`state.ts`), encoding (`residentExecutor.ts`, `layeredExecutor.ts`).
 */

import { ConfigError, LimitError } from "../../errors.ts";
import { RUN_BYTES, RUN_STATE_BYTES } from "../../kernels/population.ts";
import { type ResidentShape, residentShape } from "../../kernels/step/resident.ts";
import { type ResidentBatchShape, residentBatchShape } from "../../kernels/step/residentBatch.ts";
import {
  checkVariants,
  chooseVariants,
  convolutionTiles,
  productShapes,
  residentPreference,
  resolved,
  type Variants,
  type VariantTraits,
} from "../../kernels/variants.ts";
import { PAIRINGS } from "../../mixing/mixing.ts";
import { parameterLayout, stateLayout } from "../../model/layout.ts";
import { LOSSES } from "../../model/loss.ts";
import { OPTIMIZERS } from "../../model/optimizer.ts";
import { hasUnmixed } from "../../population/methods.ts";
import {
  accumulatesGradients,
  evaluationsDone,
  optimizerNumbers,
  type Population,
  populationMoments,
} from "../../population/population.ts";
import type { ExecutorName } from "../training.ts";
import type { PlannedDispatch } from "./layered/dispatch.ts";
import { type LayeredPlan, planLayered } from "./layered/planLayered.ts";
import { dataOffsets, metricsStride, tablesSize } from "./pack.ts";

/** What planning needs to know of a device; the fields are WebGPU's limits. */
export interface PlanLimits extends VariantTraits {
  readonly maxBufferSize: number;
  readonly maxStorageBufferBindingSize: number;
  readonly maxComputeWorkgroupsPerDimension: number;
  readonly maxComputeWorkgroupStorageSize: number;
  readonly maxComputeInvocationsPerWorkgroup: number;
}

export interface Plan {
  readonly executor: ExecutorName;
  /** The kernels' variants. */
  readonly variants: Variants;
  /** Shape of the resident executor's kernel, one of the two that there are; set for that executor. */
  readonly resident?: ResidentShape;
  readonly residentBatch?: ResidentBatchShape;
  /** Dispatches and buffers of the layered executor; set for that executor. */
  readonly layered?: LayeredPlan;
  /** Numbers per run in parameter buffers: P rounded up to a multiple of 4. */
  readonly parameterStride: number;
  /** Moments per parameter: 0, 1 or 2. */
  readonly moments: number;
  /** Numbers per parameter in the moments buffer: the moments, and one more where gradients are accumulated. */
  readonly optimizerNumbers: number;
  /** Words of one evaluation of all runs. */
  readonly metricsStride: number;
  /** Evaluations that fit between two readbacks. */
  readonly metricsEntries: number;
  /** Bytes of each buffer that every executor needs, and of those of the layered one. */
  readonly bytes: Readonly<Record<string, number>>;
  /** Dispatches of one step, kernel by kernel; 0 for `resident`, one of which takes many steps. */
  readonly dispatches: Readonly<Record<string, number>>;
  /** Multiply-adds of one step of the whole population, about: for the first guess of steps per submit. */
  readonly operationsPerStep: number;
}

/** Bytes that the evaluations between two readbacks may take. */
const METRICS_BYTES = 4 << 20;
const MAX_METRICS_ENTRIES = 64;

/**
 * Plans a population that is trained in one piece.
 * @throws LimitError naming the limit, what is needed and what there is; ConfigError when a forced executor or variant
 * can't run it.
 */
export function planTraining(
  population: Population,
  limits: PlanLimits,
  forced: "auto" | ExecutorName = "auto",
  forcedVariants: Partial<Variants> = {},
): Plan {
  const plan = draftPlan(population, limits, forced, forcedVariants);
  checkLimits(plan.bytes, population.runs.length, limits);
  return plan;
}

/** A part of a population, and its plan. */
export interface Shard {
  readonly population: Population;
  readonly plan: Plan;
  /** Index of its first run. */
  readonly first: number;
}

/** Bytes of all parts together. WebGPU does not say how much memory there is: as much as the largest buffer we ask any device for. */
const MOST_BYTES = 2 ** 32;

/**
 * Plans a population in as few parts as fit a device's buffers: one, where it fits as a whole. Runs are the same bits in any.
 * @throws LimitError where not even a run alone fits, or the parts together would take more than 4 GiB; ConfigError as
 * {@link planTraining}.
 */
export function planShards(
  population: Population,
  limits: PlanLimits,
  forced: "auto" | ExecutorName = "auto",
  forcedVariants: Partial<Variants> = {},
): Shard[] {
  const R = population.runs.length;
  // What all runs together ask for decides, as if they fitted.
  const { executor } = draftPlan(population, limits, forced, forcedVariants);
  for (let count = 1; ; count++) {
    const size = Math.ceil(R / count);
    try {
      const shards = Array.from({ length: Math.ceil(R / size) }, (_, i) => {
        const own = { ...population, runs: population.runs.slice(i * size, (i + 1) * size) };
        const part = R === own.runs.length ? population : own;
        return {
          population: part,
          plan: planTraining(part, limits, executor, forcedVariants),
          first: i * size,
        };
      });
      if (shards.length > 1) checkTotal(shards);
      return shards;
    } catch (error) {
      if (!(error instanceof LimitError) || size === 1 || error.limit === "memory") throw error;
      // As many as would fit if buffers grew by the run alone, or one more.
      count = Math.max(count, Math.min(R, Math.floor(count * (error.needed / error.available))) - 1);
    }
  }
}

function draftPlan(
  population: Population,
  limits: PlanLimits,
  forced: "auto" | ExecutorName,
  forcedVariants: Partial<Variants>,
): Plan {
  const { model, runs, batchSize, steps } = population;
  const R = runs.length;
  const variants = resolveVariants(limits, forcedVariants);
  const { maxComputeInvocationsPerWorkgroup: maxThreads, maxComputeWorkgroupStorageSize: storage } = limits;
  const mayBeResident = forced !== "layered" && fitsResident(population);
  const residentBatch =
    mayBeResident && variants.resident === "many-threads"
      ? residentBatchShape(model, batchSize, Math.min(256, maxThreads), storage)
      : undefined;
  const resident =
    mayBeResident && residentBatch === undefined
      ? residentShape(model, batchSize, residentPreference(variants, maxThreads), storage)
      : undefined;
  const isResident = resident !== undefined || residentBatch !== undefined;
  if (forced === "resident" && !isResident) {
    throw new ConfigError(
      "executor",
      "this net or its mixing does not fit the resident executor: it takes one hidden layer with few inputs and outputs, " +
        'points mixed as they are, and batches of one size. Use "layered" or "auto".',
    );
  }

  const parameterStride = Math.ceil(parameterLayout(model).size / 4) * 4;
  const moments = populationMoments(population);
  const stride = metricsStride(population);
  const metricsEntries = Math.max(
    1,
    Math.min(
      MAX_METRICS_ENTRIES,
      evaluationsDone(population, steps),
      Math.floor(METRICS_BYTES / (4 * stride)),
    ),
  );
  const bytes: Record<string, number> = {
    runs: R * RUN_BYTES,
    data: 4 * dataOffsets(population).end,
    tables: 4 * tablesSize(population),
    states: R * RUN_STATE_BYTES,
    parameters: 4 * R * parameterStride,
    netState: 4 * R * stateLayout(model).size,
    moments: 4 * R * parameterStride * optimizerNumbers(population),
    metrics: 4 * stride * metricsEntries,
  };
  const layered = !isResident
    ? planLayered(population, {
        parameterStride,
        products: productShapes(variants),
        tiles: convolutionTiles(variants),
        overrides: specialize(population, moments),
      })
    : undefined;
  Object.assign(bytes, layered?.buffers);
  return {
    executor: isResident ? "resident" : "layered",
    variants,
    resident,
    residentBatch,
    layered,
    parameterStride,
    moments,
    optimizerNumbers: optimizerNumbers(population),
    metricsStride: stride,
    metricsEntries,
    bytes,
    dispatches: layered === undefined ? { resident: 0 } : countDispatches(layered.step),
    operationsPerStep: R * (batchSize * stepWork(population, layered) + 6 * parameterStride),
  };
}

/** Values for the overrides that say which loss and optimizer a kernel computes. */
export function specialize(population: Population, moments: number): Record<string, number> {
  return {
    LOSS: LOSSES.indexOf(population.loss),
    OPTIMIZER: OPTIMIZERS.indexOf(population.runs[0].optimizer.kind),
    MOMENTS: moments,
    ACCUMULATES: accumulatesGradients(population) ? 1 : 0,
    DECAYS: population.runs.some(({ optimizer }) => optimizer.weightDecay !== 0) ? 1 : 0,
    PAIRINGS_USED: population.runs.reduce(
      (bits, { mixing }) => bits | (1 << PAIRINGS.indexOf(mixing.pairing)),
      0,
    ),
    DRAWS_BATCHES: population.batch === "full" ? 0 : 1,
    LEAVES_UNMIXED: population.runs.some(({ mixing }) => (mixing.probability ?? 1) < 1) ? 1 : 0,
    UNMIXED_FIRST: hasUnmixed(population) ? 1 : 0,
  };
}

/** Whether the resident kernel knows how the population's samples are mixed. */
function fitsResident(population: Population): boolean {
  const { hidden, boxes, augmentation, runs, lastBatchSize } = population;
  if (
    hidden !== undefined ||
    augmentation !== undefined ||
    boxes ||
    hasUnmixed(population) ||
    lastBatchSize > 0
  )
    return false;
  return runs.every(({ labelSmoothing }) => labelSmoothing === 0);
}

/** Dispatches by their kernel. */
function countDispatches(dispatches: readonly PlannedDispatch[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { kernel } of dispatches) counts[kernel.shader.name] = (counts[kernel.shader.name] ?? 0) + 1;
  return counts;
}

/** Multiply-adds of one sample, forward and backward, about. */
function stepWork({ model }: Population, layered: LayeredPlan | undefined): number {
  return layered?.work ?? 3 * parameterLayout(model).size;
}

/** What suits the adapter, but for what is forced. */
function resolveVariants(traits: VariantTraits, forced: Partial<Variants>): Variants {
  checkVariants(forced);
  return resolved(chooseVariants(traits), forced, traits);
}

function checkTotal(shards: readonly Shard[]): void {
  const needed = shards
    .flatMap(({ plan }) => Object.values(plan.bytes))
    .reduce((sum, bytes) => sum + bytes, 0);
  if (needed > MOST_BYTES)
    throw new LimitError("memory", needed, MOST_BYTES, "Train fewer runs at once or a smaller net.");
}

function checkLimits(bytes: Record<string, number>, runs: number, limits: PlanLimits): void {
  if (runs > limits.maxComputeWorkgroupsPerDimension) {
    throw new LimitError(
      "maxComputeWorkgroupsPerDimension",
      runs,
      limits.maxComputeWorkgroupsPerDimension,
      "It has more runs than the device dispatches at once.",
    );
  }
  for (const limit of ["maxStorageBufferBindingSize", "maxBufferSize"] as const) {
    for (const [name, needed] of Object.entries(bytes)) {
      if (needed > limits[limit]) {
        throw new LimitError(
          limit,
          needed,
          limits[limit],
          `The population's ${name} buffer does not fit: train fewer runs at once, a smaller batch or a smaller net.`,
        );
      }
    }
  }
}
