import { describe, expect, test } from "vitest";
import { overTrainingData, overTrainingDraw } from "../../../src/experiments/over-training/data.ts";
import { overTrainingCurves } from "../../../src/theory/overTraining/curves.ts";
import { featuresAt, linearValues } from "../../../src/theory/overTraining/randomFeatures.ts";
import { configErrorPath } from "../../configError.ts";

describe("overTrainingDraw", () => {
  test("sizes, and labels by the teacher", () => {
    const draw = overTrainingDraw({ seed: 5 });
    expect(
      [draw.features.weights, draw.teacher, draw.points, draw.targets, draw.testPoints].map((a) => a.length),
    ).toEqual([500, 100, 100, 20, 10_000]);
    expect(draw.targets).toEqual(linearValues(featuresAt(draw.features, draw.points), draw.teacher));
  });

  test("a function of the seed; more points leave features and teacher as they are", () => {
    const small = overTrainingDraw({ seed: 5, points: 3 });
    const large = overTrainingDraw({ seed: 5 });
    expect(small.features).toEqual(large.features);
    expect(small.teacher).toEqual(large.teacher);
    expect(small.points).toEqual(large.points.slice(0, 15));
    expect(overTrainingDraw({ seed: 6 }).points).not.toEqual(large.points);
  });

  test("standard normals, and no two parts alike", () => {
    const { features, testPoints, teacher, points } = overTrainingDraw({ seed: 1, features: 2000 });
    for (const values of [features.weights as Float64Array, testPoints]) {
      const mean = values.reduce((sum, x) => sum + x, 0) / values.length;
      const variance = values.reduce((sum, x) => sum + x * x, 0) / values.length;
      // Four standard errors of 10,000 numbers.
      expect(Math.abs(mean)).toBeLessThan(0.04);
      expect(Math.abs(variance - 1)).toBeLessThan(0.057);
    }
    expect(new Set([...(features.weights as Float64Array), ...testPoints, ...teacher, ...points]).size).toBe(
      10_000 + 10_000 + 2000 + 100,
    );
  });

  test("refuses", () => {
    const path = (options: object) => configErrorPath(() => overTrainingDraw({ seed: 0, ...options }));
    expect(path({ seed: 1.5 })).toBe("draw.seed");
    expect(path({ points: 0 })).toBe("draw.points");
    expect(path({ featurs: 1 })).toBe("draw.featurs");
  });
});

test("the same as a data set: points, midpoints with mixed and with clean labels, test points", () => {
  const draw = overTrainingDraw({ seed: 2, points: 4, testPoints: 7 });
  const { data, splits } = overTrainingData(draw);
  expect(data.size).toBe(4 + 16 + 16 + 7);
  expect(splits.midpoints.length).toBe(16);
  const row = (n: number) => Array.from(data.points.subarray(5 * n, 5 * n + 5));
  // Pair (1, 3) is row 1 * 4 + 3 of the midpoints.
  const middle = [0, 1, 2, 3, 4].map((k) => Math.fround(0.5 * (draw.points[5 + k] + draw.points[15 + k])));
  expect(row(splits.midpoints[7])).toEqual(middle);
  expect(row(splits.clean[7])).toEqual(middle);
  expect(data.targets[splits.midpoints[7]]).toBe(Math.fround(0.5 * (draw.targets[1] + draw.targets[3])));
  const taught = linearValues(featuresAt(draw.features, data.points.subarray(5 * 27, 5 * 28)), draw.teacher);
  expect(data.targets[splits.clean[7]]).toBeCloseTo(taught[0], 5);
  expect(row(splits.test[6])).toEqual(Array.from(draw.testPoints.subarray(30, 35), Math.fround));
});

test("over 30 draws: Mixup turns up, ERM and clean labels don't, ERM after Mixup's best ends where ERM does", () => {
  const steps = [0, ...new Set(Array.from({ length: 25 }, (_, k) => Math.round(10 ** (k / 4))))];
  const curves = Array.from({ length: 30 }, (_, seed) =>
    overTrainingCurves({ ...overTrainingDraw({ seed }), steps }),
  );
  const last = (errors: Float64Array) => errors.at(-1)!;
  const ratio = (name: "mixup" | "erm") =>
    median(curves.map((curve) => last(curve[name]))) /
    median(curves.map((curve) => Math.min(...curve[name])));
  // The reference, two draws of 30: 2.34 and 2.12, blocks of ten 2.20 to 2.86; ERM 1.03 and 1.01.
  expect(ratio("mixup")).toBeGreaterThan(1.6);
  expect(ratio("mixup")).toBeLessThan(3);
  expect(ratio("erm")).toBeLessThan(1.15);
  expect(Math.max(...curves.map(({ clean }) => last(clean)))).toBeLessThan(1e-3);
  expect(median(curves.map(({ switched, erm }) => last(switched) / last(erm)))).toBeLessThan(1.3);
  // Its best step has the quartiles 13, 71, 190 there.
  const best = median(curves.map(({ bestStep }) => bestStep));
  expect(best).toBeGreaterThan(13);
  expect(best).toBeLessThan(190);
});

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  return (sorted[Math.floor(middle)] + sorted[Math.ceil(middle)]) / 2;
}
