/** Kernel `maxPool2dForward`: outputs `[R, B, C, P, Q]` of a max pool. */

import shader from "../../../shaders/layers/maxPool2dForward.wgsl";
import type { Kernel } from "../../gpu/kernel.ts";

/** Bindings of group 0: pool, incoming, normalizations, outputs. */
export const maxPool2dForwardKernel: Kernel = { shader, groups: [["uniform", "read", "read", "write"]] };
