import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ClassData } from "../../../src/data/dataset.ts";
import { alternatingLine } from "../../../src/data/lines.ts";
import { ConfigError } from "../../../src/errors.ts";
import { beta, constantLambda, uniform } from "../../../src/mixing/laws.ts";
import { firstNegative } from "../../../src/theory/classifier/firstCrossing.ts";
import { effectiveEpsilon, flipAlphas, flipEpsilons } from "../../../src/theory/classifier/flips.ts";
import { optimalClassifier } from "../../../src/theory/classifier/optimalClassifier.ts";
import { randomPoints } from "../randomPoints.ts";

const line3 = alternatingLine({ points: 3, classes: 2 });

describe("flip epsilon", () => {
  // Paper specification, table B2.
  test.each([
    [1, 0.8090169944, 1e-9],
    [2, 0.6336875, 1e-6],
    [4, 0.368531, 1e-6],
    [8, 0.1708372, 1e-6],
    [16, 0.1197355, 1e-6],
    [32, 0.0844896, 1e-6],
    [64, 0.0596803, 1e-6],
    [128, 0.042178, 1e-6],
    [512, 0.0210806, 1e-6],
    [1024, 0.0149053, 1e-6],
  ])("point 1 of the 3-point line, alpha %d: %d (acceptance case 7)", (alpha, expected, tolerance) => {
    const [at0, at1, at2] = flipEpsilons({ data: line3, law: beta(alpha) });
    expect(Math.abs(at1 - expected)).toBeLessThan(tolerance);
    expect(at0).toBe(Number.POSITIVE_INFINITY);
    expect(at2).toBe(Number.POSITIVE_INFINITY);
  });

  test("nothing flips below it and something does just above it, in the plane too", () => {
    const data = randomPoints({ size: 12, dimensions: 2, classes: 3, seed: 12 });
    const law = beta(4);
    const flips = flipEpsilons({ data, law });
    expect(flips.filter(Number.isFinite).length).toBeGreaterThan(5);
    const wrong = (n: number, epsilon: number) => {
      const queries = data.points.slice(2 * n, 2 * n + 2);
      const { probabilities } = optimalClassifier({ data, laws: [law], epsilons: [epsilon], queries });
      return Math.max(...probabilities) > probabilities[data.labels[n]] * (1 + 1e-12);
    };
    flips.forEach((flip, n) => {
      const end = Math.min(flip, 2);
      for (let k = 1; k < 300; k++) expect(wrong(n, (end * k) / 300)).toBe(false);
      if (Number.isFinite(flip)) expect(wrong(n, flip * (1 + 1e-9))).toBe(true);
    });
  });

  test("the first of several flips: a point that is wrong only between two radii", () => {
    // Class 1 sits alone between two class-0 points, with many class-1 points further out on one side.
    const data: ClassData = {
      points: [-1, 0, 1, 1.5, 1.6, 1.7, 1.8, 1.9, 2],
      labels: [0, 1, 0, 1, 1, 1, 1, 1, 1],
      dimensions: 1,
    };
    const [, flip] = flipEpsilons({ data, law: beta(64), pairing: "same-class" });
    const own = (epsilon: number) =>
      optimalClassifier({ data, laws: [beta(64)], epsilons: [epsilon], queries: [0], pairing: "same-class" })
        .probabilities[1];
    expect(own(flip * 1.0001)).toBeLessThan(0.5);
    expect(own(2.05)).toBeGreaterThan(0.5);
    for (let k = 1; k < 400; k++) {
      const epsilon = (flip * k) / 400;
      expect(own(epsilon)).toBeGreaterThanOrEqual(0.5 - 1e-12);
    }
  });

  test("0 where the limit is wrong already: duplicates, no self pairs, atoms of midpoint Mixup", () => {
    const data: ClassData = { points: [0, 0, 0, 5], labels: [0, 1, 1, 0], dimensions: 1 };
    expect(flipEpsilons({ data, law: beta(2) })[0]).toBe(0);
    expect(flipEpsilons({ data: line3, law: beta(32), pairing: "other" })[1]).toBe(0);
    expect(flipEpsilons({ data: line3, law: constantLambda(0.5) })[1]).toBe(0);
  });

  test("upTo bounds the search", () => {
    expect(flipEpsilons({ data: line3, law: beta(1), upTo: 0.8 })[1]).toBe(Number.POSITIVE_INFINITY);
    expect(flipEpsilons({ data: line3, law: beta(1), upTo: 0.9 })[1]).toBeCloseTo((1 + Math.sqrt(5)) / 4, 10);
    expect(() => flipEpsilons({ data: line3, law: beta(1), upTo: 0 })).toThrow(ConfigError);
  });

  test("one point never flips", () => {
    expect(flipEpsilons({ data: { points: [1], labels: [0], dimensions: 1 }, law: beta(1) })[0]).toBe(
      Number.POSITIVE_INFINITY,
    );
  });
});

