/**
 * What the Self-Evolution experiment hands back: plain data that survives JSON, the content of its `results.json`.
 */

import type { Spread } from "../../numeric/spread.ts";
import type { ExperimentResults } from "../../report/results.ts";

/** What is measured of a net at the test points. */
export interface Measures {
  readonly accuracy: number | null;
  /** Over ten equal bins of confidence. */
  readonly calibrationError: number | null;
  /** In nats. */
  readonly negativeLogLikelihood: number | null;
  readonly brierScore: number | null;
  /** Mean of the largest probability. */
  readonly confidence: number | null;
}

/** One run; its seed is that of its set of training points, too. Measures are null if it diverged. */
export interface SelfEvolutionRun extends Measures {
  readonly seed: number;
  /** Easy points of its training points that have the class of the fewest and of the most; null where none were chosen. */
  readonly easyByClass: readonly [fewest: number, most: number] | null;
}

/** The ways of training that are compared. */
export const ARM_NAMES = [
  "erm",
  "smoothing",
  "mixup",
  "self-distilled",
  "easy-first",
  "easy-by-probability",
] as const;
export type ArmName = (typeof ARM_NAMES)[number];

/** All runs of one way of training. */
export interface SelfEvolutionArm {
  readonly name: ArmName;
  /** As figures show it. */
  readonly label: string;
  readonly runs: SelfEvolutionRun[];
  readonly over: Readonly<Record<keyof Measures, Spread>>;
}

export interface SelfEvolutionResults extends ExperimentResults {
  readonly arms: SelfEvolutionArm[];
}
