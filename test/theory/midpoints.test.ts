import { describe, expect, test } from "vitest";
import { alternatingLine } from "../../src/data/lines.ts";
import { ConfigError } from "../../src/errors.ts";
import { beta } from "../../src/mixing/laws.ts";
import { mixup, type Pairing } from "../../src/mixing/mixing.ts";
import { classIndex, Sampler } from "../../src/mixing/sampling.ts";
import { expectedSelfPairs } from "../../src/theory/classifier/diagnostics.ts";
import {
  midpoints,
  midpointTwin,
  pointSetsFromMidpoints,
  pointsFromMidpoints,
} from "../../src/theory/midpoints.ts";
import { randomPoints } from "./randomPoints.ts";

const sorted = (values: Float64Array) => Array.from(values).sort((a, b) => a - b);

const rows = (values: ArrayLike<number>, dimensions: number) =>
  Array.from({ length: values.length / dimensions }, (_, i) =>
    Array.from({ length: dimensions }, (_, k) => values[i * dimensions + k]),
  );

/** The largest distance along an axis of any row from the row nearest to it in the other list. */
function unorderedDistance(first: number[][], second: number[][]): number {
  const apart = (p: number[], q: number[]) => Math.max(...p.map((value, k) => Math.abs(value - q[k])));
  return Math.max(...first.map((p) => Math.min(...second.map((q) => apart(p, q)))));
}

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

  test.each([
    [3, 1],
    [4, 2],
    [5, 1],
    [6, 1],
    [7, 1],
    [9, 1],
  ])("%d random points: %d sets have their unlabelled midpoints", (size, expected) => {
    for (const dimensions of [1, 2, 5]) {
      const { points } = randomPoints({ size, dimensions, classes: 2, seed: size });
      const middles = rows(midpoints(points, dimensions), dimensions);
      // Backwards, as good as any other order.
      const sets = pointSetsFromMidpoints(middles.toReversed().flat(), dimensions);
      expect(sets.length).toBe(expected);
      const distances = sets.map((set) => unorderedDistance(rows(set, dimensions), rows(points, dimensions)));
      expect(Math.min(...distances)).toBeLessThan(1e-12);
      for (const set of sets) {
        expect(unorderedDistance(rows(midpoints(set, dimensions), dimensions), middles)).toBeLessThan(1e-12);
      }
    }
  });

  test("the two sets of acceptance case 22, from the midpoints alone", () => {
    const sets = pointSetsFromMidpoints(midpoints([0, 1, 3, 7], 1), 1).map(sorted);
    expect(sets.sort((a, b) => a[0] - b[0])).toEqual([
      [-1.5, 2.5, 4.5, 5.5],
      [0, 1, 3, 7],
    ]);
  });

  test("eight special points have a partner set: the theorem is about almost all points, not all", () => {
    // The classical pair of equal pairwise sums of the Thue-Morse sequence.
    const [even, odd] = [
      [0, 3, 5, 6, 9, 10, 12, 15],
      [1, 2, 4, 7, 8, 11, 13, 14],
    ];
    expect(sorted(midpoints(even, 1))).toEqual(sorted(midpoints(odd, 1)));
    const sets = pointSetsFromMidpoints(midpoints(even, 1), 1).map(sorted);
    expect(sets).toContainEqual(even);
    expect(sets).toContainEqual(odd);
  });

  test("midpoints of no points at all; equal points", () => {
    expect(pointSetsFromMidpoints([0, 1, 2, 3, 4, 40], 1)).toEqual([]);
    expect(pointSetsFromMidpoints([2, 2, 2], 1).map(sorted)).toEqual([[2, 2, 2]]);
    expect(pointSetsFromMidpoints(midpoints([1, 1, 4, 4, 4, 9], 1), 1).map(sorted)).toEqual([
      [1, 1, 4, 4, 4, 9],
    ]);
  });

  test("refuses wrong counts", () => {
    expect(() => pointSetsFromMidpoints([1, 2], 1)).toThrow("middles");
    expect(() => pointSetsFromMidpoints([1], 1)).toThrow("middles");
    expect(() => pointSetsFromMidpoints([1, Number.NaN, 2], 1)).toThrow("middles[1]");
    expect(() => pointSetsFromMidpoints([1, 2, 3], 1, -1)).toThrow("tolerance");
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
