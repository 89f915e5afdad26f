/** Kernel `hiddenMixBackward`: deltas `[R, B, D]` of what was mixed. */

import shader from "../../../shaders/layers/hiddenMixBackward.wgsl";
import type { Kernel } from "../../gpu/kernel.ts";

/** Bindings of group 0: hidden, samples, deltas, previous. */
export const hiddenMixBackwardKernel: Kernel = { shader, groups: [["uniform", "read", "read", "write"]] };
