/** Kernel `advance`: closes a step: batch loss into the run's account, clock and bias corrections forward. */

import shader from "../../../shaders/step/advance.wgsl";
import type { Grid, Kernel } from "../../gpu/kernel.ts";
import { POPULATION_GROUP } from "../population.ts";

/** Bindings of group 1: sampleLosses. */
export const advanceKernel: Kernel = { shader, groups: [POPULATION_GROUP, ["read"]] };

/** One workgroup a run. */
export function advanceGrid(runs: number): Grid {
  return [runs, 1, 1];
}
