/**
 * Mixing as a description: the law of lambda, how the partner is drawn, whether a step has one lambda or one per sample,
 * and what of two points is mixed where. lambda weights the FIRST point and the first label: z = lambda s + (1 - lambda) t.
 *
 * Not here: laws themselves (`laws.ts`), drawing (`sampling.ts`).
 */

import { checkNumber, checkObject, checkOptions, checkWord, defined, shown } from "../check.ts";
import { ConfigError } from "../errors.ts";
import { checkLabelKernel, type LabelKernel } from "./labelKernel.ts";
import { beta, checkLaw, constantLambda, isErm, type Law, lawName, uniform } from "./laws.ts";

/**
 * How the partner of a sample is drawn:
 * - `uniform`: from all points, with replacement, the point itself included (the paper's code).
 * - `other`: from all other points ("no same point").
 * - `permutation`: the batch permuted, as most Mixup code does.
 * - `same-class` / `other-class`: from the points of the first point's class (itself included) / of all other classes.
 *
 * A {@link Mixing} knows two more: {@link labelKernel}, and `all-pairs`, with which a batch is every ordered pair once, N^2 of them.
 */
export type Pairing = "uniform" | "other" | "permutation" | "same-class" | "other-class";

/** Pairings by their names alone. */
export const PAIRINGS: readonly Pairing[] = ["uniform", "other", "permutation", "same-class", "other-class"];

/** One lambda per `sample`, or one per `batch`, that is per step, as the paper's own code draws it. */
export type Granularity = "sample" | "batch";

const GRANULARITIES: readonly Granularity[] = ["sample", "batch"];

/** What of two points is mixed, and where. */
export type Geometry =
  /** The points, number by number. */
  | { readonly kind: "blend" }
  /**
   * Of images a box (CutMix, 1905.04899): with `probability` a box of about 1 - lambda of the area is the partner's, and
   * labels are mixed by the area that is left; else the images are blended. Boxes' lambda may have a law of its own.
   */
  | { readonly kind: "cutmix"; readonly probability: number; readonly law?: Law }
  /**
   * Values within the net (Manifold Mixup, 1806.05236): a step mixes them behind one of these layers, by their names,
   * "input" for the net's input; each equally often. See {@link HiddenPasses}.
   */
  | { readonly kind: "hidden"; readonly after: readonly string[]; readonly passes: HiddenPasses };

/**
 * How hidden values of partners come about:
 * - `one`: one pass of the batch, partners are other rows of it (the public codes of Manifold Mixup);
 * - `two`: up to the last mixing point firsts go through the layers, then partners, each as a batch of its own;
 * - `partner-first`: the partners go through the whole net, then the firsts (the paper's authors' wrapper).
 */
export type HiddenPasses = "one" | "two" | "partner-first";

const HIDDEN_PASSES: readonly HiddenPasses[] = ["one", "two", "partner-first"];

export interface Mixing {
  readonly kind: "erm" | "mixup";
  readonly law: Law;
  readonly pairing: Pairing | "all-pairs" | LabelKernel;
  readonly granularity: Granularity;
  /** Default: points are blended. */
  readonly geometry?: Geometry;
  /** How often a step, or with one lambda a sample a sample, is mixed at all. Default 1. */
  readonly probability?: number;
  /**
   * RegMixup (2206.14502): the batch goes through the net unmixed and mixed, one behind the other as one batch, and the loss
   * is that of the unmixed one and eta times that of the mixed one. Absent: no unmixed batch.
   */
  readonly eta?: number;
  /**
   * Law of the lambda that mixes the labels, drawn by itself (Benefits of Mixup, 2303.08433): a constant, or independent of that
   * of the points. Absent: one lambda for both.
   */
  readonly labelLambda?: Law;
  /**
   * Of runs with `proportions`: whether the partner is of the first point's domain, or its domain is drawn by the proportions, too.
   * Default `any`.
   */
  readonly partnerDomain?: "same" | "any";
}

