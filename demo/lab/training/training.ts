/** What the lab wants of whatever trains: the library's `train()`, or a method's loop over a population. Types only. */

import type { NamedTensors, Progress, RunResult, TrainOptions } from "../../../src/index.ts";
import type { Experiment } from "./experiment.ts";
import type { Measured } from "./measured/quantities.ts";

export interface MeasuredCurves {
  readonly step: readonly number[];
  readonly runs: readonly Measured[];
}

export interface LabProgress extends Pick<Progress, "step" | "probabilities" | "failures"> {
  readonly curves: MeasuredCurves;
  /** Steps of all nets since it began or went on, where they are not those of the runs that are shown. */
  readonly runSteps?: number;
  readonly fairWeights?: FairState;
}

/** Where weights of training points stand. */
export interface FairState {
  /** `[S, N]`: of each draw the learnt weight of each training point. */
  readonly weights: Float32Array;
  /** Parameters of all runs, `[R, D]`. */
  readonly thetas: Float32Array;
}

export interface LabResult {
  readonly step: number;
  readonly executor?: string;
  readonly curves: MeasuredCurves;
  readonly runs: readonly Pick<RunResult, "parameters" | "probabilities" | "failure">[];
}

/** A training under way, as the library's. */
export interface LabTraining extends AsyncIterable<LabProgress> {
  readonly result: Promise<LabResult>;
  stop(): void;
  checkpoint(): Promise<Uint8Array>;
}

/** Where it is to stop, and how long a submit may take. */
export type LabTrainOptions = Pick<TrainOptions, "stopAfter" | "pace">;

/** Whoever has nets to be looked at: a training, or a recording of one. */
export interface NetSource {
  readonly session: number;
  /** What they are nets of. */
  readonly experiment: Experiment;
  /** Changes whenever the nets may have: for pictures that are not drawn twice. */
  readonly version: number | string;
  /** The nets now, and at which step that is. */
  parameters(): Promise<{ step: number; nets: NamedTensors[] }>;
}
