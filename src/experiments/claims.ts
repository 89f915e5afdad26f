/**
 * Claims as references: an inequality between measured means, which holds or does not, with the numbers it is about.
 *
 * Not here: values with tolerances (`report/references.ts`).
 */

import type { Spread } from "../numeric/spread.ts";
import { check, type Reference } from "../report/references.ts";

/** An inequality. */
export interface Claim {
  readonly heading: string;
  /** What must hold, with the numbers: `rare error of ERM above 0.25 (0.42 ± 0.12, 8 runs)`. */
  readonly what: string;
  /** Undefined where it was not measured. */
  readonly holds: boolean | undefined;
  readonly source: string;
  /** What was done otherwise than where the inequality comes from. */
  readonly differences?: readonly string[];
}

/** The claim as a reference: 1 where it holds. */
export function claim({ what, holds, ...rest }: Claim): Reference {
  return check({
    ...rest,
    what: `${what}; 1: so it is`,
    expected: 1,
    tolerance: 0,
    measured: holds === undefined ? null : Number(holds),
    basis: "repeated",
  });
}

/** Whether a is below b; undefined where either was not measured. */
export function below(a: number | null, b: number | null): boolean | undefined {
  return a === null || b === null ? undefined : a < b;
}

/** Of a number; a page that computes has no use for what reports show numbers with. */
export function showDigits(value: number | null, count = 3): string {
  return value === null ? "–" : value.toFixed(count);
}

/** `0.423 ± 0.125`. */
export function meanText({ mean, std }: Spread): string {
  return `${showDigits(mean)} ± ${showDigits(std)}`;
}
