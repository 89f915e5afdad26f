import { describe, expect, test } from "vitest";
import type { ClassData } from "../../../src/data/dataset.ts";
import { alternatingLine } from "../../../src/data/lines.ts";
import { ConfigError } from "../../../src/errors.ts";
import { beta, uniform } from "../../../src/mixing/laws.ts";
import { collisionRadii, culprits } from "../../../src/theory/classifier/diagnostics.ts";
import { optimalClassifier } from "../../../src/theory/classifier/optimalClassifier.ts";
import { randomPoints } from "../randomPoints.ts";

const line3 = alternatingLine({ points: 3, classes: 2 });

describe("culprits", () => {
  test("point 1 of the 3-point line fails because of (0, 2) and (2, 0)", () => {
    const found = culprits({ data: line3, law: beta(128), epsilon: 0.1, query: [1], against: 1 });
    expect(found.slice(0, 2).map(({ first, partner }) => [first, partner])).toEqual([
      [0, 2],
      [2, 0],
    ]);
    expect(found[0].mass).toBeCloseTo(0.890945514 / 9, 9);
    expect(found[0].otherMass).toBe(found[0].mass);
    expect(found[0].lambda).toEqual([expect.closeTo(0.45, 12), expect.closeTo(0.55, 12)]);
    const own = found.find(({ first, partner }) => first === 1 && partner === 1);
    expect(own?.mass).toBeCloseTo(1 / 9, 14);
    expect(own?.otherMass).toBe(0);
    expect(own?.lambda).toEqual([0, 1]);
  });

  test("an asymmetric law tells the two orders apart, and lambda is the first point's", () => {
    const found = culprits({ data: line3, law: beta(2, 5), epsilon: 0.25, query: [0.5] });
    const order = (first: number, partner: number) =>
      found.find((pair) => pair.first === first && pair.partner === partner)!;
    expect(order(0, 1).lambda).toEqual([expect.closeTo(0.25, 12), expect.closeTo(0.75, 12)]);
    expect(order(0, 2).lambda).toEqual([expect.closeTo(0.625, 12), expect.closeTo(0.875, 12)]);
    expect(order(2, 0).lambda).toEqual([expect.closeTo(0.125, 12), expect.closeTo(0.375, 12)]);
    // Beta(2, 5) likes small lambda: the order that needs it carries more.
    expect(order(2, 0).mass).toBeGreaterThan(5 * order(0, 2).mass);
  });

  test("all pairs together are h_eps and its mass", () => {
    const data = randomPoints({ size: 14, dimensions: 2, classes: 3, seed: 6 });
    const weights = Float64Array.from({ length: 14 }, (_, n) => 1 + (n % 3));
    const shared = { data, weights, pairing: "other" as const };
    const request = { law: beta(2, 5), epsilon: 0.3, query: [0.5, 0.5] };
    const { mass, probabilities } = optimalClassifier({
      ...shared,
      laws: [request.law],
      epsilons: [0.3],
      queries: request.query,
    });
    const all = culprits({ ...shared, ...request, count: 1000 });
    const sum = (values: number[]) => values.reduce((a, b) => a + b, 0);
    expect(sum(all.map((pair) => pair.mass))).toBeCloseTo(mass[0], 13);
    expect(sum(all.map((pair) => pair.share))).toBeCloseTo(1, 12);
    const against = culprits({ ...shared, ...request, count: 1000, against: 0 });
    expect(sum(against.map((pair) => pair.otherMass))).toBeCloseTo(mass[0] * (1 - probabilities[0]), 13);
    for (let i = 1; i < all.length; i++) expect(all[i - 1].mass).toBeGreaterThanOrEqual(all[i].mass);
    expect(culprits({ ...shared, ...request, count: 3 })).toEqual(all.slice(0, 3));
  });

  test("nothing near, nothing found; bad input refused", () => {
    expect(culprits({ data: line3, law: beta(1), epsilon: 0.1, query: [9] })).toEqual([]);
    expect(() => culprits({ data: line3, law: beta(1), epsilon: 0, query: [1] })).toThrow(ConfigError);
    expect(() => culprits({ data: line3, law: beta(1), epsilon: 1, query: [1, 2] })).toThrow("query");
    expect(() => culprits({ data: line3, law: beta(1), epsilon: 1, query: [1], against: 5 })).toThrow(
      "against",
    );
  });
});

describe("radius of the no-collision assumption", () => {
  test("3-point line: (1, 0, 1) (acceptance case 28)", () => {
    expect(Array.from(collisionRadii({ data: line3 }))).toEqual([1, 0, 1]);
  });

  test("corners of three classes, and the XOR square", () => {
    const corners: ClassData = { points: [0, 0, 1, 0, 0, 1], labels: [0, 1, 2], dimensions: 2 };
    const radii = collisionRadii({ data: corners });
    expect(radii[0]).toBeCloseTo(Math.SQRT1_2, 14);
    expect([radii[1], radii[2]]).toEqual([1, 1]);
    const square: ClassData = { points: [0, 0, 1, 1, 1, 0, 0, 1], labels: [0, 0, 1, 1], dimensions: 2 };
    for (const radius of collisionRadii({ data: square })) expect(radius).toBeCloseTo(Math.SQRT1_2, 14);
  });

  test("below the radius, other classes get only what pairs with the point's own class give them", () => {
    const data = randomPoints({ size: 12, dimensions: 3, classes: 3, seed: 3 });
    const radii = collisionRadii({ data });
    for (let n = 0; n < 12; n++) {
      const query = data.points.slice(3 * n, 3 * n + 3);
      const touching = (epsilon: number) =>
        culprits({ data, law: uniform(), epsilon, query, count: 1000 }).filter(
          ({ first, partner }) =>
            data.labels[first] !== data.labels[n] && data.labels[partner] !== data.labels[n],
        ).length;
      expect(touching(radii[n] * (1 - 1e-9))).toBe(0);
      expect(touching(radii[n] * (1 + 1e-6))).toBeGreaterThan(0);
    }
  });

  test("only pairs that are drawn count; with one class there are none", () => {
    const two: ClassData = { points: [0, 1], labels: [0, 1], dimensions: 1 };
    expect(Array.from(collisionRadii({ data: two }))).toEqual([1, 1]);
    expect(Array.from(collisionRadii({ data: two, pairing: "other" }))).toEqual([Infinity, Infinity]);
    expect(collisionRadii({ data: { points: [0, 1], labels: [0, 0], dimensions: 1 } })[0]).toBe(Infinity);
  });
});
