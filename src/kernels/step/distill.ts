/** Kernel `distill`: the net's predictions at unmixed points, from logits `[R, B, C]`, among the targets `[R, B, C]`. */

import shader from "../../../shaders/step/distill.wgsl";
import type { Grid, Kernel } from "../../gpu/kernel.ts";
import { POPULATION_GROUP } from "../population.ts";

/** Bindings of group 1: samples, mixedTargets, logits. */
export const distillKernel: Kernel = { shader, groups: [POPULATION_GROUP, ["read", "write", "write"]] };

/** One thread a sample. */
export function distillGrid(batchSize: number, runs: number): Grid {
  return [Math.ceil(batchSize / 64), runs, 1];
}