test("the search finds a dip much narrower than any scan would", () => {
  // Masses that grow in steps: class 1 gains .3 at .7001, class 0 gains .3 at .70011.
  const massesAt = (epsilon: number) =>
    Float64Array.of(0.5 + (epsilon >= 0.70011 ? 0.3 : 0), 0.4 + (epsilon >= 0.7001 ? 0.3 : 0));
  const comparison = {
    value: (masses: Float64Array) => masses[0] - masses[1],
    least: (low: Float64Array, high: Float64Array) => low[0] - high[1],
  };
  expect(firstNegative(massesAt, comparison, 1)).toBeCloseTo(0.7001, 12);
  expect(firstNegative(massesAt, comparison, 0.7)).toBe(Number.POSITIVE_INFINITY);
});

test("classes that tie, or all but tie, end the search", () => {
  let evaluations = 0;
  // Behind by less than a double can tell near 0, ahead from .5 on.
  const massesAt = (epsilon: number) => {
    evaluations++;
    return Float64Array.of(epsilon * (1 + epsilon ** 8), epsilon);
  };
  const comparison = {
    value: ([own, rival]: Float64Array) => own * (1 + 1e-12) - rival,
    least: (low: Float64Array, high: Float64Array) => low[0] * (1 + 1e-12) - high[1],
  };
  expect(firstNegative(massesAt, comparison, 2)).toBe(Number.POSITIVE_INFINITY);
  expect(evaluations).toBeLessThan(100_000);
});

describe("a tie of the two classes of a pair around its middle", () => {
  // Around point 1 the pair of 0 and 2 gives both classes the same; what else there is gives class 0 next to nothing.
  const data = { points: [0, 1, 2], labels: [0, 0, 1], dimensions: 1 };
  test.each([
    ["other", 8],
    ["other", 32],
    ["other-class", 8],
    ["other-class", 32],
  ] as const)("pairing %s, beta(%d)", (pairing, alpha) => {
    const [at0, at1, at2] = flipEpsilons({ data, law: beta(alpha), pairing });
    expect([at0, at1]).toEqual([Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]);
    const classOne = (epsilon: number) =>
      optimalClassifier({ data, laws: [beta(alpha)], pairing, epsilons: [epsilon], queries: [2] })
        .probabilities[1];
    if (pairing === "other-class") {
      // All pairs are of both classes: the farther half of each is class 0's, and never more.
      expect(at2).toBe(Number.POSITIVE_INFINITY);
      expect(classOne(2.0001)).toBeCloseTo(0.5, 12);
    } else {
      expect(classOne(at2 - 1e-6)).toBeGreaterThan(0.5);
      expect(classOne(at2 + 1e-6)).toBeLessThan(0.5);
    }
  });

  test("any few points on a lattice come back, and right where the own class still leads", () => {
    const pairings = ["uniform", "other", "other-class", "permutation"] as const;
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 0, max: 4 }), fc.integer({ min: 0, max: 2 })), {
          minLength: 3,
          maxLength: 6,
        }),
        fc.constantFrom(...pairings),
        fc.constantFrom(0.5, 1, 2, 8, 32),
        (drawn, pairing, alpha) => {
          fc.pre(new Set(drawn.map(([, label]) => label)).size > 1);
          const lattice = {
            points: drawn.map(([x]) => x),
            labels: drawn.map(([, label]) => label),
            dimensions: 1,
            classes: 3,
          };
          const flips = flipEpsilons({ data: lattice, law: beta(alpha), pairing });
          flips.forEach((epsilon, n) => {
            if (epsilon === 0) return;
            const at = Number.isFinite(epsilon) ? 0.99 * epsilon : 4;
            const { probabilities } = optimalClassifier({
              data: lattice,
              laws: [beta(alpha)],
              pairing,
              epsilons: [at],
              queries: [lattice.points[n]],
            });
            const own = probabilities[lattice.labels[n]];
            expect(own).toBeGreaterThanOrEqual(Math.max(...probabilities) - 1e-9);
          });
        },
      ),
      { seed: 63, numRuns: 100 },
    );
  });
});

describe("flip alpha", () => {
  // Paper specification, table B3.
  test.each([
    [0.01, 2274.818],
    [0.05, 91.1231],
    [0.1, 22.8813],
    [0.2, 6.18975],
    [0.3, 4.36898],
    [0.5, 3.15621],
  ])("point 1 of the 3-point line, epsilon %d: %d (acceptance case 8)", (epsilon, expected) => {
    const [at0, at1] = flipAlphas({ data: line3, epsilon });
    expect(Math.abs(at1 - expected)).toBeLessThan(Math.min(1e-3, 1e-5 * expected));
    expect(at0).toBe(Number.POSITIVE_INFINITY);
  });

  test("the ends of the range", () => {
    expect(flipAlphas({ data: line3, epsilon: 0.1, from: 30, to: 60 })[1]).toBe(30);
    expect(flipAlphas({ data: line3, epsilon: 0.1, from: 1, to: 20 })[1]).toBe(Number.POSITIVE_INFINITY);
    expect(() => flipAlphas({ data: line3, epsilon: 0.1, from: 5, to: 5 })).toThrow(ConfigError);
    expect(() => flipAlphas({ data: line3, epsilon: 0 })).toThrow(ConfigError);
  });
});

