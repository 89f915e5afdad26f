/**
 * Bad and degenerate input of the theory functions: a typed error that names the place, or the mathematically right
 * answer. What one function alone refuses is in its own tests.
 */

import { describe, expect, test } from "vitest";
import * as library from "../../src/index.ts";
import { ConfigError } from "../../src/index.ts";
import { configErrorPath } from "../configError.ts";

const { beta, constantLambda } = library;
const law = beta(1);
const line = { points: [0, 1, 2], labels: [0, 1, 0], dimensions: 1, classes: 2 };
const zeros: library.Classifier = (_, count) => new Float64Array(2 * count);

type Request = Partial<library.ClassifierRequest> & { law?: library.Law };
/** Every function of data, at a small request. */
const FUNCTIONS: Record<string, (data: library.TheoryData, options?: Request) => unknown> = {
  optimalClassifier: (data, options) =>
    library.optimalClassifier({ data, laws: [law], epsilons: [0.1], queries: [0], ...options }),
  limitClassifier: (data, options) =>
    library.limitClassifier({ data, laws: [law], queries: [0], ...options }),
  flipEpsilons: (data, options) => library.flipEpsilons({ data, law, ...options }),
  flipAlphas: (data, options) => library.flipAlphas({ data, epsilon: 0.1, ...options }),
  effectiveEpsilon: (data, options) =>
    library.effectiveEpsilon({ data, law, query: [0], label: 0, probability: 0.9, ...options }),
  culprits: (data, options) => library.culprits({ data, law, epsilon: 0.1, query: [0], ...options }),
  optimalLoss: (data, options) => library.optimalLoss({ data, law, ...options }),
  mixupLoss: (data, options) => library.mixupLoss({ data, law, classifier: zeros, ...options }),
  collisionRadii: (data, options) => library.collisionRadii({ data, ...options }),
  expectedSelfPairs: (data, options) => library.expectedSelfPairs({ data, ...options }),
  mixupOptimum: (data, options) => library.mixupOptimum({ data, law, ...options }),
  maxMargin: (data) => library.maxMargin(data),
  leastNormInterpolator: (data) => library.leastNormInterpolator(data),
  descend: (data) => library.descend(data),
  segmentMargins: (data) => library.segmentMargins({ data, classifier: zeros }),
  nearestNeighbourLabels: (data) => library.nearestNeighbourLabels(data, [0]),
};

describe.each(Object.entries(FUNCTIONS))("%s", (name, call) => {
  test.each([
    ["missing data", undefined, "data"],
    ["regression data", { points: [0, 1], targets: [1, 2], dimensions: 1, outputs: 1 }, "data.labels"],
    ["a NaN", { ...line, points: [0, Number.NaN, 2] }, "data.points[1]"],
    ["an infinity", { ...line, points: [0, 1, -1 / 0] }, "data.points[2]"],
    ["numbers whose squares overflow", { ...line, points: [0, 1e200, 2] }, "data.points[1]"],
    ["too few labels", { ...line, labels: [0, 1] }, "data.points"],
    ["no points", { ...line, points: [], labels: [] }, "data.points"],
    ["no dimensions", { ...line, dimensions: 0 }, "data.dimensions"],
    ["a negative label", { ...line, labels: [0, -1, 0] }, "data.labels[1]"],
    ["a label beyond the classes", { ...line, labels: [0, 2, 0] }, "data.labels[1]"],
    ["a broken number of classes", { ...line, classes: 2.5 }, "data.classes"],
    ["no number of classes", { ...line, classes: Number.NaN }, "data.classes"],
    ["more classes than memory", { ...line, classes: 1e9 }, "data.classes"],
  ])("refuses %s", (_, data, path) => {
    expect(configErrorPath(() => call(data as never))).toBe(path);
  });

  test("takes data of images and of domains as it takes others", () => {
    // Of some functions this line is no data.
    const outcome = (more: object) => {
      try {
        return call({ ...line, ...more } as never);
      } catch (error) {
        return String(error);
      }
    };
    expect(outcome({ shape: [1, 1, 1] })).toEqual(outcome({}));
    expect(outcome({ domains: [{ name: "all", points: Uint32Array.of(0, 1, 2) }] })).toEqual(outcome({}));
  });

  /** The law under the name that the function has for it. */
  const withLaw = (given: library.Law): Request =>
    name.endsWith("lassifier") ? { laws: [given] } : { law: given };

  test("refuses a key that it does not know", () => {
    if (call.length < 2) return;
    expect(configErrorPath(() => call(line, { wieghts: [1, 1, 1] } as Request))).toBe("wieghts");
  });

  const weighted = call.length > 1;
  if (weighted)
    test.each([
      ["that are all 0", [0, 0, 0], "weights"],
      ["that are too few", [1, 1], "weights"],
      ["below 0", [1, -1, 1], "weights[1]"],
      ["that are not numbers", [1, 1, Number.NaN], "weights[2]"],
      ["whose sum overflows", [1e308, 1e308, 1e308], "weights"],
    ])("refuses weights %s", (_, weights, path) => {
      expect(configErrorPath(() => call(line, { weights }))).toBe(path);
    });

  if (weighted)
    test("refuses an unknown pairing", () => {
      expect(configErrorPath(() => call(line, { pairing: "some" as never }))).toBe("pairing");
    });

  const ofLaw = weighted && !["flipAlphas", "collisionRadii", "expectedSelfPairs"].includes(name);
  if (ofLaw)
    test.each([[{ kind: "normal" }], [undefined], [{ kind: "beta", a: Number.NaN, b: 1 }]])(
      "refuses the law %o",
      (bad) => {
        expect(() => call(line, withLaw(bad as never))).toThrow(ConfigError);
      },
    );

  if (ofLaw)
    test("a beta law of parameters 0 is ERM", () => {
      const none = { kind: "beta", a: 0, b: 0 } as const;
      const erm = constantLambda(1);
      expect(call(line, withLaw(none))).toEqual(call(line, withLaw(erm)));
    });
});

