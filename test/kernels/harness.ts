/**
 * What the kernel tests share: one device for all of them, a population's state on it, one dispatch of one
 * kernel, and guard words behind every buffer it may read or write. WebGPU lets a write out of bounds land on
 * a buffer's last element, so the guards are the only witnesses.
 */

import { expect } from "vitest";
import { openWebGpu, type WebGpuDevice } from "../../src/gpu/device.ts";
import { bind, compileKernel, type Grid, type Kernel, type Specialization } from "../../src/gpu/kernel.ts";
import { readBuffer } from "../../src/gpu/readback.ts";
import { FINITE, RUN_STATE_BYTES } from "../../src/kernels/population.ts";
import { PURPOSE, symmetricUnit, threefry } from "../../src/numeric/threefry.ts";
import { resolvePopulation } from "../../src/population/config.ts";
import type { PopulationConfig } from "../../src/population/population.ts";
import { planTraining } from "../../src/training/gpu/plan.ts";
import { PopulationState } from "../../src/training/gpu/state.ts";
import { planLimits } from "../../src/training/planLimits.ts";

let opened: Promise<WebGpuDevice> | undefined;

/** The tests' device. Fails the test where there is no adapter: never skips. */
export function testDevice(): Promise<WebGpuDevice> {
  opened ??= openWebGpu();
  return opened;
}

/** Whether the tests' adapter has subgroup operations: variants with them are tested where there are any. */
export async function hasSubgroups(): Promise<boolean> {
  return (await testDevice()).gpu.features.has("subgroups");
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

/** The bytes of an array, with guard words behind them. */
function withGuards({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint32Array<ArrayBuffer> {
  const guarded = new Uint32Array(byteLength / 4 + GUARD_WORDS).fill(GUARD);
  new Uint8Array(guarded.buffer).set(new Uint8Array(buffer, byteOffset, byteLength));
  return guarded;
}

/**
 * One dispatch. `buffers` are the kernel's own group, in order; `state` is for kernels that know about runs; `isLast` is an
 * epoch's last batch, if it is smaller.
 * @returns the bytes of every `write` buffer after it, by its index; guard words are checked.
 */
export async function runKernel(
  kernel: Kernel,
  specialization: Specialization,
  grid: Grid,
  buffers: readonly KernelBuffer[],
  state?: PopulationState,
  isLast = false,
): Promise<Record<number, ArrayBuffer>> {
  const device = await testDevice();
  const pipeline = await compileKernel(device, kernel, specialization);
  const { STORAGE, UNIFORM, COPY_DST, COPY_SRC } = GPUBufferUsage;
  const requests: Record<string, { size: number; usage: number; data: ArrayBufferView }> = {};
  buffers.forEach((buffer, i) => {
    if ("uniform" in buffer) {
      requests[i] = { size: buffer.uniform.byteLength, usage: UNIFORM | COPY_DST, data: buffer.uniform };
    } else if ("read" in buffer) {
      // Behind what may be read: numbers so large that using one shows.
      const data = withGuards(buffer.read);
      requests[i] = { size: data.byteLength, usage: STORAGE | COPY_DST, data };
    } else if ("write" in buffer) {
      const guarded = withGuards(buffer.write);
      requests[i] = { size: guarded.byteLength, usage: STORAGE | COPY_DST | COPY_SRC, data: guarded };
    }
  });
  const memory = await device.memory.allocate(`test ${kernel.shader.name}`, requests);
  const own = buffers.map((buffer, i) => ("shared" in buffer ? buffer.shared : memory.buffers[i]));
  const encoder = device.gpu.createCommandEncoder();
  const pass = encoder.beginComputePass();
  pass.setPipeline(pipeline);
  const ownGroup = kernel.groups.length - 1;
  if (ownGroup === 1) pass.setBindGroup(0, state!.bindPopulation(pipeline, isLast, kernel.groups[0]));
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

/** A run's clock and account, as in `RunState` of `shaders/parts/population.wgsl`. */
export interface RunClock {
  step: number;
  nonFiniteStep: number;
  correction1: number;
  correction2: number;
  lossSum: number;
  lossCount: number;
}

/** The clock of a run that has not begun. */
export const BEGINNING: RunClock = {
  step: 0,
  nonFiniteStep: FINITE,
  correction1: 0,
  correction2: 0,
  lossSum: 0,
  lossCount: 0,
};

/** Words of a record. */
const WIDTH = RUN_STATE_BYTES / 4;

/** Sets the clocks of all runs; what is not given is as at the beginning. */
export function writeClocks(state: PopulationState, clocks: readonly Partial<RunClock>[]): void {
  const words = new Uint32Array((clocks.length * RUN_STATE_BYTES) / 4);
  const reals = new Float32Array(words.buffer);
  clocks.forEach((clock, r) => {
    const { step, nonFiniteStep, correction1, correction2, lossSum, lossCount } = { ...BEGINNING, ...clock };
    words.set([step, nonFiniteStep], r * WIDTH);
    reals.set([correction1, correction2, lossSum, lossCount], r * WIDTH + 2);
  });
  state.device.gpu.queue.writeBuffer(state.buffers.states, 0, words);
}

/** The clocks of all runs. */
export async function readClocks(state: PopulationState): Promise<RunClock[]> {
  const words = new Uint32Array(await readBuffer(state.device, state.buffers.states));
  const reals = new Float32Array(words.buffer);
  return state.population.runs.map((_, r) => ({
    step: words[r * WIDTH],
    nonFiniteStep: words[r * WIDTH + 1],
    correction1: reals[r * WIDTH + 2],
    correction2: reals[r * WIDTH + 3],
    lossSum: reals[r * WIDTH + 4],
    lossCount: reals[r * WIDTH + 5],
  }));
}

/** Numbers in [-bound, bound), the same at every call. */
export function randomNumbers(seed: number, count: number, bound = 1): Float32Array<ArrayBuffer> {
  return Float32Array.from(
    { length: count },
    (_, i) => bound * symmetricUnit(threefry(seed, PURPOSE.data, 0, i)),
  );
}
