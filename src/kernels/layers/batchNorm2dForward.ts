/** Kernel `batchNorm2dForward`: a batch's statistics by channel, as normalizations `[R, C]`, and the running ones. */

import shader from "../../../shaders/layers/batchNorm2dForward.wgsl";
import type { Grid, Kernel } from "../../gpu/kernel.ts";

/** Bindings of group 0: norm, stored, parameters, state, normalizations, clocks. */
export const batchNorm2dForwardKernel: Kernel = {
  shader,
  groups: [["uniform", "read", "read", "write", "write", "write"]],
};

/** One workgroup a channel. */
export function batchNorm2dForwardGrid(channels: number, runs: number): Grid {
  return [channels, runs, 1];
}
