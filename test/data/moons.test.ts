import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { moonsFrom, twoMoons } from "../../src/data/moons.ts";
import { ConfigError } from "../../src/errors.ts";
import { RandomState } from "./numpyRandom.ts";

const fixture = JSON.parse(
  readFileSync(new URL("../fixtures/two-moons/seed0-separation0.1.json", import.meta.url), "utf8"),
) as { points: [number, number][]; labels: number[] };

/** Distance of the closest two points of different classes. */
function nearestOpposite(points: ArrayLike<number>, labels: ArrayLike<number>): number {
  let nearest = Number.POSITIVE_INFINITY;
  for (let i = 0; i < labels.length; i++) {
    for (let j = 0; j < i; j++) {
      if (labels[i] === labels[j]) continue;
      nearest = Math.min(
        nearest,
        Math.hypot(points[2 * i] - points[2 * j], points[2 * i + 1] - points[2 * j + 1]),
      );
    }
  }
  return nearest;
}

function authorsMoons(separation: number) {
  const random = new RandomState(0);
  const order = random.shuffled(300);
  const offsets = Float64Array.from({ length: 600 }, () => 0.1 * random.normal());
  return moonsFrom({ order, offsets, separation });
}

describe("the paper's construction", () => {
  test("scikit-learn's random numbers give the authors' points", () => {
    const { points, labels } = authorsMoons(0.1);
    expect(Array.from(labels)).toEqual(fixture.labels);
    fixture.points.flat().forEach((value, i) => {
      expect(Math.abs(points[i] - value)).toBeLessThan(1e-14);
    });
  });

  test("acceptance case 23: the published numbers of seed 0, separation 0.1", () => {
    const points = fixture.points.flat();
    expect(points[0]).toBeCloseTo(-1.187134, 6);
    expect(points[1]).toBeCloseTo(0.271744, 6);
    expect(fixture.labels[0]).toBe(1);
    expect(points[4]).toBeCloseTo(0.604228, 6);
    expect(nearestOpposite(points, fixture.labels)).toBeCloseTo(0.739642, 6);
    const sums = [0, 1].map((axis) => fixture.points.reduce((sum, point) => sum + point[axis], 0));
    expect(sums[0]).toBeCloseTo(0.316166, 6);
    expect(sums[1]).toBeCloseTo(-3.587145, 6);
  });

  test("separation 0.5 moves the classes apart along x", () => {
    const { points, labels } = authorsMoons(0.5);
    expect(nearestOpposite(points, labels)).toBeCloseTo(1.3156389, 6);
    expect(points[0]).toBeCloseTo(-1.587134, 6);
  });
});

describe("twoMoons", () => {
  test("300 points, two classes on their own sides of the strip", () => {
    const data = twoMoons({ separation: 0.1, seed: 3 });
    expect([data.size, data.dimensions, data.targetSize]).toEqual([300, 2, 2]);
    let ones = 0;
    for (let n = 0; n < 300; n++) {
      const side = data.labels![n] === 1 ? -1 : 1;
      expect(side * data.points[2 * n]).toBeGreaterThanOrEqual(Math.fround(0.1));
      ones += data.labels![n];
    }
    expect(ones).toBe(150);
  });

  test("the seed decides the points, and only the seed", () => {
    const points = (seed: number) => Array.from(twoMoons({ separation: 0.1, seed }).points);
    expect(points(1)).toEqual(points(1));
    expect(points(1)).not.toEqual(points(2));
  });

  test("same distribution as scikit-learn's: coordinate quantiles over 40 seeds", () => {
    // Two-sample Kolmogorov-Smirnov on 12000 against 12000 points; the 1e-4 critical value is 0.0288.
    for (const axis of [0, 1]) {
      const ours: number[] = [];
      const theirs: number[] = [];
      for (let seed = 0; seed < 40; seed++) {
        const random = new RandomState(seed);
        const order = random.shuffled(300);
        const offsets = Float64Array.from({ length: 600 }, () => 0.1 * random.normal());
        const { points } = moonsFrom({ order, offsets, separation: 0.1 });
        const { points: own } = twoMoons({ separation: 0.1, seed });
        for (let n = 0; n < 300; n++) {
          theirs.push(points[2 * n + axis]);
          ours.push(own[2 * n + axis]);
        }
      }
      expect(ksDistance(ours, theirs)).toBeLessThan(0.0288);
    }
  });

  test("noise 0 and odd sizes: half circles with floor(N / 2) points of class 0", () => {
    const data = twoMoons({ points: 7, separation: 0, noise: 0, seed: 0 });
    expect(Array.from(data.labels!).sort()).toEqual([0, 0, 0, 1, 1, 1, 1]);
  });

  test("refuses what makes no moons", () => {
    expect(() => twoMoons({ points: 1, separation: 0, seed: 0 })).toThrow(ConfigError);
    expect(() => twoMoons({ separation: -1, seed: 0 })).toThrow("data.separation");
    expect(() => twoMoons({ separation: 0.1, noise: Number.NaN, seed: 0 })).toThrow("data.noise");
    expect(() => twoMoons({ separation: 0.1, seed: 0.5 })).toThrow("data.seed");
  });
});

function ksDistance(first: number[], second: number[]): number {
  const a = first.toSorted((x, y) => x - y);
  const b = second.toSorted((x, y) => x - y);
  let i = 0;
  let distance = 0;
  for (let j = 0; j < b.length; j++) {
    while (i < a.length && a[i] <= b[j]) i++;
    distance = Math.max(distance, Math.abs(i / a.length - (j + 1) / b.length));
  }
  return distance;
}
