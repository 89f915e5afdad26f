import { expect, test } from "vitest";
import { logitMagnitude } from "../../../src/model/metrics/logitMagnitude.ts";
import { configErrorPath } from "../../configError.ts";
import { expectNear, FIXTURE } from "./fixture.ts";

const { logits, labels, magnitude, deviation, regularised } = FIXTURE.logitMagnitude;

test("the unit values", () => {
  const found = logitMagnitude({ logits: logits.flat(), labels, classes: logits[0].length });
  expectNear(found.magnitude, magnitude);
  expectNear(found.deviation, deviation);
  expectNear(found.regularizedDeviation, regularised);
  const mean = magnitude.reduce((sum, value) => sum + value, 0) / magnitude.length;
  const variance = magnitude.reduce((sum, value) => sum + (value - mean) ** 2, 0) / magnitude.length;
  expectNear([found.magnitudeSpread], [Math.sqrt(variance) / Math.abs(mean)]);
});

test("a class without points has none, and is left out of the spread", () => {
  const found = logitMagnitude({ logits: [3, 0, 9, 1, 1, 9, 2, 4, 9], labels: [0, 1, 1], classes: 3 });
  expect(found.magnitude).toEqual([1.5, 2.5, null]);
  expect(found.regularizedDeviation[2]).toBeNull();
  expect(found.deviation[2]).toBe(0);
  expect(found.magnitudeSpread).toBeCloseTo(0.25, 15);
});

test("nothing to divide by is null: all points of one class, equal logits", () => {
  const single = logitMagnitude({ logits: [1, 2], labels: [1], classes: 2 });
  expect(single).toEqual({
    magnitude: [null, null],
    deviation: [0, 0],
    regularizedDeviation: [null, null],
    magnitudeSpread: null,
  });
  const flat = logitMagnitude({ logits: [1, 1, 1, 1], labels: [0, 1], classes: 2 });
  expect(flat.magnitude).toEqual([0, 0]);
  expect(flat.regularizedDeviation).toEqual([null, null]);
  expect(flat.magnitudeSpread).toBeNull();
});

test("refuses", () => {
  expect(configErrorPath(() => logitMagnitude({ logits: [0, Infinity], labels: [0], classes: 2 }))).toBe(
    "scores.logits[1]",
  );
  const probabilities = { probabilities: [0.5, 0.5], labels: [0], classes: 2 };
  expect(
    configErrorPath(() => logitMagnitude(probabilities as unknown as Parameters<typeof logitMagnitude>[0])),
  ).toBe("scores.logits");
});
