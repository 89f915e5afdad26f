/**
 * Laws of lambda as descriptions: what they are, their makers, which can be drawn.
 *
 * Not here: their tables (`quantiles.ts`), moments (`theory/moments.ts`).
 */

import { checkNumber, checkObject, checkOptions, checkWord } from "../check.ts";
import { ConfigError } from "../errors.ts";

/** Distribution of lambda on [0, 1]. Made by {@link beta}, {@link uniform}, {@link constantLambda}. */
export type Law =
  | { readonly kind: "beta"; readonly a: number; readonly b: number }
  /** On [from, to]; on [0, 1] where they are left out. */
  | { readonly kind: "uniform"; readonly from?: number; readonly to?: number }
  | { readonly kind: "constant"; readonly value: number };

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

/**
 * Uniform on [from, to]; on [0, 1], the default, the same as `beta(1)`.
 * @throws ConfigError unless 0 <= from < to <= 1.
 */
export function uniform(from = 0, to = 1): Law {
  return checkLaw(from === 0 && to === 1 ? { kind: "uniform" } : { kind: "uniform", from, to });
}

/** The ends of a uniform law's interval. */
export function intervalOf({
  from = 0,
  to = 1,
}: Extract<Law, { kind: "uniform" }>): [from: number, to: number] {
  return [from, to];
}

/**
 * Always the same lambda; 0.5 is midpoint Mixup, 1 is ERM.
 * @throws ConfigError unless 0 <= value <= 1.
 */
export function constantLambda(value: number): Law {
  return checkLaw({ kind: "constant", value });
}

const LAWS: Readonly<Record<Law["kind"], readonly string[]>> = {
  beta: ["kind", "a", "b"],
  uniform: ["kind", "from", "to"],
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
  if (law.kind === "uniform") {
    const [from, to] = intervalOf(law);
    checkNumber(`${path}.from`, from, { from: 0, below: 1, what: "a lambda" });
    checkNumber(`${path}.to`, to, {
      above: from,
      to: 1,
      what: "the end of an interval that is no single lambda",
    });
  }
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
 * A name to show: `erm`, `beta(32)`, `beta(2,5)`, `uniform`, `uniform(0.5,1)`, `constant(0.5)`.
 * @throws ConfigError for what is no law.
 */
export function lawName(law: Law): string {
  checkLaw(law, "law");
  if (isErm(law)) return "erm";
  if (law.kind === "beta") return law.a === law.b ? `beta(${law.a})` : `beta(${law.a},${law.b})`;
  if (law.kind === "constant") return `constant(${law.value})`;
  const [from, to] = intervalOf(law);
  return from === 0 && to === 1 ? "uniform" : `uniform(${from},${to})`;
}

/** Whether a law never mixes. */
export function isErm(law: Law): boolean {
  return law.kind === "constant" && law.value === 1;
}
