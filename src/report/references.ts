/**
 * Values to compare with, published or derived, beside ours: whether ours lies within the tolerance, and whether it was
 * computed as expected at all.
 */

/**
 * What an expected value rests on: the authors' published numbers; a theorem, a closed form or an independent computation;
 * a repetition of the experiment with other tools; the same quantity computed anew in this run.
 */
export type Basis = "published" | "derived" | "repeated" | "recomputed";

/** An expected value and what we got. */
export interface Check {
  readonly heading: string;
  /** What was measured, without the heading. */
  readonly what: string;
  readonly expected: number;
  /** Passes if |measured - expected| is at most this. */
  readonly tolerance: number;
  /** Null, or NaN, where there is nothing to compare. */
  readonly measured: number | null;
  readonly source: string;
  readonly basis: Basis;
  /** What was done otherwise than expected, in words; empty if nothing. */
  readonly differences?: readonly string[];
}

/** The check as a reference. */
export function check({
  heading,
  what,
  expected,
  tolerance,
  measured,
  source,
  basis,
  differences = [],
}: Check): Reference {
  const finite = measured !== null && Number.isFinite(measured);
  return {
    name: `${heading}: ${what}`,
    heading,
    expected,
    tolerance,
    measured: finite ? measured : null,
    // A tolerance of 0 is for counts and exact values, up to the rounding of a mean.
    pass: finite && Math.abs(measured - expected) <= tolerance + 1e-12,
    source,
    basis,
    comparable: differences.length === 0,
    note: differences.join(", "),
  };
}

/** An inequality that is expected to hold, of what a method is claimed to do more than of a number. */
export interface Bound extends Omit<Check, "expected" | "tolerance"> {
  readonly relation: Relation;
  /** What is compared with, in the units of what was measured. */
  readonly bound: number;
}

/** The inequality as a reference. */
export function bounded({ relation, bound, ...rest }: Bound): Reference {
  const reference = check({ ...rest, expected: bound, tolerance: 0 });
  const { measured } = reference;
  const pass = measured !== null && (relation === "at most" ? measured <= bound : measured >= bound);
  return { ...reference, relation, pass };
}

/** How what was measured has to lie to a bound; equal is enough. */
export type Relation = "at most" | "at least";

/** A published or derived value beside ours. */
export interface Reference {
  /** Whole, with its heading: `3 points, 2 classes, Mixup α = 1: final error`. */
  readonly name: string;
  /** Under which it stands in tables; a prefix of the name. */
  readonly heading: string;
  readonly expected: number;
  /** Passes if |measured - expected| is at most this; 0 where there is a relation. */
  readonly tolerance: number;
  /** Of inequalities: `expected` is their bound. Absent where two values are to be equal. */
  readonly relation?: Relation;
  readonly measured: number | null;
  readonly pass: boolean;
  readonly source: string;
  readonly basis: Basis;
  /** Whether this was run as published. If not, `note` says what differs and `pass` proves nothing. */
  readonly comparable: boolean;
  readonly note: string;
}
