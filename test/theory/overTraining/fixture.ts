/** The unit values of over-training. */

import { readFileSync } from "node:fs";
import { expect } from "vitest";

const read = (name: string) =>
  JSON.parse(readFileSync(new URL(`../../fixtures/methods/${name}.json`, import.meta.url), "utf8"));

export const UNITS = read("over-training") as {
  overtraining: {
    features: number[][];
    teacher: number[];
    points: number[][];
    targets: number[];
    first: number[];
    partner: number[];
    mixedPoints: number[][];
    mixedTargets: number[];
    mixedFeatures: number[][];
    eigenvalues: number[];
    learningRate: number;
    steps: number[];
    theta: number[][];
    labelNoise: number[];
    testPoints: number[][];
    testTargets: number[];
    relativeError: number[];
  };
  labelNoiseBound: {
    atFirst: number[];
    atPartner: number[];
    atMixed: number[];
    lambda_: number;
    mixed: number[];
    totalVariation: number;
    bound: number;
  };
};

export const CASE = read("over-training-case").case as {
  features: number[][];
  teacher: number[];
  points: number[][];
  targets: number[];
  learningRateMixup: number;
  steps: number[];
  ermError: number[];
  testPoints: number[][];
  mixupErrorOn200: number[];
};

/** Numbers that are the same to 1e-10. */
export function expectNear(actual: ArrayLike<number>, expected: ArrayLike<number>): void {
  expect(actual.length).toBe(expected.length);
  for (let i = 0; i < expected.length; i++)
    expect(Math.abs(actual[i] - expected[i])).toBeLessThan(1e-10 * Math.max(1, Math.abs(expected[i])));
}
