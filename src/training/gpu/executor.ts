/**
 * What the scheduler asks of an executor: to encode steps. Everything an executor needs is made before the first step;
 * encoding allocates nothing on the GPU.
 */

import type { PopulationState } from "./state.ts";

/** Where commands are taken down. */
export interface CommandRecorder {
  /** The encoder now; another after {@link cut}. */
  readonly encoder: GPUCommandEncoder;
  /** Submits what has been taken down: a submit that lasts too long would be taken for one that hangs. */
  cut(): void;
}

/** An encoder after the other, each submitted when it is cut off. */
export class SubmitRecorder implements CommandRecorder {
  submits = 0;
  private current: GPUCommandEncoder | undefined;

  constructor(private readonly gpu: GPUDevice) {}

  get encoder(): GPUCommandEncoder {
    this.current ??= this.gpu.createCommandEncoder({ label: "submit" });
    return this.current;
  }

  cut(): void {
    this.gpu.queue.submit([this.encoder.finish()]);
    this.submits++;
    this.current = undefined;
  }
}

export interface Executor {
  /**
   * Encodes steps firstStep .. firstStep + steps - 1 with the evaluations that fall among them; in several submits where
   * they are long.
   * @returns the number of dispatches encoded.
   */
  encode(
    recorder: CommandRecorder,
    firstStep: number,
    steps: number,
    timestampWrites?: GPUComputePassTimestampWrites,
  ): number;
  destroy(): void;
}

/** A pipeline with its bind groups and grid: everything one dispatch needs. */
export interface Dispatch {
  /** Multiply-adds, about. */
  readonly work?: number;
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

/** Tells the kernels what the next submit does. Ordered with submits, as every queue write is. */
export function writeSubmit(state: PopulationState, words: Uint32Array<ArrayBuffer>): void {
  state.device.gpu.queue.writeBuffer(state.buffers.submit, 0, words);
}
