/**
 * Mixing as a description: the law of lambda, how the partner is drawn, whether a step has one lambda or one per sample,
 * and what of two points is mixed where. lambda weights the FIRST point and the first label: z = lambda s + (1 - lambda) t.
 *
 * Not here: drawing (`sampling.ts`), tables (`quantiles.ts`).
 */

import { checkNumber, checkObject, checkOptions, checkWord, defined, shown } from "../check.ts";
import { ConfigError } from "../errors.ts";

/** Distribution of lambda on [0, 1]. Made by {@link beta}, {@link uniform}, {@link constantLambda}. */
export type Law =
  | { readonly kind: "beta"; readonly a: number; readonly b: number }
  | { readonly kind: "uniform" }
  | { readonly kind: "constant"; readonly value: number };

/**
 * How the partner of a sample is drawn:
 * - `uniform`: from all points, with replacement, the point itself included (the paper's code).
 * - `other`: from all other points ("no same point").
 * - `permutation`: the batch permuted, as most Mixup code does.
 * - `same-class` / `other-class`: from the points of the first point's class (itself included) / of all other classes.
 */
export type Pairing = "uniform" | "other" | "permutation" | "same-class" | "other-class";

/** All pairings; a kernel's pairing code is the index in this list. */
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
  readonly pairing: Pairing;
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
}

/** Largest alpha: beyond it lambda is 1/2 to 3 digits and `constantLambda(0.5)` says so better. */
export const MAX_ALPHA = 1e6;
/** Smallest positive alpha: below it even the quantiles' logarithms leave what doubles resolve. */
export const MIN_ALPHA = 1e-3;
/** Smallest a + b of an asymmetric law: below it lambda leaps from 0 to 1 within less than tables resolve. */
const MIN_ASYMMETRIC = 0.04;
/** Largest a beside a b below {@link SMALL_B}: beyond it most of 1 - lambda is less than 32-bit floats near 1 resolve. */
const MAX_BESIDE_SMALL_B = 250_000;
const SMALL_B = 0.25;

/**
 * Beta(a, b); `beta(a)` is the usual symmetric Beta(a, a). `beta(0)` is ERM: lambda is 1.
 * @throws ConfigError unless 1e-3 <= a, b <= 1e6 (or both are 0), a + b >= 0.04 where they differ, and a <= 250000 where
 * b < 0.25: laws that can be drawn with E[lambda (1 - lambda)] right to 1 %.
 */
export function beta(a: number, b: number = a): Law {
  if (a === 0 && b === 0) return constantLambda(1);
  return checkLaw({ kind: "beta", a, b });
}

/** Uniform on [0, 1]: the same as `beta(1)`. */
export function uniform(): Law {
  return { kind: "uniform" };
}

/**
 * Always the same lambda; 0.5 is midpoint Mixup, 1 is ERM.
 * @throws ConfigError unless 0 <= value <= 1.
 */
export function constantLambda(value: number): Law {
  return checkLaw({ kind: "constant", value });
}

/** No mixing: lambda is 1, every point once a batch. Empirical risk minimisation, "Base" in the paper's plots. */
export function erm(): Mixing {
  return { kind: "erm", law: constantLambda(1), pairing: "uniform", granularity: "batch" };
}

/** What makers take besides a law. */
export type MixingOptions = Partial<Omit<Mixing, "kind" | "law">>;

/** What makers of a geometry take. */
type OtherOptions = Omit<MixingOptions, "geometry">;

