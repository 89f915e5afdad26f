/**
 * How far the GPU may be from the float64 reference: one table, each entry with its reason and with the largest error
 * that was measured (on the software adapter the tests run on). Errors are |actual - expected| / scale; what the scale
 * is, the test says: 1, or the sum of the magnitudes that were added up.
 */

import { expect } from "vitest";

export interface Tolerance {
  readonly limit: number;
  /** Largest error seen when the limit was set. */
  readonly measured: number;
  readonly reason: string;
}

/** Half a unit in the last place of a 32-bit float: the largest relative error of one rounding. */
export const ROUNDING = 2 ** -24;

export const TOLERANCES = {
  blend: {
    limit: 3 * ROUNDING,
    measured: 0,
    reason: "1 - lambda, two products and a sum: three roundings of any term",
  },
} satisfies Record<string, Tolerance>;

/** The largest error, and where. A NaN is an infinite error. */
export function worstError(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  scale: (index: number) => number = () => 1,
): { error: number; index: number } {
  let worst = { error: 0, index: 0 };
  for (let index = 0; index < expected.length; index++) {
    const difference = Math.abs(actual[index] - expected[index]);
    const error = difference === 0 ? 0 : difference / scale(index);
    if (!(error <= worst.error)) worst = { error: Number.isNaN(error) ? Number.POSITIVE_INFINITY : error, index };
  }
  return worst;
}

/** Fails where an error is above the tolerance, with the worst place in the message. */
export function expectClose(
  tolerance: Tolerance,
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  scale?: (index: number) => number,
  what = "",
): void {
  expect(actual.length, `${what}: how many numbers`).toBe(expected.length);
  const { error, index } = worstError(actual, expected, scale);
  if ((globalThis as any).__MEASURE__ !== false) console.log(`MEASURED ${what}: ${error.toExponential(2)} of ${tolerance.limit.toExponential(2)}`);
  expect(error, `${what}[${index}]: ${actual[index]} for ${expected[index]}`).toBeLessThanOrEqual(tolerance.limit);
}
