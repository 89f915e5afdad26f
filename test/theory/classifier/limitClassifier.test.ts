import { describe, expect, test } from "vitest";
import type { ClassData } from "../../../src/data/dataset.ts";
import { alternatingLine } from "../../../src/data/lines.ts";
import { twoMoons } from "../../../src/data/moons.ts";
import { ConfigError } from "../../../src/errors.ts";
import { beta, constantLambda, type Law, uniform } from "../../../src/mixing/laws.ts";
import type { Pairing } from "../../../src/mixing/mixing.ts";
import { limitClassifier } from "../../../src/theory/classifier/limitClassifier.ts";
import { optimalClassifier } from "../../../src/theory/classifier/optimalClassifier.ts";
import type { TheoryData } from "../../../src/theory/points.ts";
import { randomPoints } from "../randomPoints.ts";

const line3 = alternatingLine({ points: 3, classes: 2 });

function limit(data: TheoryData, law: Law, query: number[], pairing?: Pairing): number[] {
  return Array.from(limitClassifier({ data, laws: [law], queries: query, pairing }).probabilities);
}

describe("at data points (Proposition 2.8, acceptance case 9)", () => {
  test.each([
    ["3-point line", line3],
    ["10-point line", alternatingLine({ points: 10, classes: 10 })],
    ["two moons", twoMoons({ points: 40, separation: 0.1, seed: 2 })],
    ["5 dimensions", randomPoints({ size: 12, dimensions: 5, classes: 3, seed: 3 })],
  ])("own label with probability exactly 1: %s", (_name, data) => {
    const laws = [beta(0.3), uniform(), beta(2, 5), beta(1024)];
    const { probabilities, reached } = limitClassifier({ data, laws, queries: data.points });
    const labels = data.labels!;
    const classes = probabilities.length / laws.length / labels.length;
    laws.forEach((_, l) => {
      labels.forEach((label, n) => {
        expect(reached[l * labels.length + n]).toBe(1);
        for (let c = 0; c < classes; c++) {
          expect(probabilities[(l * labels.length + n) * classes + c]).toBe(c === label ? 1 : 0);
        }
      });
    });
  });

  test("duplicates with different labels: their frequencies over ordered coincident pairs", () => {
    const data: ClassData = { points: [0, 0, 0, 5], labels: [0, 1, 1, 0], dimensions: 1 };
    expect(limit(data, beta(2), [0])[0]).toBeCloseTo(1 / 3, 14);
    // Without self pairs the duplicates' ordered pairs are (0,1) (0,1) (1,1), each twice.
    expect(limit(data, beta(2, 5), [0], "other")[0]).toBeCloseTo(1 / 3, 14);
  });
});

describe("on segments", () => {
  test("3-point line (acceptance case 10): 1 - 2x/3 at alpha 1", () => {
    expect(limit(line3, beta(1), [0.25])[0]).toBeCloseTo(5 / 6, 12);
    expect(limit(line3, beta(1), [0.5])[0]).toBeCloseTo(2 / 3, 12);
    expect(limit(line3, beta(1), [0.75])[0]).toBeCloseTo(0.5, 12);
    expect(limit(line3, beta(1), [1.1])[0]).toBeCloseTo(0.4, 12);
    expect(limit(line3, beta(32), [0.25])[0]).toBeCloseTo(0.75, 7);
    expect(Math.abs(limit(line3, beta(32), [0.5])[0] - 0.5000335)).toBeLessThan(1e-7);
    expect(Math.abs(limit(line3, beta(32), [0.75])[0] - 0.9985174)).toBeLessThan(1e-7);
    expect(limit(line3, beta(32), [1.1])[0]).toBeCloseTo(1, 6);
  });

  test("Proposition 2.5 (acceptance case 11)", () => {
    const data: ClassData = { points: [0, 1, 0, -1, 1, 0, -1, 0], labels: [0, 0, 1, 1], dimensions: 2 };
    expect(limit(data, uniform(), [0, 0])).toEqual([expect.closeTo(0.5, 13), expect.closeTo(0.5, 13)]);
    expect(limit(data, uniform(), [0.2, 0])).toEqual([0, 1]);
    expect(limit(data, uniform(), [0, 0.3])).toEqual([1, 0]);
    expect(limit(data, uniform(), [0.25, 0.75])[0]).toBeCloseTo(0.75, 12);
  });

  test("two points: the boundary is the midpoint for any law", () => {
    const data: ClassData = { points: [0, 0, 2, 2], labels: [0, 1], dimensions: 2 };
    for (const law of [beta(0.2), uniform(), beta(64)])
      expect(limit(data, law, [0.5, 0.5])[0]).toBeCloseTo(0.75, 12);
  });

  test("agrees with h_eps at a small epsilon, asymmetric laws and weights included", () => {
    const data = randomPoints({ size: 6, dimensions: 1, classes: 3, seed: 4 });
    const weights = [1, 2, 3, 1, 2, 3];
    const laws = [beta(2, 5), beta(0.5, 0.8), uniform()];
    const queries = [0.41, 0.52, 0.63];
    const limits = limitClassifier({ data, laws, queries, weights }).probabilities;
    const near = optimalClassifier({ data, laws, queries, weights, epsilons: [1e-7] }).probabilities;
    near.forEach((probability, i) => {
      expect(Math.abs(probability - limits[i])).toBeLessThan(1e-6);
    });
  });

  test("huge alpha: densities that underflow still have a ratio", () => {
    const [first, second] = limit(line3, beta(100_000), [0.1]);
    expect(first + second).toBeCloseTo(1, 12);
    expect(first).toBeCloseTo(0.9, 6);
  });
});

