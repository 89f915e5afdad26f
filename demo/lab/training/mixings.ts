/**
 * From the lab's state to laws and mixing, as the library describes them, and to the groups of runs that are compared: ERM, what is
 * asked for, and plain Mixup between them where a method changes one thing of it. Pure.
 */

import {
  beta,
  constantLambda,
  erm,
  type Law,
  labelKernel,
  type Mixing,
  type MixingOptions,
  type Model,
  mixup,
  uniform,
} from "../../../src/index.ts";
import { layerNames } from "../../../src/model/trace.ts";
import type { LabConfig } from "../state/fields.ts";

/** Which of the compared: no mixing, Mixup as it is known, what is asked for. Colours go by it. */
export type GroupKind = "erm" | "plain" | "mixup";

/** A law that is compared. */
export interface Compared {
  readonly kind: GroupKind;
  readonly mixing: Mixing;
  /** To show: "ERM", "Mixup, λ ~ Beta(32, 32)"; and beside a curve: "Mixup". */
  readonly name: string;
  readonly short: string;
}

export function labLaw({ law, alpha, lambda, from, to }: LabConfig): Law {
  return law === "beta" ? beta(alpha) : law === "uniform" ? uniform(from, to) : constantLambda(lambda);
}

/** The labels' own law, or undefined where the points' lambda, of `law`, is theirs. */
export function labLabelLaw(config: LabConfig, law: Law): Law | undefined {
  const { labelLaw, labelAlpha, labelFrom, labelTo, labelLambda } = config;
  switch (labelLaw) {
    case "tied":
      return undefined;
    case "independent":
      return law;
    case "beta":
      return beta(labelAlpha);
    case "uniform":
      // Checked with the rest of the mixing, under its own name.
      return labelFrom === 0 && labelTo === 1 ? uniform() : { kind: "uniform", from: labelFrom, to: labelTo };
    case "constant":
      return constantLambda(labelLambda);
  }
}

/** What is mixed with a law, all options but that. */
export function labMixingOptions(config: LabConfig, model: Model, law: Law): MixingOptions {
  const { granularity, probability, eta, bandwidth } = config;
  const pairing = config.pairing === "label-kernel" ? labelKernel({ bandwidth }) : config.pairing;
  const labelLambda = labLabelLaw(config, law);
  return {
    pairing,
    granularity,
    ...(labelLambda !== undefined && { labelLambda }),
    ...(probability !== 1 && { probability }),
    ...(eta > 0 && { eta }),
    ...geometryOf(config, model),
  };
}

function geometryOf({ geometry, pairing }: LabConfig, model: Model): Pick<MixingOptions, "geometry"> {
  if (geometry === "cutmix") return { geometry: { kind: "cutmix", probability: 1 } };
  if (geometry === "blend") return {};
  // The input, or what comes out of an activation, each equally often; one pass mixes rows of one batch.
  const passes = pairing === "permutation" ? "one" : "two";
  const names = layerNames(model).filter((_, l) => model.layers[l].kind === "activation");
  return { geometry: { kind: "hidden", after: ["input", ...names], passes } };
}

/**
 * No mixing. Runs of a population that mixes hidden values, or has an unmixed batch beside the mixed one, share that: ERM is then
 * the same with nothing mixed, or the mixed batch weighing nothing.
 */
export function unmixed(law: Law, { geometry, eta, pairing, granularity }: MixingOptions): Mixing {
  if (eta !== undefined) return mixup(law, { pairing, granularity, eta: 0 });
  if (geometry?.kind === "hidden") return mixup(law, { pairing, granularity, geometry, probability: 0 });
  return erm();
}

/** What a state compares. */
export function compared(config: LabConfig, model: Model): Compared[] {
  const law = labLaw(config);
  const options = labMixingOptions(config, model, law);
  const mixing = mixup(law, options);
  const name = `Mixup, ${lawText(law)}`;
  const base: Compared = { kind: "erm", mixing: unmixed(law, options), name: "ERM", short: "ERM" };
  if (config.pairing === "label-kernel") {
    const plain = mixup(law, { ...options, pairing: "uniform" });
    const near = `C-Mixup, s = ${shortNumber(config.bandwidth)}`;
    return [
      base,
      { kind: "plain", mixing: plain, name: "Mixup, any partner", short: "Mixup" },
      { kind: "mixup", mixing, name: near, short: "C-Mixup" },
    ];
  }
  if (config.labelLaw !== "tied") {
    const { labelLambda, ...tied } = options;
    return [
      base,
      { kind: "plain", mixing: mixup(law, tied), name: "Mixup, one λ", short: "one λ" },
      { kind: "mixup", mixing, name: "Mixup, two λ", short: "two λ" },
    ];
  }
  return [base, { kind: "mixup", mixing, name, short: "Mixup" }];
}

/** Words for the labels' law. */
export function labelText(config: LabConfig): string {
  const law = labLabelLaw(config, labLaw(config));
  return config.labelLaw === "independent" || law === undefined ? "λ of their own" : lawText(law);
}

/** Words for a law. */
export function lawText(law: Law): string {
  if (law.kind === "beta") return `λ ~ Beta(${shortNumber(law.a)}, ${shortNumber(law.b)})`;
  if (law.kind === "constant") return `λ = ${shortNumber(law.value)}`;
  const { from = 0, to = 1 } = law;
  return from === 0 && to === 1 ? "λ uniform" : `λ uniform from ${shortNumber(from)} to ${shortNumber(to)}`;
}

/** Four digits at most. */
export function shortNumber(value: number): string {
  return String(+value.toPrecision(4));
}
