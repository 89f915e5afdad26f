/** Kernel `linearBackwardInput`: deltas of the hidden layer that a layer reads, `[R, B, I]`, in place. */

import shader from "../../shaders/linearBackwardInput.wgsl";
import type { Grid, Kernel } from "../gpu/kernel.ts";

/** Bindings of group 0: layer, deltas, parameters, previous. */
export const linearBackwardInputKernel: Kernel = { shader, groups: [["uniform", "read", "read", "write"]] };

/** A workgroup of 8 x 8 threads covers 32 inputs x 32 samples. */
export function linearBackwardInputGrid(inputs: number, batchSize: number, runs: number): Grid {
  return [Math.ceil(inputs / 32), Math.ceil(batchSize / 32), runs];
}
