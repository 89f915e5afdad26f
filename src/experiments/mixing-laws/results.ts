/**
 * What the experiment on mixing laws hands back: plain data that survives JSON, the content of its `results.json`.
 */

import type { Spread } from "../../numeric/spread.ts";
import type { ExperimentResults } from "../../report/results.ts";

/** One mixture, and the nets trained on it. */
export interface MeasuredMixture {
  /** `[K]` */
  readonly proportions: readonly number[];
  /** Of the laws are fitted to it; else they are judged by it. */
  readonly isFitted: boolean;
  /** Validation losses by domain, mean and deviation over the seeds, `[K]`. */
  readonly losses: readonly Spread[];
  /** Runs that diverged. */
  readonly diverged: number;
}

/** The law of a domain's loss, and how well it predicts the mixtures that it was not fitted to. */
export interface DomainLaw {
  readonly domain: string;
  readonly c: number;
  readonly k: number;
  /** Less their mean, `[K]`: only their differences are determined. */
  readonly slopes: readonly number[];
  /** Of the held-out losses, the share of variance explained: by the law, by the best plane. Null where they are all equal. */
  readonly explained: number | null;
  readonly explainedByPlane: number | null;
  /** Mean absolute error of the law there, nats. */
  readonly error: number;
}

/** A mixture trained on purpose, on its weighted loss. */
export interface ChosenMixture {
  readonly name: "best" | "uniform" | "weights";
  readonly proportions: readonly number[];
  /** By the laws. */
  readonly predicted: number;
  /** Over the seeds. */
  readonly measured: Spread;
}

export interface MixingLawResults extends ExperimentResults {
  readonly domains: string[];
  /** Of each domain in the loss that is to be small. */
  readonly weights: number[];
  readonly mixtures: MeasuredMixture[];
  readonly laws: DomainLaw[];
  readonly chosen: ChosenMixture[];
}
