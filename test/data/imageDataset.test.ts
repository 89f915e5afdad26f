/** Arrays of images as data sets: shape, normalisation by channel, other sizes, and what is refused. */

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { classDataset } from "../../src/data/dataset.ts";
import { readIdx } from "../../src/data/idx.ts";
import { channelMoments, imageDataset, NORMALIZATIONS, resizeImages } from "../../src/data/imageDataset.ts";
import { ConfigError } from "../../src/errors.ts";

const fixture = (name: string) =>
  new Uint8Array(readFileSync(new URL(`../../data/fashion-mnist/${name}`, import.meta.url)));

describe("imageDataset", () => {
  test("the Fashion-MNIST subset: 80 and 40 images a class, sums as in the original files", async () => {
    for (const [name, perClass, sum, firstImage] of [
      ["train", 80, 45958571, 76247],
      ["t10k", 40, 23129357, 33456],
    ] as const) {
      const images = await readIdx(fixture(`${name}-images-idx3-ubyte.gz`));
      const labels = await readIdx(fixture(`${name}-labels-idx1-ubyte.gz`));
      expect(images.shape).toEqual([10 * perClass, 28, 28]);
      const total = (values: Iterable<number>) => Array.from(values).reduce((a, b) => a + b, 0);
      expect(total(images.values)).toBe(sum);
      expect(total(images.values.slice(0, 784))).toBe(firstImage);
      const data = imageDataset({ images, labels });
      expect([data.size, data.dimensions, data.targetSize]).toEqual([10 * perClass, 784, 10]);
      expect(data.shape).toEqual([1, 28, 28]);
      for (let c = 0; c < 10; c++) expect(data.labels!.filter((label) => label === c)).toHaveLength(perClass);
      expect(data.points.reduce((a, b) => Math.max(a, b))).toBe(1);
    }
  });

  test("standardises pixels", async () => {
    const images = await readIdx(Uint8Array.of(0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 1, 0, 255));
    const labels = await readIdx(Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 2, 0, 1));
    const { points } = imageDataset({ images, labels, mean: 0.1307, deviation: 0.3081 });
    expect(points[0]).toBeCloseTo(-0.1307 / 0.3081, 6);
    expect(points[1]).toBeCloseTo((1 - 0.1307) / 0.3081, 6);
  });

  test("refuses images and labels that don't go together, and pixels that are NaN", () => {
    const labels = { shape: [2], values: Uint8Array.of(0, 1) };
    expect(() => imageDataset({ images: { shape: [3, 1], values: new Uint8Array(3) }, labels })).toThrow(
      "labels",
    );
    expect(() => imageDataset({ images: { shape: [2], values: new Uint8Array(2) }, labels })).toThrow(
      "images",
    );
    const broken = { shape: [2, 1], values: Float32Array.of(0, Number.NaN) };
    expect(() => imageDataset({ images: broken, labels })).toThrow(ConfigError);
    const images = { shape: [2, 1], values: new Uint8Array(2) };
    expect(() => imageDataset({ images, labels, deviation: 0 })).toThrow("deviation");
    expect(() => imageDataset({ images, labels, classes: 1 })).toThrow(ConfigError);
  });
});

/** Two images of two channels, 2 x 2. */
const twoChannels = {
  images: {
    shape: [2, 2, 2, 2],
    values: Uint8Array.of(0, 255, 51, 102, 10, 10, 10, 10, 255, 0, 0, 0, 20, 20, 20, 20),
  },
  labels: { shape: [2], values: Uint8Array.of(0, 1) },
};

