/**
 * What the kernel tests share: one device for all of them, a population's state on it, one dispatch of one kernel, and
 * guard words behind every buffer it may write. WebGPU lets a write out of bounds land on a buffer's last element, so
 * the guards are the only witnesses.
 */

import { expect } from "vitest";
import { openDevice, type GpuDevice } from "../../src/gpu/device.ts";
import { bind, compileKernel, type Grid, type Kernel, type Specialization } from "../../src/gpu/kernel.ts";
import { readBuffer } from "../../src/gpu/readback.ts";
import { type PopulationConfig, resolvePopulation } from "../../src/population/config.ts";
import { planTraining } from "../../src/training/plan.ts";
import { PopulationState } from "../../src/training/state.ts";
import { planLimits } from "../../src/training/train.ts";

let opened: Promise<GpuDevice> | undefined;

/** The tests' device. Fails the test where there is no adapter: never skips. */
export function testDevice(): Promise<GpuDevice> {
  opened ??= openDevice();
  return opened;
}

/** A population's state on the tests' device. */
export async function testState(config: PopulationConfig): Promise<PopulationState> {
  const device = await testDevice();
  const population = resolvePopulation(config);
  return PopulationState.create(device, population, planTraining(population, planLimits(device), "layered"));
}

const GUARD = 0x5ca1ab1e;
const GUARD_WORDS = 16;

/** A buffer for {@link runKernel}: `write` buffers are guarded and read back. */
export type KernelBuffer =
  | { readonly uniform: ArrayBufferView }
  | { readonly read: ArrayBufferView }
  | { readonly write: ArrayBufferView }
  | { readonly shared: GPUBuffer };

/**
 * One dispatch. `buffers` are the kernel's own group, in order; `state` gives group 0 to kernels that know about runs.
 * @returns the bytes of every `write` buffer after it, by its index; guard words are checked.
 */
export async function runKernel(
  kernel: Kernel,
  specialization: Specialization,
  grid: Grid,
  buffers: readonly KernelBuffer[],
  state?: PopulationState,
): Promise<Record<number, ArrayBuffer>> {
  const device = await testDevice();
  const pipeline = await compileKernel(device, kernel, specialization);
  const { STORAGE, UNIFORM, COPY_DST, COPY_SRC } = GPUBufferUsage;
  const requests: Record<string, { size: number; usage: number; data: ArrayBufferView }> = {};
  buffers.forEach((buffer, i) => {
    if ("uniform" in buffer) {
      requests[i] = { size: buffer.uniform.byteLength, usage: UNIFORM | COPY_DST, data: buffer.uniform };
    } else if ("read" in buffer) {
      requests[i] = { size: buffer.read.byteLength, usage: STORAGE | COPY_DST, data: buffer.read };
    } else if ("write" in buffer) {
      const { byteLength } = buffer.write;
      const guarded = new Uint32Array(byteLength / 4 + GUARD_WORDS).fill(GUARD);
      new Uint8Array(guarded.buffer).set(new Uint8Array(buffer.write.buffer, buffer.write.byteOffset, byteLength));
      requests[i] = { size: guarded.byteLength, usage: STORAGE | COPY_DST | COPY_SRC, data: guarded };
    }
  });
  const memory = await device.memory.allocate(`test ${kernel.shader.name}`, requests);
  const own = buffers.map((buffer, i) => ("shared" in buffer ? buffer.shared : memory.buffers[i]));
  const encoder = device.gpu.createCommandEncoder();
  const pass = encoder.beginComputePass();
  pass.setPipeline(pipeline);
  const ownGroup = kernel.groups.length - 1;
  if (ownGroup === 1) pass.setBindGroup(0, state!.bindPopulation(pipeline));
  pass.setBindGroup(ownGroup, bind(device, pipeline, ownGroup, own));
  pass.dispatchWorkgroups(...grid);
  pass.end();
  device.gpu.queue.submit([encoder.finish()]);
  const results: Record<number, ArrayBuffer> = {};
  for (const [i, buffer] of buffers.entries()) {
    if (!("write" in buffer)) continue;
    const bytes = await readBuffer(device, memory.buffers[i]);
    const words = new Uint32Array(bytes);
    const { byteLength } = buffer.write;
    const guards = words.subarray(byteLength / 4, byteLength / 4 + GUARD_WORDS);
    expect(Array.from(guards), `guard words behind buffer ${i} of ${kernel.shader.name}`).toEqual(
      new Array(GUARD_WORDS).fill(GUARD),
    );
    results[i] = bytes.slice(0, byteLength);
  }
  memory.destroy();
  device.check();
  return results;
}
