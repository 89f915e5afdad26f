/** Kernel `copyBackward`: deltas of the stage that was copied. */

import shader from "../../../shaders/layers/copyBackward.wgsl";
import type { Kernel } from "../../gpu/kernel.ts";

/** Bindings of group 0: elements, incoming, normalizations, deltas, previous. */
export const copyBackwardKernel: Kernel = { shader, groups: [["uniform", "read", "read", "read", "write"]] };
