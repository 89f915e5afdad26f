/**
 * What the C-Mixup experiment hands back: plain data that survives JSON, the content of its `results.json`.
 */

import type { Spread } from "../../numeric/spread.ts";
import type { ExperimentResults } from "../../report/results.ts";

export type LawName = "erm" | "mixup" | "c-mixup";

/** One way to train on one kind of data. */
export interface Arm {
  readonly data: "digits" | "friedman";
  /** Whether a share of the training labels has noise. */
  readonly noisy: boolean;
  readonly law: LawName;
  /** Of C-Mixup, in units of the labels; of forks the first one. Null where partners are drawn by other laws. */
  readonly bandwidth: number | null;
  /** Whether the points of largest loss are left out. */
  readonly trimmed: boolean;
  /** Whether the bandwidth is searched for on the way. */
  readonly forked: boolean;
}

/** The runs of an arm, one on each set. */
export interface ArmGroup extends Arm {
  /** Root mean squared error on the clean test points of each set; null where the run diverged. */
  readonly errors: (number | null)[];
  readonly error: Spread;
  readonly diverged: number;
  /** Trimmed: the share of noisy labels among the points last kept, of each set; else empty. */
  readonly keptNoisy: number[];
}

/** One search for the bandwidth. */
export interface ForkRound {
  readonly step: number;
  /** Of each set. */
  readonly chosen: number[];
}

/** A kind of data that was trained on, and how many labels. */
export interface DataSummary {
  readonly data: Arm["data"];
  readonly noisy: boolean;
  readonly points: number;
  /** Standard deviation of the training labels as they are trained on, mean over the sets: what bandwidths compare with. */
  readonly labelDeviation: number;
}

export interface CMixupResults extends ExperimentResults {
  readonly groups: ArmGroup[];
  readonly summaries: DataSummary[];
  readonly rounds: ForkRound[];
  /** Sets trained on, and steps of every run. */
  readonly sets: number;
  readonly steps: number;
}

/** `ERM`, `C-Mixup, s = 0.1`, `trimmed C-Mixup, s searched`. */
export function armName({ law, bandwidth, trimmed, forked }: Arm): string {
  if (law === "erm") return trimmed ? "trimmed ERM" : "ERM";
  const name = law === "mixup" ? "Mixup" : `C-Mixup, s ${forked ? "searched" : `= ${bandwidth}`}`;
  return trimmed ? `trimmed ${name}` : name;
}
