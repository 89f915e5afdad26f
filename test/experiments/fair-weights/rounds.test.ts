/** BiFair's pieces against unit values that were computed a second time by differences, and what they refuse. */

import { expect, test } from "vitest";
import { fairLoss, rateGaps } from "../../../src/experiments/fair-weights/fairness.ts";
import { BiFairRounds, hypergradient } from "../../../src/experiments/fair-weights/rounds.ts";
import { SampleWeights } from "../../../src/experiments/fair-weights/sampleWeights.ts";
import { configErrorPath } from "../../configError.ts";
import units from "../../fixtures/methods/fair-weights.json" with { type: "json" };

const EXACT = 1e-10;

function expectNear(actual: ArrayLike<number>, expected: readonly number[], tolerance = EXACT): void {
  expect(actual.length).toBe(expected.length);
  const largest = Math.max(...expected.map(Math.abs));
  expected.forEach((value, i) => {
    expect(Math.abs(actual[i] - value)).toBeLessThanOrEqual(tolerance * largest);
  });
}

/** A unit as a problem. */
function problemOf({ inner, outer, learningRate, utility }: typeof units.hypergradient, weightRate = 0) {
  return {
    inner: { points: inner.x.flat(), labels: inner.y },
    outer: { points: outer.x.flat(), labels: outer.y, groups: outer.group },
    learningRate,
    utility,
    weightRate,
  };
}

test("the derivative of the outer loss by weights", () => {
  const unit = units.hypergradient;
  const found = hypergradient(problemOf(unit), Float64Array.from(unit.theta), unit.weights);
  expectNear([found.innerLoss, found.loss], [unit.innerLoss, unit.outerLoss]);
  expectNear(found.thetaAfter, unit.thetaAfter);
  expectNear(found.gradient, unit.gradient);
});

test("three rounds: parameters, losses, gaps, gradients and weights", () => {
  const unit = units.biFairRounds;
  const rounds = new BiFairRounds(problemOf(unit as never, unit.weightRate), Float64Array.from(unit.theta));
  for (const expected of unit.rounds) {
    const found = rounds.round();
    expectNear([found.loss, ...found.gaps], [expected.outerLoss, ...expected.gaps]);
    expectNear(found.outerGradient, expected.outerGradient);
    expectNear(found.gradient, expected.hypergradient);
    // By differences, which are worse.
    expectNear(found.gradient, expected.byDifferences, 1e-5);
    expectNear(rounds.theta, expected.thetaAfter);
    expectNear(rounds.weights.values, expected.weights);
  }
  expect(rounds.kept).toBe(0);
});

test("weights stay as they were where all would be 0, and a gradient of 0 leaves them alone", () => {
  const weights = new SampleWeights(3, 2);
  expect(weights.step([1, 1, 1])).toBe(false);
  expect(Array.from(weights.values)).toEqual([1, 1, 1]);
  const still = new SampleWeights(2, 0.1);
  expect(still.step([0, 0])).toBe(true);
  expect(Array.from(still.values)).toEqual([1, 1]);
  // One of two goes to 0: the other has all.
  const lone = new SampleWeights(2, 2);
  expect(lone.step([1, 0])).toBe(true);
  expect(Array.from(lone.values)).toEqual([0, 2]);
});

test("a gap of 0 is not descended on; rates of predictions", () => {
  const grouped = { labels: [0, 0, 1, 1], groups: [0, 1, 0, 1] };
  const { loss, gaps, sensitivity } = fairLoss([1, 1, 3, 1], grouped, 0);
  expect([loss, ...gaps]).toEqual([1, 2, 0]);
  expect(Array.from(sensitivity)).toEqual([0, 0, 0.5, -0.5]);
  expect(rateGaps([0, 1, 1, 1], grouped)).toEqual({ accuracy: 0.75, opportunity: 0, odds: 0.5 });
  expect(rateGaps([0, 0, 1, 0], grouped)).toEqual({ accuracy: 0.75, opportunity: 1, odds: 0.5 });
});

test("refuses a group without a member in a class, other lengths, other classes", () => {
  const path = (labels: number[], groups: number[]) =>
    configErrorPath(() => fairLoss([1, 1, 1, 1], { labels, groups }, 1));
  expect(path([0, 0, 1, 1], [0, 1, 1, 1])).toBe("groups");
  expect(path([0, 0, 1, 1], [0, 1, 1])).toBe("groups");
  expect(path([0, 0, 2, 1], [0, 1, 0, 1])).toBe("groups[2]");
});
