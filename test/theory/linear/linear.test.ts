import { describe, expect, test } from "vitest";
import type { ClassData } from "../../../src/data/dataset.ts";
import { ConfigError } from "../../../src/errors.ts";
import { beta, constantLambda } from "../../../src/mixing/laws.ts";
import { cosine, dot, norm } from "../../../src/numeric/linearAlgebra.ts";
import { normalPair } from "../../../src/numeric/normal.ts";
import { mixupLoss } from "../../../src/theory/classifier/optimalLoss.ts";
import {
  descend,
  freeScores,
  leastNormInterpolator,
  maxMargin,
  mixupOptimum,
} from "../../../src/theory/linear/linear.ts";

/** n points N(0, I_d), the first `positive` of class 1. */
function gaussians(n: number, d: number, positive: number, seed: number): ClassData {
  const points = Float64Array.from({ length: n * d }, (_, i) => normalPair(seed, 100, 0, i)[0]);
  return {
    points,
    labels: Array.from({ length: n }, (_, i) => (i < positive ? 1 : 0)),
    dimensions: d,
    classes: 2,
  };
}

describe("free scores: the finite scale of the Mixup optimum", () => {
  test.each([
    [0.2, 4.180541, 0.133701],
    [1, 3.542283, 0.273899],
    [2, 3.524879, 0.315842],
    [8, 3.917391, 0.350579],
    [32, 4.693505, 0.353469],
    [128, 5.676371, 0.350481],
    [1024, 7.343779, 0.34764],
  ])("balanced, alpha %d: k* = %d, loss %d (acceptance case 24)", (alpha, scale, loss) => {
    const found = freeScores(beta(alpha));
    expect(Math.abs(found.positive - scale)).toBeLessThan(1e-6);
    expect(Math.abs(found.negative - scale)).toBeLessThan(1e-6);
    expect(Math.abs(found.loss - loss)).toBeLessThan(1e-6);
  });

  test.each([
    [1, 3.82664, 3.53543],
    [32, 4.95273, 4.89542],
  ])("7 to 3, alpha %d: (%d, %d) (acceptance case 25)", (alpha, positive, negative) => {
    const found = freeScores(beta(alpha), 0.7);
    expect(Math.abs(found.positive - positive)).toBeLessThan(1e-5);
    expect(Math.abs(found.negative - negative)).toBeLessThan(1e-5);
  });

  test("the loss of 15 to 5, alpha 1, and its margins", () => {
    const found = freeScores(beta(1), 0.75);
    expect(found.positive).toBeCloseTo(3.957, 3);
    expect(found.negative).toBeCloseTo(3.5836, 4);
    expect(found.loss).toBeCloseTo(0.21054, 6);
  });
});

