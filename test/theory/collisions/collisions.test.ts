import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { classDataset, type Dataset } from "../../../src/data/dataset.ts";
import { readIdx } from "../../../src/data/idx.ts";
import { imageDataset } from "../../../src/data/imageDataset.ts";
import { alternatingLine } from "../../../src/data/lines.ts";
import { ConfigError } from "../../../src/errors.ts";
import { beta, constantLambda, uniform } from "../../../src/mixing/laws.ts";
import { mixup } from "../../../src/mixing/mixing.ts";
import { classIndex, Sampler } from "../../../src/mixing/sampling.ts";
import type { CollisionRequest, CollisionState } from "../../../src/theory/collisions/collisionPlan.ts";
import { analyzeCollisions } from "../../../src/theory/collisions/collisions.ts";
import { randomPoints } from "../randomPoints.ts";

const data = classDataset(randomPoints({ size: 90, dimensions: 7, classes: 3, seed: 1 }));
const queries = classDataset(randomPoints({ size: 40, dimensions: 7, classes: 3, seed: 2 }));

/** All mixtures and all distances at once, written as the definition reads. */
function brute({ data, queries = data, law, pairing, seed, epochs = 1, metric }: CollisionRequest) {
  const sampler = new Sampler(
    seed,
    mixup(law, { pairing, granularity: "sample" }),
    data.size,
    classIndex(data),
    "full",
  );
  const row = (set: Dataset, n: number) =>
    Array.from(set.points.slice(n * set.dimensions, (n + 1) * set.dimensions));
  const dot = (x: number[], y: number[]) => x.reduce((sum, value, k) => sum + value * y[k], 0);
  return Array.from({ length: queries.size }, (_, q) => {
    let nearest = Number.POSITIVE_INFINITY;
    for (let step = 0; step < epochs; step++) {
      for (let b = 0; b < data.size; b++) {
        const { first, partner, featureLambda } = sampler.sample(step, b);
        if ([first, partner].some((n) => data.labels![n] === queries.labels![q])) continue;
        const x = row(queries, q);
        const partnerRow = row(data, partner);
        const z = row(data, first).map(
          (value, k) => featureLambda * value + (1 - featureLambda) * partnerRow[k],
        );
        const distance =
          metric === "angular"
            ? Math.acos(dot(x, z) / Math.sqrt(dot(x, x) * dot(z, z))) / Math.PI
            : Math.hypot(...x.map((value, k) => value - z[k]));
        nearest = Math.min(nearest, distance);
      }
    }
    return nearest;
  });
}

describe("agreement with the definition (acceptance case 27)", () => {
  test.each([
    ["Euclidean, training points", { data, law: beta(1024), seed: 5 }],
    ["Euclidean, other queries, 3 epochs", { data, queries, law: beta(1), seed: 5, epochs: 3 }],
    ["angular", { data, queries, law: beta(2, 5), seed: 6, metric: "angular" }],
    ["other pairing, odd chunk", { data, queries, law: uniform(), seed: 7, pairing: "other", chunk: 13 }],
    ["other class", { data, law: uniform(), seed: 8, pairing: "other-class", chunk: 1 }],
  ] as [string, CollisionRequest][])("%s", async (_name, request) => {
    const expected = brute(request);
    const result = await analyzeCollisions(request);
    expected.forEach((distance, q) => {
      expect(result.distances[q]).toBeCloseTo(distance, 10);
    });
    expect(result.minimum).toBeCloseTo(Math.min(...expected), 10);
    expect(result.mean).toBeCloseTo(expected.reduce((sum, distance) => sum + distance) / expected.length, 10);
    expect(result.stopped).toBe(false);
  });

  test("the offending pairs are of other classes and at the distance they say, nearest first", async () => {
    const { collisions, distances } = await analyzeCollisions({ data, queries, law: beta(1), seed: 5 });
    expect(collisions).toHaveLength(40);
    expect(collisions[0].distance).toBe(Math.min(...distances));
    collisions.forEach(({ query, distance, first, partner, lambda }, i) => {
      expect(distances[query]).toBe(distance);
      if (i > 0) expect(distance).toBeGreaterThanOrEqual(collisions[i - 1].distance);
      let square = 0;
      for (let k = 0; k < 7; k++) {
        const z = lambda * data.points[7 * first + k] + (1 - lambda) * data.points[7 * partner + k];
        square += (z - queries.points[7 * query + k]) ** 2;
      }
      expect(Math.sqrt(square)).toBeCloseTo(distance, 12);
      expect([data.labels![first], data.labels![partner]]).not.toContain(queries.labels![query]);
    });
  });
});

