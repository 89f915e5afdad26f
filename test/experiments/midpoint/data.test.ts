import { describe, expect, test } from "vitest";
import { twoFeatures } from "../../../src/experiments/midpoint/data.ts";
import { configErrorPath } from "../../configError.ts";
import { chiSquareProbability, SIGNIFICANCE } from "../../statistics.ts";

const { data, splits, feature } = twoFeatures({ seed: 6 });
const D = 48;
const patch = (row: number, p: number) => data.points.subarray((4 * row + p) * D, (4 * row + p + 1) * D);
const set = (values: Float32Array) => Array.from(values.keys()).filter((k) => values[k] !== 0);

describe("twoFeatures", () => {
  test("sizes and parts", () => {
    expect([data.size, data.dimensions, data.targetSize]).toEqual([144 + 960, 192, 24]);
    expect(data.shape).toEqual([1, 4, 48]);
    expect([splits.training.length, splits.singleFeature.length, feature.length]).toEqual([144, 960, 960]);
    const counts = new Array(24).fill(0);
    for (const row of splits.training) counts[data.labels![row]]++;
    expect(counts).toEqual(new Array(24).fill(6));
  });

  test("training points have both features of their class, of 0.75 together", () => {
    const strengths: number[] = [];
    for (const row of splits.training) {
      const label = data.labels![row];
      expect(set(patch(row, 0))).toEqual([2 * label]);
      expect(set(patch(row, 1))).toEqual([2 * label + 1]);
      const [first, second] = [patch(row, 0)[2 * label], patch(row, 1)[2 * label + 1]];
      expect(first + second).toBeCloseTo(0.75, 6);
      expect(first).toBeGreaterThan(0.25);
      expect(first).toBeLessThan(0.5);
      strengths.push(first);
    }
    const mean = strengths.reduce((sum, b) => sum + b, 0) / strengths.length;
    // Four standard errors of a uniform number of width 1/4.
    expect(Math.abs(mean - 0.375)).toBeLessThan((4 * 0.25) / Math.sqrt(12 * 144));
  });

  test("test points have one of them, each feature as often", () => {
    const counts = new Uint32Array(D);
    splits.singleFeature.forEach((row, n) => {
      const place = 2 * data.labels![row] + feature[n];
      expect(set(patch(row, 0))).toEqual([place]);
      expect(set(patch(row, 1))).toEqual([]);
      expect(patch(row, 0)[place]).toBeGreaterThan(0.25);
      expect(patch(row, 0)[place]).toBeLessThan(0.5);
      counts[place]++;
    });
    expect(counts.every((count) => count === 20)).toBe(true);
  });

  test("clutter: one feature of every other class, by a fair coin, drawn anew for each patch", () => {
    const coins = [0, 0];
    const tenths = new Uint32Array(10);
    for (let row = 0; row < data.size; row++) {
      const label = data.labels![row];
      for (const p of [2, 3]) {
        const places = set(patch(row, p));
        expect(places.map((k) => Math.floor(k / 2))).toEqual(
          Array.from({ length: 24 }, (_, c) => c).filter((c) => c !== label),
        );
        for (const k of places) {
          coins[k % 2]++;
          const strength = patch(row, p)[k] / 0.05;
          tenths[Math.floor((strength - 0.25) * 20 * (1 - 1e-6))]++;
        }
      }
      expect(patch(row, 2)).not.toEqual(patch(row, 3));
    }
    const total = data.size * 2 * 23;
    expect(chiSquareProbability(coins, () => total / 2)).toBeGreaterThan(SIGNIFICANCE);
    expect(chiSquareProbability(tenths, () => total / 10)).toBeGreaterThan(SIGNIFICANCE);
  });

  test("a function of the seed; more test points leave training alone", () => {
    const fewer = twoFeatures({ seed: 6, perFeature: 1 });
    expect(fewer.data.points.slice(0, 144 * 192)).toEqual(data.points.slice(0, 144 * 192));
    expect(twoFeatures({ seed: 7, perFeature: 1 }).data.points).not.toEqual(fewer.data.points);
  });

  test("refuses", () => {
    const path = (options: object) => configErrorPath(() => twoFeatures({ seed: 0, ...options }));
    expect(path({ seed: Number.NaN })).toBe("twoFeatures.seed");
    expect(path({ classes: 1 })).toBe("twoFeatures.classes");
    expect(path({ perClass: 0 })).toBe("twoFeatures.perClass");
    expect(path({ perFeature: 0 })).toBe("twoFeatures.perFeature");
  });
});
