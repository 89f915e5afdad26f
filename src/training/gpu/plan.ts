/**
 * How a population will be trained on a device: which executor, in what shape, with how much memory, how many
 * evaluations between two readbacks. Pure: numbers in, numbers out, tested without a GPU. Refuses what does not fit
 * before anything is allocated.
 *
 * Not here: making buffers (`state.ts`), encoding (`residentExecutor.ts`, `layeredExecutor.ts`).
 */

import { defined } from "../../check.ts";
import { ConfigError, LimitError } from "../../errors.ts";
import type { ProductShape } from "../../kernels/layers/product.ts";
import { RUN_BYTES, RUN_STATE_BYTES } from "../../kernels/population.ts";
import { type ResidentShape, residentShape } from "../../kernels/step/resident.ts";
import { SAMPLE_BYTES } from "../../kernels/step/sample.ts";
import {
  checkVariants,
  chooseVariants,
  productShape,
  residentPreference,
  type Variants,
  type VariantTraits,
} from "../../kernels/variants.ts";
import { PAIRINGS } from "../../mixing/mixing.ts";
import { parameterLayout } from "../../model/layout.ts";
import { LOSSES } from "../../model/loss.ts";
import { ACTIVATIONS } from "../../model/model.ts";
import { OPTIMIZERS } from "../../model/optimizer.ts";
import {
  accumulatesGradients,
  evaluationsDone,
  optimizerNumbers,
  type Population,
  populationMoments,
} from "../../population/config.ts";
import type { ExecutorName } from "../training.ts";
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
  /** Shape of the resident kernel; set for that executor. */
  readonly resident?: ResidentShape;
  /** Tiles of the layered executor's matrix products. */
  readonly product: ProductShape;
  /** Rows of the layered executor's layer buffers: B, or as many evaluation points as are worked on at once. */
  readonly rows: number;
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
/** Evaluation points worked on at once by the layered executor, unless the batch is larger. */
const EVALUATION_ROWS = 256;

/**
 * Plans a population.
 * @throws LimitError naming the limit, what is needed and what there is; ConfigError when a forced executor or variant
 * can't run it.
 */
export function planTraining(
  population: Population,
  limits: PlanLimits,
  forced: "auto" | ExecutorName = "auto",
  forcedVariants: Partial<Variants> = {},
): Plan {
  const { model, runs, batchSize, data, evaluationData, probePoints, steps } = population;
  const R = runs.length;
  const outputs = model.sizes[model.sizes.length - 1];
  const probes = probePoints.length / data.dimensions;
  const variants = resolveVariants(limits, forcedVariants);
  const preference = residentPreference(variants, limits.maxComputeInvocationsPerWorkgroup);
  const resident =
    forced === "layered"
      ? undefined
      : residentShape(model, batchSize, preference, limits.maxComputeWorkgroupStorageSize);
  if (forced === "resident" && resident === undefined) {
    throw new ConfigError(
      "executor",
      `a net of sizes [${model.sizes}] does not fit the resident executor: it takes one hidden layer with few inputs ` +
        'and outputs. Use "layered" or "auto".',
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
    moments: 4 * R * parameterStride * optimizerNumbers(population),
    metrics: 4 * stride * metricsEntries,
  };
  const rows = Math.max(batchSize, Math.min(EVALUATION_ROWS, Math.max(evaluationData.size, probes)));
  if (resident === undefined) {
    bytes.gradients = 4 * R * parameterStride;
    bytes.samples = R * batchSize * SAMPLE_BYTES;
    bytes.mixedPoints = 4 * R * batchSize * data.dimensions;
    bytes.mixedTargets = 4 * R * batchSize * outputs;
    for (let l = 1; l < model.sizes.length; l++) bytes[`layer ${l - 1}`] = 4 * R * rows * model.sizes[l];
  }
  checkLimits(bytes, R, limits);
  const weights = model.sizes.slice(1).reduce((sum, size, l) => sum + size * model.sizes[l], 0);
  return {
    executor: resident === undefined ? "layered" : "resident",
    variants,
    resident,
    product: productShape(variants),
    rows,
    parameterStride,
    moments,
    optimizerNumbers: optimizerNumbers(population),
    metricsStride: stride,
    metricsEntries,
    bytes,
    dispatches: resident === undefined ? layeredDispatches(model.sizes.length - 1) : { resident: 0 },
    operationsPerStep: R * (3 * batchSize * weights + 6 * parameterStride),
  };
}

/** Values for the overrides that say which activation, loss and optimizer a kernel computes. */
export function specialize(population: Population, moments: number): Record<string, number> {
  return {
    ACTIVATION: ACTIVATIONS.indexOf(population.model.activation),
    NEGATIVE_SLOPE: population.model.negativeSlope,
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
  };
}

/** Of the layered executor: the first layer's inputs need no deltas. */
function layeredDispatches(layers: number): Record<string, number> {
  return {
    sample: 1,
    mix: 1,
    linearForward: layers,
    loss: 1,
    linearBackwardWeight: layers,
    linearBackwardInput: layers - 1,
    optimizer: 1,
    advance: 1,
  };
}

/** What suits the adapter, but for what is forced. */
function resolveVariants(traits: VariantTraits, forced: Partial<Variants>): Variants {
  checkVariants(forced);
  if (forced.exchange === "subgroups" && !traits.subgroups) {
    throw new ConfigError("variants.exchange", "this device has no subgroup operations.");
  }
  return { ...chooseVariants(traits), ...defined(forced) };
}

function checkLimits(bytes: Record<string, number>, runs: number, limits: PlanLimits): void {
  if (runs > limits.maxComputeWorkgroupsPerDimension) {
    throw new LimitError(
      "maxComputeWorkgroupsPerDimension",
      runs,
      limits.maxComputeWorkgroupsPerDimension,
      "Split the population: it has more runs than the device dispatches at once.",
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
