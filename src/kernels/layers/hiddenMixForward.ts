/** Kernel `hiddenMixForward`: hidden values `[R, B, D]` mixed sample by sample. */

import shader from "../../../shaders/layers/hiddenMixForward.wgsl";
import type { Kernel } from "../../gpu/kernel.ts";

/** Bindings of group 0: hidden, samples, firsts, partners, outputs. */
export const hiddenMixForwardKernel: Kernel = {
  shader,
  groups: [["uniform", "read", "read", "read", "write"]],
};