describe.each(["analyzeCollisions", "analyzeCollisionsOn"] as const)("%s", (name) => {
  const data = library.classDataset(line);
  const call = async (change: object, options?: library.CollisionOptions) => {
    const request = { data, law, seed: 1, ...change } as library.CollisionRequest;
    if (name === "analyzeCollisions") return library.analyzeCollisions(request, options);
    return library.analyzeCollisionsOn(await library.openDevice({ backend: "cpu" }), request, options);
  };
  const one = {
    ...data,
    size: 1,
    points: Float32Array.of(1),
    targets: Float32Array.of(1, 0),
    labels: Uint32Array.of(0),
  };

  test.each([
    ["missing data", { data: undefined }, "data"],
    ["regression data", { data: { ...data, labels: undefined } }, "data.labels"],
    ["data that were not made by classDataset", { data: line }, "data"],
    ["a NaN", { data: { ...data, points: Float32Array.of(0, Number.NaN, 2) } }, "data.points[1]"],
    ["an infinity", { queries: { ...data, points: Float32Array.of(0, 1, 1 / 0) } }, "queries.points[2]"],
    ["too few labels", { data: { ...data, labels: Uint32Array.of(0, 1) } }, "data"],
    ["a label beyond the classes", { data: { ...data, labels: Uint32Array.of(0, 2, 0) } }, "data.labels[1]"],
    ["regression queries", { queries: { ...data, labels: undefined } }, "queries.labels"],
    ["no queries", { queries: { ...one, size: 0, points: new Float32Array(0) } }, "queries"],
    ["no law", { law: undefined }, "law"],
    ["a broken law", { law: { kind: "beta", a: Number.NaN, b: 1 } }, "law.a"],
    ["a point without a partner", { data: one, pairing: "other" }, "pairing"],
    ["a class without another", { data: one, pairing: "other-class" }, "pairing"],
  ])("refuses %s", async (_, change, path) => {
    await expect(call(change)).rejects.toMatchObject({ name: "ConfigError", path });
  });

  test("a state that came back from JSON is refused, not misread", async () => {
    const { state } = await call({});
    const broken = JSON.parse(JSON.stringify(state));
    await expect(call({}, { state: broken })).rejects.toMatchObject({ name: "ConfigError", path: "state" });
  });

  test("a beta law of parameters 0 is ERM", async () => {
    const result = await call({ law: { kind: "beta", a: 0, b: 0 }, epochs: 20 });
    // Only points themselves: of three points 0, 1, 2 of classes 0, 1, 0 the middle one is 1 from the others.
    expect(result.distances).toEqual((await call({ law: constantLambda(1), epochs: 20 })).distances);
    expect(Array.from(result.distances)).toEqual([1, 1, 1]);
  });

  test("a single point finds no mixture of another class", async () => {
    expect(await call({ data: one })).toMatchObject({ minimum: 1 / 0, mean: Number.NaN, collisions: [] });
  });
});

