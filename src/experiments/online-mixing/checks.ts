/**
 * What has to come out of the experiment on online mixing: that smoothed rewards hardly move the policy and gain nothing, and that the
 * cumulative one spends its steps on what can't be learnt. Inequalities with room between two draws that were made with other tools. The
 * paper's own numbers are of a language model.
 */

import { bounded, type Reference, showSpread } from "../../report/references.ts";
import { counted } from "../../report/words.ts";
import type { LastDomain, MixedArm, OnlineMixingResults, PolicyName } from "./results.ts";

/** Runs and steps that the bounds come from. */
const RUNS = 6;
const STEPS = 1200;

/** All inequalities; what was run otherwise proves nothing. */
export function onlineMixingChecks({ arms }: Pick<OnlineMixingResults, "arms">, steps: number): Reference[] {
  const runs = Math.min(...arms.map(({ losses }) => losses.length));
  const lost = arms.reduce((sum, { losses }) => sum + losses.filter((loss) => loss === null).length, 0);
  const common = {
    source: `independent repetition (NumPy, two times ${RUNS} runs)`,
    basis: "repeated" as const,
    differences: [
      ...(runs < RUNS ? [`${runs} of ${RUNS} runs`] : []),
      ...(steps !== STEPS ? [`${steps} of ${STEPS} steps`] : []),
      ...(lost > 0 ? [`${counted(lost, "run")} diverged`] : []),
    ],
  };
  const armOf = (last: LastDomain, policy: PolicyName): MixedArm =>
    arms.find((arm) => arm.last === last && arm.policy === policy)!;
  const behind = (last: LastDomain, policy: PolicyName) => {
    const [own, uniform] = [armOf(last, policy).loss, armOf(last, "uniform").loss];
    return {
      heading: `${last === "noisy inputs" ? "Noisy inputs" : "Random labels"} in the last domain`,
      what: `validation loss, ${policy} (${showSpread(own)}) less uniform (${showSpread(uniform)})`,
      value: own.mean === null || uniform.mean === null ? null : own.mean - uniform.mean,
    };
  };
  const near = (last: LastDomain, policy: PolicyName) => {
    const { heading, what, value } = behind(last, policy);
    return bounded({
      ...common,
      heading,
      what: `${what}, either way`,
      relation: "at most",
      bound: 0.03,
      measured: value === null ? null : Math.abs(value),
    });
  };
  const share = (
    last: LastDomain,
    policy: PolicyName,
    domain: number,
    relation: "at most" | "at least",
    bound: number,
  ) =>
    bounded({
      ...common,
      heading: behind(last, policy).heading,
      what: `${policy}, share of the ${domain === 0 ? "first" : "last"} domain in the second half`,
      relation,
      bound,
      measured: armOf(last, policy).shares[domain],
    });
  const lead = (policy: PolicyName) => {
    const { shares } = armOf("random labels", policy);
    return bounded({
      ...common,
      heading: behind("random labels", policy).heading,
      what: `${policy}, share of the last domain less the largest of the others in the second half`,
      relation: "at least",
      bound: 0,
      measured: shares[shares.length - 1] - Math.max(...shares.slice(0, -1)),
    });
  };
  const worse = behind("random labels", "cumulative");
  const noisy = () => [
    near("noisy inputs", "exp3"),
    near("noisy inputs", "ema"),
    near("noisy inputs", "cumulative"),
    share("noisy inputs", "cumulative", 0, "at most", 0.15),
  ];
  return [
    ...(arms.some(({ last }) => last === "noisy inputs") ? noisy() : []),
    near("random labels", "exp3"),
    near("random labels", "ema"),
    bounded({
      ...common,
      heading: worse.heading,
      what: worse.what,
      relation: "at least",
      bound: 0.06,
      measured: worse.value,
    }),
    share("random labels", "cumulative", 3, "at least", 0.5),
    lead("exp3"),
    lead("ema"),
  ];
}
