/**
 * Kernel `resident`: many steps of runs with one hidden layer, a workgroup a run, parameters in registers. Also the
 * arithmetic of what fits: how many threads, hidden units a thread and samples a chunk.
 */

import shader from "../../shaders/resident.wgsl";
import type { Grid, Kernel, Specialization } from "../gpu/kernel.ts";
import type { Model } from "../model/model.ts";
import { POPULATION_GROUP } from "./population.ts";

/** Bindings of group 1: submit, parameters, moments, metrics. */
export const residentKernel: Kernel = {
  shader,
  groups: [POPULATION_GROUP, ["uniform", "write", "write", "write"]],
};

/** How a resident run is cut up. */
export interface ResidentShape {
  readonly threads: number;
  /** Groups of four hidden units per thread. */
  readonly unitGroups: number;
  /** Samples between two barriers. */
  readonly chunk: number;
  readonly unrollGroups: boolean;
}

/** What suits an adapter. */
export interface ResidentPreference {
  /** Threads of a workgroup to aim for; small nets take fewer. */
  readonly threads: number;
  /** Vectors of parameters a thread may hold; with moments and gradients it is four times as many. */
  readonly maxSlots: number;
  /** Whether a thread's unit groups are unrolled: registers on a GPU, nothing but compile time on the software adapter. */
  readonly unrollGroups: boolean;
}

/** Samples of a chunk at most: they are unrolled, and the pipeline takes that much longer to compile. */
const MAX_CHUNK = 4;
/** Logits of one chunk, held by every thread. */
const MAX_CHUNK_LOGITS = 40;

/** The shape in which a net runs resident, or undefined when it does not fit: one hidden layer, few inputs and outputs. */
export function residentShape(
  model: Model,
  batchSize: number,
  { threads, maxSlots, unrollGroups }: ResidentPreference,
  workgroupStorage: number,
): ResidentShape | undefined {
  if (model.sizes.length !== 3) return undefined;
  const [dimensions, hidden, outputs] = model.sizes;
  let workgroup = threads;
  // The partial sums are added four at a time.
  while (workgroup > 4 && workgroup / 2 >= Math.ceil(hidden / 4)) workgroup /= 2;
  const unitGroups = Math.ceil(hidden / (4 * workgroup));
  if (unitGroups * (dimensions + 1 + outputs) > maxSlots) return undefined;
  for (let chunk = Math.min(batchSize, MAX_CHUNK); chunk >= 1; chunk--) {
    const bytes = 4 * (chunk * 3 * (dimensions + outputs) + chunk * outputs * (workgroup + 1) + 1);
    if (chunk * outputs <= MAX_CHUNK_LOGITS && bytes <= workgroupStorage) {
      return { threads: workgroup, unitGroups, chunk, unrollGroups };
    }
  }
  return undefined;
}

/** Overrides and prelude of a shape; loss, activation and optimizer come from `specialize` of the plan. */
export function residentSpecialization(model: Model, shape: ResidentShape): Required<Specialization> {
  const [dimensions, hidden, outputs] = model.sizes;
  return {
    overrides: { THREADS: shape.threads, HIDDEN_UNITS: hidden, HAS_BIAS: model.bias ? 1 : 0 },
    prelude: { DIMENSIONS: dimensions, OUTPUTS: outputs, UNIT_GROUPS: shape.unitGroups, CHUNK: shape.chunk },
    rolled: shape.unrollGroups ? [] : ["UNIT_GROUPS"],
  };
}

/** One workgroup a run. */
export function residentGrid(runs: number): Grid {
  return [runs, 1, 1];
}
