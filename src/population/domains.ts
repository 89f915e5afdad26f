/**
 * Runs that draw by domains: their proportions checked, and which points they have, domain by domain.
 *
 * Not here: drawing (`mixing/domains.ts`).
 */

import { checkLength, checkNumber, float64Numbers } from "../check.ts";
import type { Dataset } from "../data/dataset.ts";
import { ConfigError } from "../errors.ts";
import { type DomainTable, domainTable } from "../mixing/domains.ts";
import { pairingName } from "../mixing/mixing.ts";
import type { Run } from "./population.ts";

/** Pairings that know domains. */
const PAIRINGS = ["uniform", "other", "permutation"];

/**
 * Proportions of a data set's domains, not negative; they need not sum to 1.
 * @throws ConfigError
 */
export function checkedProportions(
  path: string,
  proportions: ArrayLike<number>,
  { domains }: Dataset,
): Float64Array {
  if (domains === undefined)
    throw new ConfigError(
      path,
      "the data have no domains. Make them with withDomains(data, { name: points }).",
    );
  if (checkLength(path, proportions, "Give a proportion for each domain.") !== domains.length)
    throw new ConfigError(path, `${proportions.length} proportions for ${domains.length} domains.`);
  const copy = float64Numbers(path, proportions);
  copy.forEach((share, k) => {
    checkNumber(`${path}[${k}]`, share, { from: 0, what: "a proportion" });
  });
  const sum = copy.reduce((total, share) => total + share, 0);
  if (sum === 0) throw new ConfigError(path, "all are 0: nothing would be drawn.");
  if (!Number.isFinite(sum)) throw new ConfigError(path, "their sum is not finite.");
  return copy;
}

/**
 * Whether a run can draw as it is described.
 * @throws ConfigError where its proportions ask for what its domains, its batch or its pairing don't have.
 */
export function checkDrawsDomains(
  run: Pick<Run, "proportions" | "mixing" | "train" | "bandit">,
  data: Dataset,
  batch: number | "full",
  path: string,
): void {
  const { proportions, mixing } = run;
  if (proportions === undefined) {
    if (mixing.partnerDomain !== undefined)
      throw new ConfigError(
        `${path}.mixing.partnerDomain`,
        "the run has no proportions: its points have no domains.",
      );
    return;
  }
  if (batch === "full")
    throw new ConfigError(
      `${path}.proportions`,
      "domains are drawn sample by sample: give a number as batch.",
    );
  const { pairing } = mixing;
  if (typeof pairing !== "string" || !PAIRINGS.includes(pairing)) {
    throw new ConfigError(
      `${path}.mixing.pairing`,
      `${pairingName(pairing)} is not for runs with proportions: take ${PAIRINGS.join(", ")}.`,
    );
  }
  const { sizes } = domainsOf(run as Run, data)!;
  const least = mixing.kind === "mixup" && pairing === "other" ? 2 : 1;
  if (run.bandit !== undefined) {
    const none = proportions.indexOf(0);
    if (none >= 0)
      throw new ConfigError(`${path}.proportions[${none}]`, "0, but a bandit draws every domain.");
    if (mixing.partnerDomain === "any")
      throw new ConfigError(
        `${path}.mixing.partnerDomain`,
        "a bandit's batch is of one domain, partners included.",
      );
  }
  sizes.forEach((size, k) => {
    if (proportions[k] === 0 || size >= least) return;
    const { name } = data.domains![k];
    throw new ConfigError(
      `${path}.proportions[${k}]`,
      size === 0
        ? `${name} has no points${run.train === undefined ? "" : " that the run is trained on"}: its proportion must be 0.`
        : `${name} has one point, and other needs two.`,
    );
  });
}

/** The points that a run has, in the order in which they are counted; undefined where these are all. */
export function membersOf(run: Pick<Run, "proportions" | "train">, data: Dataset): Uint32Array | undefined {
  if (run.proportions === undefined) return run.train;
  const lists = domainLists(run, data);
  const members = new Uint32Array(lists.reduce((sum, list) => sum + list.length, 0));
  let at = 0;
  for (const list of lists) {
    members.set(list, at);
    at += list.length;
  }
  return members;
}

/** What a run draws domains by; undefined where it knows none. */
export function domainsOf(run: Pick<Run, "proportions" | "train">, data: Dataset): DomainTable | undefined {
  if (run.proportions === undefined) return undefined;
  const sizes = Uint32Array.from(domainLists(run, data), ({ length }) => length);
  return domainTable(sizes, run.proportions);
}

/** Of each domain the points that a run is trained on: in the domain's order, or that of the run's own list. */
function domainLists({ train }: Pick<Run, "train">, { domains, size }: Dataset): Uint32Array[] {
  if (train === undefined) return domains!.map(({ points }) => points);
  const owner = new Int32Array(size).fill(-1);
  domains!.forEach(({ points }, k) => {
    for (const point of points) owner[point] = k;
  });
  return domains!.map((_, k) => train.filter((point) => owner[point] === k));
}
