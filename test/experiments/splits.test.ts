import { describe, expect, test } from "vitest";
import { classDataset, regressionDataset } from "../../src/data/dataset.ts";
import {
  consecutive,
  randomSplit,
  selectRows,
  shuffledClasses,
  splitByClass,
  stacked,
} from "../../src/experiments/splits.ts";
import { configErrorPath } from "../configError.ts";
import { chiSquareProbability, SIGNIFICANCE } from "../statistics.ts";

const labels = Array.from({ length: 30 }, (_, n) => n % 3);
const data = classDataset({ points: labels.map((_, n) => n), labels, dimensions: 1 });
const rising = (rows: Uint32Array) => Array.from(rows.toSorted());
const all = Array.from({ length: 30 }, (_, n) => n);

test("consecutive rows, a part after the other", () => {
  const { a, b, c } = consecutive({ a: 2, b: 0, c: 3 });
  expect([a, b, c].map((rows) => Array.from(rows))).toEqual([[0, 1], [], [2, 3, 4]]);
});

test("some rows as a data set of their own", () => {
  const some = selectRows(data, [4, 2, 4]);
  expect(some).toEqual(classDataset({ points: [4, 2, 4], labels: [1, 2, 1], dimensions: 1, classes: 3 }));
  const numbers = regressionDataset({ points: [1, 2, 3], targets: [7, 8, 9], dimensions: 1, outputs: 1 });
  expect(selectRows(numbers, [2])).toMatchObject({ size: 1, targets: Float32Array.of(9) });
  expect(selectRows(numbers, [2]).labels).toBeUndefined();
});

describe("stacked", () => {
  const draw = (shift: number) => ({
    data: regressionDataset({ points: [shift, 1, 2, 3], targets: [shift, 5], dimensions: 2, outputs: 1 }),
    splits: { training: Uint32Array.of(1), test: Uint32Array.of(0) },
  });

  test("rows of every draw, found by its own splits", () => {
    const { data: whole, splits } = stacked([draw(7), draw(8), draw(9)]);
    expect(whole.size).toBe(6);
    expect(Array.from(whole.points)).toEqual([7, 1, 2, 3, 8, 1, 2, 3, 9, 1, 2, 3]);
    expect(splits.map((own) => whole.targets[own.test[0]])).toEqual([7, 8, 9]);
    expect(splits.map((own) => whole.targets[own.training[0]])).toEqual([5, 5, 5]);
  });

  test("labels, too; and other kinds are refused", () => {
    const classes = randomSplit(data, { seed: 0, training: 4 });
    const { data: whole } = stacked([classes, classes]);
    expect(Array.from(whole.labels!)).toEqual([...labels, ...labels]);
    expect(configErrorPath(() => stacked([classes, draw(1)]))).toBe("draws[1]");
    expect(configErrorPath(() => stacked([]))).toBe("draws");
  });
});

describe("randomSplit", () => {
  test("training and the rest, each row once; the seed decides", () => {
    const { splits } = randomSplit(data, { seed: 3, training: 12 });
    expect(splits.training.length).toBe(12);
    expect(rising(Uint32Array.of(...splits.training, ...splits.test))).toEqual(all);
    expect(randomSplit(data, { seed: 3, training: 12 }).splits).toEqual(splits);
    expect(randomSplit(data, { seed: 4, training: 12 }).splits).not.toEqual(splits);
    // The rows for tests are the first of those left, however many are taken.
    const few = randomSplit(data, { seed: 3, training: 12, test: 5 }).splits;
    expect(few.test).toEqual(splits.test.slice(0, 5));
  });

  test("every row is equally likely", () => {
    const counts = new Uint32Array(30);
    for (let seed = 0; seed < 2000; seed++)
      for (const row of randomSplit(data, { seed, training: 1, test: 0 }).splits.training) counts[row]++;
    expect(chiSquareProbability(counts, () => 2000 / 30)).toBeGreaterThan(SIGNIFICANCE);
  });

  test("refuses", () => {
    const path = (options: object) =>
      configErrorPath(() => randomSplit(data, { seed: 0, training: 3, ...options }));
    expect(path({ training: 31 })).toBe("training");
    expect(path({ test: 28 })).toBe("test");
    expect(path({ seed: -1 })).toBe("seed");
  });
});

describe("splitByClass", () => {
  test("as many of each class as asked for, the others for tests", () => {
    const { splits } = splitByClass(data, { seed: 1, counts: [5, 0, 9] });
    const counts = [0, 0, 0];
    for (const row of splits.training) counts[labels[row]]++;
    expect(counts).toEqual([5, 0, 9]);
    expect(rising(Uint32Array.of(...splits.training, ...splits.test))).toEqual(all);
    expect(Array.from(splits.training)).not.toEqual(rising(splits.training));
  });

  test("refuses", () => {
    const path = (counts: number[], rest: object = {}) =>
      configErrorPath(() => splitByClass(data, { seed: 0, counts, ...rest }));
    expect(path([1, 11, 1])).toBe("counts[1]");
    expect(path([1, 1])).toBe("counts");
    expect(path([1, 1, 1], { test: 28 })).toBe("test");
    const numbers = regressionDataset({ points: [1], targets: [1], dimensions: 1, outputs: 1 });
    expect(configErrorPath(() => splitByClass(numbers, { seed: 0, counts: [1] }))).toBe("data.labels");
  });
});

test("every order of classes is equally likely", () => {
  const counts = new Uint32Array(27);
  for (let seed = 0; seed < 3000; seed++) {
    const [a, b, c] = shuffledClasses(seed, 3);
    counts[9 * a + 3 * b + c]++;
  }
  const isOrder = (cell: number) =>
    new Set([Math.floor(cell / 9), Math.floor(cell / 3) % 3, cell % 3]).size === 3;
  expect(chiSquareProbability(counts, (cell) => (isOrder(cell) ? 500 : 0))).toBeGreaterThan(SIGNIFICANCE);
});
