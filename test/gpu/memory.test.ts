/** GPU memory: what is allocated is counted, given back, and refused as a whole. */

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { OutOfMemoryError } from "../../src/errors.ts";
import { openWebGpu, type WebGpuDevice } from "../../src/gpu/device.ts";
import { readBuffer } from "../../src/gpu/readback.ts";

let device: WebGpuDevice;
beforeAll(async () => {
  device = await openWebGpu();
});
afterAll(() => device.destroy());

const usage = 0x80 | 0x8 | 0x4; // STORAGE, COPY_DST, COPY_SRC: GPUBufferUsage exists in secure pages only.

describe("memory", () => {
  it("counts what it holds, and holds nothing in the end", async () => {
    const { memory } = device;
    const before = [memory.bytes, memory.count];
    const first = await memory.allocate("first", { a: { size: 100, usage }, b: { size: 16, usage } });
    expect(first.bytes).toBe(112 + 16);
    const second = await memory.allocate("second", { only: { size: 4096, usage } });
    expect([memory.bytes - before[0], memory.count - before[1]]).toEqual([128 + 4096, 3]);
    first.destroy();
    first.destroy();
    expect([memory.bytes - before[0], memory.count - before[1]]).toEqual([4096, 1]);
    second.destroy();
    expect([memory.bytes, memory.count]).toEqual(before);
  });

  it("fills buffers from their start, with zeros behind; an empty one can be bound", async () => {
    const data = new Uint32Array([9, 1, 2, 3, 9]).subarray(1, 4);
    const set = await device.memory.allocate("test", {
      filled: { size: 20, usage, data },
      empty: { size: 0, usage, data: new Float32Array(0) },
    });
    expect(Array.from(new Uint32Array(await readBuffer(device, set.buffers.filled)))).toEqual([
      1, 2, 3, 0, 0, 0, 0, 0,
    ]);
    expect(set.buffers.empty.size).toBe(16);
    set.destroy();
  });

  it("reads a part of a buffer, and leaves nothing behind", async () => {
    const { memory } = device;
    const data = Float32Array.from({ length: 63 }, (_, i) => i);
    const set = await memory.allocate("test", { numbers: { size: data.byteLength, usage, data } });
    const held = [memory.bytes, memory.count];
    expect(new Float32Array(await readBuffer(device, set.buffers.numbers, 8, 12))).toEqual(
      Float32Array.of(2, 3, 4),
    );
    expect([memory.bytes, memory.count]).toEqual(held);
    set.destroy();
  });

  it("refuses what does not fit as a whole, frees its parts, and serves what comes later", async () => {
    const { memory, gpu } = device;
    const before = [memory.bytes, memory.count];
    const made: GPUBuffer[] = [];
    const create = gpu.createBuffer.bind(gpu);
    gpu.createBuffer = (descriptor) => {
      const buffer = create(descriptor);
      made.push(buffer);
      return buffer;
    };
    const size = gpu.limits.maxBufferSize;
    // More than any machine has: 1024 times the largest buffer.
    const absurd = Object.fromEntries(Array.from({ length: 1024 }, (_, i) => [`part ${i}`, { size, usage }]));
    const error: unknown = await memory
      .allocate("absurd", { small: { size: 256, usage }, ...absurd })
      .catch((thrown) => thrown);
    Reflect.deleteProperty(gpu, "createBuffer");
    expect(error).toBeInstanceOf(OutOfMemoryError);
    expect((error as OutOfMemoryError).bytes).toBe(256 + 1024 * Math.ceil(size / 16) * 16);
    expect((error as Error).message).toContain("absurd");
    expect([memory.bytes, memory.count]).toEqual(before);

    // The small buffer, which could be made, can no longer be used.
    expect(made[0].size).toBe(256);
    gpu.pushErrorScope("validation");
    const encoder = gpu.createCommandEncoder();
    encoder.clearBuffer(made[0]);
    gpu.queue.submit([encoder.finish()]);
    expect((await gpu.popErrorScope())?.message).toMatch(/destroyed/);

    const small = await memory.allocate("small", { numbers: { size: 256, usage, data: Float32Array.of(5) } });
    expect(new Float32Array(await readBuffer(device, small.buffers.numbers))[0]).toBe(5);
    small.destroy();
    device.check();
  });

  it("calls a request that WebGPU forbids a bug, not a lack of memory", async () => {
    const { memory, gpu } = device;
    const before = [memory.bytes, memory.count];
    const size = gpu.limits.maxBufferSize + 16;
    const error: unknown = await memory
      .allocate("forbidden", { large: { size, usage } })
      .catch((thrown) => thrown);
    expect(error).toBeInstanceOf(Error);
    expect(error).not.toBeInstanceOf(OutOfMemoryError);
    expect((error as Error).message).toContain("forbidden");
    expect([memory.bytes, memory.count]).toEqual(before);
    device.check();
  });
});
