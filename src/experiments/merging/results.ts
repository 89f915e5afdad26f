/**
 * What the merging experiment hands back: plain data that survives JSON, the content of its `results.json`.
 */

import type { Spread } from "../../numeric/spread.ts";
import type { ExperimentResults } from "../../report/results.ts";

/** What the loss of a net trained on several domains is predicted by. */
export type ProxyName = "shared" | "own" | "losses";

/** Losses on the validation points of each domain, `[domains]`; null where a net diverged. */
export type DomainLosses = readonly (number | null)[];

/** A set of domains in one draw. */
export interface MergedSubset {
  /** The domains, by their place. */
  readonly domains: readonly number[];
  /** Of the net trained on the union. */
  readonly truth: DomainLosses;
  /** Of the mean of the parameters of nets from one start, of nets from their own starts; the mean of the losses of those from one start. */
  readonly proxies: Readonly<Record<ProxyName, DomainLosses>>;
}

/** Coefficients over the subsets, of each domain; null where there is none. */
export interface DomainCorrelations {
  readonly pearson: readonly (number | null)[];
  readonly spearman: readonly (number | null)[];
}

/** All sets of one size. */
export interface SizeResults {
  /** Domains of a set. */
  readonly size: number;
  readonly draws: readonly {
    readonly seed: number;
    readonly subsets: readonly MergedSubset[];
    readonly correlations: Readonly<Record<ProxyName, DomainCorrelations>>;
  }[];
  /** Over the draws: means over the domains of the coefficients. */
  readonly pearson: Readonly<Record<ProxyName, Spread>>;
  readonly spearman: Readonly<Record<ProxyName, Spread>>;
}

export interface MergingResults extends ExperimentResults {
  readonly domains: string[];
  readonly sizes: SizeResults[];
}
