import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { ClassData } from "../../../src/data/dataset.ts";
import { alternatingLine } from "../../../src/data/lines.ts";
import { ConfigError } from "../../../src/errors.ts";
import { beta, constantLambda, type Law, uniform } from "../../../src/mixing/laws.ts";
import type { Pairing } from "../../../src/mixing/mixing.ts";
import { lambdaFromWord, quantileTable } from "../../../src/mixing/quantiles.ts";
import { boundedInteger, threefry, threefrySecond } from "../../../src/numeric/threefry.ts";
import {
  optimalClassifier,
  planClassifier,
  probabilitiesAt,
} from "../../../src/theory/classifier/optimalClassifier.ts";
import type { TheoryData } from "../../../src/theory/points.ts";
import { randomPoints } from "../randomPoints.ts";

const line3 = alternatingLine({ points: 3, classes: 2 });

/** Probability of the first class at one query. */
function firstClass(data: TheoryData, law: Law, epsilon: number, query: number[], pairing?: Pairing): number {
  return optimalClassifier({ data, laws: [law], epsilons: [epsilon], queries: query, pairing })
    .probabilities[0];
}

/** alpha, epsilon, h^1(0), h^1(1): paper specification, table B1. */
const TABLE_B1 = `
1 .01 0.9999029126 0.0190566038
1 .05 0.9978260870 0.0807692308
1 .10 0.9923076923 0.1375000000
1 .15 0.9844827586 0.1815789474
1 .25 0.9642857143 0.2500000000
1 .50 0.9000000000 0.3750000000
32 .01 1.0000000000 0.1127141884
32 .05 1.0000000000 0.3826235078
32 .10 1.0000000000 0.5351621990
32 .15 1.0000000000 0.6065129405
32 .25 0.9999954139 0.6568421355
32 .50 0.7748388446 0.5801274327
128 .01 1.0000000000 0.2025506258
128 .05 1.0000000000 0.5353706782
128 .10 1.0000000000 0.6405322891
128 .15 1.0000000000 0.6630965939
128 .25 1.0000000000 0.6666557969
128 .50 0.7624547775 0.5900361780
1024 .01 1.0000000000 0.4111372955
1024 .05 1.0000000000 0.6613426565
1024 .10 1.0000000000 0.6666653945
1024 .15 1.0000000000 0.6666666667
1024 .25 1.0000000000 0.6666666667
1024 .50 0.7544071931 0.5964742455`
  .trim()
  .split("\n")
  .map((row) => row.split(" ").map(Number));