/** No mixing: lambda is 1, every point once a batch. Empirical risk minimisation, "Base" in the paper's plots. */
export function erm(): Mixing {
  return { kind: "erm", law: constantLambda(1), pairing: "uniform", granularity: "batch" };
}

/** What makers take besides a law. */
export type MixingOptions = Partial<Omit<Mixing, "kind" | "law">>;

/** What makers of a geometry take. */
type OtherOptions = Omit<MixingOptions, "geometry">;

const OTHER_OPTIONS = [
  "pairing",
  "granularity",
  "probability",
  "eta",
  "labelLambda",
  "partnerDomain",
] as const;
const OPTIONS = [...OTHER_OPTIONS, "geometry"] as const;

/**
 * Mixup with a law of lambda. By default as the paper's own code: partners uniform with replacement, one lambda a batch.
 * A law that never mixes is {@link erm}, whatever else is asked for.
 * @throws ConfigError for an option that is unknown or out of range.
 */
export function mixup(law: Law, options: MixingOptions = {}): Mixing {
  checkOptions("mixing", options, OPTIONS);
  checkLaw(law);
  const { pairing = "uniform", granularity = "batch", ...more } = defined(options);
  checkMixing({ kind: "mixup", law: isErm(law) ? uniform() : law, pairing, granularity, ...more });
  return isErm(law)
    ? { kind: "erm", law, pairing, granularity }
    : { kind: "mixup", law, pairing, granularity, ...more };
}

/**
 * CutMix: a box of the partner's image, labels by the area that is left. Needs a net whose input has the shape of images.
 * @throws ConfigError
 */
export function cutMix(law: Law = beta(1), options: OtherOptions = {}): Mixing {
  checkOptions("mixing", options, OTHER_OPTIONS);
  return mixup(law, { ...options, geometry: { kind: "cutmix", probability: 1 } });
}

/**
 * Mixup or CutMix, each step one of the two (with one lambda a sample, each sample), each with its law.
 * `switchProbability` is that of CutMix.
 * @throws ConfigError
 */
export function mixupOrCutMix(
  law: Law,
  cutMixLaw: Law,
  options: OtherOptions & { switchProbability?: number } = {},
): Mixing {
  checkOptions("mixing", options, [...OTHER_OPTIONS, "switchProbability"]);
  const { switchProbability = 0.5, ...more } = options;
  return mixup(law, {
    ...more,
    geometry: { kind: "cutmix", probability: switchProbability, law: cutMixLaw },
  });
}

/**
 * Manifold Mixup: values behind one of the named layers are mixed, another at each step. By default in one pass with
 * partners of the same batch, as its public codes do; in two passes partners are uniform.
 * @throws ConfigError
 */
export function manifoldMixup(
  law: Law,
  after: readonly string[],
  options: OtherOptions & { passes?: HiddenPasses } = {},
): Mixing {
  checkOptions("mixing", options, [...OTHER_OPTIONS, "passes"]);
  const { passes = "one", ...more } = options;
  return mixup(law, {
    pairing: passes === "one" ? "permutation" : "uniform",
    ...more,
    geometry: { kind: "hidden", after, passes },
  });
}

/**
 * RegMixup: the loss of the unmixed batch and `eta` times that of the mixed one, both in one forward pass.
 * @throws ConfigError
 */
export function regMixup(law: Law, options: MixingOptions = {}): Mixing {
  checkOptions("mixing", options, OPTIONS);
  return mixup(law, { ...options, eta: options.eta ?? 1 });
}

/**
 * The mixing itself if it can be run, whoever wrote it.
 * @throws ConfigError otherwise.
 */
