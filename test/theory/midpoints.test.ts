import { describe, expect, test } from "vitest";
import { alternatingLine } from "../../src/data/lines.ts";
import { ConfigError } from "../../src/errors.ts";
import { beta, mixup, type Pairing } from "../../src/mixing/mixing.ts";
import { classIndex, Sampler } from "../../src/mixing/sampling.ts";
import { expectedSelfPairs } from "../../src/theory/diagnostics.ts";
import { midpoints, midpointTwin, pointsFromMidpoints } from "../../src/theory/midpoints.ts";
import { randomPoints } from "./randomPoints.ts";

const sorted = (values: Float64Array) => Array.from(values).sort((a, b) => a - b);

describe("midpoints", () => {
  test("four points have a twin with the same midpoints (acceptance case 22)", () => {
    const points = [0, 1, 3, 7];
    const twin = midpointTwin(points, 1);
    expect(sorted(twin)).toEqual([-1.5, 2.5, 4.5, 5.5]);
    expect(sorted(midpoints(twin, 1))).toEqual(sorted(midpoints(points, 1)));
    expect(sorted(midpoints(points, 1))).toEqual([0.5, 1.5, 2, 3.5, 4, 5]);
  });

  test("the twin in the plane", () => {
    const points = [0, 0, 1, 0, 0, 2, 5, 1];
    const rows = (values: Float64Array) =>
      Array.from({ length: values.length / 2 }, (_, i) => `${values[2 * i]} ${values[2 * i + 1]}`).sort();
    expect(rows(midpoints(midpointTwin(points, 2), 2))).toEqual(rows(midpoints(points, 2)));
    expect(rows(midpointTwin(points, 2))).not.toEqual(rows(Float64Array.from(points)));
  });

  test("points from midpoints whose pairs are known", () => {
    for (const size of [3, 4, 7]) {
      const { points } = randomPoints({ size, dimensions: 3, classes: 2, seed: size });
      pointsFromMidpoints(midpoints(points, 3), 3, size).forEach((value, i) => {
        expect(value).toBeCloseTo(points[i], 13);
      });
    }
  });

  test("refuses wrong counts", () => {
    expect(() => midpointTwin([1, 2, 3], 1)).toThrow(ConfigError);
    expect(() => pointsFromMidpoints([1], 1, 2)).toThrow("size");
    expect(() => pointsFromMidpoints([1, 2], 1, 3)).toThrow("middles");
    expect(() => midpoints([1, 2, 3], 2)).toThrow("points");
  });
});

describe("self pairs per epoch (acceptance case 21)", () => {
  test.each([
    ["uniform", 1],
    ["other", 0],
  ] as [Pairing, number][])("%s: %d in expectation, and in the sampler's draws", (pairing, expected) => {
    const data = alternatingLine({ points: 50, classes: 2 });
    expect(expectedSelfPairs({ data, pairing })).toBeCloseTo(expected, 12);
    const sampler = new Sampler(3, mixup(beta(1), { pairing }), data.size, classIndex(data), "full");
    const epochs = 2000;
    let found = 0;
    for (let step = 0; step < epochs; step++) {
      for (let b = 0; b < data.size; b++) {
        const { first, partner } = sampler.sample(step, b);
        if (first === partner) found++;
      }
    }
    // Three standard errors of a binomial count; exact where none can be.
    expect(Math.abs(found / epochs - expected)).toBeLessThanOrEqual(
      3 * Math.sqrt((expected * (1 - 1 / 50)) / epochs),
    );
  });

  test("same class: one per class; weights count", () => {
    const data = alternatingLine({ points: 6, classes: 3 });
    expect(expectedSelfPairs({ data, pairing: "same-class" })).toBeCloseTo(3, 12);
    expect(expectedSelfPairs({ data, weights: [1, 0, 0, 0, 0, 0] })).toBeCloseTo(6, 12);
  });
});