describe("what is missing is named", () => {
  const missing = undefined as never;
  test.each<[string, () => unknown]>([
    ["laws", () => FUNCTIONS.optimalClassifier(line, { laws: missing })],
    ["laws[0]", () => FUNCTIONS.optimalClassifier(line, { laws: [missing] })],
    ["epsilons", () => FUNCTIONS.optimalClassifier(line, { epsilons: missing })],
    ["queries", () => FUNCTIONS.optimalClassifier(line, { queries: missing })],
    ["laws", () => FUNCTIONS.limitClassifier(line, { laws: missing })],
    ["laws[1].a", () => FUNCTIONS.limitClassifier(line, { laws: [law, { kind: "beta", a: -1, b: 1 }] })],
    ["queries", () => FUNCTIONS.limitClassifier(line, { queries: missing })],
    ["law", () => library.optimalLoss({ data: line, law: missing })],
    ["query", () => library.culprits({ data: line, law, epsilon: 0.1, query: missing })],
    ["query", () => library.effectiveEpsilon({ data: line, law, query: missing, label: 0, probability: 1 })],
    ["classifier", () => library.mixupLoss({ data: line, law, classifier: missing })],
    ["classifier", () => library.segmentMargins({ data: line, classifier: missing })],
    ["classifier", () => library.predictAt(missing, [0], 1)],
    ["classifier", () => library.predictAt(() => missing, [0], 1)],
    ["points", () => library.predictAt(zeros, missing, 1)],
    ["queries", () => library.nearestNeighbourLabels(line, missing)],
    ["scores", () => library.predictedClasses(missing, 1)],
    ["data.points", () => library.classDataset({ ...line, points: missing })],
    ["data.labels", () => library.classDataset({ ...line, labels: missing })],
    ["images", () => library.imageDataset({ images: missing, labels: missing })],
  ])("%s", (path, call) => {
    expect(configErrorPath(call)).toBe(path);
  });
});

describe("margins and votes", () => {
  const plane = { points: [0, 0, 1, 1], labels: [0, 1], dimensions: 2 };
  const grid = library.planeGrid({ columns: 2 });
  test.each<[string, () => unknown]>([
    ["grid.low[0]", () => library.planeGrid({ low: [Number.NEGATIVE_INFINITY, 0] })],
    ["grid.high[1]", () => library.planeGrid({ high: [2, 1e200] })],
    ["grid.low", () => library.planeGrid({ low: [0, 0, 0, 0] as never })],
    ["grid.low", () => library.planeGrid({ low: [2, 0] })],
    ["grid.columns", () => library.planeGrid({ columns: 1e6 })],
    ["grid", () => library.gridMargins(plane, undefined as never, [])],
    ["grid", () => library.boundaryDistances(plane, { ...grid, rows: 3 }, [0, 1, 0, 1, 0, 1])],
    [
      "grid.points[2]",
      () =>
        library.gridMargins(
          plane,
          { ...grid, points: Float64Array.of(0, 0, Number.NaN, 0, 0, 0, 0, 0) },
          [0, 0, 1, 1],
        ),
    ],
    ["predictions", () => library.gridMargins(plane, grid, undefined as never)],
    ["predictions[3]", () => library.gridMargins(plane, grid, [0, 1, 0, Number.NaN])],
    ["predictions[0]", () => library.boundaryDistances(plane, grid, [-1, 1, 0, 0])],
    ["first", () => library.agreement(undefined as never, [0])],
    ["second[0]", () => library.agreement([0], [Number.NaN])],
    ["classes", () => library.seedAgreement([[0]], 1.5)],
    ["classes", () => library.seedAgreement([[0]], 1e12)],
    ["predictions", () => library.seedAgreement(undefined as never, 2)],
    ["predictions[1]", () => library.seedAgreement([[0], undefined as never], 2)],
    ["predictions[0][0]", () => library.seedAgreement([[2]], 2)],
    ["dimensions", () => library.predictAt(zeros, [0, 0, 0], 1.5)],
    ["dimensions", () => library.predictAt(zeros, [0, 0, 0], -1)],
  ])("%s is refused", (path, call) => {
    expect(configErrorPath(call)).toBe(path);
  });

  test("one output, as of a logistic model, tells no classes apart", async () => {
    const classifier: library.Classifier = (_, count) => new Float64Array(count);
    expect(configErrorPath(() => library.segmentMargins({ data: line, classifier }))).toBe("classifier");
    const model = library.mlp([1, 1]);
    const parameters = {
      "layers.0.weight": { shape: [1, 1], data: [1] },
      "layers.0.bias": { shape: [1], data: [0] },
    };
    const device = await library.openDevice({ backend: "cpu" });
    const margins = library.segmentMarginsOn(device, { data: line, model, parameters: parameters as never });
    await expect(margins).rejects.toMatchObject({ name: "ConfigError", path: "model" });
  });
});

