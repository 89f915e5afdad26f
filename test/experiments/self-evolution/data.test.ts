import { expect, test } from "vitest";
import { readDigits } from "../../../src/cli/imageFolder.ts";
import { digitsDataset } from "../../../src/experiments/digits.ts";
import { fewShotSplit } from "../../../src/experiments/self-evolution/data.ts";
import { configErrorPath } from "../../configError.ts";

const data = digitsDataset(await readDigits());

test("five of each class for training, all others for tests", () => {
  const { data: same, splits } = fewShotSplit(data, { seed: 0 });
  expect(same).toBe(data);
  const counts = new Array(10).fill(0);
  for (const row of splits.training) counts[data.labels![row]]++;
  expect(counts).toEqual(new Array(10).fill(5));
  expect(splits.test.length).toBe(1797 - 50);
  expect(new Set([...splits.training, ...splits.test]).size).toBe(1797);
});

test("the seed decides", () => {
  const rows = (seed: number) => Array.from(fewShotSplit(data, { seed }).splits.training);
  expect(rows(1)).toEqual(rows(1));
  // 50 of 1,797: one or two are expected in common.
  expect(rows(1).filter((row) => rows(2).includes(row)).length).toBeLessThan(8);
});

test("refuses", () => {
  const path = (options: object) => configErrorPath(() => fewShotSplit(data, { seed: 0, ...options }));
  expect(path({ perClass: 0 })).toBe("fewShot.perClass");
  expect(path({ perClass: 175 })).toBe("counts[8]");
  expect(path({ test: 1748 })).toBe("test");
  expect(path({ seed: -1 })).toBe("seed");
});
