/** Kernel `loss`: each sample's weight and loss `[R, B]`, and logits `[R, B, C]` turned into deltas in place. */

import shader from "../../../shaders/step/loss.wgsl";
import type { Grid, Kernel } from "../../gpu/kernel.ts";
import { POPULATION_GROUP } from "../population.ts";

/** Bindings of group 1: mixedTargets, sampleLosses, logits. */
export const lossKernel: Kernel = { shader, groups: [POPULATION_GROUP, ["read", "write", "write"]] };

/** Bytes of one `SampleLoss`: weight and un-weighted loss. */
export const SAMPLE_LOSS_BYTES = 8;

/** One thread a sample. */
export function lossGrid(batchSize: number, runs: number): Grid {
  return [Math.ceil(batchSize / 64), runs, 1];
}