test("one data point: its own label, no collision, no loss, no flip", () => {
  const data = { points: [5], labels: [1], dimensions: 1, classes: 2 };
  const at = (query: number) =>
    library.optimalClassifier({ data, laws: [law], epsilons: [0.1], queries: [query] });
  expect(Array.from(at(5).probabilities)).toEqual([0, 1]);
  expect(at(0)).toMatchObject({ probabilities: Float64Array.of(0, 0), mass: Float64Array.of(0) });
  expect(library.limitClassifier({ data, laws: [law], queries: [5, 0] }).reached).toEqual(
    Uint8Array.of(1, 0),
  );
  expect(library.optimalLoss({ data, law })).toBe(0);
  expect(library.flipEpsilons({ data, law })[0]).toBe(Number.POSITIVE_INFINITY);
  expect(library.collisionRadii({ data })[0]).toBe(Number.POSITIVE_INFINITY);
  expect(library.expectedSelfPairs({ data })).toBe(1);
  expect(configErrorPath(() => library.optimalLoss({ data, law, pairing: "other" }))).toBe("pairing");
});

describe("flips", () => {
  test("coincident points of classes of their own tie at every epsilon: no flip, and no endless search", () => {
    const data = { points: [0, 0, 1, 2.5, 3], labels: [0, 1, 2, 3, 4], dimensions: 1, classes: 5 };
    // Each of points 0 and 1 has as much mass as the other for every epsilon.
    for (const weights of [undefined, [2, 2, 1, 1, 1]]) {
      const flips = library.flipEpsilons({ data, law, weights });
      expect(flips.subarray(0, 2)).toEqual(Float64Array.of(1 / 0, 1 / 0));
      expect(library.flipAlphas({ data, epsilon: 0.2, weights }).subarray(0, 2)).toEqual(
        Float64Array.of(1 / 0, 1 / 0),
      );
    }
    // With more weight the other one is ahead from the start.
    const uneven = library.flipEpsilons({ data, law, weights: [1, 1.01, 1, 1, 1] });
    expect([uneven[0], uneven[1]]).toEqual([0, 1 / 0]);
  });

  test("a point without weight flips where the ball first reaches others, not at 0", () => {
    const weights = [0, 1, 0];
    const [first, own, last] = library.flipEpsilons({ data: line, law, weights });
    expect(first).toBeCloseTo(1, 9);
    expect(own).toBe(Number.POSITIVE_INFINITY);
    expect(last).toBeCloseTo(1, 9);
  });

  test("a flip at 0 is seen where masses underflow: point 1 without self pairs, alpha 1e4 off the middle", () => {
    // Only the segment of points 0 and 3 passes, far off its middle.
    const data = { points: [0, 0, 0.2, 0, 9, 9, 1, 0], labels: [0, 1, 1, 0], dimensions: 2 };
    const flips = library.flipEpsilons({
      data,
      law: beta(10_000),
      pairing: "same-class",
      weights: [1, 0, 1, 1],
    });
    expect(flips[1]).toBe(0);
  });

  test("refuses a scan that starts at alpha 0", () => {
    expect(configErrorPath(() => library.flipAlphas({ data: line, epsilon: 0.1, from: 0 }))).toBe("from");
    expect(configErrorPath(() => library.flipAlphas({ data: line, epsilon: 0.1, from: Number.NaN }))).toBe(
      "from",
    );
  });
});

test("counts and classifiers", () => {
  const culprits = (count: number) => library.culprits({ data: line, law, epsilon: 0.1, query: [1], count });
  expect(culprits(0)).toEqual([]);
  expect(configErrorPath(() => culprits(-1))).toBe("count");
  expect(configErrorPath(() => culprits(Number.NaN))).toBe("count");
  const loss = (classifier: library.Classifier, nodes?: number) =>
    library.mixupLoss({ data: line, law, classifier, nodes });
  expect(configErrorPath(() => loss(zeros, 0))).toBe("nodes");
  expect(configErrorPath(() => loss((_, count) => new Float64Array(count)))).toBe("classifier");
  expect(configErrorPath(() => loss((_, count) => new Float64Array(2 * count + 1)))).toBe("classifier");
  expect(configErrorPath(() => library.predictedClasses([0, Number.NaN], 1))).toBe("scores[1]");
  expect(configErrorPath(() => library.predictedClasses([0, 1, 2], 2))).toBe("scores");
  expect(library.predictedClasses([], 0)).toEqual(new Uint32Array(0));
});

test("plain training of linear models", () => {
  const data = { points: [1, 0, 0, 1], labels: [1, 0], dimensions: 2 };
  expect(configErrorPath(() => library.descend(data, { losses: [0.1, Number.NaN] }))).toBe("losses[1]");
  expect(configErrorPath(() => library.descend(data, { steps: 0 }))).toBe("steps");
  expect(configErrorPath(() => library.descend({ ...data, points: [0, 0, 0, 0] }))).toBe("data.points");
  // 1 and 2 on one side of the origin: no direction separates them, and the loss stays above.
  expect(library.descend({ points: [1, 2], labels: [1, 0], dimensions: 1 }, { steps: 1000 })).toEqual([]);
});

test("refuses votes that no array holds", () => {
  expect(() => library.seedAgreement([new Uint32Array(200_000)], 65_536)).toThrow(library.LimitError);
});