describe("without self pairs", () => {
  test("at a data point: passing segments for alpha > 1, segments that end there for alpha < 1", () => {
    // Points 0, 1, 2 of classes 0, 1, 0: at 1 the segment (0, 2) passes, (0, 1) and (1, 2) end.
    expect(limit(line3, beta(2), [1], "other")[0]).toBe(1);
    expect(limit(line3, beta(0.5), [1], "other")[0]).toBe(0);
    // alpha 1: density 2 * 1/2 passing against two ends of 1 each.
    expect(limit(line3, uniform(), [1], "other")[0]).toBeCloseTo(1 / 3, 12);
    for (const law of [beta(2), beta(0.5), uniform()]) {
      const near = optimalClassifier({
        data: line3,
        laws: [law],
        epsilons: [1e-12],
        queries: [1],
        pairing: "other",
      });
      expect(Math.abs(near.probabilities[0] - limit(line3, law, [1], "other")[0])).toBeLessThan(1e-5);
    }
  });

  test("ends alone decide where nothing passes: shorter segments weigh more for alpha > 1", () => {
    const data: ClassData = { points: [0, 1, 3], labels: [0, 1, 1], dimensions: 1 };
    const near = optimalClassifier({
      data,
      laws: [beta(3)],
      epsilons: [1e-5],
      queries: [0],
      pairing: "other",
    });
    expect(limit(data, beta(3), [0], "other")).toEqual([1, 0]);
    expect(near.probabilities[0]).toBeGreaterThan(0.9999);
  });
});

describe("constant lambda", () => {
  test("only the mixed points themselves are reached", () => {
    const { probabilities, reached } = limitClassifier({
      data: line3,
      laws: [constantLambda(0.5)],
      queries: [1, 0.5, 0.25],
    });
    expect(Array.from(reached)).toEqual([1, 1, 0]);
    expect(probabilities[0]).toBeCloseTo(2 / 3, 14);
    expect(probabilities[2]).toBeCloseTo(0.5, 14);
    expect(Array.from(probabilities.subarray(4))).toEqual([0, 0]);
  });

  test("asymmetric: lambda weights the first point of an ordered pair", () => {
    // At .75 * 0 + .25 * 1: (0, 1) gives (.75, .25); nothing else is there.
    expect(limit(line3, constantLambda(0.75), [0.25])[0]).toBeCloseTo(0.75, 14);
    expect(limit(line3, constantLambda(1), [1])).toEqual([0, 1]);
  });
});

test("off all segments h is undefined: not reached, never NaN", () => {
  const { probabilities, reached } = limitClassifier({
    data: line3,
    laws: [beta(1)],
    queries: [-0.5, 2.0001],
  });
  expect(Array.from(reached)).toEqual([0, 0]);
  expect(Array.from(probabilities)).toEqual([0, 0, 0, 0]);
});

test("refuses what makes no sense", () => {
  const good = { data: line3, laws: [beta(1)], queries: [1] };
  expect(() => limitClassifier({ ...good, tolerance: 0 })).toThrow(ConfigError);
  expect(() => limitClassifier({ ...good, laws: [] })).toThrow("laws");
  expect(() => limitClassifier({ ...good, queries: [Number.NaN] })).toThrow("queries[0]");
});
