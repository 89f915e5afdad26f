/** What the fair-weights experiment hands back: plain data that survives JSON, the content of its `results.json`. */

import type { Spread } from "../../numeric/spread.ts";
import type { ExperimentResults } from "../../report/results.ts";
import type { RateGaps } from "./fairness.ts";

export const MEASURES = ["accuracy", "opportunity", "odds"] as const;
export type Measure = (typeof MEASURES)[number];

/** Models along the rounds, `[rounds looked at]`, on the test points of one draw. */
export interface FairRun {
  readonly seed: number;
  readonly erm: RateGaps[];
  readonly biFair: RateGaps[];
  /** Mean weights of training points whose label is wrong, and of the others. */
  readonly weights: { readonly flipped: number[]; readonly right: number[] };
  /** Part of the training points whose label is wrong. */
  readonly flippedShare: number;
  /** Rounds in which all weights would have become 0. */
  readonly kept: number;
}

/** How far derivatives by differences on the device are from exact ones, over the largest of these. */
export interface DifferenceError {
  readonly round: number;
  /** The largest over all points and draws. */
  readonly largest: number;
}

export interface FairWeightsResults extends ExperimentResults {
  /** Rounds done when it was looked at. */
  readonly rounds: number[];
  readonly runs: FairRun[];
  /** At the last round, over the draws. */
  readonly last: Readonly<Record<"erm" | "biFair", Readonly<Record<Measure, Spread>>>>;
  readonly differences: DifferenceError[];
}
