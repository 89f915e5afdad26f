import { describe, expect, test } from "vitest";
import { rareFeatures } from "../../../src/experiments/feature-learning/data.ts";
import { configErrorPath } from "../../configError.ts";

const { data, splits } = rareFeatures({ seed: 3 });
const D = 400;
const patch = (row: number, p: number) => data.points.subarray((4 * row + p) * D, (4 * row + p + 1) * D);
/** Places of what is not 0. */
const set = (values: Float32Array) => Array.from(values.keys()).filter((k) => values[k] !== 0);

describe("rareFeatures", () => {
  test("sizes and parts", () => {
    expect([data.size, data.dimensions, data.targetSize]).toEqual([1150, 1600, 2]);
    expect(data.shape).toEqual([1, 4, 400]);
    expect(Array.from(splits.rare)).toEqual([0, 1, 2, 3]);
    expect([splits.training.length, splits.rareTest[0], splits.commonTest[0]]).toEqual([150, 150, 650]);
    expect(Array.from(data.labels!.subarray(0, 4))).toEqual([0, 1, 0, 1]);
  });

  test("patch 0 is the class's common feature, or its rare one", () => {
    const rare = new Set([...splits.rare, ...splits.rareTest]);
    for (let row = 0; row < data.size; row++) {
      expect(set(patch(row, 0))).toEqual([data.labels![row] + (rare.has(row) ? 2 : 0)]);
      expect(Math.max(...patch(row, 0))).toBe(1);
    }
  });

  test("patch 1 is 0.3 times a common feature of any class", () => {
    let agreeing = 0;
    for (let row = 0; row < data.size; row++) {
      const places = set(patch(row, 1));
      expect(places.length).toBe(1);
      expect(places[0]).toBeLessThan(2);
      expect(patch(row, 1)[places[0]]).toBe(Math.fround(0.3));
      if (places[0] === data.labels![row]) agreeing++;
    }
    // A fair coin: four standard deviations of 1,150.
    expect(Math.abs(agreeing / data.size - 0.5)).toBeLessThan(0.059);
  });

  test("patches 2 and 3 are noise of variance 2 / 400 outside the features' coordinates", () => {
    let [sum, squares, fourth, product] = [0, 0, 0, 0];
    for (let row = 0; row < data.size; row++) {
      for (const p of [2, 3]) {
        expect(set(patch(row, p).subarray(0, 4))).toEqual([]);
        for (const x of patch(row, p)) {
          sum += x;
          squares += x * x;
          fourth += x ** 4;
        }
      }
      for (let k = 4; k < D; k++) product += patch(row, 2)[k] * patch(row, 3)[k];
    }
    const count = data.size * 2 * 396;
    const variance = 2 / 400;
    // Four standard errors of 910,800 numbers each.
    expect(Math.abs(sum / count)).toBeLessThan(4 * Math.sqrt(variance / count));
    expect(Math.abs(squares / count / variance - 1)).toBeLessThan(4 * Math.sqrt(2 / count));
    expect(Math.abs(fourth / count / variance ** 2 - 3)).toBeLessThan(4 * Math.sqrt(96 / count));
    expect(Math.abs(product / (count / 2) / variance)).toBeLessThan(4 / Math.sqrt(count / 2));
  });

  test("no two patches of noise are alike, odd sizes included", () => {
    const small = rareFeatures({ seed: 3, points: 5, dimensions: 7, test: 3 }).data;
    const noise = [];
    for (let row = 0; row < 11; row++)
      for (const p of [2, 3])
        noise.push(...small.points.subarray((4 * row + p) * 7 + 4, (4 * row + p) * 7 + 7));
    expect(noise.length).toBe(66);
    expect(new Set(noise).size).toBe(66);
    expect(noise).not.toContain(0);
  });

  test("a function of the seed; tests of another number leave training alone", () => {
    const small = (seed: number, test: number) =>
      rareFeatures({ seed, points: 10, dimensions: 30, test }).data.points.slice(0, 10 * 4 * 30);
    expect(small(3, 2)).toEqual(small(3, 20));
    expect(small(4, 2)).not.toEqual(small(3, 2));
  });

  test("refuses", () => {
    const path = (options: object) => configErrorPath(() => rareFeatures({ seed: 0, ...options }));
    expect(path({ seed: "1" })).toBe("rareFeatures.seed");
    expect(path({ dimensions: 4 })).toBe("rareFeatures.dimensions");
    expect(path({ rare: 151 })).toBe("rareFeatures.rare");
    expect(path({ noise: -1 })).toBe("rareFeatures.noise");
    expect(path({ points: 1 })).toBe("rareFeatures.points");
  });
});
