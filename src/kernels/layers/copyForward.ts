/** Kernel `copyForward`: what comes in, stored as it is after BatchNorm and activation. */

import shader from "../../../shaders/layers/copyForward.wgsl";
import type { Kernel } from "../../gpu/kernel.ts";

/** Bindings of group 0: elements, incoming, normalizations, outputs. */
export const copyForwardKernel: Kernel = { shader, groups: [["uniform", "read", "read", "write"]] };
