/** Kernel `probabilities`: probabilities of every run at a part of the probe points, `[R, M, C]`. */

import shader from "../../../shaders/step/probabilities.wgsl";
import type { Grid, Kernel } from "../../gpu/kernel.ts";
import { POPULATION_GROUP } from "../population.ts";

/** Bindings of group 1: submit, part, logits, metrics. */
export const probabilitiesKernel: Kernel = {
  shader,
  groups: [POPULATION_GROUP, ["uniform", "uniform", "write", "write"]],
};

/** One thread a probe point. */
export function probabilitiesGrid(points: number, runs: number): Grid {
  return [Math.ceil(points / 64), runs, 1];
}
