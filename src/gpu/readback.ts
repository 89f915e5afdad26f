/**
 * Reading buffers back, once, outside the step loop. The loop's own readback goes through `training/gpu/metricsRing.ts`.
 */

import type { WebGpuDevice } from "./device.ts";
import { BUFFER_USAGE, MAP_READ_MODE } from "./flags.ts";
import { waitFor } from "./patience.ts";

/** Bytes of a buffer (COPY_SRC), from `offset`. `size` defaults to the rest; both are multiples of 4. */
export async function readBuffer(
  device: WebGpuDevice,
  buffer: GPUBuffer,
  offset = 0,
  size = buffer.size - offset,
): Promise<ArrayBuffer> {
  device.check();
  const staging = await device.memory.allocate("readback", {
    staging: { size, usage: BUFFER_USAGE.COPY_DST | BUFFER_USAGE.MAP_READ },
  });
  try {
    const target = staging.buffers.staging;
    const encoder = device.gpu.createCommandEncoder({ label: "readback" });
    encoder.copyBufferToBuffer(buffer, offset, target, 0, size);
    device.gpu.queue.submit([encoder.finish()]);
    await waitFor(target.mapAsync(MAP_READ_MODE));
    // What could not be copied would be zeros.
    device.check();
    return target.getMappedRange(0, size).slice(0);
  } catch (error) {
    return await device.explain(error);
  } finally {
    staging.destroy();
  }
}
