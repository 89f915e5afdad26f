/** Kernel `maxPool2dBackward`: deltas `[R, B, C, H, W]` of the stage that the pool reads. */

import shader from "../../../shaders/layers/maxPool2dBackward.wgsl";
import type { Kernel } from "../../gpu/kernel.ts";

/** Bindings of group 0: pool, incoming, normalizations, deltas, previous. */
export const maxPool2dBackwardKernel: Kernel = {
  shader,
  groups: [["uniform", "read", "read", "read", "write"]],
};
