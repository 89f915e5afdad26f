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
import { parameterLayout, stateLayout } from "../../model/layout.ts";
import { isContrastive, LOSSES } from "../../model/loss.ts";
import { OPTIMIZERS } from "../../model/optimizer.ts";
import { banditDomains } from "../../population/bandits.ts";
import { hasBoxes, hasUnmixed } from "../../population/methods.ts";
import { allPhases, batchingOfRun, pointsOf } from "../../population/phases.ts";
import {
  accumulatesGradients,
  evaluationsDone,
  optimizerNumbers,
  type Population,
  populationMoments,
  type Run,
} from "../../population/population.ts";
import { MOST_WORK } from "../pace.ts";
import type { ExecutorName } from "../training.ts";
import type { PlannedDispatch } from "./layered/dispatch.ts";
import { type LayeredPlan, planLayered } from "./layered/planLayered.ts";
import { dataOffsets, metricsStride } from "./pack.ts";
import { drawsDomains, hasSubsets, indexLayout } from "./packIndices.ts";
import { pairingCode } from "./packRuns.ts";
import { tableLayout } from "./packTables.ts";

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
  /** Its runs, by their index in the whole. */
  readonly runs: readonly number[];
}

/** Bytes of all parts together. WebGPU does not say how much memory there is: as much as the largest buffer we ask any device for. */
const MOST_BYTES = 2 ** 32;

/**
 * Plans a population in as few parts as there must be: one, where it fits a device's buffers as a whole, all runs have one
 * executor and no dispatch of a step lasts too long. A run's bits are the same in any.
 * @throws LimitError where not even a run alone fits, or the parts together would take more than 4 GiB; ConfigError as
 * {@link planTraining}.
 */
export function planShards(
  population: Population,
  limits: PlanLimits,
  forced: "auto" | ExecutorName = "auto",
  forcedVariants: Partial<Variants> = {},
): Shard[] {
  const shards = executorGroups(population, limits, forced, forcedVariants).flatMap((runs) =>
    planGroup(population, runs, limits, forced, forcedVariants),
  );
  if (shards.length > 1) checkTotal(shards);
  return shards;
}

/** The runs by executor: each has the one that it would have alone. */
function executorGroups(
  population: Population,
  limits: PlanLimits,
  forced: "auto" | ExecutorName,
  forcedVariants: Partial<Variants>,
): number[][] {
  const all = Array.from(population.runs.keys());
  const [small, others] = [all.filter((r) => isResidentRun(population.runs[r])), [] as number[]];
  for (const r of all) if (!isResidentRun(population.runs[r])) others.push(r);
  if (forced !== "auto" || small.length === 0 || others.length === 0) return [all];
  const { executor } = draftPlan(partOf(population, small), limits, forced, forcedVariants);
  return executor === "resident" ? [small, others] : [all];
}

/** A group of runs in as few parts as fit. */
function planGroup(
  population: Population,
  group: readonly number[],
  limits: PlanLimits,
  forced: "auto" | ExecutorName,
  forcedVariants: Partial<Variants>,
): Shard[] {
  // What all of them together ask for decides, as if they fitted.
  const whole = draftPlan(partOf(population, group), limits, forced, forcedVariants);
  const { executor } = whole;
  const mostWork = limits.isFallback ? MOST_WORK.software : MOST_WORK.gpu;
  for (let count = partsByWork(whole, group.length, mostWork); ; count++) {
    const size = Math.ceil(group.length / count);
    try {
      return Array.from({ length: Math.ceil(group.length / size) }, (_, i) => {
        const runs = group.slice(i * size, (i + 1) * size);
        const part = partOf(population, runs);
        return { population: part, plan: planTraining(part, limits, executor, forcedVariants), runs };
      });
    } catch (error) {
      if (!(error instanceof LimitError) || size === 1) throw error;
      // As many as would fit if buffers grew by the run alone, or one more.
      count = Math.max(
        count,
        Math.min(group.length, Math.floor(count * (error.needed / error.available))) - 1,
      );
    }
  }
}

