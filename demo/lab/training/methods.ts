/** What an experiment holds besides data and runs where a method needs more: types only. */

import type { LongTailSplit } from "../../../src/experiments/long-tail/data.ts";
import type { RunChange } from "../../../src/index.ts";
import type { ClosedForm } from "./closedForm.ts";

/** Over-training: the closed form of each draw, and the step of the switch. */
export interface OverTrainingMethod {
  readonly draws: readonly ClosedForm[];
  /** 0 for never. */
  readonly switchAt: number;
}

/** A long tail: a first stage for each draw, then the classifier alone, each run its way. */
export interface LongTailMethod {
  /** Of each draw: runs of the first stage. */
  readonly splits: readonly LongTailSplit[];
  /** Classes of all images. */
  readonly labels: Uint32Array;
  /** Steps of the first stage. */
  readonly before: number;
  /** Steps of the second stage at which it is measured, rising, from 1 to the last. */
  readonly stops: readonly number[];
  /** What each run is changed by before the second stage, `[R]`; run r goes on with draw r modulo their number. */
  readonly changes: readonly RunChange[];
}
