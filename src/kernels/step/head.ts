/** Kernel `head`: logits of a last layer of few outputs, losses, deltas `[R, B, C]` and the close of the step, in one dispatch. */

import shader from "../../../shaders/step/head.wgsl";
import type { Grid, Kernel } from "../../gpu/kernel.ts";
import { CLOCK_GROUP } from "../population.ts";

/** Bindings of group 1: mixedTargets, sampleLosses, logits, layer, inputs, parameters. */
export const headKernel: Kernel = {
  shader,
  groups: [CLOCK_GROUP, ["read", "write", "write", "uniform", "read", "read"]],
};

/** Outputs that a thread keeps at once; rows, and multiply-adds of logits, that one workgroup works out for a run. */
const MOST = { outputs: 16, rows: 256, logits: 2 ** 17 } as const;

/** Whether losses of so many rows of outputs are few enough for one workgroup a run. */
export function isHead(rows: number, outputs: number): boolean {
  return outputs <= MOST.outputs && rows <= MOST.rows;
}

/** Whether their logits are too: with more, whole GPUs are faster than a processor, by more than a dispatch costs. */
export function headHasLogits(rows: number, inputs: number, outputs: number): boolean {
  return rows * inputs * outputs <= MOST.logits;
}

/** One workgroup a run. */
export function headGrid(runs: number): Grid {
  return [runs, 1, 1];
}
