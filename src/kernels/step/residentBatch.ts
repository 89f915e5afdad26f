/**
 * Kernel `residentBatch`: what `resident` does, for large batches on GPUs. Each thread owns samples forward and hidden units
 * backward. Also the arithmetic of what fits.
 */

import shader from "../../../shaders/step/residentBatch.wgsl";
import type { Kernel, Specialization } from "../../gpu/kernel.ts";
import type { Model } from "../../model/layers/layer.ts";
import { perceptron, perceptronOf } from "../../model/perceptron.ts";
import { activationOverrides } from "../layers/activation.ts";
import { POPULATION_GROUP } from "../population.ts";
import { samplePrelude } from "./sample.ts";

/** Bindings of group 1: submit, parameters, moments, metrics. */
export const residentBatchKernel: Kernel = {
  shader,
  groups: [POPULATION_GROUP, ["uniform", "write", "write", "write"]],
};

/** How a run is cut up. */
export interface ResidentBatchShape {
  readonly threads: number;
  /** Groups of four hidden units per thread. */
  readonly unitGroups: number;
  /** Samples per thread that are worked out between two barriers. */
  readonly samples: number;
  /** Such rounds a step. */
  readonly blocks: number;
}

/** Vectors of parameters that a thread had better hold, with moments and gradients beside them: registers run out behind it. */
const GOOD_SLOTS = 12;
const MAX_SLOTS = 24;
/** No fewer: a subgroup of most GPUs. */
const LEAST_THREADS = 32;
const MAX_SAMPLES = 4;
/** Logits of a thread's samples. */
const MAX_LOGITS = 20;

/**
 * The shape in which a net runs so, or undefined where it does not fit, or where batches are so small that most threads would
 * have no sample.
 */
export function residentBatchShape(
  model: Model,
  batchSize: number,
  maxThreads: number,
  workgroupStorage: number,
): ResidentBatchShape | undefined {
  const sizes = perceptron(model)?.sizes;
  if (sizes?.length !== 3) return undefined;
  const [dimensions, hidden, outputs] = sizes;
  const unitGroups = (threads: number) => Math.ceil(hidden / (4 * threads));
  const slotsOf = (threads: number) => unitGroups(threads) * (dimensions + 1 + outputs);
  let threads = LEAST_THREADS;
  while (
    2 * threads <= maxThreads &&
    unitGroups(threads) > 1 &&
    (threads < 128 || slotsOf(threads) > GOOD_SLOTS)
  )
    threads *= 2;
  if (slotsOf(threads) > MAX_SLOTS || 2 * batchSize < threads) return undefined;
  for (let most = MAX_SAMPLES; most >= 1; most--) {
    const blocks = Math.ceil(batchSize / (most * threads));
    const samples = Math.ceil(batchSize / (blocks * threads));
    const shape = { threads, unitGroups: unitGroups(threads), samples, blocks };
    const vectors =
      Math.ceil(hidden / 4) * (dimensions + 1 + outputs) +
      threads * samples * Math.ceil((dimensions + outputs) / 4);
    const bytes = 16 * vectors + 4 * threads + 4;
    if (samples * outputs <= MAX_LOGITS && bytes <= workgroupStorage) return shape;
  }
  return undefined;
}

/** Overrides and prelude of a shape; loss and optimizer come from `specialize` of the plan. */
export function residentBatchSpecialization(
  model: Model,
  shape: ResidentBatchShape,
): Required<Omit<Specialization, "subgroups">> {
  const { sizes, bias, activationLayer } = perceptronOf(model, "the resident executor");
  const [dimensions, hidden, outputs] = sizes;
  return {
    overrides: {
      ...activationOverrides(activationLayer),
      THREADS: shape.threads,
      HIDDEN_UNITS: hidden,
      HAS_BIAS: bias ? 1 : 0,
      SHARED_GROUPS: Math.ceil(hidden / 4),
      BLOCK_SAMPLES: shape.threads * shape.samples,
    },
    prelude: {
      ...samplePrelude(),
      DIMENSIONS: dimensions,
      OUTPUTS: outputs,
      UNIT_GROUPS: shape.unitGroups,
      SAMPLES: shape.samples,
      BLOCKS: shape.blocks,
    },
    rolled: ["BLOCKS"],
  };
}
