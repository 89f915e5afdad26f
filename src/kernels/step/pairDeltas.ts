/** Kernel `pairDeltas`: cosines `[R, B, B]` as the loss's derivatives by them, in their place. Overrides: `pairOverrides`. */

import shader from "../../../shaders/step/pairDeltas.wgsl";
import type { Grid, Kernel } from "../../gpu/kernel.ts";
import { POPULATION_GROUP, stridedGroups } from "../population.ts";

/** Bindings of group 1: cosines, sums, sampleLosses. */
export const pairDeltasKernel: Kernel = { shader, groups: [POPULATION_GROUP, ["write", "read", "read"]] };

/** Numbers of a row that one thread computes. */
const COLUMNS = 32;

/** One thread so many, or several times that. */
export function pairDeltasGrid(batchSize: number, runs: number): Grid {
  return [stridedGroups(batchSize * Math.ceil(batchSize / COLUMNS), 64), runs, 1];
}
