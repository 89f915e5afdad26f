/** What the midpoint experiment hands back: plain data that survives JSON, the content of its `results.json`. */

import type { Spread } from "../../numeric/spread.ts";
import type { ExperimentResults } from "../../report/results.ts";

/** How lambda is drawn. */
export type LawName = "ERM" | "uniform" | "midpoint";

/** All, ERM first. */
export const LAWS: readonly LawName[] = ["ERM", "uniform", "midpoint"];

/** How figures and tables name a law. */
export const LAW_TITLES: Readonly<Record<LawName, string>> = {
  ERM: "ERM",
  uniform: "Mixup, λ uniform",
  midpoint: "Midpoint Mixup, λ = ½",
};

/** Two features: one run. */
export interface FeatureRun {
  readonly seed: number;
  /** Share of points with a single feature that are misclassified, at each evaluation, and in the end. */
  readonly errorCurve: readonly (number | null)[];
  readonly error: number | null;
  /** Share of the classes of which each feature alone is recognised in more than 9 of 10 points. */
  readonly both: number | null;
  /** On its own training points. */
  readonly trainingAccuracy: number | null;
  /** Step at which it diverged. */
  readonly failure: number | null;
}

/** Two features: the runs of one law. */
export interface FeatureGroup {
  readonly law: LawName;
  readonly curve: {
    readonly step: readonly number[];
    readonly mean: readonly (number | null)[];
    readonly std: readonly (number | null)[];
  };
  readonly error: Spread;
  readonly both: Spread;
  readonly trainingAccuracy: Spread;
  readonly runs: readonly FeatureRun[];
}

/** Sizes of the theory's model. */
export interface FeatureSetting {
  /** K */
  readonly classes: number;
  /** Filters of a class. */
  readonly filters: number;
  readonly steps: number;
}

/** Two-channel images: test errors of one law, a seed each; null where a run diverged. */
export interface ChannelGroup {
  readonly law: LawName;
  readonly errors: readonly (number | null)[];
  readonly error: Spread;
}

export interface MidpointResults extends ExperimentResults {
  readonly features: readonly FeatureGroup[];
  readonly setting: FeatureSetting;
  /** Empty where they were not asked for. */
  readonly channels: readonly ChannelGroup[];
}
