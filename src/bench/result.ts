/**
 * What a comparison ends in: `bench.json`. Plain data; the names are part of the format.
 *
 * Not here: reading such a file (`readResult.ts`).
 */

import type { AdapterInfo } from "../gpu/device.ts";
import type { EngineName } from "./engines/engine.ts";
import type { Spread } from "./statistics.ts";
import type { WorkloadName } from "./workload.ts";

/** What a file of this format says of itself. Another number where an old reader would misunderstand a new file. */
export const BENCH_FORMAT = "mixup-webgpu bench 1";

export interface BenchResult {
  readonly format: typeof BENCH_FORMAT;
  /** Version of this library. */
  readonly library: string;
  /** The WebGPU adapter; without one, empty names. */
  readonly adapter: BenchAdapter;
  readonly environment: Environment;
  readonly settings: BenchSettings;
  /** What the adapter can do at most. */
  readonly ceilings: Ceilings;
  /** Why a number of `ceilings` is null, where one is. */
  readonly unmeasured: readonly Unmeasured[];
  readonly workloads: readonly WorkloadResult[];
  readonly crossovers: readonly Crossover[];
}

/** The adapter, and by which interface of the system it is driven. */
export interface BenchAdapter extends AdapterInfo {
  /** Such as `vulkan`, `metal`, `d3d12`; empty where the browser does not tell, as most don't. */
  readonly backend: string;
}

export interface Environment {
  readonly userAgent: string;
  /** Name and version, such as `Chromium 140`; in Node, what gives it WebGPU. */
  readonly browser: string;
  /** The system, such as `Linux`; empty where the browser does not tell. */
  readonly platform: string;
  readonly hardwareConcurrency: number;
  /** Whether the page is isolated; only then do the wasm engines have threads and clocks their full resolution. */
  readonly crossOriginIsolated: boolean;
  /** ISO 8601. */
  readonly date: string;
}

export interface BenchSettings {
  /** Turns of each engine, at most. */
  readonly repeats: number;
  /** What a turn is to take, about: fast steps are repeated until they fill it. */
  readonly turnMilliseconds: number;
  /** An engine whose first step takes longer is left out. */
  readonly stepLimitSeconds: number;
  /** An engine takes no further turn of a workload once its turns have taken so long. */
  readonly budgetSeconds: number;
}

export interface WorkloadResult {
  readonly name: WorkloadName;
  readonly entries: readonly BenchEntry[];
  /** Our own kernels, where timestamps are to be had. */
  readonly kernels?: readonly KernelShare[];
  /** What a step of our engine would take on real GPUs: counted, not measured. For trainings. */
  readonly estimate?: Estimate;
}

export type EntryStatus = "waiting" | "running" | "measured" | "not offered" | "skipped" | "failed";

export interface BenchEntry {
  readonly engine: EngineName;
  readonly status: EntryStatus;
  /** Why there is no measurement, the error, the limit, or what the engine lacks; or why there are fewer turns: a lost device. */
  readonly reason?: string;
  /** Wall clock of a step of the whole workload. Null, as all numbers here, without a measurement. */
  readonly millisecondsPerStep: Spread | null;
  /** From nothing to the end of the first step: compilation included, loading the engine's code not. */
  readonly firstStepMilliseconds: number | null;
  /** Compute dispatches, or draw calls on WebGL; 0 on a CPU. */
  readonly dispatchesPerStep: number | null;
  readonly submitsPerStep: number | null;
  /** What was compared with float64: see `judge.ts`. */
  readonly loss: number | null;
  readonly expectedLoss: number | null;
  readonly correct: boolean | null;
  /** Turns taken, and steps in each. */
  readonly turns: number;
  readonly stepsPerTurn: number | null;
}

/** The most that the adapter was seen to do. Null where it could not be measured. */
export interface Ceilings {
  /** Cost of a dispatch that does nothing, in a pass with many others. */
  readonly emptyDispatchMilliseconds: number | null;
  /** Cost of a pass with nothing but such a dispatch, in a submit with many others. */
  readonly emptyPassMilliseconds: number | null;
  /** Of 32-bit floats. */
  readonly multiplyAddsPerSecond: number | null;
  /** Bytes read plus bytes written, by a kernel that copies. */
  readonly copyBytesPerSecond: number | null;
}

export type CeilingName = keyof Ceilings;

/** In the order in which they are measured and shown. */
export const CEILING_NAMES = [
  "emptyDispatchMilliseconds",
  "emptyPassMilliseconds",
  "multiplyAddsPerSecond",
  "copyBytesPerSecond",
] as const satisfies readonly CeilingName[];

export interface Unmeasured {
  readonly what: CeilingName;
  readonly reason: string;
}

/** One of our kernels in one step of a workload. */
export interface KernelShare {
  readonly kernel: string;
  readonly dispatchesPerStep: number;
  readonly millisecondsPerStep: number;
  /** Multiply-adds and bytes of a step, counted from the sizes. */
  readonly multiplyAdds: number;
  readonly bytes: number;
  /** Of the multiply-add ceiling, and of the copy ceiling; 1 is all of it. */
  readonly multiplyAddShare: number;
  readonly copyShare: number;
}

/** What a step of a whole population asks for. */
export interface StepWork {
  /** 0 where one dispatch takes many steps. */
  readonly dispatches: number;
  readonly multiplyAdds: number;
  readonly bytes: number;
}

/** See `estimate/estimate.ts`. */
export interface Estimate extends StepWork {
  readonly milliseconds: readonly EstimatedTime[];
}

export interface EstimatedTime {
  /** Its name, or {@link THIS_ADAPTER}. */
  readonly gpu: string;
  /** Milliseconds of a step, with the least and the most that a dispatch is taken to cost. */
  readonly from: number;
  readonly to: number;
  /** Whether the cost of a dispatch was measured; else it is a published range, and so are these two. */
  readonly dispatchMeasured: boolean;
}

/** The name, in an estimate, of the adapter whose ceilings are in the same result. */
export const THIS_ADAPTER = "this adapter";

/** From which size on the GPU is faster than plain loops. */
export interface Crossover {
  readonly varied: "nets" | "hidden units";
  readonly title: string;
  readonly sizes: readonly number[];
  /** Milliseconds per step at each size; null where there is none. */
  readonly gpu: readonly (number | null)[];
  readonly cpu: readonly (number | null)[];
  /** Smallest size from which on the GPU is at least as fast; null if it is at none of the sizes. */
  readonly gpuWinsFrom: number | null;
}
