/** The unit values of the measures. */

import { readFileSync } from "node:fs";
import { expect } from "vitest";

export const FIXTURE = JSON.parse(
  readFileSync(new URL("../../fixtures/methods/metrics.json", import.meta.url), "utf8"),
) as {
  calibration: {
    probabilities: number[][];
    labels: number[];
    bins: number;
    ece: number;
    nll: number;
    brier: number;
  };
  margins: {
    logits: number[][];
    labels: number[];
    probabilities: number[][];
    margins: number[];
    order: number[];
    easy: { share: number; kept: number[] }[];
  };
  logitMagnitude: {
    logits: number[][];
    labels: number[];
    magnitude: number[];
    deviation: number[];
    regularised: number[];
    counts: { largest: number; imbalance: number; classes: number; counts: number[] }[];
  };
};

/** Numbers that are the same to 1e-10; null is null. */
export function expectNear(actual: ArrayLike<number | null>, expected: ArrayLike<number | null>): void {
  expect(actual.length).toBe(expected.length);
  for (let i = 0; i < expected.length; i++) {
    const [found, wanted] = [actual[i], expected[i]];
    if (found === null || wanted === null) expect(found).toBe(wanted);
    else expect(Math.abs(found - wanted)).toBeLessThan(1e-10);
  }
}
