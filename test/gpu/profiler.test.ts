/** Times of passes where the device can tell them, and nothing at all where it can't. */

import { describe, expect, it } from "vitest";
import { openWebGpu, type WebGpuDevice } from "../../src/gpu/device.ts";
import { bind, compileKernel, type Kernel } from "../../src/gpu/kernel.ts";
import { createProfiler } from "../../src/gpu/profiler.ts";

/** Counts to COUNT in one thread. */
const COUNTING: Kernel = {
  shader: {
    name: "counting",
    code: [
      `override COUNT: u32 = 1u;
@group(0) @binding(0) var<storage, read_write> sum: array<u32>;
@compute @workgroup_size(1)
fn main() {
  for (var i = 0u; i < COUNT; i++) { sum[0] = (sum[0] ^ i) * 3u; }
}
`,
    ],
    prelude: [],
  },
  groups: [["write"]],
};

describe("profiler", () => {
  it("does nothing on a device without timestamps, and touches none", async () => {
    const device = { gpu: { features: new Set<string>() } } as unknown as WebGpuDevice;
    const profiler = await createProfiler(device);
    expect(profiler.supported).toBe(false);
    expect(profiler.timestampWrites("pass")).toBeUndefined();
    profiler.resolve(undefined as unknown as GPUCommandEncoder);
    expect(await profiler.read()).toEqual([]);
    profiler.destroy();
  });

  it("times passes where there are timestamps, and gives its memory back", async () => {
    const device = await openWebGpu();
    const { gpu, memory } = device;
    const profiler = await createProfiler(device, 3);
    expect(profiler.supported).toBe(gpu.features.has("timestamp-query"));
    const [short, long] = await Promise.all(
      [1, 2_000_000].map((COUNT) => compileKernel(device, COUNTING, { overrides: { COUNT } })),
    );
    const sum = await memory.allocate("sum", { sum: { size: 16, usage: GPUBufferUsage.STORAGE } });
    // Twice: what was read is gone.
    for (let round = 0; round < 2; round++) {
      const encoder = gpu.createCommandEncoder();
      const begun = performance.now();
      const writes = ["short", "long", "short", "too many"].map((label) => {
        const timestampWrites = profiler.timestampWrites(label);
        const pass = encoder.beginComputePass({ label, timestampWrites });
        const pipeline = label === "long" ? long : short;
        pass.setPipeline(pipeline);
        pass.setBindGroup(0, bind(device, pipeline, 0, [sum.buffers.sum]));
        pass.dispatchWorkgroups(1);
        pass.end();
        return timestampWrites;
      });
      profiler.resolve(encoder);
      gpu.queue.submit([encoder.finish()]);
      const times = await profiler.read();
      const elapsed = (performance.now() - begun) * 1e6;
      expect(writes[3]).toBeUndefined();
      if (!profiler.supported) {
        expect(times).toEqual([]);
        continue;
      }
      expect(times.map(({ label }) => label)).toEqual(["short", "long", "short"]);
      const [first, second, third] = times.map(({ nanoseconds }) => nanoseconds);
      for (const time of [first, second, third]) expect(time).toBeGreaterThanOrEqual(0);
      expect(second).toBeGreaterThan(first + third);
      expect(first + second + third).toBeLessThan(elapsed + 1e6);
    }
    expect(await profiler.read()).toEqual([]);
    profiler.destroy();
    sum.destroy();
    expect([memory.bytes, memory.count]).toEqual([0, 0]);
    device.check();
    device.destroy();
  });
});
