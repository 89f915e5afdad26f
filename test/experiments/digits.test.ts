import { expect, test } from "vitest";
import { readDigits, readImageFolder } from "../../src/cli/imageFolder.ts";
import { digitsDataset } from "../../src/experiments/digits.ts";
import { configErrorPath } from "../configError.ts";

const digits = await readDigits();

test("all 1,797 of them, pixels from 0 to 1, in the order of the files", () => {
  const data = digitsDataset(digits);
  expect([data.size, data.dimensions, data.targetSize]).toEqual([1797, 64, 10]);
  expect(data.shape).toEqual([1, 8, 8]);
  // The first images are 0, 1, 2, 3, ...; their pixel sums over 16 are scikit-learn's.
  expect(Array.from(data.labels!.subarray(0, 10))).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  expect(Array.from(data.points.subarray(0, 8), (pixel) => 16 * pixel)).toEqual([0, 0, 5, 13, 9, 1, 0, 0]);
  expect(Math.max(...data.points)).toBe(1);
  expect(Math.min(...data.points)).toBe(0);
  const counts = new Array(10).fill(0);
  for (const label of data.labels!) counts[label]++;
  expect(counts).toEqual([178, 182, 177, 183, 181, 182, 181, 179, 174, 180]);
});

test("refuses what are no digits", async () => {
  expect(configErrorPath(() => digitsDataset(undefined))).toBe("digits");
  const fashion = await readImageFolder();
  expect(configErrorPath(() => digitsDataset(fashion))).toBe("digits");
});
