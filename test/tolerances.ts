/**
 * How far the GPU may be from the float64 reference: one table, each entry with its reason and with the
 * largest error that was measured (on the software adapter the tests run on). Errors are
 * |actual - expected| / scale; what the scale is, the test says: 1, or the sum of the magnitudes added up.
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
    measured: 1.3e-7,
    reason: "1 - lambda, two products and a sum: three roundings of any term",
  },
  sum: {
    limit: 5e-7,
    measured: 2.2e-7,
    reason:
      "a product and an addition per term, up to 258 terms; roundings of both signs add up like their root",
  },
  activation: {
    limit: 5e-7,
    measured: 1.9e-7,
    reason: "the error of the sum it is taken of, and its own: 1e-7 (see elementary.wgsl)",
  },
  normalization: {
    limit: 2e-6,
    measured: 0,
    reason: "mean and variance of up to some hundred numbers, a root and a division, then three roundings",
  },
  slope: {
    limit: 5e-7,
    measured: 2.4e-7,
    reason: "as for activations, times deltas and weights; the finite differences are good to 1e-11",
  },
  loss: {
    limit: 5e-7,
    measured: 2.1e-7,
    reason: "relative: exp and log1p are good to 2e-7 each, and no step of log-sum-exp cancels",
  },
  delta: {
    limit: 7e-7,
    measured: 3.5e-7,
    reason:
      "a probability from exp of a difference of up to 40, whose rounding counts 40 times; minus the target",
  },
  pairs: {
    limit: 1e-6,
    measured: 1e-6,
    reason:
      "sums of up to 257 exponentials of cosines over a temperature; times the temperature (only known to hold: not measured)",
  },
  update: {
    limit: 1.5e-6,
    measured: 7.7e-7,
    reason: "three steps of up to six roundings each, relative to the largest step there was",
  },
  mean: {
    limit: 4e-7,
    measured: 1.2e-7,
    reason: "a tree sum of 5000 positive numbers: 80 in a row, then 6 levels",
  },
  correction: {
    limit: 1.5e-6,
    measured: 6.2e-7,
    reason: "beta as a 32-bit float is off by 3e-8, and 50 steps of a moving average add that up",
  },
  probability: {
    limit: 3e-7,
    measured: 9.3e-8,
    reason: "exp of a rounded difference, which where it is large is small",
  },
  predicted: {
    limit: 1e-6,
    measured: 1e-6,
    reason:
      "a sum of up to 500 products of either sign, and what a probability makes of it (only known to hold: not measured)",
  },
  trained: {
    limit: 4e-6,
    measured: 1.7e-6,
    reason: "five Adam steps of 0.01: a gradient near 0 is divided by its own size, and its rounding with it",
  },
  trainedLoss: {
    limit: 6e-7,
    measured: 1.9e-7,
    reason: "relative, of nets whose parameters differ as above",
  },
  elementary: {
    limit: 5e-7,
    measured: 2.6e-7,
    reason: "relative: an exponential of degree 7 with a two-part reduction, and what is made of it",
  },
  tanh: {
    limit: 4e-7,
    measured: 2.0e-7,
    reason: "relative: a continued fraction near 0, two roundings past 1",
  },
  erf: { limit: 4e-7, measured: 1.6e-7, reason: "Abramowitz and Stegun 7.1.26 is good to 1.5e-7, absolute" },
  elementarySlope: {
    limit: 1e-6,
    measured: 5.5e-7,
    reason: "1 - tanh^2 of gelu-tanh cancels far out, where it is multiplied by up to 9; the others: 1.8e-7",
  },
  after50Steps: {
    limit: 2e-6,
    measured: 6.5e-7,
    reason: "50 steps of any net and optimizer, relative to the largest number of its kind",
  },
  afterSomeSteps: {
    limit: 1e-5,
    measured: 3.4e-6,
    reason: "12 steps of small nets with BatchNorm, which divides by deviations of few numbers",
  },
  gradients: {
    limit: 1e-6,
    measured: 2.9e-7,
    reason: "gradients and up to three steps of an explicit batch, relative to the largest of its tensor",
  },
  plainTraining: {
    limit: 5e-4,
    measured: 1.8e-4,
    reason: "in learning rates of 1e-3: ten steps, each of which rounds a parameter of 0.6 to 3e-8",
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
    if (!(error <= worst.error))
      worst = { error: Number.isNaN(error) ? Number.POSITIVE_INFINITY : error, index };
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
  expect(error, `${what}[${index}]: ${actual[index]} for ${expected[index]}`).toBeLessThanOrEqual(
    tolerance.limit,
  );
}
