/**
 * What the two moons hand back: plain data that survives JSON, the content of their `results.json`.
 */

import type { Granularity, Pairing } from "../../mixing/mixing.ts";
import type { Spread } from "../../numeric/spread.ts";
import type { ExperimentResults } from "../../report/results.ts";
/** One net's measurements; all null if it diverged. */
export interface MoonsMeasures {
  /** Share of its own training points that it classifies rightly. */
  readonly accuracy: number | null;
  /** Mean cross-entropy on its unmixed training points, and mean training (mixed) loss over all steps. */
  readonly cleanLoss: number | null;
  readonly trainingLoss: number | null;
  /** Share of the grid on which it says what the nearest training point is. */
  readonly nearestNeighbour: number | null;
  /** Share of the grid on which it says what the line x = 0 says. */
  readonly sign: number | null;
  /** From its training points to the nearest grid point that it puts in the other class. */
  readonly leastMargin: number | null;
  readonly meanMargin: number | null;
  /** From its training points to the nearest place where two neighbouring grid points differ. */
  readonly leastDistance: number | null;
}

/** What determines a group's runs, besides their seeds. */
export interface MoonsSetting {
  readonly separation: number;
  /** Whether gradients are cleared after a step, or add up as in the authors' code. */
  readonly variant: "cleared" | "accumulated";
  /** Of Beta(alpha, alpha); null for ERM. */
  readonly alpha: number | null;
  readonly steps: number;
  readonly granularity: Granularity;
  readonly pairing: Pairing;
}

/** The runs that differ only in their seed. */
export interface MoonsGroup extends MoonsSetting {
  readonly runs: (MoonsMeasures & { readonly seed: number })[];
  /** Over the seeds. */
  readonly over: { readonly [measure in keyof MoonsMeasures]: Spread };
  /** Nets that voted: those that did not diverge. */
  readonly voters: number;
  /** Votes for class 1 at each grid point, x fastest, the lowest row first. */
  readonly votes: number[];
  /** Share of the grid on which all nets agree, and on which no class has more than 80% of the votes. */
  readonly unanimous: number | null;
  readonly contested: number | null;
  /** The training points of seed 0, `[N, 2]`, and their classes. */
  readonly points: number[];
  readonly labels: number[];
}

export interface TwoMoonsResults extends ExperimentResults {
  /** For each separation, variant and law; ERM first. */
  readonly groups: MoonsGroup[];
}
