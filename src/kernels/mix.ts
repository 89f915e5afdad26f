/** Kernel `mix`: blends points `[R, B, D]` and targets `[R, B, C]` by the samples `[R, B]`. */

import shader from "../../shaders/mix.wgsl";
import type { Grid, Kernel } from "../gpu/kernel.ts";
import { POPULATION_GROUP, stridedGroups } from "./population.ts";

/** Bindings of group 1: samples, mixedPoints, mixedTargets. */
export const mixKernel: Kernel = { shader, groups: [POPULATION_GROUP, ["read", "write", "write"]] };

/** One thread a number, or several. */
export function mixGrid(batchSize: number, dimensions: number, outputs: number, runs: number): Grid {
  return [stridedGroups(batchSize * (dimensions + outputs), 64), runs, 1];
}