describe("the 3-point line", () => {
  test("table B1 to 1e-8 (acceptance cases 1 to 5), all in one call", () => {
    const alphas = [1, 32, 128, 1024];
    const epsilons = [0.01, 0.05, 0.1, 0.15, 0.25, 0.5];
    const request = { data: line3, laws: alphas.map((a) => beta(a)), epsilons, queries: [0, 1, 2] };
    const result = optimalClassifier(request);
    const plan = planClassifier(request);
    expect(TABLE_B1).toHaveLength(24);
    for (const [alpha, epsilon, at0, at1] of TABLE_B1) {
      [at0, at1, at0].forEach((expected, query) => {
        const place = { law: alphas.indexOf(alpha), epsilon: epsilons.indexOf(epsilon), query };
        const [first, second] = probabilitiesAt(plan, result, place);
        expect(Math.abs(first - expected)).toBeLessThan(1e-8);
        expect(Math.abs(second - (1 - expected))).toBeLessThan(1e-8);
      });
    }
  });

  test("closed forms of B.4 at alpha 1, exactly; the uniform law is Beta(1, 1)", () => {
    for (const epsilon of [0.001, 0.1, 0.3]) {
      for (const law of [beta(1), uniform()]) {
        const middle = (2 * epsilon + 2 * epsilon ** 2) / (1 + 6 * epsilon);
        expect(Math.abs(firstClass(line3, law, epsilon, [1]) - middle)).toBeLessThan(1e-12);
        const end = (1 + 3 * epsilon - epsilon ** 2) / (1 + 3 * epsilon);
        expect(Math.abs(firstClass(line3, law, epsilon, [0]) - end)).toBeLessThan(1e-12);
      }
    }
    expect(firstClass(line3, beta(1), 0.1, [1])).toBeCloseTo(0.1375, 12);
  });

  test("midpoint Mixup: 2/3 below epsilon 1/2, 4/7 above", () => {
    expect(firstClass(line3, constantLambda(0.5), 0.4, [1])).toBeCloseTo(2 / 3, 14);
    expect(firstClass(line3, constantLambda(0.5), 0.6, [1])).toBeCloseTo(4 / 7, 14);
  });

  test("h^1(.25) at alpha 32, epsilon .1", () => {
    expect(Math.abs(firstClass(line3, beta(32), 0.1, [0.25]) - 0.66877024)).toBeLessThan(1e-8);
  });

  test("the mass is the probability of the ball: raw sums at x = 1, epsilon .1", () => {
    const { mass } = optimalClassifier({
      data: line3,
      laws: [1, 32, 128, 1024].map((a) => beta(a)),
      epsilons: [0.1],
      queries: [1],
    });
    const sums = [0.0244444 + 0.1533333, 0.1279209 + 0.1111111, 0.1979879 + 0.1111111, 0.222221 + 0.1111111];
    sums.forEach((sum, l) => {
      expect(Math.abs(mass[l] - sum)).toBeLessThan(2e-7);
    });
  });

  test("asymmetric laws sum over ordered pairs: Beta(2, 5) and Beta(5, 2) agree at .258708", () => {
    for (const law of [beta(2, 5), beta(5, 2)]) {
      expect(Math.abs(firstClass(line3, law, 0.25, [1]) - 0.258708)).toBeLessThan(5e-7);
    }
  });

  test("without self pairs the alpha -> infinity limit at x = 1 loses its own label", () => {
    expect(firstClass(line3, constantLambda(0.5), 0.1, [1], "other")).toBe(1);
    expect(firstClass(line3, constantLambda(0.5), 0.1, [1], "same-class")).toBeCloseTo(1 / 2, 14);
    expect(firstClass(line3, constantLambda(0.5), 0.1, [1], "permutation")).toBeCloseTo(2 / 3, 14);
  });

  test("far off-centre balls at large alpha: the right ratio, or not reached, never NaN", () => {
    const { probabilities, mass } = optimalClassifier({
      data: line3,
      laws: [beta(128), beta(1024), beta(1e6)],
      epsilons: [0.01],
      queries: [0.1, 0.3],
    });
    // At .1 and alpha 128 only (0, 1) at lambda .9 and, far less, (0, 2) at .95: h^1 near .9, mass near
    // 1e-55.
    expect(mass[0]).toBeGreaterThan(1e-300);
    expect(mass[0]).toBeLessThan(1e-40);
    expect(probabilities[0]).toBeGreaterThan(0.88);
    expect(probabilities[0]).toBeLessThan(0.9);
    expect(mass[2]).toBe(0);
    expect(Array.from(probabilities.subarray(4, 6))).toEqual([0, 0]);
    expect(mass[3]).toBeGreaterThan(0);
    expect(mass[5]).toBe(0);
    expect(probabilities.some(Number.isNaN)).toBe(false);
  });
});

test("acceptance case 13 and C.3: errors of h_eps on 10 points", () => {
  const wrong = (classes: number, alpha: number, epsilon: number) => {
    const data = alternatingLine({ points: 10, classes });
    const { probabilities } = optimalClassifier({
      data,
      laws: [beta(alpha)],
      epsilons: [epsilon],
      queries: data.points,
    });
    return Array.from(data.labels!, (label, n) => {
      const row = probabilities.subarray(n * classes, (n + 1) * classes);
      return row.indexOf(Math.max(...row)) === label ? -1 : n;
    }).filter((n) => n >= 0);
  };
  expect(wrong(2, 1, 0.2)).toEqual([]);
  expect(wrong(2, 32, 0.2)).toEqual([1, 3, 6, 8]);
  expect(wrong(2, 32, 0.1)).toHaveLength(2);
  expect(wrong(2, 32, 0.12)).toHaveLength(4);
  expect(wrong(2, 128, 0.06)).toHaveLength(4);
  expect(wrong(2, 1, 0.65)).toHaveLength(0);
  expect(wrong(2, 1, 0.75)).toHaveLength(2);
  expect(wrong(10, 32, 0.2)).toHaveLength(0);
  expect(wrong(10, 32, 0.25)).toHaveLength(8);
});

