/** Random crops and flips: which views are drawn, and what they show. */

import { describe, expect, it } from "vitest";
import { classDataset } from "../../src/data/dataset.ts";
import { type Augmentation, cropAndFlip, look, viewOf } from "../../src/mixing/augmentation.ts";
import { batchingOf } from "../../src/mixing/batching.ts";
import { beta } from "../../src/mixing/laws.ts";
import { mixup, regMixup } from "../../src/mixing/mixing.ts";
import { classIndex, Sampler } from "../../src/mixing/sampling.ts";
import { configErrorPath } from "../configError.ts";

function seen(
  augmentation: Augmentation,
  image: number[],
  shape: number[],
  view: Parameters<typeof look>[4],
) {
  const result = new Float64Array(image.length);
  look(image, 0, shape, augmentation, view, result);
  return [...result];
}

describe("a view", () => {
  const image = [1, 2, 3, 4, 5, 6];
  const shape = [1, 2, 3];
  const padded = cropAndFlip({ padding: 1, mean: 2, deviation: 4 });

  it("in the middle of the padding is the image itself", () => {
    expect(seen(padded, image, shape, { top: 1, left: 1, isFlipped: false })).toEqual(image);
  });

  it("is mirrored left to right, after it is cut out", () => {
    expect(seen(padded, image, shape, { top: 1, left: 1, isFlipped: true })).toEqual([3, 2, 1, 6, 5, 4]);
    // Cut: [., ., .], [., 1, 2]; its mirror image.
    expect(seen(padded, image, shape, { top: 0, left: 0, isFlipped: false })).toEqual([
      -0.5, -0.5, -0.5, -0.5, 1, 2,
    ]);
    expect(seen(padded, image, shape, { top: 0, left: 0, isFlipped: true })).toEqual([
      -0.5, -0.5, -0.5, 2, 1, -0.5,
    ]);
  });

  it("has each channel's own black", () => {
    const augmentation = cropAndFlip({ padding: 1, mean: [0.5, 0, 1], deviation: [0.25, 1, 2] });
    expect(augmentation.fill).toEqual([-2, 0, -0.5]);
    const view = { top: 2, left: 1, isFlipped: false };
    expect(seen(augmentation, [1, 2, 3, 4, 5, 6], [3, 2, 1], view)).toEqual([2, -2, 4, 0, 6, -0.5]);
  });
});

describe("drawing views", () => {
  it("takes every window and both directions equally often", () => {
    const augmentation = cropAndFlip();
    const counts = new Map<string, number>();
    const draws = 81 * 2 * 100;
    for (let image = 0; image < draws; image++) {
      const { top, left, isFlipped } = viewOf(5, augmentation, image % 7, image);
      const key = `${top} ${left} ${isFlipped}`;
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    expect(counts.size).toBe(81 * 2);
    // Chi-square of 161 degrees of freedom: mean 161, deviation 18.
    const chiSquare = [...counts.values()].reduce((sum, count) => sum + (count - 100) ** 2 / 100, 0);
    expect(chiSquare).toBeGreaterThan(161 - 4 * 18);
    expect(chiSquare).toBeLessThan(161 + 4 * 18);
  });

  it("never mirrors where that is off, and changes nothing else", () => {
    for (let image = 0; image < 100; image++) {
      const view = viewOf(1, cropAndFlip({ padding: 2 }), 3, image);
      expect(viewOf(1, cropAndFlip({ padding: 2, flip: false }), 3, image)).toEqual({
        ...view,
        isFlipped: false,
      });
    }
  });

  it("gives an image one view an epoch, whether it is first, partner or unmixed", () => {
    const N = 6;
    const data = classDataset({
      points: new Float32Array(N * 4),
      labels: Array.from({ length: N }, (_, n) => n % 2),
      dimensions: 4,
      shape: [1, 2, 2],
    });
    const augmentation = cropAndFlip({ padding: 4 });
    for (const mixing of [mixup(beta(1)), regMixup(beta(1))]) {
      for (const [batch, stepsPerEpoch] of [
        [2, 3],
        ["full", 1],
      ] as const) {
        const batching = batchingOf(N, batch);
        const sampler = new Sampler(9, mixing, N, classIndex(data), batching, data.shape, augmentation);
        const epochs = [0, 1].map((epoch) => {
          const views = new Map<number, string>();
          for (let s = 0; s < stepsPerEpoch; s++) {
            const rows = sampler.batchSize * (mixing.eta === undefined ? 1 : 2);
            for (let b = 0; b < rows; b++) {
              const { first, partner, views: both } = sampler.sample(epoch * stepsPerEpoch + s, b);
              [first, partner].forEach((n, i) => {
                const view = JSON.stringify(both![i]);
                expect(views.get(n) ?? view).toBe(view);
                views.set(n, view);
              });
            }
          }
          return views;
        });
        expect(epochs[0].size).toBe(N);
        expect([...epochs[0]].filter(([n, view]) => epochs[1].get(n) === view).length).toBeLessThan(N);
      }
    }
  });
});

describe("bad augmentations", () => {
  it.each([
    [{ padding: -1 }, "augmentation.padding"],
    [{ padding: 1.5 }, "augmentation.padding"],
    [{ padding: 2000 }, "augmentation.padding"],
    [{ flip: 1 }, "augmentation.flip"],
    [{ mean: "0" }, "augmentation.mean"],
    [{ mean: [0, Number.NaN] }, "augmentation.mean[1]"],
    [{ deviation: 0 }, "augmentation.deviation[0]"],
    [{ mean: [1, 2, 3], deviation: [1, 2] }, "augmentation.deviation"],
    [{ mean: [], deviation: [] }, "augmentation.fill"],
    [{ crop: 4 }, "augmentation.crop"],
  ])("%j", (options, path) => {
    expect(configErrorPath(() => cropAndFlip(options as never))).toBe(path);
  });
});
