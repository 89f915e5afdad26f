/** Kernel `linearForward`: a linear layer and its activation. Pre-activations and activations `[R, B, O]`. */

import shader from "../../shaders/linearForward.wgsl";
import type { Grid, Kernel } from "../gpu/kernel.ts";

/** Bindings of group 0: layer, inputs, parameters, preActivations, activations. */
export const linearForwardKernel: Kernel = {
  shader,
  groups: [["uniform", "read", "read", "write", "write"]],
};

/** A workgroup of 8 x 8 threads covers 32 outputs x 32 samples. */
export function linearForwardGrid(outputs: number, batchSize: number, runs: number): Grid {
  return [Math.ceil(outputs / 32), Math.ceil(batchSize / 32), runs];
}
