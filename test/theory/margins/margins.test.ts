import { describe, expect, test } from "vitest";
import type { ClassData } from "../../../src/data/dataset.ts";
import { alternatingLine } from "../../../src/data/lines.ts";
import { twoMoons } from "../../../src/data/moons.ts";
import { ConfigError } from "../../../src/errors.ts";
import { uniform } from "../../../src/mixing/laws.ts";
import { limitClassifier } from "../../../src/theory/classifier/limitClassifier.ts";
import { type Classifier, predictedClasses } from "../../../src/theory/classifier.ts";
import {
  agreement,
  boundaryDistances,
  gridMargins,
  nearestNeighbourLabels,
  planeGrid,
  predictAt,
  seedAgreement,
} from "../../../src/theory/margins/margins.ts";
import { segmentMargins } from "../../../src/theory/margins/segmentMargins.ts";
import { randomPoints } from "../randomPoints.ts";

/** Class 1 where weights . x > offset. */
function halfSpace(weights: readonly number[], offset: number): Classifier {
  return (points, count) =>
    Float64Array.from({ length: 2 * count }, (_, i) => {
      const row = points.subarray((i >> 1) * weights.length, ((i >> 1) + 1) * weights.length);
      const side = weights.reduce((sum, weight, k) => sum + weight * row[k], -offset);
      return i % 2 === 0 ? -side : side;
    });
}

/** Class 1 outside the ball of the given radius around the origin. */
const outside =
  (radius: number): Classifier =>
  (points, count) => {
    const dimensions = points.length / count;
    return Float64Array.from({ length: 2 * count }, (_, i) => {
      const row = points.subarray((i >> 1) * dimensions, ((i >> 1) + 1) * dimensions);
      const side = Math.hypot(...row) - radius;
      return i % 2 === 0 ? -side : side;
    });
  };

test("predictedClasses takes the largest score, the first of equals", () => {
  expect(Array.from(predictedClasses([1, 3, 2, 5, 5, 0, -2, -3, -1], 3))).toEqual([1, 0, 2]);
});

describe("on a grid, as the paper draws it", () => {
  const grid = planeGrid();
  const classifier = halfSpace([1, 0], 0.3);
  const predictions = predictAt(classifier, grid.points, 2);

  test("100 x 100 points on [-2, 2]^2, ends included", () => {
    expect(grid.points).toHaveLength(20_000);
    expect(Array.from(grid.points.slice(0, 4))).toEqual([-2, -2, expect.closeTo(-2 + 4 / 99, 14), -2]);
    expect(Array.from(grid.points.slice(-2))).toEqual([2, 2]);
  });

  test("distance to the nearest grid point of another class", () => {
    const data: ClassData = { points: [-0.5, 0.1, 1.1, -0.3, 0.9, 0], labels: [0, 1, 0], dimensions: 2 };
    const margins = gridMargins(data, grid, predictions);
    // Straight to the boundary, give or take a cell's diagonal; the third point is on the wrong side.
    const spacing = 4 / 99;
    expect(Math.abs(margins[0] - 0.8)).toBeLessThan(spacing);
    expect(Math.abs(margins[1] - 0.8)).toBeLessThan(spacing);
    expect(margins[2]).toBeLessThan(spacing);
    const crossing = boundaryDistances(data, grid, predictions);
    expect(Math.abs(crossing[0] - 0.8)).toBeLessThan(spacing);
    expect(Math.abs(crossing[2] - 0.6)).toBeLessThan(spacing);
  });

  test("Infinity where nothing changes; refuses other dimensions and counts", () => {
    const data: ClassData = { points: [0, 0], labels: [1], dimensions: 2 };
    const same = new Uint32Array(10_000).fill(1);
    expect(gridMargins(data, grid, same)[0]).toBe(Infinity);
    expect(boundaryDistances(data, grid, same)[0]).toBe(Infinity);
    expect(() => gridMargins(alternatingLine({ points: 3, classes: 2 }), grid, same)).toThrow(ConfigError);
    expect(() => gridMargins(data, grid, [0, 1])).toThrow("predictions");
    expect(() => planeGrid({ columns: 1 })).toThrow("grid.columns");
    expect(() => planeGrid({ low: [0, 0], high: [1, 0] })).toThrow("grid.low");
  });
});