describe("effective epsilon", () => {
  // Paper specification C.3: the authors' trained nets on the 3-point line.
  test.each([
    [1, 0.15552, 0.119],
    [32, 0.60343, 0.147],
    [128, 0.65028, 0.113],
    [1, 0.173858, 0.14],
    [32, 0.603954, 0.147],
    [128, 0.654077, 0.12],
  ])("alpha %d, trained p1(1) = %d: %d", (alpha, probability, expected) => {
    const found = effectiveEpsilon({ data: line3, law: beta(alpha), query: [1], label: 0, probability });
    expect(Math.abs(found - expected)).toBeLessThan(6e-4);
    const back = optimalClassifier({ data: line3, laws: [beta(alpha)], epsilons: [found], queries: [1] });
    expect(Math.abs(back.probabilities[0] - probability)).toBeLessThan(1e-9);
  });

  test("downwards too, and off the data points", () => {
    const query = [0.4];
    const law = beta(4);
    const { probabilities } = optimalClassifier({
      data: line3,
      laws: [law],
      epsilons: [0.3],
      queries: query,
    });
    const found = effectiveEpsilon({ data: line3, law, query, label: 1, probability: probabilities[1] });
    const back = optimalClassifier({ data: line3, laws: [law], epsilons: [found], queries: query });
    expect(back.probabilities[1]).toBeCloseTo(probabilities[1], 10);
  });

  test("a jump over the probability is found where it is", () => {
    // Point 1 enters the ball around .9 at epsilon .1, and h^2 jumps from .6 to .86.
    const found = effectiveEpsilon({
      data: line3,
      law: uniform(),
      query: [0.9],
      label: 1,
      probability: 0.71,
    });
    expect(found).toBeCloseTo(0.1, 9);
  });

  test("a probability that h starts with, off all points: where it is first reached, not later", () => {
    // From 4 on the line, nearest is point 2, of class 0: h = (1, 0) until point 1 comes in at 3.
    const request = { data: line3, law: uniform(), query: [4], label: 0 };
    expect(effectiveEpsilon({ ...request, probability: 1 })).toBeCloseTo(2, 9);
    // h falls from 1 at once, passes .9 and jumps over .7; at the end, with everything in the ball, it is 2/3.
    const early = effectiveEpsilon({ ...request, probability: 0.9 });
    expect(early).toBeGreaterThan(2);
    expect(early).toBeLessThan(3);
    const back = optimalClassifier({ data: line3, laws: [uniform()], epsilons: [early], queries: [4] });
    expect(back.probabilities[0]).toBeCloseTo(0.9, 9);
    expect(effectiveEpsilon({ ...request, probability: 0.7 })).toBeCloseTo(3, 9);
  });

  test("coincident points of different classes come in together, however their distances round", () => {
    // h starts at 1/2 and never has .62; first reached at .28, which has no exact square root.
    const data = { points: [0.72, 0.72, 2, 3], labels: [0, 1, 2, 2], dimensions: 1, classes: 3 };
    const request = { data, law: beta(3, 12), query: [0.44], label: 0 };
    expect(effectiveEpsilon({ ...request, probability: 0.62 })).toBeNaN();
    expect(effectiveEpsilon({ ...request, probability: 0.5 })).toBeCloseTo(0.28, 9);
  });

  test("no endless search where h stays within 1e-11 of the probability", () => {
    // Around point 1 is the middle of 0 and 2, and of 0 and 3 next to nothing: Beta(200, 200) off its centre.
    const data = { points: [0, 1, 2, 3], labels: [0, 1, 2, 1], dimensions: 1 };
    const request = { data, law: beta(200), pairing: "other", query: [1], probability: 0.5 } as const;
    const found = effectiveEpsilon({ ...request, label: 0 });
    const back = optimalClassifier({
      data,
      laws: [beta(200)],
      pairing: "other",
      epsilons: [found],
      queries: [1],
    });
    expect(back.probabilities[0]).toBeCloseTo(0.5, 11);
    expect(found).toBeGreaterThan(0.1);
  });

  test("NaN where no epsilon gives that probability, 0 where the limit does", () => {
    expect(effectiveEpsilon({ data: line3, law: beta(1), query: [1], label: 0, probability: 0.9 })).toBeNaN();
    expect(effectiveEpsilon({ data: line3, law: beta(1), query: [1], label: 0, probability: 0 })).toBe(0);
    expect(() =>
      effectiveEpsilon({ data: line3, law: beta(1), query: [1], label: 2, probability: 0.5 }),
    ).toThrow("label");
    expect(() =>
      effectiveEpsilon({ data: line3, law: beta(1), query: [1], label: 0, probability: 2 }),
    ).toThrow(ConfigError);
    expect(() =>
      effectiveEpsilon({ data: line3, law: beta(1), query: [1, 2], label: 0, probability: 0.2 }),
    ).toThrow("query");
  });
});