test("Proposition 2.5's data in the plane", () => {
  const data: ClassData = { points: [0, 1, 0, -1, 1, 0, -1, 0], labels: [0, 0, 1, 1], dimensions: 2 };
  for (const epsilon of [0.05, 0.005]) {
    expect(firstClass(data, uniform(), epsilon, [0.2, 0])).toBe(0);
    expect(firstClass(data, uniform(), epsilon, [0, 0.3])).toBe(1);
    expect(firstClass(data, uniform(), epsilon, [0, 0])).toBeCloseTo(0.5, 14);
  }
  expect(Math.abs(firstClass(data, uniform(), 0.05, [0.01, 0]) - 0.49489743)).toBeLessThan(1e-8);
  expect(firstClass(data, uniform(), 0.005, [0.01, 0])).toBe(0);
  expect(firstClass(data, uniform(), 0.005, [0.25, 0.75])).toBeCloseTo(0.75, 12);
});

describe("agreement with Monte Carlo", () => {
  const plane = randomPoints({ size: 12, dimensions: 2, classes: 3, seed: 5 });
  const space = randomPoints({ size: 9, dimensions: 5, classes: 4, seed: 8 });
  const skewed = Float64Array.from(plane.labels, (label, n) => (label === 0 ? 4 : 1 + (n % 2)));
  const cases: [string, TheoryData, Law, number, number[], Pairing, Float64Array | undefined][] = [
    ["3-point line, alpha 32 (acceptance case 6)", line3, beta(32), 0.1, [1], "uniform", undefined],
    ["3-point line, Beta(2, 5)", line3, beta(2, 5), 0.25, [1], "uniform", undefined],
    ["3-point line, Beta(5, 2), self pairs excluded", line3, beta(5, 2), 0.3, [0.8], "other", undefined],
    ["12 points in the plane, 3 classes", plane, beta(2), 0.2, [0.5, 0.5], "uniform", undefined],
    ["class imbalance by weights, asymmetric law", plane, beta(2, 5), 0.25, [0.4, 0.6], "uniform", skewed],
    ["weights without self pairs", plane, beta(1), 0.25, [0.5, 0.4], "other", skewed],
    ["same class only", plane, beta(0.5), 0.25, [0.5, 0.5], "same-class", undefined],
    ["other class only, weights", plane, beta(5, 2), 0.25, [0.5, 0.5], "other-class", skewed],
    ["9 points in 5 dimensions", space, beta(1), 0.5, [0.5, 0.5, 0.5, 0.5, 0.5], "uniform", undefined],
  ];
  test.each(cases)("%s", (_name, data, law, epsilon, query, pairing, weights) => {
    const exact = optimalClassifier({
      data,
      laws: [law],
      epsilons: [epsilon],
      queries: query,
      pairing,
      weights,
    });
    const { draws, hits, counts } = monteCarlo(data, law, epsilon, query, pairing, weights);
    expect(hits).toBeGreaterThan(2000);
    // Four standard errors: five-digit confidence in each of the numbers; labels lie in [0, 1], so sd <= 1/2.
    expect(Math.abs(exact.mass[0] - hits / draws)).toBeLessThan(4 * Math.sqrt(exact.mass[0] / draws));
    exact.probabilities.forEach((probability, c) => {
      const spread = Math.sqrt(Math.max(probability * (1 - probability), 1e-6) / hits);
      expect(Math.abs(probability - (counts[c] ?? 0) / hits)).toBeLessThan(4 * spread);
    });
  });
});

describe("agreement with an independent computation by SciPy", () => {
  const { points, rows } = JSON.parse(
    readFileSync(new URL("../../fixtures/optimal-classifier/scipy.json", import.meta.url), "utf8"),
  ) as {
    points: number[];
    rows: {
      a: number;
      b: number;
      epsilon: number;
      other: boolean;
      weighted: boolean;
      mass: number;
      probabilities: number[];
    }[];
  };
  const labels = [0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2];

  test("15 points in 3 dimensions, 9 : 4 : 2, asymmetric laws, weights, both pairings: 1e-10", () => {
    expect(rows).toHaveLength(40);
    for (const { a, b, epsilon, other, weighted, mass, probabilities } of rows) {
      const found = optimalClassifier({
        data: { points, labels, dimensions: 3 },
        laws: [beta(a, b)],
        epsilons: [epsilon],
        queries: [0.5, 0.45, 0.55],
        pairing: other ? "other" : "uniform",
        weights: weighted ? labels.map((_, n) => n + 1) : undefined,
      });
      expect(Math.abs(found.mass[0] / mass - 1)).toBeLessThan(1e-10);
      probabilities.forEach((expected, c) => {
        expect(Math.abs(found.probabilities[c] - expected)).toBeLessThan(1e-10);
      });
    }
  });
});

