/** What the page and an engine's worker say to each other. Calls are answered in order. */

import type { AdapterInfo } from "../gpu/device.ts";
import type { GpuCalls } from "./counter.ts";
import type { EngineName } from "./engines/engine.ts";
import type { Judgement } from "./judge.ts";
import type { BenchAdapter, CeilingName } from "./result.ts";
import type { Workload } from "./workload.ts";

/** A turn as its worker clocked it. */
export interface Turn extends GpuCalls {
  readonly milliseconds: number;
}

/** Time of one of our kernels over some steps. */
export interface KernelTime {
  readonly kernel: string;
  readonly dispatches: number;
  readonly milliseconds: number;
  readonly multiplyAdds: number;
  readonly bytes: number;
}

/** The methods of a worker. */
export interface WorkerMethods {
  /** Loads and opens an engine. */
  open(engine: EngineName): Promise<{ adapter: AdapterInfo | undefined }>;
  /** Makes a task of the workload; the one before is given up. */
  start(workload: Workload): Promise<{ multiple: 1 | 2; probes: boolean }>;
  /** Does a part of a step: its share and its time. */
  probe(): Promise<{ share: number; milliseconds: number }>;
  run(steps: number): Promise<Turn>;
  output(): Promise<Float32Array | Float64Array>;
  /** Judges an output of the workload. */
  judge(workload: Workload, output: Float32Array | Float64Array): Promise<Judgement>;
  /** Steps of the present task of our engine, every dispatch with its own timestamps; empty where there are none. */
  kernels(steps: number): Promise<KernelTime[]>;
  /** The WebGPU adapter that this machine offers. */
  adapter(): Promise<BenchAdapter>;
  /** One of its ceilings, on a device of its own: a device that is lost meanwhile costs no other number. */
  ceiling(what: CeilingName): Promise<number>;
}

export interface Call {
  readonly id: number;
  readonly method: keyof WorkerMethods;
  readonly args: readonly unknown[];
}

export type Reply =
  | { readonly id: number; readonly value: unknown }
  | {
      readonly id: number;
      readonly error: {
        readonly message: string;
        readonly notOffered: boolean;
        readonly deviceLost: boolean;
      };
    };
