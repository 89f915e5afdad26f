/**
 * What has to come out of the merging experiment: that merged nets from one start predict, and those from their own starts less so.
 * Inequalities on means over draws and domains, with room between three draws that were trained with other tools. The paper's own
 * numbers are of language models.
 */

import { type Bound, bounded, type Reference, showSpread } from "../../report/references.ts";
import { counted } from "../../report/words.ts";
import type { ProxyName, SizeResults } from "./results.ts";

/** Steps of the runs that the bounds come from; each of their draws satisfies all bounds by itself. */
const STEPS = 200;
/** By how much merged nets of own starts predict worse, by domains of a set. */
const LOWER: Readonly<Record<number, number>> = { 2: 0.1, 3: 0.25 };

export const PROXY_LABELS: Readonly<Record<ProxyName, string>> = {
  shared: "merged, one start",
  own: "merged, own starts",
  losses: "mean of the losses",
};

export function sizeName(size: number): string {
  return size === 2 ? "pairs" : size === 3 ? "triples" : `sets of ${size}`;
}

/** All inequalities; what was run otherwise proves nothing. */
export function mergingChecks(sizes: readonly SizeResults[], steps: number): Reference[] {
  return sizes.flatMap(({ size, draws, pearson }) => {
    const differences = steps !== STEPS ? [`${steps} of ${STEPS} steps`] : [];
    const common = {
      heading: `Pearson’s coefficient of proxy and truth over the ${sizeName(size)}, mean over the domains and ${counted(draws.length, "draw")}`,
      source: "independent repetition (NumPy, 3 draws)",
      basis: "repeated" as const,
      differences,
    };
    const told = (name: ProxyName) => `${PROXY_LABELS[name]} (${showSpread(pearson[name])})`;
    const lead = (over: ProxyName, bound: number): Reference => {
      const [own, other] = [pearson.shared.mean, pearson[over].mean];
      const inequality: Bound = {
        ...common,
        what: `${told("shared")} less ${told(over)}`,
        relation: "at least",
        bound,
        measured: own === null || other === null ? null : own - other,
      };
      return bounded(inequality);
    };
    return [
      bounded({
        ...common,
        what: told("shared"),
        relation: "at least",
        bound: 0.8,
        measured: pearson.shared.mean,
      }),
      lead("losses", 0),
      lead("own", LOWER[size] ?? 0),
    ];
  });
}