test("12 random points in the plane, 3 classes: all right at small epsilon, not at large", () => {
  for (let seed = 0; seed < 5; seed++) {
    const data = randomPoints({ size: 12, dimensions: 2, classes: 3, seed });
    const { probabilities } = optimalClassifier({
      data,
      laws: [beta(1)],
      epsilons: [1e-4, 0.3],
      queries: data.points,
    });
    const correct = [0, 0];
    for (let row = 0; row < 24; row++) {
      const own = probabilities[3 * row + data.labels[row % 12]];
      if (own >= Math.max(...probabilities.subarray(3 * row, 3 * row + 3))) correct[Math.floor(row / 12)]++;
    }
    expect(correct[0]).toBe(12);
    expect(correct[1]).toBeLessThan(12);
    expect(correct[1]).toBeGreaterThan(5);
  }
});

describe("batching", () => {
  const data = randomPoints({ size: 40, dimensions: 2, classes: 3, seed: 1 });
  const side = Array.from({ length: 21 }, (_, i) => i / 20);
  const queries = side.flatMap((y) => side.flatMap((x) => [x, y]));

  test("each query has the answer it has alone", () => {
    const all = optimalClassifier({ data, laws: [beta(1), beta(8, 3)], epsilons: [0.02, 0.2], queries });
    const count = queries.length / 2;
    for (const q of [0, 17, 220, 440]) {
      const alone = optimalClassifier({
        data,
        laws: [beta(1), beta(8, 3)],
        epsilons: [0.02, 0.2],
        queries: queries.slice(2 * q, 2 * q + 2),
      });
      for (let row = 0; row < 4; row++) {
        expect(all.mass[row * count + q]).toBe(alone.mass[row]);
        const from = (row * count + q) * 3;
        expect(all.probabilities.slice(from, from + 3)).toEqual(
          alone.probabilities.slice(row * 3, row * 3 + 3),
        );
      }
    }
  });

  test("every row sums to 1 where it is reached and is 0 where not", () => {
    const { probabilities, mass } = optimalClassifier({
      data,
      laws: [beta(64)],
      epsilons: [0.01],
      queries: [...queries, 9, 9],
    });
    expect(mass.at(-1)).toBe(0);
    mass.forEach((reached, row) => {
      const sum = probabilities.slice(row * 3, row * 3 + 3).reduce((a, b) => a + b);
      expect(sum).toBeCloseTo(reached > 0 ? 1 : 0, 12);
    });
  });

  test("no queries give empty results", () => {
    expect(optimalClassifier({ data, laws: [beta(1)], epsilons: [1], queries: [] }).mass).toHaveLength(0);
  });
});

describe("unusual data", () => {
  test("one point, and points of one class: the label itself", () => {
    expect(firstClass({ points: [3], labels: [0], dimensions: 1 }, beta(1), 0.1, [3])).toBe(1);
    expect(firstClass({ points: [3, 5], labels: [0, 0], dimensions: 1 }, beta(1), 0.1, [4])).toBe(1);
  });

  test("duplicates with different labels share their probability", () => {
    const data: ClassData = { points: [0, 0, 0, 5], labels: [0, 1, 1, 0], dimensions: 1 };
    expect(firstClass(data, constantLambda(0.5), 0.1, [0])).toBeCloseTo(1 / 3, 14);
    expect(firstClass(data, constantLambda(0.5), 0.1, [0], "other")).toBeCloseTo(1 / 3, 14);
  });

  test("a class without points has probability 0", () => {
    const data: ClassData = { points: [0, 1], labels: [0, 2], dimensions: 1, classes: 4 };
    const { probabilities } = optimalClassifier({ data, laws: [beta(1)], epsilons: [0.1], queries: [0.5] });
    expect(Array.from(probabilities)).toEqual([expect.closeTo(0.5, 12), 0, expect.closeTo(0.5, 12), 0]);
  });

  test("a point of weight 0 is as if it were not there", () => {
    const weighted = optimalClassifier({
      data: line3,
      laws: [beta(3)],
      epsilons: [0.2],
      queries: [1],
      weights: [1, 0, 1],
    });
    const without: ClassData = { points: [0, 2], labels: [0, 0], dimensions: 1, classes: 2 };
    const removed = optimalClassifier({ data: without, laws: [beta(3)], epsilons: [0.2], queries: [1] });
    expect(weighted.probabilities).toEqual(removed.probabilities);
    expect(weighted.mass[0]).toBeCloseTo(removed.mass[0], 14);
  });
});

