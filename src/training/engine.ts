/**
 * What a backend is to a training: something that advances a population piece by piece and can be photographed between
 * pieces. `gpu/gpuEngine.ts` and `cpuEngine.ts` are the two; `session.ts` drives either.
 */

import type { Variants } from "../kernels/variants.ts";
import type { CurveRecorder } from "./curves.ts";
import type { ExecutedBy } from "./training.ts";

/** What nets are, without what their training goes on with. P without padding. */
export interface Nets {
  /** `[R, P]`; float32 from a GPU, float64 from the CPU. */
  readonly parameters: Float32Array | Float64Array;
  /** What nets keep that is not trained, such as running statistics, `[R, Q]`. */
  readonly state: Float32Array | Float64Array;
}

/** All that a training's future depends on, besides its description. */
export interface Snapshot extends Nets {
  /** Steps done. */
  readonly step: number;
  /** Moments, then gradient sums if there are any: `[optimizerNumbers, R, P]`. */
  readonly moments: Float32Array | Float64Array;
  /** First step that was not finite, or `FINITE`, `[R]`. */
  readonly nonFiniteSteps: Uint32Array;
  /** Per run: bias corrections 1 - beta1^t and 1 - beta2^t, sum and count of training losses. `[R, 4]`. */
  readonly accounts: Float32Array | Float64Array;
  /** Of bandits: rewards, policy and domain of the next step, `[R, 2 K + 1]`; empty where no run has one. */
  readonly bandits: Float32Array | Float64Array;
}

/** A state to start from: a snapshot and what had been measured when it was taken. */
export interface Resumed {
  readonly snapshot: Snapshot;
  readonly recorder: CurveRecorder;
}

export interface Engine {
  readonly executor: ExecutedBy;
  /** The kernels' variants; undefined on the CPU. */
  readonly variants: Variants | undefined;
  readonly recorder: CurveRecorder;
  /** Steps done and measured. */
  readonly step: number;
  readonly dispatches: number;
  readonly submits: number;
  /** Does some more steps, never past `until` (all, by default); resolves when there is news. */
  advance(until?: number): Promise<void>;
  /** Waits for what is under way. */
  drain(): Promise<void>;
  /** Only after {@link drain}. */
  snapshot(): Promise<Snapshot>;
  /** Only after {@link drain}: less than a snapshot where that is to be had. */
  nets(): Promise<Nets>;
  destroy(): void;
}

/** What makes engines: a device and a population on it. */
export interface Backend {
  /** Makes an engine; from a snapshot, or from the seeds. Its recorder holds what was measured up to there. */
  createEngine(recorder: CurveRecorder, snapshot?: Snapshot): Promise<Engine>;
  /** How often the device was opened again: engines of an earlier one are of no use. */
  readonly generation: number;
  /** After a lost device: resolves when {@link createEngine} may be called again, rejects when there is no way. */
  recover(): Promise<void>;
}