/** Parts into which a step is cut so that no dispatch of it lasts too long: a driver takes one that does for one that hangs. */
function partsByWork({ layered, operationsPerStep }: Plan, runs: number, mostWork: number): number {
  const dispatches = layered && [...layered.step, ...layered.lastStep, ...layered.evaluation];
  const dearest = dispatches?.reduce((most, { work = 0 }) => Math.max(most, work), 0) ?? operationsPerStep;
  return Math.ceil(runs / Math.max(1, Math.floor((runs * mostWork) / Math.max(dearest, mostWork))));
}

/** Some runs of a population as one of their own. */
function partOf(population: Population, group: readonly number[]): Population {
  if (group.length === population.runs.length) return population;
  const runs = group.map((r) => population.runs[r]);
  // A part that is trained on all points counts their epochs, whatever the first run of the whole is trained on.
  const batching = batchingOfRun(runs[0], population);
  return { ...population, runs, batching, boxes: population.boxes && hasBoxes({ runs }) };
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
        "points mixed as they are, batches of one size, and no pairs, weights, frozen layers, self-distilled labels or bandits. " +
        'Use "layered" or "auto".',
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
    tables: 4 * tableLayout(population, parameterStride).size,
    indices: 4 * indexLayout(population).size,
    states: R * RUN_STATE_BYTES,
    parameters: 4 * R * parameterStride,
    netState: 4 * R * stateLayout(model).size,
    moments: 4 * R * parameterStride * optimizerNumbers(population),
    metrics: 4 * stride * metricsEntries,
    policies: 8 * R * banditDomains(population),
  };
  const layered = !isResident
    ? planLayered(population, {
        parameterStride,
        products: productShapes(variants),
        tiles: convolutionTiles(variants),
        sums: variants.sums,
        isFused: variants.steps === "fused",
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
  const phases = allPhases(population);
  const some = (holds: (run: Run) => boolean) => (phases.some(holds) ? 1 : 0);
  return {
    // A loss of pairs has kernels of its own.
    ...(isContrastive(population.loss) ? {} : { LOSS: LOSSES.indexOf(population.loss) }),
    OPTIMIZER: OPTIMIZERS.indexOf(population.runs[0].optimizer.kind),
    MOMENTS: moments,
    ACCUMULATES: accumulatesGradients(population) ? 1 : 0,
    DECAYS: some(({ optimizer }) => optimizer.weightDecay !== 0),
    PAIRINGS_USED: phases.reduce(
      (bits, run) => bits | (1 << pairingCode(run.mixing, pointsOf(run, population))),
      0,
    ),
    DRAWS_BATCHES: population.batch === "full" ? 0 : 1,
    LEAVES_UNMIXED: some(({ mixing }) => (mixing.probability ?? 1) < 1),
    UNMIXED_FIRST: hasUnmixed(population) ? 1 : 0,
    SUBSETS: hasSubsets(population) ? 1 : 0,
    DOMAINS: drawsDomains(population) ? 1 : 0,
    BANDITS: some(({ bandit }) => bandit !== undefined),
    LABEL_LAMBDAS: some(({ mixing }) => mixing.labelLambda !== undefined),
    SMOOTHS: some(({ labelSmoothing }) => labelSmoothing > 0),
    BLENDS: some(({ mixing }) => mixing.kind !== "erm"),
    WEIGHTS: some(({ weights }) => weights !== undefined),
    FREEZES: some(({ frozen }) => frozen !== undefined),
  };
}

/** Whether the resident kernel knows how the population's samples are mixed. */
function fitsResident(population: Population): boolean {
  const { hidden, boxes, augmentation, runs, lastBatchSize, loss } = population;
  if (
    isContrastive(loss) ||
    hidden !== undefined ||
    augmentation !== undefined ||
    boxes ||
    hasUnmixed(population) ||
    lastBatchSize > 0
  )
    return false;
  return runs.every(isResidentRun);
}

/** Whether the resident kernel knows all that a run asks for, whatever its neighbours. */
function isResidentRun(run: Run): boolean {
  return allPhases({ runs: [run] }).every(
    ({ selfDistillation, weights, frozen, mixing, bandit }) =>
      selfDistillation === undefined &&
      bandit === undefined &&
      weights === undefined &&
      frozen === undefined &&
      mixing.geometry?.kind !== "cutmix",
  );
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
