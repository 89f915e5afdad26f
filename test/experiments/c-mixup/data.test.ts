import { describe, expect, test } from "vitest";
import { readDigits } from "../../../src/cli/imageFolder.ts";
import { rotateImage } from "../../../src/data/rotateImage.ts";
import { friedman, rotatedDigits, withLabelNoise } from "../../../src/experiments/c-mixup/data.ts";
import { digitsDataset } from "../../../src/experiments/digits.ts";
import { randomSplit } from "../../../src/experiments/splits.ts";
import { configErrorPath } from "../../configError.ts";
import { chiSquareProbability, SIGNIFICANCE } from "../../statistics.ts";

const digits = await readDigits();
const plain = digitsDataset(digits);

/** Counts of numbers in (0, 1) in ten equal cells. */
function tenths(values: ArrayLike<number>): Uint32Array {
  const counts = new Uint32Array(10);
  for (let i = 0; i < values.length; i++) counts[Math.floor(values[i] * 10)]++;
  return counts;
}

describe("rotatedDigits", () => {
  const { data, splits } = rotatedDigits({ seed: 4, digits, validation: 200 });

  test("sizes, parts, and targets of one output", () => {
    expect([data.size, data.dimensions, data.targetSize]).toEqual([1600, 64, 1]);
    expect(data.shape).toEqual([1, 8, 8]);
    expect([splits.training[0], splits.validation[0], splits.test[0]]).toEqual([0, 400, 600]);
    expect(splits.test.length).toBe(1000);
    expect(Math.max(...data.points)).toBeLessThanOrEqual(1);
    expect(Math.min(...data.points)).toBe(0);
  });

  test("every point is a digit from 0 to 4, turned by its target", () => {
    const low = Array.from(plain.labels!.keys()).filter((n) => plain.labels![n] <= 4);
    for (const row of [0, 399, 400, 1599]) {
      const found = data.points.subarray(64 * row, 64 * row + 64);
      const isIt = low.some((n) =>
        rotateImage(plain.points.subarray(64 * n, 64 * n + 64), 8, 8, 180 * data.targets[row]).every(
          (pixel, k) => Math.abs(pixel - found[k]) < 1e-5,
        ),
      );
      expect(isIt).toBe(true);
    }
  });

  test("targets are uniform on (0, 1)", () => {
    const { data: many } = rotatedDigits({ seed: 0, digits, training: 5000, test: 0 });
    expect(chiSquareProbability(tenths(many.targets), () => 500)).toBeGreaterThan(SIGNIFICANCE);
  });

  test("a function of the seed; one part's size leaves the others alone", () => {
    const other = rotatedDigits({ seed: 4, digits, training: 10, test: 5 });
    expect(other.data.targets.slice(0, 10)).toEqual(data.targets.slice(0, 10));
    expect(other.data.targets.slice(10)).toEqual(data.targets.slice(600, 605));
    expect(other.data.points.slice(640)).toEqual(data.points.slice(64 * 600, 64 * 605));
    expect(rotatedDigits({ seed: 5, digits }).data.targets[0]).not.toBe(data.targets[0]);
    expect(new Set(data.targets).size).toBe(1600);
  });

  test("refuses", () => {
    const path = (options: object) => configErrorPath(() => rotatedDigits({ seed: 0, digits, ...options }));
    expect(path({ seed: 2 ** 32 })).toBe("rotatedDigits.seed");
    expect(path({ training: 0 })).toBe("rotatedDigits.training");
    expect(path({ test: 0.5 })).toBe("rotatedDigits.test");
    expect(path({ digits: undefined })).toBe("digits");
    expect(path({ tests: 3 })).toBe("rotatedDigits.tests");
  });
});

