/** Kernel `sample`: which points a step mixes, and how much. Samples `[R, B]` of {@link SAMPLE_BYTES}. */

import shader from "../../../shaders/step/sample.wgsl";
import type { Grid, Kernel } from "../../gpu/kernel.ts";
import { POPULATION_GROUP } from "../population.ts";

/** Bindings of group 1: samples. */
export const sampleKernel: Kernel = { shader, groups: [POPULATION_GROUP, ["write"]] };

/** Bytes of one `Sample`: first and partner (u32), feature and label lambda (f32). */
export const SAMPLE_BYTES = 16;

/** One thread a sample. */
export function sampleGrid(batchSize: number, runs: number): Grid {
  return [Math.ceil(batchSize / 64), runs, 1];
}
