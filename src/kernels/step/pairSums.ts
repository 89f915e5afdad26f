/** Kernel `pairSums`: logarithms of sums of rows and columns of cosines `[R, B, B]`, and the pairs' losses. */

import shader from "../../../shaders/step/pairSums.wgsl";
import type { Grid, Kernel } from "../../gpu/kernel.ts";
import type { ContrastiveLoss } from "../../model/loss.ts";
import { POPULATION_GROUP } from "../population.ts";

/** Bindings of group 1: cosines, sums, sampleLosses. */
export const pairSumsKernel: Kernel = { shader, groups: [POPULATION_GROUP, ["read", "write", "write"]] };

/** Numbers of one `PairSums`: see `shaders/parts/pairs.wgsl`. */
export const PAIR_SUMS = 6;

/** Overrides of this kernel and of `pairDeltas`. */
export function pairOverrides({ temperature, complementary }: ContrastiveLoss): Record<string, number> {
  return { INVERSE_TEMPERATURE: Math.fround(1 / temperature), COMPLEMENTARY: Math.fround(complementary) };
}

/** One thread a pair. */
export function pairSumsGrid(batchSize: number, runs: number): Grid {
  return [Math.ceil(batchSize / 64), runs, 1];
}
