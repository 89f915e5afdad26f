/**
 * What a population keeps of its runs' bandits between two steps: for each run its rewards, the policy of the next step, and the
 * domain that is drawn by it, `[R, 2 K + 1]`. Nothing where no run has one.
 *
 * Not here: what a bandit computes (`mixing/bandit.ts`).
 */

import type { Dataset } from "../data/dataset.ts";
import { banditPolicy } from "../mixing/bandit.ts";
import { domainOfWord, domainThresholds } from "../mixing/domains.ts";
import { PURPOSE, threefry } from "../numeric/threefry.ts";
import type { Population, Run } from "./population.ts";

/** Domains that some run has a bandit over, K; 0 where none has. */
export function banditDomains({ data, runs }: Pick<Population, "data" | "runs">): number {
  return runs.some(({ bandit }) => bandit !== undefined) ? data.domains!.length : 0;
}

/** Numbers kept of a run. */
export function banditNumbers(population: Pick<Population, "data" | "runs">): number {
  const K = banditDomains(population);
  return K === 0 ? 0 : 2 * K + 1;
}

/** What a run's bandit is before its first step, which is the step `step` of the training; zeros for a run without one. */
export function firstBandit(run: Run, { domains }: Dataset, step: number): Float64Array {
  const K = domains!.length;
  const row = new Float64Array(2 * K + 1);
  if (run.bandit === undefined) return row;
  const policy = banditPolicy(run.bandit, row.subarray(0, K), 1, run.proportions!);
  row.set(policy, K);
  row[2 * K] = drawnDomain(run.seed, step, policy);
  return row;
}

/** The domain of a whole step, drawn by a policy. */
export function drawnDomain(seed: number, step: number, policy: ArrayLike<number>): number {
  return domainOfWord(domainThresholds(policy), threefry(seed, PURPOSE.domain, step, 0));
}

/** The policy of run r's next step, `[K]`; undefined where it has no bandit. */
export function policyOf(
  bandits: Float32Array | Float64Array,
  r: number,
  population: Pick<Population, "data" | "runs">,
): number[] | undefined {
  if (population.runs[r].bandit === undefined) return undefined;
  const K = banditDomains(population);
  const at = r * (2 * K + 1) + K;
  return Array.from(bandits.subarray(at, at + K));
}

/** A run whose bandit began at a step, in all of its phases. */
export function banditBegunAt(run: Run, banditStart: number): Run {
  if (run.bandit === undefined || banditStart === (run.banditStart ?? 0)) return run;
  const { phases } = run;
  return {
    ...run,
    banditStart,
    ...(phases && {
      phases: phases.map(({ from, run: later }) => ({ from, run: { ...later, banditStart } })),
    }),
  };
}
