/** Kernel `batchNorm2dBackward`: deltas `[R, B, C, H, W]` brought through a BatchNorm layer, in place, and its gradients. */

import shader from "../../../shaders/layers/batchNorm2dBackward.wgsl";
import type { Grid, Kernel } from "../../gpu/kernel.ts";

/** Bindings of group 0: norm, stored, normalizations, deltas, gradients, state, clocks. */
export const batchNorm2dBackwardKernel: Kernel = {
  shader,
  groups: [["uniform", "read", "read", "write", "write", "write", "write"]],
};

/** One workgroup a channel. */
export function batchNorm2dBackwardGrid(channels: number, runs: number): Grid {
  return [channels, runs, 1];
}