export function checkMixing(mixing: Mixing, path = "mixing"): Mixing {
  checkOptions(path, mixing, ["kind", "law", ...OPTIONS]);
  checkWord(`${path}.kind`, mixing.kind, ["erm", "mixup"], "mixing");
  if (typeof mixing.pairing === "object") checkLabelKernel(mixing.pairing, `${path}.pairing`);
  else checkWord(`${path}.pairing`, mixing.pairing, [...PAIRINGS, "all-pairs"], "pairing");
  checkWord(`${path}.granularity`, mixing.granularity, GRANULARITIES, "granularity");
  checkLaw(mixing.law, `${path}.law`);
  if ((mixing.kind === "erm") !== isErm(mixing.law)) {
    throw new ConfigError(
      `${path}.kind`,
      `${mixing.kind} with the law ${lawName(mixing.law)}. ERM is the constant 1, and only that.`,
    );
  }
  for (const name of ["geometry", "probability", "eta", "labelLambda", "partnerDomain"] as const) {
    if (mixing.kind === "erm" && mixing[name] !== undefined)
      throw new ConfigError(`${path}.${name}`, "nothing is mixed: ERM has none.");
  }
  if (mixing.probability !== undefined) checkProbability(`${path}.probability`, mixing.probability);
  if (mixing.eta !== undefined)
    checkNumber(`${path}.eta`, mixing.eta, { from: 0, float32: true, what: "a weight" });
  if (mixing.labelLambda !== undefined) checkLaw(mixing.labelLambda, `${path}.labelLambda`);
  if (mixing.partnerDomain !== undefined) {
    checkWord(`${path}.partnerDomain`, mixing.partnerDomain, ["same", "any"]);
    if (mixing.partnerDomain === "same" && mixing.pairing === "permutation")
      throw new ConfigError(`${path}.partnerDomain`, "partners of the batch are of any domain.");
  }
  if (mixing.geometry !== undefined) checkGeometry(mixing, mixing.geometry, `${path}.geometry`);
  return mixing;
}

/** A name to show: `uniform`, `label-kernel(0.1)`. */
export function pairingName(pairing: Mixing["pairing"]): string {
  return typeof pairing === "string" ? pairing : `${pairing.kind}(${pairing.bandwidth})`;
}

/** Most places where a population may mix hidden values. */
const MOST_PLACES = 64;

function checkGeometry(mixing: Mixing, geometry: Geometry, path: string): void {
  checkObject(path, geometry, "Leave it out, or take cutMix() or manifoldMixup().");
  checkWord(`${path}.kind`, geometry.kind, ["blend", "cutmix", "hidden"], "geometry");
  if (geometry.kind === "blend") checkOptions(path, geometry, ["kind"]);
  if (geometry.kind === "cutmix") {
    checkOptions(path, geometry, ["kind", "probability", "law"]);
    if (mixing.labelLambda !== undefined)
      throw new ConfigError(
        path,
        "of images that are cut the labels are mixed by area: labelLambda is for others.",
      );
    checkProbability(`${path}.probability`, geometry.probability);
    if (geometry.law !== undefined) checkLaw(geometry.law, `${path}.law`);
  }
  if (geometry.kind !== "hidden") return;
  checkOptions(path, geometry, ["kind", "after", "passes"]);
  checkWord(`${path}.passes`, geometry.passes, HIDDEN_PASSES);
  const { after } = geometry;
  if (!Array.isArray(after) || after.length === 0 || after.length > MOST_PLACES)
    throw new ConfigError(`${path}.after`, `give 1 to ${MOST_PLACES} names of layers, such as ["input"].`);
  for (const [i, name] of after.entries()) {
    if (typeof name !== "string" || after.indexOf(name) !== i)
      throw new ConfigError(`${path}.after[${i}]`, `${shown(name)} is no name of another layer.`);
  }
  if (geometry.passes === "one" && mixing.pairing !== "permutation") {
    throw new ConfigError(
      path,
      `one pass mixes rows of the batch: the pairing must be permutation, not ${pairingName(mixing.pairing)}. Take that, or two passes.`,
    );
  }
  if (mixing.eta !== undefined)
    throw new ConfigError(path, "hidden values beside an unmixed batch: eta is for mixed points.");
}

function checkProbability(path: string, value: number): void {
  checkNumber(path, value, { from: 0, to: 1, what: "a probability" });
}
