/** Kernel `mix`: blends points `[R, B, D]` and targets `[R, B, C]` by the samples `[R, B]`. */

import shader from "../../../shaders/step/mix.wgsl";
import type { Grid, Kernel } from "../../gpu/kernel.ts";
import { POPULATION_GROUP, stridedGroups } from "../population.ts";

/** Bindings of group 1: samples, mixedPoints, mixedTargets. */
export const mixKernel: Kernel = { shader, groups: [POPULATION_GROUP, ["read", "write", "write"]] };

/** Numbers of one thread. */
const COLUMNS = 16;

/** One thread some columns of a row, or of several rows. */
export function mixGrid(batchSize: number, dimensions: number, outputs: number, runs: number): Grid {
  return [stridedGroups(batchSize * Math.ceil((dimensions + outputs) / COLUMNS), 64), runs, 1];
}