const OTHER_OPTIONS = ["pairing", "granularity", "probability", "eta"] as const;
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
  checkWord(`${path}.pairing`, mixing.pairing, PAIRINGS, "pairing");
  checkWord(`${path}.granularity`, mixing.granularity, GRANULARITIES, "granularity");
  checkLaw(mixing.law, `${path}.law`);
  if ((mixing.kind === "erm") !== isErm(mixing.law)) {
    throw new ConfigError(
      `${path}.kind`,
      `${mixing.kind} with the law ${lawName(mixing.law)}. ERM is the constant 1, and only that.`,
    );
  }
  for (const name of ["geometry", "probability", "eta"] as const) {
    if (mixing.kind === "erm" && mixing[name] !== undefined)
      throw new ConfigError(`${path}.${name}`, "nothing is mixed: ERM has none.");
  }
  if (mixing.probability !== undefined) checkProbability(`${path}.probability`, mixing.probability);
  if (mixing.eta !== undefined)
    checkNumber(`${path}.eta`, mixing.eta, { from: 0, float32: true, what: "a weight" });
  if (mixing.geometry !== undefined) checkGeometry(mixing, mixing.geometry, `${path}.geometry`);
  return mixing;
}

/** Most places where a population may mix hidden values. */
const MOST_PLACES = 64;

function checkGeometry(mixing: Mixing, geometry: Geometry, path: string): void {
  checkObject(path, geometry, "Leave it out, or take cutMix() or manifoldMixup().");
  checkWord(`${path}.kind`, geometry.kind, ["blend", "cutmix", "hidden"], "geometry");
  if (geometry.kind === "blend") checkOptions(path, geometry, ["kind"]);
  if (geometry.kind === "cutmix") {
    checkOptions(path, geometry, ["kind", "probability", "law"]);
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
      `one pass mixes rows of the batch: the pairing must be permutation, not ${mixing.pairing}. Take that, or two passes.`,
    );
  }
  if (mixing.eta !== undefined)
    throw new ConfigError(path, "hidden values beside an unmixed batch: eta is for mixed points.");
}

function checkProbability(path: string, value: number): void {
  checkNumber(path, value, { from: 0, to: 1, what: "a probability" });
}

const LAWS: Readonly<Record<Law["kind"], readonly string[]>> = {
  beta: ["kind", "a", "b"],
  uniform: ["kind"],
  constant: ["kind", "value"],
};

/**
 * The law itself if it makes sense, whoever wrote it.
 * @throws ConfigError otherwise.
 */
export function checkLaw(law: Law, path = "mixing.law"): Law {
  checkObject(path, law, "Give a law such as beta(1).");
  checkWord(`${path}.kind`, law.kind, Object.keys(LAWS) as Law["kind"][], "law");
  checkOptions(path, law, LAWS[law.kind] as (keyof Law)[]);
  if (law.kind === "constant") checkNumber(`${path}.value`, law.value, { from: 0, to: 1, what: "a lambda" });
  if (law.kind === "beta") {
    for (const name of ["a", "b"] as const) {
      const what = "a Beta parameter here (beta(0) is ERM)";
      checkNumber(`${path}.${name}`, law[name], { from: MIN_ALPHA, to: MAX_ALPHA, what });
    }
    if (law.a !== law.b && law.a + law.b < MIN_ASYMMETRIC) {
      throw new ConfigError(
        path,
        `Beta(${law.a}, ${law.b}) can't be drawn to 1 %. Where a and b differ, a + b must be at least ${MIN_ASYMMETRIC}.`,
      );
    }
    if (law.b < SMALL_B && law.a > MAX_BESIDE_SMALL_B) {
      throw new ConfigError(
        path,
        `Beta(${law.a}, ${law.b}) can't be drawn to 1 %: lambda is nearer to 1 than 32-bit floats resolve. Where b is below ${SMALL_B}, a must be at most ${MAX_BESIDE_SMALL_B}.`,
      );
    }
  }
  return law;
}

/**
 * A name to show: `erm`, `beta(32)`, `beta(2,5)`, `uniform`, `constant(0.5)`.
 * @throws ConfigError for what is no law.
 */
export function lawName(law: Law): string {
  checkLaw(law, "law");
  if (isErm(law)) return "erm";
  if (law.kind === "beta") return law.a === law.b ? `beta(${law.a})` : `beta(${law.a},${law.b})`;
  return law.kind === "constant" ? `constant(${law.value})` : "uniform";
}

function isErm(law: Law): boolean {
  return law.kind === "constant" && law.value === 1;
}