describe("refuses what makes no sense", () => {
  const good = { data: line3, laws: [beta(1)], epsilons: [0.1], queries: [1] };
  test.each([
    ["epsilon 0", { epsilons: [0.1, 0] }, "epsilons[1]"],
    ["negative epsilon", { epsilons: [-1] }, "epsilons[0]"],
    ["NaN epsilon", { epsilons: [Number.NaN] }, "epsilons[0]"],
    ["no epsilon", { epsilons: [] }, "epsilons"],
    ["no law", { laws: [] }, "laws"],
    ["NaN query", { queries: [0, Number.NaN] }, "queries[1]"],
    ["weights of wrong length", { weights: [1, 2] }, "weights"],
    ["negative weight", { weights: [1, -1, 1] }, "weights[1]"],
    ["all weights 0", { weights: [0, 0, 0] }, "weights"],
    ["unknown pairing", { pairing: "best" as Pairing }, "pairing"],
    [
      "nobody else to pair with",
      { data: { points: [1], labels: [0], dimensions: 1 }, pairing: "other" as const },
      "pairing",
    ],
    ["NaN point", { data: { points: [1, Number.NaN], labels: [0, 1], dimensions: 1 } }, "data.points[1]"],
    ["label out of range", { data: { points: [1, 2], labels: [0, -1], dimensions: 1 } }, "data.labels[1]"],
    ["no points", { data: { points: [], labels: [], dimensions: 1 } }, "data.points"],
    ["least mass 0", { leastMass: 0 }, "leastMass"],
  ])("%s", (_name, change, path) => {
    let error: unknown;
    try {
      optimalClassifier({ ...good, ...change });
    } catch (caught) {
      error = caught;
    }
    expect(error).toBeInstanceOf(ConfigError);
    expect((error as ConfigError).path).toBe(path);
  });

  test("queries of wrong dimensions", () => {
    const data = randomPoints({ size: 4, dimensions: 2, classes: 2, seed: 0 });
    expect(() => optimalClassifier({ ...good, data, queries: [1, 2, 3] })).toThrow("2 dimensions");
  });
});

/** Draws of pairs and lambda, keyed; how many fall into the ball, and the sum of their soft labels. */
function monteCarlo(
  data: TheoryData,
  law: Law,
  epsilon: number,
  query: number[],
  pairing: Pairing,
  weights: Float64Array | undefined,
) {
  const draws = 500_000;
  const { points, labels, dimensions } = data;
  const size = labels!.length;
  const p = weights ?? new Float64Array(size).fill(1);
  const table = quantileTable(law);
  const pick = (allowed: (t: number) => boolean, word: number) => {
    let total = 0;
    for (let t = 0; t < size; t++) if (allowed(t)) total += p[t];
    let rest = (word + 0.5) * 2 ** -32 * total;
    for (let t = 0; t < size; t++) {
      if (!allowed(t)) continue;
      rest -= p[t];
      if (rest < 0) return t;
    }
    throw new Error("no partner");
  };
  let hits = 0;
  const counts: number[] = [];
  for (let draw = 0; draw < draws; draw++) {
    const word = threefry(99, 7, draw, 0);
    const second = threefrySecond();
    const s = weights === undefined ? boundedInteger(word, size) : pick(() => true, word);
    const t = pick((candidate) => {
      if (pairing === "other") return candidate !== s;
      if (pairing === "same-class") return labels![candidate] === labels![s];
      return pairing !== "other-class" || labels![candidate] !== labels![s];
    }, second);
    const lambda = lambdaFromWord(table, threefry(99, 7, draw, 1));
    let square = 0;
    for (let k = 0; k < dimensions; k++) {
      const z = lambda * points[s * dimensions + k] + (1 - lambda) * points[t * dimensions + k];
      square += (z - query[k]) ** 2;
    }
    if (square >= epsilon * epsilon) continue;
    hits++;
    counts[labels![s]] = (counts[labels![s]] ?? 0) + lambda;
    counts[labels![t]] = (counts[labels![t]] ?? 0) + 1 - lambda;
  }
  return { draws, hits, counts };
}
