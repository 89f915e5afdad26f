import { describe, expect, test } from "vitest";
import type { ClassData } from "../../../src/data/dataset.ts";
import { alternatingLine } from "../../../src/data/lines.ts";
import { beta, constantLambda, type Law, uniform } from "../../../src/mixing/laws.ts";
import { digamma } from "../../../src/numeric/digamma.ts";
import { limitClassifier } from "../../../src/theory/classifier/limitClassifier.ts";
import { optimalClassifier } from "../../../src/theory/classifier/optimalClassifier.ts";
import { mixupLoss, optimalLoss } from "../../../src/theory/classifier/optimalLoss.ts";
import { randomPoints } from "../randomPoints.ts";

const line3 = alternatingLine({ points: 3, classes: 2 });
const entropy = (probabilities: ArrayLike<number>) =>
  Array.from(probabilities).reduce((sum, p) => (p > 0 ? sum - p * Math.log(p) : sum), 0);

test("digamma: known values and its recurrence", () => {
  const euler = 0.5772156649015329;
  expect(digamma(1)).toBeCloseTo(-euler, 14);
  expect(digamma(0.5)).toBeCloseTo(-euler - 2 * Math.LN2, 14);
  expect(digamma(10)).toBeCloseTo(2.251752589066721, 14);
  expect(digamma(1e6)).toBeCloseTo(Math.log(1e6) - 5e-7, 12);
  for (const x of [0.003, 3.3, 9.7]) expect(digamma(x + 1) - digamma(x)).toBeCloseTo(1 / x, 11);
});

describe("optimal Mixup loss of the 3-point line (acceptance case 20)", () => {
  test("alpha 1: the integral of H(p) from 1/3 to 1", () => {
    // Antiderivative of H: p^2 terms and logs; in closed form.
    const antiderivative = (p: number) =>
      p === 1 ? 0.5 : 0.5 * p - 0.5 * p * p * Math.log(p) + 0.5 * (1 - p) ** 2 * Math.log(1 - p);
    const expected = antiderivative(1) - antiderivative(1 / 3);
    expect(Math.abs(expected - 0.3624027)).toBeLessThan(1e-7);
    expect(Math.abs(optimalLoss({ data: line3, law: beta(1) }) - expected)).toBeLessThan(1e-10);
    expect(Math.abs(optimalLoss({ data: line3, law: uniform() }) - expected)).toBeLessThan(1e-10);
  });

  test("large alpha: published values, and (4/9) log 2 for midpoint Mixup", () => {
    for (const [alpha, expected] of [
      [32, 0.3073],
      [128, 0.3072],
      [1024, 0.308],
    ]) {
      expect(Math.abs(optimalLoss({ data: line3, law: beta(alpha) }) - expected)).toBeLessThan(6e-5);
    }
    // Atoms: at 1, the pair (0, 2) meets the self pair of 1.
    const met = (3 / 9) * entropy([2 / 3, 1 / 3]) + (4 / 9) * Math.LN2;
    expect(optimalLoss({ data: line3, law: constantLambda(0.5) })).toBeCloseTo(met, 12);
    expect(met).toBeCloseTo(0.5202, 4);
    expect(Math.abs(optimalLoss({ data: line3, law: beta(1e6) }) - (4 / 9) * Math.LN2)).toBeLessThan(1e-5);
  });

  test("turned and moved into 3 dimensions it is the same", () => {
    const direction = [0.3, -1.7, 0.2];
    const points = [0, 1, 2].flatMap((u) => direction.map((d, k) => k + u * d));
    const data: ClassData = { points, labels: [0, 1, 0], dimensions: 3 };
    for (const law of [beta(0.2), beta(1), beta(2, 5), beta(64)]) {
      expect(Math.abs(optimalLoss({ data, law }) - optimalLoss({ data: line3, law }))).toBeLessThan(1e-9);
    }
  });
});

describe("against a sum over a fine grid", () => {
  const line = randomPoints({ size: 6, dimensions: 1, classes: 3, seed: 11 });
  const weights = [3, 1, 2, 1, 1, 2];
  test.each([
    ["beta(1.5)", beta(1.5)],
    ["beta(2, 5)", beta(2, 5)],
    ["beta(40)", beta(40)],
  ] as [string, Law][])("%s on 6 points of a line, weighted", (_name, law) => {
    // The density from small balls and the label mix from the limit: another way to the same integral.
    const cells = 20_000;
    const queries = Float64Array.from({ length: cells }, (_, i) => (i + 0.5) / cells);
    const half = 1e-7;
    const { mass } = optimalClassifier({ data: line, laws: [law], epsilons: [half], queries, weights });
    const { probabilities } = limitClassifier({
      data: line,
      laws: [law],
      queries,
      weights,
      tolerance: 1e-12,
    });
    let sum = 0;
    for (let i = 0; i < cells; i++) {
      sum += ((mass[i] / (2 * half)) * entropy(probabilities.subarray(3 * i, 3 * i + 3))) / cells;
    }
    expect(Math.abs(optimalLoss({ data: line, law, weights }) - sum)).toBeLessThan(2e-4 * sum);
  });
});

