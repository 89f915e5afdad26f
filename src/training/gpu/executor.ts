/**
 * What the scheduler asks of an executor: to encode steps. Everything an executor needs is made before the first step;
 * encoding allocates nothing on the GPU.
 */

import type { WebGpuDevice } from "../../gpu/device.ts";
import { compileKernel, type Kernel, type Specialization } from "../../gpu/kernel.ts";
import type { PopulationState } from "./state.ts";

export interface Executor {
  /**
   * Encodes steps firstStep .. firstStep + steps - 1 with the evaluations that fall among them.
   * @returns the number of dispatches encoded.
   */
  encode(
    encoder: GPUCommandEncoder,
    firstStep: number,
    steps: number,
    timestampWrites?: GPUComputePassTimestampWrites,
  ): number;
  destroy(): void;
}

/** A pipeline with its bind groups and grid: everything one dispatch needs. */
export interface Dispatch {
  readonly pipeline: GPUComputePipeline;
  readonly groups: readonly GPUBindGroup[];
  readonly grid: readonly [number, number, number];
}

/** Encodes one dispatch into a pass. */
export function encodeDispatch(pass: GPUComputePassEncoder, { pipeline, groups, grid }: Dispatch): void {
  pass.setPipeline(pipeline);
  for (let i = 0; i < groups.length; i++) pass.setBindGroup(i, groups[i]);
  pass.dispatchWorkgroups(grid[0], grid[1], grid[2]);
}

/** Compiles kernels in parallel, all with the same specialization. */
export async function compileAll<Name extends string>(
  device: WebGpuDevice,
  kernels: Readonly<Record<Name, Kernel>>,
  specialization: Specialization,
): Promise<Record<Name, GPUComputePipeline>> {
  const names = Object.keys(kernels) as Name[];
  const pipelines = await Promise.all(
    names.map((name) => compileKernel(device, kernels[name], specialization)),
  );
  return Object.fromEntries(names.map((name, i) => [name, pipelines[i]])) as Record<Name, GPUComputePipeline>;
}

/** Tells the kernels what the next submit does. Ordered with submits, as every queue write is. */
export function writeSubmit(state: PopulationState, words: Uint32Array<ArrayBuffer>): void {
  state.device.gpu.queue.writeBuffer(state.buffers.submit, 0, words);
}
