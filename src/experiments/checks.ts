/**
 * References of experiments whose expected values are derived or computed elsewhere, not read off the paper's
 * runs: made from a measured number, and marked where they were not computed as expected.
 */

import type { Reference } from "./results.ts";

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
    comparable: differences.length === 0,
    note: differences.join(", "),
  };
}

/** Lets a page repaint and a signal be heard between two pieces of work. */
export async function breathe(signal?: AbortSignal): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 0));
  signal?.throwIfAborted();
}