describe("friedman", () => {
  const { data, splits } = friedman({ seed: 2, training: 6000, test: 10 });

  test("the function", () => {
    expect([data.dimensions, data.targetSize, splits.test.length]).toEqual([10, 1, 10]);
    for (const row of [0, 17, 6005]) {
      const x = Array.from(data.points.subarray(10 * row, 10 * row + 10));
      const value = 10 * Math.sin(Math.PI * x[0] * x[1]) + 20 * (x[2] - 0.5) ** 2 + 10 * x[3] + 5 * x[4];
      expect(data.targets[row]).toBeCloseTo((value - 14.4) / 4.9, 5);
    }
    expect(friedman({ seed: 2 }).data.size).toBe(1300);
  });

  test("uniform inputs; targets of mean 0 and deviation 1, about", () => {
    for (const k of [0, 4, 9]) {
      const column = Array.from(splits.training, (n) => data.points[10 * n + k]);
      expect(chiSquareProbability(tenths(column), () => 600)).toBeGreaterThan(SIGNIFICANCE);
    }
    const mean = data.targets.reduce((sum, y) => sum + y, 0) / data.size;
    const variance = data.targets.reduce((sum, y) => sum + (y - mean) ** 2, 0) / data.size;
    // 14.4 and 4.9 are rounded, and four standard errors are 0.05.
    expect(Math.abs(mean)).toBeLessThan(0.06);
    expect(Math.abs(variance - 1)).toBeLessThan(0.1);
  });
});

describe("withLabelNoise", () => {
  const clean = rotatedDigits({ seed: 1, digits });
  const noised = withLabelNoise(clean, { seed: 1 });

  test("120 of 400 training labels, the others and the points as they were", () => {
    expect(noised.noisy.length).toBe(120);
    expect(noised.data.points).toBe(clean.data.points);
    expect(clean.data.targets).not.toEqual(noised.data.targets);
    const changed = Array.from(clean.data.targets.keys()).filter(
      (n) => clean.data.targets[n] !== noised.data.targets[n],
    );
    expect(changed).toEqual(Array.from(noised.noisy));
    expect(noised.noisy.at(-1)).toBeLessThan(400);
  });

  test("normal noise of the deviation asked for, any label equally likely", () => {
    const many = friedman({ seed: 3, training: 10_000, test: 0 });
    const { data, noisy } = withLabelNoise(many, { seed: 8, share: 0.5, deviation: 2 });
    expect(noisy.length).toBe(5000);
    const noise = Array.from(noisy, (n) => (data.targets[n] - many.data.targets[n]) / 2);
    // Four standard errors of 5,000 normals; 4.55 % are beyond two deviations.
    expect(Math.abs(noise.reduce((sum, x) => sum + x, 0) / 5000)).toBeLessThan(0.057);
    expect(Math.abs(noise.reduce((sum, x) => sum + x * x, 0) / 5000 - 1)).toBeLessThan(0.08);
    const far = noise.filter((x) => Math.abs(x) > 2).length / 5000;
    expect(Math.abs(far - 0.0455)).toBeLessThan(0.012);
    const counts = new Uint32Array(10);
    for (const n of noisy) counts[Math.floor(n / 1000)]++;
    // Without replacement, so nearer to equal than chi-square supposes.
    expect(chiSquareProbability(counts, () => 500)).toBeGreaterThan(SIGNIFICANCE);
  });

  test("none, all, and what is refused", () => {
    expect(withLabelNoise(clean, { seed: 0, share: 0 }).noisy.length).toBe(0);
    expect(withLabelNoise(clean, { seed: 0, share: 1 }).noisy.length).toBe(400);
    const path = (options: object) => configErrorPath(() => withLabelNoise(clean, { seed: 0, ...options }));
    expect(path({ share: 1.1 })).toBe("labelNoise.share");
    expect(path({ deviation: -1 })).toBe("labelNoise.deviation");
    expect(path({ seed: -1 })).toBe("labelNoise.seed");
    expect(
      configErrorPath(() => withLabelNoise(randomSplit(plain, { seed: 0, training: 5 }), { seed: 0 })),
    ).toBe("data.labels");
  });
});
