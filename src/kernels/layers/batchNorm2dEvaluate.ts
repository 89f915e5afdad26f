/** Kernel `batchNorm2dEvaluate`: normalizations `[R, C]` of the running statistics. */

import shader from "../../../shaders/layers/batchNorm2dEvaluate.wgsl";
import type { Grid, Kernel } from "../../gpu/kernel.ts";

/** Bindings of group 0: norm, parameters, state, normalizations. */
export const batchNorm2dEvaluateKernel: Kernel = {
  shader,
  groups: [["uniform", "read", "read", "write"]],
};

/** One thread a channel. */
export function batchNorm2dEvaluateGrid(channels: number, runs: number): Grid {
  return [Math.ceil(channels / 64), runs, 1];
}