describe("the Mixup optimum of data", () => {
  test("balanced, n = 10, d = 240: parallel to max-margin, all scores k* (acceptance case 24)", () => {
    for (const [alpha, scale] of [
      [1, 3.542283],
      [32, 4.693505],
    ]) {
      const data = gaussians(10, 240, 5, 4);
      const optimum = mixupOptimum({ data, law: beta(alpha) });
      expect(maxMargin(data).supportVectors).toHaveLength(10);
      expect(Math.abs(cosine(optimum.direction, maxMargin(data).direction) - 1)).toBeLessThan(1e-9);
      optimum.scores.forEach((score, n) => {
        expect(Math.abs(score - (n < 5 ? scale : -scale))).toBeLessThan(1e-5);
      });
    }
  });

  test("7 to 3, n = 10, d = 240: scores (3.82664, -3.53543), cosine .9993 (acceptance case 25)", () => {
    const data = gaussians(10, 240, 7, 2);
    const optimum = mixupOptimum({ data, law: beta(1) });
    optimum.scores.forEach((score, n) => {
      expect(Math.abs(score - (n < 7 ? 3.82664 : -3.53543))).toBeLessThan(1e-4);
    });
    expect(Math.abs(cosine(optimum.direction, maxMargin(data).direction) - 0.9993)).toBeLessThan(5e-4);
  });

  test("balanced, n = 10, d = 20: mean cosine .965 over 20 draws (acceptance case 26)", () => {
    let sum = 0;
    for (let seed = 0; seed < 20; seed++) {
      const data = gaussians(10, 20, 5, seed);
      const optimum = mixupOptimum({ data, law: beta(1), nodes: 40 });
      expect(cosine(optimum.direction, leastNormInterpolator(data).direction)).toBeCloseTo(1, 10);
      sum += cosine(optimum.direction, maxMargin(data).direction) / 20;
    }
    expect(Math.abs(sum - 0.965)).toBeLessThan(0.04);
  });

  test("class-balanced weights make unbalanced classes interpolate again", () => {
    const data = gaussians(10, 60, 7, 3);
    const weights = Array.from({ length: 10 }, (_, n) => (n < 7 ? 1 / 7 : 1 / 3));
    const optimum = mixupOptimum({ data, law: beta(1), weights });
    optimum.scores.forEach((score, n) => {
      expect(Math.abs(Math.abs(score) - 3.542283)).toBeLessThan(1e-6);
      expect(Math.sign(score)).toBe(n < 7 ? 1 : -1);
    });
  });

  test("fewer dimensions than points: no direction has a smaller loss, asymmetric law", () => {
    const data = gaussians(14, 3, 6, 9);
    const law = beta(2, 5);
    const optimum = mixupOptimum({ data, law });
    const lossAt = (direction: ArrayLike<number>) =>
      mixupLoss({
        data,
        law,
        classifier: (points, count) =>
          Float64Array.from({ length: 2 * count }, (_, i) =>
            i % 2 === 0 ? 0 : dot(points.subarray((i >> 1) * 3, ((i >> 1) + 1) * 3), direction),
          ),
      });
    expect(lossAt(optimum.direction)).toBeCloseTo(optimum.loss, 12);
    for (let k = 0; k < 3; k++) {
      for (const shift of [-1e-3, 1e-3]) {
        const moved = optimum.direction.map((value, j) => value + (j === k ? shift : 0));
        expect(lossAt(moved)).toBeGreaterThan(optimum.loss);
      }
      // The gradient by central differences is 0.
      const at = (shift: number) =>
        lossAt(optimum.direction.map((value, j) => value + (j === k ? shift : 0)));
      expect(Math.abs(at(1e-4) - at(-1e-4)) / 2e-4).toBeLessThan(1e-9);
    }
  });

  test("50 points in 2000 dimensions", () => {
    const data = gaussians(50, 2000, 25, 1);
    const optimum = mixupOptimum({ data, law: beta(1) });
    expect(cosine(optimum.direction, leastNormInterpolator(data).direction)).toBeCloseTo(1, 10);
    expect(Math.max(...optimum.scores.map(Math.abs))).toBeCloseTo(3.542283, 5);
  });

  test("plain training, midpoints and same-class mixing have no minimiser on separable data", () => {
    const data = gaussians(6, 10, 3, 0);
    expect(() => mixupOptimum({ data, law: constantLambda(1) })).toThrow(ConfigError);
    expect(() => mixupOptimum({ data, law: constantLambda(0.5) })).toThrow("no minimiser");
    expect(() => mixupOptimum({ data, law: beta(1), pairing: "same-class" })).toThrow("no minimiser");
    // Other constants mix: the pair's score settles where its sigmoid is lambda.
    expect(mixupOptimum({ data, law: constantLambda(0.3) }).loss).toBeGreaterThan(0.1);
  });

  test("on data no direction separates, plain training has a minimiser: the logistic fit", () => {
    const data = gaussians(40, 3, 20, 0);
    const { direction, scores } = mixupOptimum({ data, law: constantLambda(1) });
    for (let k = 0; k < 3; k++) {
      let gradient = 0;
      scores.forEach((score, n) => {
        gradient += (1 / (1 + Math.exp(-score)) - (n < 20 ? 1 : 0)) * data.points[3 * n + k];
      });
      expect(Math.abs(gradient)).toBeLessThan(1e-9);
    }
    expect(norm(direction)).toBeGreaterThan(0);
  });

  test("refuses one class and three", () => {
    expect(() =>
      mixupOptimum({ data: { points: [1, 2], labels: [1, 1], dimensions: 1 }, law: beta(1) }),
    ).toThrow("labels");
    expect(() => maxMargin({ points: [1, 2, 3], labels: [0, 1, 2], dimensions: 1 })).toThrow("labels");
    expect(() => freeScores(beta(1), 1)).toThrow("share");
  });
});