test("Fashion-MNIST subset: bounded memory, Euclidean and angular in their ranges", async () => {
  const first = async (split: string, count: number) => {
    const file = async (name: string) =>
      readIdx(
        new Uint8Array(readFileSync(new URL(`../../../data/fashion-mnist/${name}.gz`, import.meta.url))),
      );
    const images = await file(`${split}-images-idx3-ubyte`);
    const labels = await file(`${split}-labels-idx1-ubyte`);
    return imageDataset({
      images: { shape: [count, 28, 28], values: images.values.slice(0, 784 * count) },
      labels: { shape: [count], values: labels.values.slice(0, count) },
    });
  };
  const [images, heldOut] = [await first("train", 200), await first("t10k", 100)];
  const euclidean = await analyzeCollisions({ data: images, queries: heldOut, law: beta(1024), seed: 0 });
  const angular = await analyzeCollisions({
    data: images,
    queries: heldOut,
    law: beta(1024),
    seed: 0,
    metric: "angular",
  });
  const expected = brute({ data: images, queries: heldOut, law: beta(1024), seed: 0 });
  expect(euclidean.minimum).toBeCloseTo(Math.min(...expected), 10);
  expect(euclidean.collisions).toHaveLength(100);
  expect(angular.minimum).toBeGreaterThan(0);
  // Pixels are not negative: no angle beyond a right one.
  expect(Math.max(...angular.distances)).toBeLessThan(0.5);
});

describe("stopping and going on", () => {
  const request = { data, queries, law: beta(1), seed: 5, epochs: 4, chunk: 50 };

  test("interrupted anywhere, stored and resumed, it gives the same answer", async () => {
    const whole = await analyzeCollisions(request);
    let state: CollisionState | undefined;
    let rounds = 0;
    for (;;) {
      const abort = new AbortController();
      const part = await analyzeCollisions(request, {
        state: state && structuredClone(state),
        signal: abort.signal,
        onProgress: () => abort.abort(),
      });
      state = part.state;
      rounds++;
      if (!part.stopped) {
        expect(part).toEqual(whole);
        break;
      }
    }
    expect(rounds).toBe(8);
  });

  test("progress counts mixtures up to all of them", async () => {
    const seen: number[] = [];
    await analyzeCollisions(request, { onProgress: (done, total) => seen.push(done / total) });
    expect(seen).toHaveLength(8);
    expect(seen.at(-1)).toBe(1);
  });

  test("the chunk size does not matter, and a caller's state is left alone", async () => {
    const whole = await analyzeCollisions(request);
    const other = await analyzeCollisions({ ...request, chunk: 7 });
    expect(other.distances).toEqual(whole.distances);
    expect(other.collisions).toEqual(whole.collisions);
    const abort = new AbortController();
    const { state } = await analyzeCollisions(request, {
      signal: abort.signal,
      onProgress: () => abort.abort(),
    });
    const before = structuredClone(state);
    await analyzeCollisions({ ...request, chunk: 60 }, { state });
    expect(state).toEqual(before);
  });

  test("a state of another analysis is refused", async () => {
    const { state } = await analyzeCollisions(request);
    await expect(analyzeCollisions({ ...request, seed: 6 }, { state })).rejects.toThrow(ConfigError);
    const moved = { ...data, points: data.points.map((value) => value + 1) };
    await expect(analyzeCollisions({ ...request, data: moved }, { state })).rejects.toThrow("state");
  });
});

test("two classes: mixtures within the other class only; no such mixture, no distance", async () => {
  const line = alternatingLine({ points: 3, classes: 2 });
  const result = await analyzeCollisions({ data: line, law: constantLambda(0.5), seed: 1, epochs: 200 });
  // Point 1 is hit by the midpoint of 0 and 2; points 0 and 2 only see the self pair of 1.
  expect(Array.from(result.distances)).toEqual([1, 0, 1]);
  const none = await analyzeCollisions({ data: line, law: uniform(), pairing: "other-class", seed: 1 });
  expect(Array.from(none.distances)).toEqual([Infinity, Infinity, Infinity]);
  expect(none.minimum).toBe(Infinity);
  expect(none.mean).toBeNaN();
});

describe("refuses what makes no sense", () => {
  test.each([
    ["seed", { seed: -1 }],
    ["epochs", { epochs: 0 }],
    ["chunk", { chunk: 0.5 }],
    ["metric", { metric: "taxi" }],
    ["pairing", { pairing: "permutation" }],
    ["queries", { queries: alternatingLine({ points: 3, classes: 2 }) }],
  ])("%s", async (path, change) => {
    const request = { data, law: beta(1), seed: 0, ...change } as CollisionRequest;
    await expect(analyzeCollisions(request)).rejects.toMatchObject({ name: "ConfigError", path });
  });

  test("a query without direction", async () => {
    const origin = classDataset({ points: [0, 0, 1, 1], labels: [0, 1], dimensions: 2 });
    const request: CollisionRequest = { data: origin, law: beta(1), seed: 0, metric: "angular" };
    await expect(analyzeCollisions(request)).rejects.toThrow("no direction");
  });
});
