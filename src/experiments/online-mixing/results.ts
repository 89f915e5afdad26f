/**
 * What the experiment on online mixing hands back: plain data that survives JSON, the content of its `results.json`.
 */

import type { Spread } from "../../numeric/spread.ts";
import type { ExperimentResults } from "../../report/results.ts";

/** What is wrong with the last domain. */
export type LastDomain = "noisy inputs" | "random labels";

/** How domains are drawn: equally, or by a bandit with one of three rewards. */
export type PolicyName = "uniform" | "exp3" | "ema" | "cumulative";

/** One way to draw, with one kind of last domain. */
export interface MixedArm {
  readonly last: LastDomain;
  readonly policy: PolicyName;
  /** Mean validation loss over the domains that count, of each run; null where it diverged. */
  readonly losses: readonly (number | null)[];
  readonly loss: Spread;
  /** Mean policy over the second half of the training and over the runs, `[K]`. */
  readonly shares: readonly number[];
  /** Mean policy over the runs at each of `steps`, `[steps][K]`. */
  readonly policies: readonly (readonly number[])[];
}

export interface OnlineMixingResults extends ExperimentResults {
  readonly domains: string[];
  /** Steps at which policies are told. */
  readonly steps: number[];
  readonly arms: MixedArm[];
}
