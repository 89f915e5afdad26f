import { describe, expect, test } from "vitest";
import { readDigits } from "../../../src/cli/imageFolder.ts";
import { digitsDataset } from "../../../src/experiments/digits.ts";
import { longTailSplit } from "../../../src/experiments/long-tail/data.ts";
import { configErrorPath } from "../../configError.ts";

const data = digitsDataset(await readDigits());

describe("longTailSplit", () => {
  test("80 to 2 training points, 1,300 of the others for tests", () => {
    const { splits, order, counts, groups } = longTailSplit(data, { seed: 9 });
    const found = new Array(10).fill(0);
    for (const row of splits.training) found[data.labels![row]]++;
    expect(found).toEqual(Array.from(counts));
    expect(Array.from(order, (c) => counts[c])).toEqual([80, 53, 35, 23, 16, 10, 7, 5, 3, 2]);
    expect(splits.training.length).toBe(234);
    expect(splits.test.length).toBe(1300);
    expect(new Set([...splits.training, ...splits.test]).size).toBe(1534);
    expect(Array.from(groups.many, (c) => counts[c])).toEqual([80, 53, 35]);
    expect(Array.from(groups.few, (c) => counts[c])).toEqual([7, 5, 3, 2]);
  });

  test("the seed decides which classes are frequent", () => {
    const first = (seed: number) => longTailSplit(data, { seed }).order[0];
    const heads = Array.from({ length: 100 }, (_, seed) => first(seed));
    expect(new Set(heads).size).toBe(10);
    expect(first(5)).toBe(heads[5]);
  });

  test("refuses", () => {
    const path = (options: object) => configErrorPath(() => longTailSplit(data, { seed: 0, ...options }));
    expect(path({ largest: 0 })).toBe("longTail.largest");
    expect(path({ largest: 200, imbalance: 1 })).toBe("counts[0]");
    expect(path({ test: 1564 })).toBe("test");
    expect(path({ few: 11 })).toBe("longTail.few");
    expect(path({ many: 0 })).toBe("longTail.many");
  });
});
