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

/** A published or derived value beside ours. */
export interface Reference {
  /** Whole, with its heading: `3 points, 2 classes, Mixup α = 1: final error`. */
  readonly name: string;
  /** Under which it stands in tables; a prefix of the name. */
  readonly heading: string;
  readonly expected: number;
  /** Passes if |measured - expected| is at most this. */
  readonly tolerance: number;
  readonly measured: number | null;
  readonly pass: boolean;
  readonly source: string;
  readonly basis: Basis;
  /** Whether this was run as published. If not, `note` says what differs and `pass` proves nothing. */
  readonly comparable: boolean;
  readonly note: string;
}
