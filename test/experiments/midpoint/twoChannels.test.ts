import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { readImageFolder } from "../../../src/cli/imageFolder.ts";
import {
  pairedClasses,
  twoChannelData,
  twoChannelDraw,
  twoChannelImage,
  twoChannelTestImage,
} from "../../../src/experiments/midpoint/twoChannels.ts";
import { configErrorPath } from "../../configError.ts";
import { chiSquareProbability, SIGNIFICANCE } from "../../statistics.ts";

const unit = (
  JSON.parse(readFileSync(new URL("../../fixtures/methods/two-channel.json", import.meta.url), "utf8")) as {
    twoChannel: {
      images: number[][][];
      classOrder: number[];
      mateOfClass: number[];
      own: number[];
      other: number[];
      w: number[];
      training: number[][][][];
      test: number[][][][];
    };
  }
).twoChannel;

describe("the unit values", () => {
  test("classes in pairs", () => {
    expect(Array.from(pairedClasses(unit.classOrder))).toEqual(unit.mateOfClass);
  });

  test("training and test images", () => {
    expect(unit.own.length).toBeGreaterThan(0);
    unit.own.forEach((own, n) => {
      const image = unit.images[own].flat();
      const found = twoChannelImage(image, unit.images[unit.other[n]].flat(), unit.w[n]);
      const expected = unit.training[n].flat(2);
      expect(found.length).toBe(expected.length);
      expected.forEach((pixel, k) => {
        expect(Math.abs(found[k] - pixel)).toBeLessThan(1e-10);
      });
      expect(Array.from(twoChannelTestImage(image))).toEqual(unit.test[n].flat(2));
    });
  });
});

describe("draws of an access", () => {
  test("w is uniform, and so is the other image; step, sample and point each draw anew", () => {
    const tenths = new Uint32Array(10);
    const others = new Uint32Array(7);
    const seen = new Set<number>();
    for (let step = 0; step < 20; step++) {
      for (let sample = 0; sample < 100; sample++) {
        for (const point of ["first", "partner"] as const) {
          const { w, other } = twoChannelDraw({ seed: 2, step, sample, point }, 7);
          tenths[Math.floor(10 * w)]++;
          others[other]++;
          seen.add(w);
        }
      }
    }
    expect(seen.size).toBe(4000);
    expect(chiSquareProbability(tenths, () => 400)).toBeGreaterThan(SIGNIFICANCE);
    expect(chiSquareProbability(others, () => 4000 / 7)).toBeGreaterThan(SIGNIFICANCE);
  });
});

describe("Fashion-MNIST in two channels", async () => {
  const images = await readImageFolder();
  const made = twoChannelData({ images, seed: 1, training: 300, test: 50 });
  const { data, splits, mates, plain } = made;
  const pixels = 28 * 28;
  const channel = (row: number, c: number) =>
    data.points.subarray((2 * row + c) * pixels, (2 * row + c + 1) * pixels);

  test("sizes, and pairs that are each other's", () => {
    expect([data.size, data.dimensions, data.targetSize]).toEqual([350, 2 * pixels, 10]);
    expect(data.shape).toEqual([2, 28, 28]);
    mates.forEach((mate, c) => {
      expect(mate).not.toBe(c);
      expect(mates[mate]).toBe(c);
    });
  });

  test("first channel w times the image, second 1 - w times one of the paired class", () => {
    for (const row of splits.training.slice(0, 20)) {
      const own = plain.subarray(row * pixels, (row + 1) * pixels);
      const brightest = own.indexOf(Math.max(...own));
      const w = channel(row, 0)[brightest] / own[brightest];
      channel(row, 0).forEach((pixel, k) => {
        expect(Math.abs(pixel - w * own[k])).toBeLessThan(1e-6);
      });
      const isIt = Array.from(splits.training).some(
        (other) =>
          data.labels![other] === mates[data.labels![row]] &&
          channel(row, 1).every((pixel, k) => Math.abs(pixel - (1 - w) * plain[other * pixels + k]) < 1e-6),
      );
      expect(isIt).toBe(true);
    }
  });

  test("test images are the first ones, their second channel empty", () => {
    expect(Array.from(data.labels!.subarray(300))).toEqual(Array.from(images.test.labels.subarray(0, 50)));
    for (const row of splits.test) {
      expect(channel(row, 1).every((pixel) => pixel === 0)).toBe(true);
      expect(Math.max(...channel(row, 0))).toBeGreaterThan(0.3);
    }
  });

  test("another access shows the same images otherwise; another seed, other images", () => {
    const later = twoChannelData({ images, seed: 1, training: 300, test: 50, step: 1 });
    const begin = (values: Float32Array) => values.slice(0, 10 * pixels);
    expect(begin(later.plain)).toEqual(begin(plain));
    expect(begin(later.data.points)).not.toEqual(begin(data.points));
    const other = twoChannelData({ images, seed: 2, training: 300, test: 50 });
    expect(begin(other.plain)).not.toEqual(begin(plain));
  });

  test("refuses", () => {
    const path = (options: object) =>
      configErrorPath(() => twoChannelData({ images, seed: 0, training: 300, test: 50, ...options }));
    expect(path({ training: 1e9 })).toBe("twoChannels.training");
    expect(path({ test: 0 })).toBe("twoChannels.test");
    expect(path({ seed: -1 })).toBe("twoChannels.seed");
    expect(path({ step: -1 })).toBe("twoChannels.step");
    // Three images are of at most three classes, whose pairs have none.
    expect(path({ training: 3 })).toBe("twoChannels.training");
    expect(path({ images: { ...images, classes: 9 } })).toBe("order");
    const coloured = { ...images, train: { ...images.train, shape: [3, 28, 28] } };
    expect(path({ images: coloured })).toBe("twoChannels.images");
  });
});

test("refuses what is no order, and images that don't fit", () => {
  expect(configErrorPath(() => pairedClasses([0, 1, 2]))).toBe("order");
  expect(configErrorPath(() => pairedClasses([0, 0]))).toBe("order[1]");
  expect(configErrorPath(() => pairedClasses([0, 2]))).toBe("order[1]");
  expect(configErrorPath(() => twoChannelImage([1], [1, 2], 0.5))).toBe("other");
  expect(configErrorPath(() => twoChannelImage([1], [1], 2))).toBe("w");
});