describe("max-margin direction", () => {
  test.each([
    [10, 12],
    [10, 15],
    [10, 40],
    [40, 60],
    [40, 400],
    [4, 2],
  ])("KKT conditions: %d points in %d dimensions", (n, d) => {
    let seen = 0;
    for (let seed = 0; seed < 12; seed++) {
      const data = gaussians(n, d, n / 2, 50 + seed);
      if (d < n) {
        // Separable on purpose: class 1 to the right.
        for (let i = 0; i < n; i++) (data.points as Float64Array)[i * d] = i < n / 2 ? 1 + i : -1 - i;
      }
      const { direction, margin, supportVectors, scores } = maxMargin(data);
      expect(norm(direction)).toBeCloseTo(1, 12);
      // Primal: every signed score is at least the margin, support vectors at it.
      scores.forEach((score, i) => {
        const signed = (i < n / 2 ? 1 : -1) * score;
        expect(signed).toBeGreaterThan(margin - 1e-9);
        if (supportVectors.includes(i)) expect(Math.abs(signed - margin)).toBeLessThan(1e-8);
      });
      // Dual: the direction is a non-negative combination of the signed support vectors, so it is the
      // optimum.
      const multipliers = combination(data, supportVectors, direction);
      for (const multiplier of multipliers) expect(multiplier).toBeGreaterThan(0);
      if (supportVectors.length < n) seen++;
    }
    if (d < 3 * n) expect(seen).toBeGreaterThan(0);
  });

  test("two points in the plane, by hand", () => {
    const { direction, margin } = maxMargin({ points: [2, 0, 0, -3], labels: [1, 0], dimensions: 2 });
    // Signed points (2, 0) and (0, 3): the hull's nearest point is (18, 12) / 13.
    expect(direction[0]).toBeCloseTo(3 / Math.sqrt(13), 12);
    expect(direction[1]).toBeCloseTo(2 / Math.sqrt(13), 12);
    expect(margin).toBeCloseTo(6 / Math.sqrt(13), 12);
  });

  test("duplicates change nothing", () => {
    const data = gaussians(10, 15, 5, 61);
    const points = [...Array.from(data.points), ...Array.from(data.points)];
    const doubled: ClassData = {
      ...data,
      points,
      labels: [...Array.from(data.labels), ...Array.from(data.labels)],
    };
    expect(maxMargin(doubled).margin).toBeCloseTo(maxMargin(data).margin, 12);
    expect(cosine(maxMargin(doubled).direction, maxMargin(data).direction)).toBeCloseTo(1, 12);
  });

  test("the scale of the data does not matter", () => {
    const data = gaussians(12, 20, 6, 7);
    const scaled = { ...data, points: Float64Array.from(data.points, (value) => 1e6 * value) };
    expect(cosine(maxMargin(data).direction, maxMargin(scaled).direction)).toBeCloseTo(1, 12);
    expect(maxMargin(scaled).margin / maxMargin(data).margin).toBeCloseTo(1e6, 3);
  });

  test("data that no direction separates are refused", () => {
    expect(() => maxMargin({ points: [1, 2], labels: [1, 0], dimensions: 1 })).toThrow(ConfigError);
    expect(() => maxMargin(gaussians(40, 5, 20, 0))).toThrow("separates");
    expect(() => maxMargin({ points: [0, 0, 1, 0], labels: [1, 0], dimensions: 2 })).toThrow("separates");
  });

  test("with d > 10 n ln n all points are support vectors, and the interpolator is the direction", () => {
    const data = gaussians(10, 240, 4, 11);
    const { direction, supportVectors } = maxMargin(data);
    expect(supportVectors).toHaveLength(10);
    expect(cosine(direction, leastNormInterpolator(data).direction)).toBeCloseTo(1, 12);
  });
});

describe("plain training by gradient descent", () => {
  test("approaches max-margin slowly, as 1 / log(1 / loss)", () => {
    const data = gaussians(20, 200, 10, 0);
    const { direction } = maxMargin(data);
    const records = descend(data);
    expect(records).toHaveLength(4);
    const cosines = records.map((record) => cosine(record.direction, direction));
    records.forEach((record, i) => {
      expect(record.loss).toBeLessThanOrEqual([1e-2, 1e-4, 1e-6, 1e-8][i]);
      if (i > 0) expect(cosines[i]).toBeGreaterThan(cosines[i - 1]);
    });
    expect(cosines[0]).toBeGreaterThan(0.99);
    expect(cosines[3]).toBeGreaterThan(0.9994);
    expect(cosines[3]).toBeLessThan(0.99995);
  });

  test("a target that is not reached has no record; bad rates are refused", () => {
    expect(descend(gaussians(20, 5, 10, 3), { losses: [1e-3], steps: 500 })).toEqual([]);
    expect(() => descend(gaussians(4, 5, 2, 3), { learningRate: 0 })).toThrow("learningRate");
  });
});

test("the interpolator interpolates; dependent points are refused", () => {
  leastNormInterpolator(gaussians(8, 30, 3, 1)).scores.forEach((score, n) => {
    expect(score).toBeCloseTo(n < 3 ? 1 : -1, 12);
  });
  expect(() => leastNormInterpolator(gaussians(8, 5, 3, 1))).toThrow(ConfigError);
});

/**
 * Coefficients of `direction` in the signed support vectors, by conjugate gradients on the normal equations.
 */
function combination(
  { points, dimensions }: ClassData,
  support: number[],
  direction: Float64Array,
): number[] {
  const half = points.length / dimensions / 2;
  const rows = support.map((n) =>
    Float64Array.from({ length: dimensions }, (_, k) => (n < half ? 1 : -1) * points[n * dimensions + k]),
  );
  let residual = rows.map((row) => dot(row, direction));
  const solution = rows.map(() => 0);
  let search = [...residual];
  for (let i = 0; i < 4 * rows.length && norm(residual) > 1e-13; i++) {
    const sum = new Float64Array(dimensions);
    rows.forEach((row, j) => {
      for (let k = 0; k < dimensions; k++) sum[k] += search[j] * row[k];
    });
    const image = rows.map((row) => dot(row, sum));
    const length = dot(residual, residual) / dot(search, image);
    const next = residual.map((value, j) => value - length * image[j]);
    solution.forEach((_, j) => {
      solution[j] += length * search[j];
    });
    const ratio = dot(next, next) / dot(residual, residual);
    search = next.map((value, j) => value + ratio * search[j]);
    residual = next;
  }
  const rebuilt = direction.map((_, k) => rows.reduce((sum, row, j) => sum + solution[j] * row[k], 0));
  expect(norm(rebuilt.map((value, k) => value - direction[k]))).toBeLessThan(1e-6);
  return solution;
}
