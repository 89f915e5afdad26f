/** What the feature-learning experiment hands back: plain data that survives JSON, the content of its `results.json`. */

import type { Spread } from "../../numeric/spread.ts";
import type { ExperimentResults } from "../../report/results.ts";

/** How points and labels are mixed. */
export type LawName = "ERM" | "tied" | "independent" | "constant";

/** How figures and tables name a law. */
export const LAW_TITLES: Readonly<Record<LawName, string>> = {
  ERM: "ERM",
  tied: "one λ for both",
  independent: "two independent λ",
  constant: "labels by λ = 0.75",
};

/** Digits: the runs of one law, one a split. */
export interface DigitsGroup {
  readonly law: LawName;
  /** Of the test images, one a split; null for a run that diverged. */
  readonly accuracies: readonly (number | null)[];
  readonly accuracy: Spread;
}

/** Rare features: one run. */
export interface RareRun {
  readonly seed: number;
  /** Share of test points with rare features that are misclassified, at each evaluation. */
  readonly rareCurve: readonly (number | null)[];
  /** In the end: of test points with rare features, with common ones, and of the rare training points. */
  readonly rare: number | null;
  readonly common: number | null;
  readonly rareTraining: number | null;
  /** Step at which it diverged. */
  readonly failure: number | null;
}

/** Rare features: the runs of one law. */
export interface RareGroup {
  readonly law: LawName;
  /** Step from which on it is ERM; null where that never is. */
  readonly until: number | null;
  readonly curve: {
    readonly step: readonly number[];
    readonly mean: readonly (number | null)[];
    readonly std: readonly (number | null)[];
  };
  readonly rare: Spread;
  readonly common: Spread;
  readonly rareTraining: Spread;
  readonly runs: readonly RareRun[];
}

/** Sizes of the digits' nets; without laws that half is left out. */
export interface DigitsSetting {
  readonly hidden: readonly number[];
  readonly steps: number;
  readonly laws: readonly LawName[];
}

/** Sizes of the data with rare features and of their nets. */
export interface RareSetting {
  readonly points: number;
  readonly dimensions: number;
  /** Filters of a class. */
  readonly filters: number;
  readonly steps: number;
  readonly laws: readonly LawName[];
  /** Steps after which mixing is switched off, a group of runs for each. */
  readonly switches: readonly number[];
}

export interface FeatureLearningResults extends ExperimentResults {
  readonly digits: readonly DigitsGroup[];
  readonly digitsSteps: number;
  readonly rare: readonly RareGroup[];
  readonly rareSetting: RareSetting;
}

/** `one λ for both, off after 200 steps`. */
export function groupTitle({ law, until }: Pick<RareGroup, "law" | "until">): string {
  return until === null ? LAW_TITLES[law] : `${LAW_TITLES[law]}, off after ${until} steps`;
}