describe("other data", () => {
  test("general position: each pair's own entropy, 1/2 at alpha 1", () => {
    const data = randomPoints({ size: 9, dimensions: 2, classes: 3, seed: 2 });
    expect(optimalLoss({ data, law: uniform() })).toBeCloseTo((2 / 3) * 0.5, 10);
    expect(optimalLoss({ data, law: uniform(), pairing: "other" })).toBeCloseTo((54 / 72) * 0.5, 10);
    expect(optimalLoss({ data, law: beta(3, 7), pairing: "same-class" })).toBe(0);
  });

  test("Proposition 2.5's crossing segments only meet at a point: 8 of 16 pairs, 1/2 each", () => {
    const data: ClassData = { points: [0, 1, 0, -1, 1, 0, -1, 0], labels: [0, 0, 1, 1], dimensions: 2 };
    expect(optimalLoss({ data, law: uniform() })).toBeCloseTo(0.25, 12);
  });

  test("duplicates with different labels: their atom and the segments they share", () => {
    // Two points at 0 of classes 0 and 1, one at 1 of class 0.
    const data: ClassData = { points: [0, 0, 1], labels: [0, 1, 0], dimensions: 1 };
    // On the segment, lambda at the duplicates: class 1 has lambda / 2. Atom: 4/9 of the mass, entropy log 2.
    const steps = 100_000;
    let segment = 0;
    for (let i = 0; i < steps; i++)
      segment += entropy([1 - (i + 0.5) / steps / 2, (i + 0.5) / steps / 2]) / steps;
    const expected = (4 / 9) * Math.LN2 + (4 / 9) * segment;
    expect(Math.abs(optimalLoss({ data, law: uniform() }) - expected)).toBeLessThan(1e-9);
  });

  test("one class, one point: no loss", () => {
    expect(optimalLoss({ data: { points: [1, 2, 3], labels: [0, 0, 0], dimensions: 1 }, law: beta(2) })).toBe(
      0,
    );
    expect(optimalLoss({ data: { points: [1], labels: [0], dimensions: 1 }, law: beta(2) })).toBe(0);
  });

  test("10-point line, small and large alpha: below the loss of knowing only lambda", () => {
    const data = alternatingLine({ points: 10, classes: 10 });
    for (const alpha of [0.002, 0.05, 1, 32]) {
      const joint = optimalLoss({ data, law: beta(alpha) });
      const alone = optimalLoss({
        data: randomPoints({ size: 10, dimensions: 2, classes: 10, seed: 1 }),
        law: beta(alpha),
      });
      // Overlapping segments hide which pair it was: the loss can only be larger.
      expect(joint).toBeGreaterThan(alone);
      expect(joint).toBeLessThan(Math.log(10));
    }
  });
});

describe("Mixup loss of a classifier", () => {
  test("the constant classifier: log C", () => {
    const classifier = (_points: Float64Array, count: number) => new Float64Array(3 * count).fill(5);
    const data = randomPoints({ size: 6, dimensions: 2, classes: 3, seed: 2 });
    for (const law of [uniform(), beta(2, 5), constantLambda(0.3)]) {
      expect(mixupLoss({ data, law, classifier })).toBeCloseTo(Math.log(3), 12);
    }
  });

  test("the optimal classifier reaches the optimal loss, others do not", () => {
    const law = beta(2);
    // Two points: the optimum is the relative distance itself, h^1 = 1 - x.
    const data: ClassData = { points: [0, 1], labels: [0, 1], dimensions: 1 };
    const logits = (shift: number) => (points: Float64Array) =>
      Float64Array.from({ length: 2 * points.length }, (_, i) => {
        const x = Math.min(Math.max(points[i >> 1] + shift, 1e-12), 1 - 1e-12);
        return Math.log(i % 2 === 0 ? 1 - x : x);
      });
    const least = optimalLoss({ data, law });
    expect(Math.abs(mixupLoss({ data, law, classifier: logits(0), nodes: 200 }) - least)).toBeLessThan(1e-6);
    expect(mixupLoss({ data, law, classifier: logits(0.05) })).toBeGreaterThan(least + 1e-3);
  });
});
