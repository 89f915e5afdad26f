/**
 * What a training is to its user: the options it takes, the progress it reports, the result it ends in. Types only, the
 * same for both backends; `train.ts` makes trainings.
 */

import type { Variants } from "../kernels/variants.ts";
import type { NamedTensors } from "../model/layout.ts";
import type { PopulationConfig, Run } from "../population/population.ts";

/** How the steps are executed on a GPU; `auto` lets the planner choose. The CPU backend ignores it. */
export type ExecutorName = "resident" | "layered";

/** What executed a training: the CPU, a GPU executor, or `mixed`, where some runs needed another than the others. */
export type ExecutedBy = ExecutorName | "cpu" | "mixed";

/** A population and how to execute it. */
export interface TrainConfig extends PopulationConfig {
  executor?: "auto" | ExecutorName;
  /**
   * Kernels' variants instead of those that suit the adapter: for tests and comparisons. Results depend on them within
   * rounding only.
   */
  variants?: Partial<Variants>;
}

export interface TrainOptions {
  /** Stops the training at the end of the submit in flight; the result then says `stopped`. */
  signal?: AbortSignal;
  /**
   * How long one submit may take: `interactive` (about 16 ms, the page stays smooth) or `throughput` (about 100 ms,
   * the default; up to a second where it would be fewer than 64 steps). Or the milliseconds themselves. Results do not
   * depend on it.
   */
  pace?: "interactive" | "throughput" | number;
  /**
   * Stops when so many steps are done in all, as if stopped by `signal` at exactly that step. For stepping through a
   * training: `resume(device, checkpoint, { stopAfter: step + 1 })` takes one step.
   */
  stopAfter?: number;
  /** Exactly so many steps per submit instead of the adaptive choice. Results do not depend on it. */
  stepsPerSubmit?: number;
}

/**
 * One run's measurements, an entry per evaluation. A run that has diverged is not trained any more, and measures nothing:
 * NaN, from the first evaluation after the failing step on.
 */
export interface RunCurves {
  /** Share of evaluation points that are misclassified; empty for regression. */
  readonly error: number[];
  /** Mean loss on the unmixed evaluation points. */
  readonly loss: number[];
  /** Mean training (mixed) loss over the steps since the previous evaluation. */
  readonly trainingLoss: number[];
  /** Of runs with a bandit: the policy over the domains by which the next step draws, `[evaluations][K]`. */
  readonly policy?: number[][];
}

/** All runs' measurements so far. */
export interface Curves {
  /** Steps done at each evaluation. */
  readonly step: number[];
  /** In the order of `config.runs`. */
  readonly runs: RunCurves[];
}

/** What an iteration over a training yields, at most once per submit; a slow consumer sees only the latest. */
export interface Progress {
  /** Steps done. */
  readonly step: number;
  readonly steps: number;
  readonly curves: Curves;
  /** Of the latest evaluation at the probe points, `[R, M, C]`: softmax or sigmoid (or raw outputs for squared error). */
  readonly probabilities: Float32Array;
  /** Runs that have diverged so far. */
  readonly failures: readonly RunFailure[];
}

/**
 * That a run met a NaN or an infinity. Plain data, so that it comes out of a worker (`structuredClone`, `postMessage`) as it
 * went in; `new NonFiniteError(run, step)` is the error for it.
 */
export interface RunFailure {
  /** Index of the run in `config.runs`. */
  readonly run: number;
  /** First step (0-based) that could not be computed in finite numbers. */
  readonly step: number;
  readonly message: string;
}

/** How one run ended. */
export interface RunResult {
  readonly run: Run;
  /** Share misclassified at the last evaluation; undefined for regression, NaN if the run diverged before it. */
  readonly error: number | undefined;
  /** Clean loss at the last evaluation, or NaN; both are undefined when stopped before the first. */
  readonly loss: number | undefined;
  /** At the probe points, `[M, C]`; NaN if the run diverged before the last evaluation. */
  readonly probabilities: Float32Array;
  /** With the state, such as running statistics; as they are at `TrainingResult.step`, or as they were when the run failed. */
  readonly parameters: NamedTensors;
  /** Set if the run diverged. */
  readonly failure?: RunFailure;
}

export interface TrainingResult {
  /** Steps done: `config.steps`, or fewer when stopped. */
  readonly step: number;
  readonly stopped: boolean;
  /** What executed it. */
  readonly executor: ExecutedBy;
  /** The kernels' variants that ran; undefined on the CPU. */
  readonly variants: Variants | undefined;
  readonly curves: Curves;
  readonly runs: RunResult[];
  readonly elapsedSeconds: number;
  /** Compute dispatches and queue submits used for training and evaluation; 0 on the CPU. */
  readonly dispatches: number;
  readonly submits: number;
}

/** A training under way. It starts by itself; iterating over it is optional. */
export interface Training extends AsyncIterable<Progress> {
  /** Ends in the result also after an abort or `stop()`; rejects for errors that concern all runs. */
  readonly result: Promise<TrainingResult>;
  /** Stops at the end of the submit in flight, as `signal` does. */
  stop(): void;
  /**
   * The whole state as safetensors, with which `resume()` goes on as if it had never stopped. While the training runs,
   * the state between two submits; after its end, the final state.
   */
  checkpoint(): Promise<Uint8Array>;
  /**
   * Frees everything. Idempotent; a training under way stops. The result stays readable; `checkpoint()` rejects with a
   * DestroyedError from then on.
   */
  destroy(): void;
}
