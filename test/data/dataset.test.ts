/** Data sets: what they hold, and every bad input refused with the place it stands at. */

import { describe, expect, it } from "vitest";
import { classDataset, regressionDataset } from "../../src/data/dataset.ts";
import { alternatingLine } from "../../src/data/lines.ts";
import { configErrorPath } from "../configError.ts";

const CLASS_DATA = { points: [0, 1, 2, 3, 4, 5], labels: [1, 0, 2], dimensions: 2 };
const REGRESSION_DATA = { points: [1, 2], targets: [1, 2, 3, 4], dimensions: 1, outputs: 2 };

describe("classDataset", () => {
  it("holds points, labels and one-hot targets", () => {
    expect(classDataset(CLASS_DATA)).toEqual({
      size: 3,
      dimensions: 2,
      points: Float32Array.of(0, 1, 2, 3, 4, 5),
      targetSize: 3,
      targets: Float32Array.of(0, 1, 0, 1, 0, 0, 0, 0, 1),
      labels: Uint32Array.of(1, 0, 2),
    });
  });

  it("can have more classes than labels in use, and copies its input", () => {
    const points = Float32Array.of(1, 2);
    const data = classDataset({ points, labels: Uint8Array.of(0, 3), dimensions: 1, classes: 5 });
    expect(data.targetSize).toBe(5);
    points[0] = 9;
    expect(data.points[0]).toBe(1);
  });

  it.each([
    ["data.points", { points: [] }],
    ["data.points", { points: [1, 2, 3] }],
    ["data.points[3]", { points: [0, 1, 2, Number.NaN, 4, 5] }],
    ["data.points[0]", { points: [Number.NEGATIVE_INFINITY, 1, 2, 3, 4, 5] }],
    ["data.points[5]", { points: [0, 1, 2, 3, 4, 1e39] }],
    ["data.dimensions", { dimensions: 0 }],
    ["data.dimensions", { dimensions: 1.5 }],
    ["data.dimensions", { dimensions: Number.NaN }],
    ["data.labels", { labels: [0, 1] }],
    ["data.labels", { labels: [0, 1, 2, 3] }],
    ["data.labels[1]", { labels: [0, -1, 1] }],
    ["data.labels[2]", { labels: [0, 1, 0.5] }],
    ["data.labels[0]", { labels: [Number.NaN, 1, 0] }],
    ["data.labels[0]", { labels: [0x10000, 1, 0] }],
    ["data.labels[2]", { labels: [0, 1, 2], classes: 2 }],
    ["data.labels", { labels: [1, 1, 1] }],
    ["data.labels", { labels: [0, 0, 0] }],
    ["data.classes", { classes: 1 }],
    ["data.classes", { classes: 2.5 }],
    ["data.classes", { classes: 1e12 }],
  ])("refuses bad input at %s: %o", (path, change) => {
    expect(configErrorPath(() => classDataset({ ...CLASS_DATA, ...change }))).toBe(path);
  });
});

describe("regressionDataset", () => {
  it("holds points and targets, no labels", () => {
    expect(regressionDataset(REGRESSION_DATA)).toEqual({
      size: 2,
      dimensions: 1,
      points: Float32Array.of(1, 2),
      targetSize: 2,
      targets: Float32Array.of(1, 2, 3, 4),
    });
  });

  it.each([
    ["data.points[1]", { points: [1, Number.NaN] }],
    ["data.outputs", { outputs: 0 }],
    ["data.outputs", { outputs: 0.5 }],
    ["data.targets", { targets: [1, 2, 3] }],
    ["data.targets[2]", { targets: [1, 2, Number.POSITIVE_INFINITY, 4] }],
    ["data.targets[0]", { targets: [-4e38, 2, 3, 4] }],
  ])("refuses bad input at %s: %o", (path, change) => {
    expect(configErrorPath(() => regressionDataset({ ...REGRESSION_DATA, ...change }))).toBe(path);
  });
});

describe("alternatingLine", () => {
  it("is points 0, 1, 2 ... with label = index mod classes", () => {
    const { points, labels, dimensions, targetSize } = alternatingLine({ points: 5, classes: 3 });
    expect([...points]).toEqual([0, 1, 2, 3, 4]);
    expect([...labels!]).toEqual([0, 1, 2, 0, 1]);
    expect([dimensions, targetSize]).toEqual([1, 3]);
  });

  it.each([
    ["data.points", 1, 2],
    ["data.points", 2.5, 2],
    ["data.points", Number.NaN, 2],
    ["data.classes", 3, 1],
    ["data.classes", 3, 4],
    ["data.classes", 3, 1.5],
  ])("refuses bad input at %s: %d points, %d classes", (path, points, classes) => {
    expect(configErrorPath(() => alternatingLine({ points, classes }))).toBe(path);
  });
});
