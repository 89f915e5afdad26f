/** Kernel `linearBackwardWeight`: a layer's weight and bias gradients, in `[R, P]`. */

import shader from "../../shaders/linearBackwardWeight.wgsl";
import type { Grid, Kernel } from "../gpu/kernel.ts";

/** Bindings of group 0: layer, deltas, inputs, gradients. */
export const linearBackwardWeightKernel: Kernel = { shader, groups: [["uniform", "read", "read", "write"]] };

/** A workgroup of 8 x 8 threads covers 32 inputs (the bias counts as one) x 32 outputs. */
export function linearBackwardWeightGrid(
  inputs: number,
  outputs: number,
  hasBias: boolean,
  runs: number,
): Grid {
  return [Math.ceil((inputs + (hasBias ? 1 : 0)) / 32), Math.ceil(outputs / 32), runs];
}
