/** Kernel `headBackward`: gradients of a last layer of few outputs, and deltas of the hidden layer that it reads `[R, B, I]`, in place. */

import shader from "../../../shaders/layers/headBackward.wgsl";
import type { Grid, Kernel } from "../../gpu/kernel.ts";

/** Bindings of group 0: layer, deltas, inputs, parameters, previous, gradients. */
export const headBackwardKernel: Kernel = {
  shader,
  groups: [["uniform", "read", "read", "read", "write", "write"]],
};

/** A thread a hidden unit. */
export function headBackwardGrid(inputs: number, runs: number): Grid {
  return [Math.ceil(inputs / 64), runs, 1];
}
