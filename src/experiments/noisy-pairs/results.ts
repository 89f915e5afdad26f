/** What the experiment on noisy pairs hands back: plain data that survives JSON, the content of its `results.json`. */

import type { Spread } from "../../numeric/spread.ts";
import type { ExperimentResults } from "../../report/results.ts";

/** Ways to train: on matched pairs alone, on all, and with filters and more. */
export const ARMS = ["clean", "noisy", "filtered", "weighted", "energy", "complementary"] as const;
export type ArmName = (typeof ARMS)[number];

/** One way to train. */
export interface PairArm {
  readonly name: ArmName;
  /** Of each run the share of test pairs whose first half finds its second in a pool, when all is done; null where it diverged. */
  readonly recalls: readonly (number | null)[];
  readonly recall: Spread;
  /** Mean over the runs at each of the results' `steps`. */
  readonly curve: readonly (number | null)[];
  /** Of arms with a filter: of each run the mismatched share of the pairs that the last filter left out. */
  readonly precisions?: readonly (number | null)[];
  readonly precision?: Spread;
  /** Mean over the runs at each of the results' `filterSteps`. */
  readonly precisionCurve?: readonly (number | null)[];
}

/** How many training pairs have scores between two edges, in all runs with the filter, at the last of its steps. */
export interface ScoreCounts {
  /** One more than counts. */
  readonly edges: readonly number[];
  readonly matched: readonly number[];
  readonly mismatched: readonly number[];
}

export interface NoisyPairsResults extends ExperimentResults {
  /** Steps at which recall is told. */
  readonly steps: number[];
  /** Steps at which pairs were filtered. */
  readonly filterSteps: number[];
  readonly arms: PairArm[];
  /** Undefined where no step was filtered. */
  readonly scores?: ScoreCounts;
}