describe("along segments, in any dimension", () => {
  test.each([2, 10, 100])("a half space in %d dimensions: the exact distance", (dimensions) => {
    const points = randomPoints({ size: 40, dimensions, classes: 2, seed: dimensions }).points;
    const weights = Array.from({ length: dimensions }, (_, k) => Math.cos(3 * k));
    const sides = Array.from({ length: 40 }, (_, n) =>
      weights.reduce((sum, weight, k) => sum + weight * points[n * dimensions + k], 0),
    );
    const offset = sides.toSorted((a, b) => a - b)[20] + 1e-3;
    const labels = sides.map((side) => (side > offset ? 1 : 0));
    const { margins, boundary } = segmentMargins({
      data: { points, labels, dimensions },
      classifier: halfSpace(weights, offset),
    });
    sides.forEach((side, n) => {
      expect(margins[n]).toBeCloseTo(Math.abs(side - offset) / Math.hypot(...weights), 6);
      const at = boundary.subarray(n * dimensions, (n + 1) * dimensions);
      expect(weights.reduce((sum, weight, k) => sum + weight * at[k], -offset)).toBeCloseTo(0, 9);
    });
  });

  test("many points are asked about together, and no more than memory allows", () => {
    const count = (dimensions: number, steps: number) => {
      const { points } = randomPoints({ size: 10, dimensions, classes: 2, seed: 5 });
      const labels = Array.from({ length: 10 }, (_, n) => (points[n * dimensions] > 0.1 ? 1 : 0));
      const net = halfSpace([1, ...Array(dimensions - 1).fill(0)], 0.1);
      const asked: number[] = [];
      const classifier: Classifier = (positions, size) => {
        asked.push(positions.length);
        return net(positions, size);
      };
      segmentMargins({ data: { points, labels, dimensions }, classifier, steps, refinements: 1 });
      return asked;
    };
    // The points, then of all of them segments, halvings, normals, segments and halvings.
    expect(count(3, 32).length).toBe(1 + 1 + 48 + 1 + 1 + 48);
    const wide = count(1000, 64);
    expect(wide.length).toBeGreaterThan(4 * 99);
    expect(Math.max(...wide)).toBeLessThanOrEqual(2 ** 21);
    expect(Math.max(...wide)).toBeGreaterThan(2 ** 20);
  });

  test("a ball in 3 dimensions: the distance to the sphere", () => {
    const data = {
      points: [0.5, 0.2, 0, -0.1, 0.6, 0.3, 2, 0, 1, 0, -3, 0],
      labels: [0, 0, 1, 1],
      dimensions: 3,
    };
    const { margins } = segmentMargins({ data, classifier: outside(1) });
    [
      [0.5, 0.2, 0],
      [-0.1, 0.6, 0.3],
      [2, 0, 1],
      [0, -3, 0],
    ].forEach((point, n) => {
      expect(margins[n]).toBeCloseTo(Math.abs(1 - Math.hypot(...point)), 5);
    });
  });

  test("the limit classifier of the 3-point line at alpha 1: margins .75, .25, .75", () => {
    const line = alternatingLine({ points: 3, classes: 2 });
    // At the very data points and off the segments h is another class or undefined: ask a hair to the side,
    // inside.
    const classifier: Classifier = (points) =>
      limitClassifier({
        data: line,
        laws: [uniform()],
        queries: points.map((x) => Math.min(Math.max(x, 1e-6), 2 - 1e-6)),
      }).probabilities;
    const { margins } = segmentMargins({ data: line, classifier });
    [0.75, 0.25, 0.75].forEach((expected, n) => {
      expect(margins[n]).toBeCloseTo(expected, 6);
    });
  });

  test("0 for a misclassified point, Infinity where no class changes", () => {
    const data: ClassData = { points: [0, 1], labels: [0, 1], dimensions: 1 };
    const always: Classifier = (_points, count) =>
      Float64Array.from({ length: 2 * count }, (_, i) => (i % 2 ? 0 : 1));
    expect(Array.from(segmentMargins({ data, classifier: always }).margins)).toEqual([Infinity, 0]);
    expect(() => segmentMargins({ data, classifier: always, steps: 0 })).toThrow("steps");
  });
});

describe("agreement with the nearest neighbour", () => {
  test("the nearest point's label, the first of equals", () => {
    const data: ClassData = { points: [0, 0, 2, 0, 0, 2], labels: [0, 1, 2], dimensions: 2 };
    expect(Array.from(nearestNeighbourLabels(data, [0.9, 0.1, 1.1, 0, 0, 1.5, 1, 0]))).toEqual([0, 1, 2, 0]);
  });

  test("on two moons, sign(x) and 1-NN agree on most of the grid but not on all", () => {
    const moons = twoMoons({ separation: 0.1, seed: 0 });
    const grid = planeGrid();
    const neighbours = nearestNeighbourLabels(moons, grid.points);
    const sign = Uint32Array.from({ length: 10_000 }, (_, i) => (grid.points[2 * i] < 0 ? 1 : 0));
    expect(agreement(neighbours, nearestNeighbourLabels(moons, grid.points))).toBe(1);
    const share = agreement(neighbours, sign);
    expect(share).toBeGreaterThan(0.8);
    expect(share).toBeLessThan(0.99);
    expect(() => agreement([], [])).toThrow(ConfigError);
    expect(() => agreement([1], [1, 2])).toThrow(ConfigError);
  });
});

describe("agreement between seeds", () => {
  test("votes, majority, shares: 2 and 8 of 10 are contested, 1 and 9 are not", () => {
    // Query q: q of 10 nets say 1.
    const predictions = Array.from({ length: 10 }, (_, r) =>
      Array.from({ length: 11 }, (_, q) => (r < q ? 1 : 0)),
    );
    const { votes, majority, unanimous, contested } = seedAgreement(predictions, 2);
    expect(votes[2 * 3 + 1]).toBeCloseTo(0.3, 15);
    expect(Array.from(majority)).toEqual([0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1]);
    expect(unanimous).toBeCloseTo(2 / 11, 15);
    expect(contested).toBeCloseTo(7 / 11, 15);
  });

  test("three classes: contested when no class has more than 80%", () => {
    const { contested, unanimous } = seedAgreement(
      [
        [0, 0],
        [1, 0],
        [2, 0],
      ],
      3,
    );
    expect(contested).toBe(0.5);
    expect(unanimous).toBe(0.5);
  });

  test("refuses what can't be counted", () => {
    expect(() => seedAgreement([], 2)).toThrow(ConfigError);
    expect(() => seedAgreement([[0, 1], [0]], 2)).toThrow("predictions[1]");
    expect(() => seedAgreement([[0, 2]], 2)).toThrow("predictions[0][1]");
  });
});
