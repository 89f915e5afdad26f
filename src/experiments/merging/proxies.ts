/**
 * How well the losses of nets trained on sets of domains are predicted: coefficients over the sets, for each domain.
 *
 * Not here: training and merging (`experiment.ts`).
 */

import { type Correlation, correlation } from "../../numeric/correlation.ts";
import { type Spread, spread } from "../../numeric/spread.ts";
import { range } from "../../population/grid.ts";
import { DOMAINS } from "./data.ts";
import type { DomainCorrelations, DomainLosses, MergedSubset, ProxyName, SizeResults } from "./results.ts";

const PROXIES: readonly ProxyName[] = ["shared", "own", "losses"];

/** What was measured of a set in one draw. */
export interface MeasuredSubset {
  readonly domains: readonly number[];
  readonly truth: DomainLosses;
  /** Of the nets of its domains, from one start. */
  readonly units: readonly DomainLosses[];
  /** Of their mean, and of the mean of those from own starts. */
  readonly shared: DomainLosses;
  readonly own: DomainLosses;
}

/** All sets of a size, draw by draw. */
export function sizeResults(
  size: number,
  draws: number,
  measured: (draw: number) => readonly MeasuredSubset[],
): SizeResults {
  const results = range(draws).map((seed) => {
    const subsets = measured(seed).map(({ domains, truth, units, shared, own }): MergedSubset => {
      const losses = DOMAINS.map((_, u) => {
        const values = units.map((unit) => unit[u]);
        return values.includes(null) ? null : values.reduce<number>((sum, v) => sum + v!, 0) / values.length;
      });
      return { domains, truth, proxies: { shared, own, losses } };
    });
    return { seed, subsets, correlations: byProxy((name) => correlationsOf(subsets, name)) };
  });
  const over = (kind: keyof Correlation): Readonly<Record<ProxyName, Spread>> =>
    byProxy((name) => spread(results.map(({ correlations }) => spread(correlations[name][kind]).mean)));
  return { size, draws: results, pearson: over("pearson"), spearman: over("spearman") };
}

/** Of each domain, over the sets; a set with a net that diverged says nothing. */
function correlationsOf(subsets: readonly MergedSubset[], name: ProxyName): DomainCorrelations {
  const found = DOMAINS.map((_, u): Correlation => {
    const pairs = subsets.map(({ truth, proxies }) => [truth[u], proxies[name][u]]);
    if (pairs.length < 2 || pairs.some((pair) => pair.includes(null)))
      return { pearson: null, spearman: null };
    return correlation(
      pairs.map(([truth]) => truth!),
      pairs.map(([, proxy]) => proxy!),
    );
  });
  return {
    pearson: found.map(({ pearson }) => pearson),
    spearman: found.map(({ spearman }) => spearman),
  };
}

function byProxy<T>(of: (name: ProxyName) => T): Record<ProxyName, T> {
  return Object.fromEntries(PROXIES.map((name) => [name, of(name)])) as Record<ProxyName, T>;
}
