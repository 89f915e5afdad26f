/** What planning needs to know of an opened device. */

import type { WebGpuDevice } from "../gpu/device.ts";
import { roundedLimit } from "../gpu/memory.ts";
import { variantTraits } from "../kernels/variants.ts";
import type { PlanLimits } from "./gpu/plan.ts";

/** Limits of a device, as planning needs them. */
export function planLimits(device: WebGpuDevice): PlanLimits {
  const { maxBufferSize, maxStorageBufferBindingSize, maxComputeWorkgroupsPerDimension } = device.gpu.limits;
  const { maxComputeWorkgroupStorageSize, maxComputeInvocationsPerWorkgroup } = device.gpu.limits;
  return {
    maxBufferSize: roundedLimit(maxBufferSize),
    maxStorageBufferBindingSize: roundedLimit(maxStorageBufferBindingSize),
    maxComputeWorkgroupsPerDimension,
    maxComputeWorkgroupStorageSize,
    maxComputeInvocationsPerWorkgroup,
    ...variantTraits(device),
  };
}
