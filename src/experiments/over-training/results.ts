/**
 * What the over-training experiment hands back: plain data that survives JSON, the content of its `results.json`. Errors are mean
 * squared errors on fresh points over the variance of their labels.
 */

import type { ExperimentResults } from "../../report/results.ts";

/** What is trained on: the points; all midpoints; the same with clean labels; midpoints up to Mixup's best step, then the points. */
export const ARMS = ["mixup", "erm", "clean", "switched"] as const;
export type Arm = (typeof ARMS)[number];

/** One draw in closed form: errors at {@link OverTrainingResults.steps}; those of `switched` count from the switch. */
export interface DrawCurves extends Readonly<Record<Arm, number[]>> {
  readonly seed: number;
  /** Step of Mixup's smallest error, the first of equals, read on the test points. */
  readonly bestStep: number;
}

/** A net's error where it was measured. */
export interface TrainedError {
  readonly seed: number;
  readonly arm: Arm;
  readonly step: number;
  /** Null where the net diverged. */
  readonly error: number | null;
  readonly closedForm: number;
}

/** Mixup with as many points, medians over the draws. */
export interface SizeOutcome {
  readonly points: number;
  readonly lastOverBest: number;
  readonly bestStep: number;
  readonly best: number;
  readonly last: number;
}

export interface OverTrainingResults extends ExperimentResults {
  readonly steps: number[];
  readonly draws: DrawCurves[];
  readonly sizes: SizeOutcome[];
  readonly trained: TrainedError[];
}

/** The name of each in pictures and tables. */
export const ARM_NAMES: Readonly<Record<Arm, string>> = {
  mixup: "Mixup",
  erm: "ERM",
  clean: "midpoints with clean labels",
  switched: "Mixup, then ERM",
};
