/** Kernel `bandit`: rewards, policies and drawn domains of runs with bandits. Policies `[R, 2 K]`: rewards, then shares. */

import shader from "../../../shaders/step/bandit.wgsl";
import type { Grid, Kernel } from "../../gpu/kernel.ts";
import { POPULATION_GROUP } from "../population.ts";

/** Bindings of group 1: submit, sampleLosses, policies, metrics. */
export const banditKernel: Kernel = {
  shader,
  groups: [POPULATION_GROUP, ["uniform", "read", "write", "write"]],
};

/** One workgroup a run. */
export function banditGrid(runs: number): Grid {
  return [runs, 1, 1];
}
