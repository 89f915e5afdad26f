/** Kernel `optimizer`: one update of parameters `[R, P]`, moments and gradient sums `[.., R, P]` from gradients `[R, P]`. */

import shader from "../../../shaders/step/optimizer.wgsl";
import type { Grid, Kernel } from "../../gpu/kernel.ts";
import { POPULATION_GROUP, stridedGroups } from "../population.ts";

/** Bindings of group 1: gradients, parameters, moments. */
export const optimizerKernel: Kernel = { shader, groups: [POPULATION_GROUP, ["read", "write", "write"]] };

/** Vectors of four parameters for one thread. */
const VECTORS = 8;

/** `parameterStride` is a multiple of 4. */
export function optimizerGrid(parameterStride: number, runs: number): Grid {
  return [stridedGroups(parameterStride, 256 * VECTORS), runs, 1];
}
