/**
 * What the long-tail experiment hands back: plain data that survives JSON, the content of its `results.json`.
 */

import type { Spread } from "../../numeric/spread.ts";
import type { ExperimentResults } from "../../report/results.ts";

/** What is measured of a net at the test points; null where it diverged, or where there is nothing to measure. */
export interface TailMeasures {
  /** Accuracy: of all points, of the most frequent classes, of the rarest. */
  readonly overall: number | null;
  readonly many: number | null;
  readonly few: number | null;
  /** Mean logit magnitude of the most frequent classes, and of the rarest. */
  readonly head: number | null;
  readonly tail: number | null;
  /** Deviation over the mean of all classes' magnitudes. */
  readonly magnitudeSpread: number | null;
}

/** The ways of the second stage. */
export type PathName =
  | "slow-0.98"
  | "slow-0.9"
  | "fast-0"
  | "fast-0.1"
  | "fast-0.9"
  | "fast-0.98"
  | "fast-0-balanced";

/** One way of the second stage, measured along its steps. */
export interface TailPath {
  readonly name: PathName;
  /** As figures show it. */
  readonly label: string;
  /** Measures of each draw, `[draws][steps]`. */
  readonly runs: { readonly seed: number; readonly at: readonly TailMeasures[] }[];
  /** Over the draws, for each step. */
  readonly over: readonly Readonly<Record<keyof TailMeasures, Spread>>[];
}

export interface LongTailResults extends ExperimentResults {
  /** Training points of the classes, most frequent first. */
  readonly counts: number[];
  /** Steps of the second stage at which it is measured. */
  readonly steps: number[];
  /** What the second stage begins with. */
  readonly stage1: {
    readonly runs: readonly ({ readonly seed: number } & TailMeasures)[];
    readonly over: Readonly<Record<keyof TailMeasures, Spread>>;
  };
  readonly paths: TailPath[];
}
