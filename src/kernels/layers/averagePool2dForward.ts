/** Kernel `averagePool2dForward`: outputs `[R, B, C, P, Q]` of an average pool. */

import shader from "../../../shaders/layers/averagePool2dForward.wgsl";
import type { Kernel } from "../../gpu/kernel.ts";

/** Bindings of group 0: pool, incoming, normalizations, outputs. */
export const averagePool2dForwardKernel: Kernel = { shader, groups: [["uniform", "read", "read", "write"]] };
