/** Kernel `evaluate`: error and clean loss of every run over a part of the evaluation points. */

import shader from "../../../shaders/step/evaluate.wgsl";
import type { Grid, Kernel } from "../../gpu/kernel.ts";
import { POPULATION_GROUP } from "../population.ts";

/** Bindings of group 1: submit, part, logits, metrics. */
export const evaluateKernel: Kernel = {
  shader,
  groups: [POPULATION_GROUP, ["uniform", "uniform", "write", "write"]],
};

/** One workgroup a run. */
export function evaluateGrid(runs: number): Grid {
  return [runs, 1, 1];
}
