/**
 * What has to come out of the experiment on mixing laws: that the exponential law predicts mixtures it has not seen, better than a
 * plane does, and names a good mixture. Inequalities with room between five draws that were made with other tools. The paper's own
 * numbers are of language models.
 */

import { bounded, type Reference, showSpread } from "../../report/references.ts";
import { counted } from "../../report/words.ts";
import type { MixingLawResults } from "./results.ts";

/** Mixtures, and steps of the runs that the bounds come from. */
const MIXTURES = 36;
const STEPS = 300;

/** All inequalities; what was run otherwise proves nothing. */
export function mixingLawChecks(
  { mixtures, laws, chosen }: Pick<MixingLawResults, "mixtures" | "laws" | "chosen">,
  steps: number,
): Reference[] {
  const lost = mixtures.reduce((sum, { diverged }) => sum + diverged, 0);
  const common = {
    source: "independent repetition (NumPy, five draws)",
    basis: "repeated" as const,
    differences: [
      ...(mixtures.length !== MIXTURES ? [`${mixtures.length} of ${MIXTURES} mixtures`] : []),
      ...(steps !== STEPS ? [`${steps} of ${STEPS} steps`] : []),
      ...(lost > 0 ? [`${counted(lost, "run")} diverged`] : []),
    ],
  };
  const held = mixtures.filter(({ isFitted }) => !isFitted).length;
  const heading = `Variance of the losses at ${held} held-out mixtures that is explained (R²)`;
  const leads = laws.map(({ explained, explainedByPlane }) =>
    explained === null || explainedByPlane === null ? null : explained - explainedByPlane,
  );
  const at = (name: MixingLawResults["chosen"][number]["name"]) =>
    chosen.find((mixture) => mixture.name === name);
  const [best, uniform] = [at("best"), at("uniform")];
  const distance =
    best === undefined || best.measured.mean === null ? null : Math.abs(best.predicted - best.measured.mean);
  const behind =
    best?.measured.mean == null || uniform?.measured.mean == null
      ? null
      : best.measured.mean - uniform.measured.mean;
  return [
    ...laws.flatMap(({ domain, explained, explainedByPlane }, i) => [
      bounded({
        ...common,
        heading,
        what: `${domain} domain, by the law`,
        relation: "at least",
        bound: 0.85,
        measured: explained,
      }),
      bounded({
        ...common,
        heading,
        what: `${domain} domain, by the law less by a plane (${explainedByPlane?.toFixed(3) ?? "–"})`,
        relation: "at least",
        bound: 0,
        measured: leads[i],
      }),
    ]),
    bounded({
      ...common,
      heading,
      what: "by the law less by a plane, mean over the domains",
      relation: "at least",
      bound: 0.2,
      measured: leads.includes(null)
        ? null
        : leads.reduce<number>((sum, lead) => sum + lead!, 0) / leads.length,
    }),
    bounded({
      ...common,
      heading: "Weighted loss at the mixture that the laws name",
      what: `distance of predicted (${best?.predicted.toFixed(3) ?? "–"}) and measured (${best ? showSpread(best.measured) : "–"}), nats`,
      relation: "at most",
      bound: 0.15,
      measured: distance,
    }),
    bounded({
      ...common,
      heading: "Weighted loss at the mixture that the laws name",
      what: `less that of equal shares (${uniform ? showSpread(uniform.measured) : "–"}), nats`,
      relation: "at most",
      bound: 0.01,
      measured: behind,
    }),
  ];
}