describe("channels", () => {
  test("the shape is what the axes say: none, [1, H, W], [C, H, W], and none again", () => {
    const { labels } = twoChannels;
    const shapeOf = (...sizes: number[]) =>
      imageDataset({
        images: { shape: [2, ...sizes], values: Uint8Array.from({ length: 16 }, (_, i) => i) },
        labels,
      }).shape;
    expect(shapeOf(8)).toBeUndefined();
    expect(shapeOf(2, 4)).toEqual([1, 2, 4]);
    expect(shapeOf(2, 1, 4)).toEqual([2, 1, 4]);
    expect(shapeOf(2, 2, 2, 1)).toBeUndefined();
  });

  test("mean and deviation of each, to 4 digits", () => {
    // Channel 0 over 255: 0, 1, .2, .4, 1, 0, 0, 0; channel 1: four times 10, four times 20.
    const mean = [2.6 / 8, 15 / 255];
    const deviation = [Math.sqrt(2.2 / 8 - mean[0] ** 2), 5 / 255];
    const digits = (values: number[]) => values.map((value) => Math.round(value * 1e4) / 1e4);
    expect(channelMoments(twoChannels)).toEqual({ mean: digits(mean), deviation: digits(deviation) });
    const floats = {
      images: { shape: [2, 2, 2, 2], values: Float32Array.from(twoChannels.images.values) },
    };
    expect(channelMoments(floats).mean).toEqual([82.875, 15]);
    expect(channelMoments({ images: { shape: [1, 3], values: new Uint8Array(3) } })).toEqual({
      mean: [0],
      deviation: [1],
    });
  });

  test("each is normalised by its own numbers, computed with 64 bits", () => {
    const mean = [0.4914, 0.1];
    const deviation = [0.2023, 0.3];
    for (const values of [twoChannels.images.values, new Uint8ClampedArray(twoChannels.images.values)]) {
      const { points } = imageDataset({
        ...twoChannels,
        images: { shape: [2, 2, 2, 2], values },
        mean,
        deviation,
      });
      values.forEach((value, k) => {
        const c = Math.floor(k / 4) % 2;
        expect(points[k]).toBe(Math.fround((value / 255 - mean[c]) / deviation[c]));
      });
    }
    const floats = { shape: [2, 2, 2, 2], values: Float32Array.from({ length: 16 }, (_, k) => k) };
    expect(imageDataset({ ...twoChannels, images: floats, mean, deviation: 2 }).points[13]).toBe(
      Math.fround((13 - 0.1) / 2),
    );
  });

  test("the authors' numbers fit their data sets", () => {
    const images = (channels: number) => ({
      shape: [2, channels, 1, 1],
      values: new Uint8Array(2 * channels),
    });
    const { labels } = twoChannels;
    for (const [name, channels] of [["mnist", 1] as const, ["cifar10", 3] as const, ["cifar100", 3] as const])
      expect(imageDataset({ images: images(channels), labels, ...NORMALIZATIONS[name] }).size).toBe(2);
  });

  test.each([
    ["mean", { mean: [0.5] }],
    ["mean[1]", { mean: [0.5, Number.NaN] }],
    ["deviation", { deviation: [1, 1, 1] }],
    ["deviation[0]", { deviation: [0, 1] }],
    ["images", { images: { shape: [2, 2, 2, 2], values: new Uint8Array(15) } }],
    ["images", { images: { shape: [2, 2, 0, 2], values: new Uint8Array() } }],
    ["data.points", { mean: 1e9 }],
    ["data.points[0]", { mean: [1e300, 0] }],
  ])("refused at %s", (path, change) => {
    const images = {
      shape: [2, 2, 2, 2],
      values: Uint8Array.from({ length: 16 }, (_, k) => (k < 8 ? 0 : 1)),
    };
    expect(() => imageDataset({ ...twoChannels, images, ...change })).toThrow(
      expect.objectContaining({ name: "ConfigError", path }),
    );
  });
});

describe("resizeImages", () => {
  const data = classDataset({
    points: Array.from({ length: 24 }, (_, k) => k),
    labels: [0, 1],
    dimensions: 12,
    shape: [2, 2, 3],
  });

  test("averages 2 x 2, channel by channel", () => {
    const square = classDataset({
      points: [1, 2, 5, 6, 3, 4, 7, 8, 0, 0, 1, 1, 0, 0, 1, 1],
      labels: [0, 1],
      dimensions: 8,
      shape: [1, 2, 4],
    });
    const half = resizeImages(square, [1, 2]);
    expect(half).toMatchObject({ size: 2, dimensions: 2, shape: [1, 1, 2], labels: square.labels });
    expect(half.points).toEqual(Float32Array.of(2.5, 6.5, 0, 1));
  });

  test("parts of pixels count by their area", () => {
    const { points, shape } = resizeImages(data, [1, 2]);
    expect(shape).toEqual([2, 1, 2]);
    // Rows 0 1 2 and 3 4 5: the left half covers 0, 3 whole and 1, 4 by half.
    expect(points[0]).toBeCloseTo((0 + 3 + (1 + 4) / 2) / 3, 6);
    expect(points[3]).toBeCloseTo((8 + 11 + (7 + 10) / 2) / 3, 6);
  });

  test("the same size changes nothing, a larger one keeps the mean", () => {
    expect(resizeImages(data, [2, 3]).points).toEqual(data.points);
    const large = resizeImages(data, [5, 7]).points;
    const mean = (values: Float32Array) => values.reduce((a, b) => a + b, 0) / values.length;
    expect(mean(large)).toBeCloseTo(mean(data.points), 5);
  });

  test.each([
    ["data.shape", classDataset({ points: [0, 1], labels: [0, 1], dimensions: 1 }), [1, 1]],
    ["size[1]", data, [1, 0]],
    ["size", data, [1]],
  ])("refuses at %s", (path, data, size) => {
    expect(() => resizeImages(data, size as never)).toThrow(
      expect.objectContaining({ name: "ConfigError", path }),
    );
  });
});
