/**
 * What an engine is to the comparison: it makes a task of a workload, and the task is worked on in turns. Each engine
 * lives in a worker of its own, so the engines share nothing but the machine.
 */

import type { AdapterInfo, WebGpuDevice } from "../../gpu/device.ts";
import type { Workload } from "../workload.ts";

/** Names of the engines, in the order in which they take turns. */
export const ENGINE_NAMES = [
  "mixup-webgpu",
  "tfjs-webgpu",
  "tfjs-webgl",
  "tfjs-wasm",
  "jax-webgpu",
  "jax-wasm",
  "plain",
] as const;
/** Our engine with one of its kernels' variants forced: for `--variants`. */
export const VARIANT_ENGINE_NAMES = [
  "mixup-many-threads",
  "mixup-few-threads",
  "mixup-subgroups",
  "mixup-memory",
  "mixup-workgroup-tiles",
  "mixup-register-tiles",
] as const;
export type EngineName = (typeof ENGINE_NAMES)[number] | (typeof VARIANT_ENGINE_NAMES)[number];

/** One workload on one engine. */
export interface Task {
  /** Step counts must be multiples of this: 2 where the scheduler keeps two submits under way. */
  readonly multiple: 1 | 2;
  /** Not timed: draws the batches of the next `steps` steps, for an engine that does not draw them itself. */
  prepare(steps: number): void;
  /** Timed: takes the steps, and resolves when parameters, optimizer state or results are really there. */
  run(steps: number): Promise<void>;
  /**
   * Does a part of a step and gives that part's share, for work that may take minutes and could not be stopped. Only
   * where a step is a single piece.
   */
  probe?(): Promise<number>;
  /** What is compared with float64: parameters `[R, P]`, probabilities `[Q, C]`, or squared distances `[N]`. */
  output(): Promise<Float32Array | Float64Array>;
  destroy(): void;
}

export interface Engine {
  /** The adapter it runs on, where it says. */
  readonly adapter?: AdapterInfo;
  /** Our own engine's device, for timing its kernels. */
  readonly device?: WebGpuDevice;
  /** Not timed but for compilation, which belongs to the first step. @throws NotOffered */
  start(workload: Workload): Promise<Task>;
  destroy(): void;
}

/** An engine's honest answer to a workload that it has no way to do. */
export class NotOffered extends Error {}
