/** Published values: which apply, what is measured for them, when they pass, when they prove nothing. */

import { expect, test } from "vitest";
import { checkReferences } from "../../../src/experiments/alternating-line/checks.ts";
import {
  ALTERNATING_LINE_DEFAULTS,
  runAlternatingLine,
} from "../../../src/experiments/alternating-line/experiment.ts";
import {
  PAPER_PROBABILITIES,
  PAPER_SETTING,
  PAPER_VALUES,
} from "../../../src/experiments/alternating-line/published.ts";
import type { Group } from "../../../src/experiments/alternating-line/results.ts";
import { closingTable, misses } from "../../../src/report/closingTable.ts";

import { fakeTrainer } from "../fakeTrainer.ts";

/**
 * A group at the paper's setting whose mean error is `errors` and whose point 1 has probability `p` of class
 * 0.
 */
function group(alpha: number | null, errors: number[], p = 0.5, change: Partial<Group> = {}): Group {
  return {
    points: 3,
    classes: 2,
    mixing: alpha === null ? "erm" : "mixup",
    alpha,
    ...PAPER_SETTING,
    finalError: { mean: errors.at(-1)!, std: 0 },
    errorCurve: { step: errors.map((_, i) => 50 * (i + 1)), mean: errors, std: errors.map(() => 0) },
    probabilities: [
      [1, 0],
      [p, 1 - p],
      [1, 0],
    ],
    probabilitiesStd: [],
    runs: [],
    ...change,
  };
}

test("the default setting is the paper's, and every published value has a group in it", async () => {
  expect(ALTERNATING_LINE_DEFAULTS).toMatchObject(PAPER_SETTING);
  const { references } = await runAlternatingLine(fakeTrainer());
  expect(references.filter(({ source }) => source.startsWith("authors'")).length).toBe(PAPER_VALUES.length);
  expect(references.every(({ comparable }) => comparable)).toBe(true);
});

test("the probability is class 0's at point 1, within its tolerance, both ends included", () => {
  const measured = (p: number) =>
    checkReferences([group(1, [0], p)]).find(({ name }) => name.includes("probability"))!;
  expect(measured(0.2)).toMatchObject({ expected: 0.156, tolerance: 0.05, measured: 0.2, pass: true });
  expect(measured(0.206).pass).toBe(true);
  expect(measured(0.207).pass).toBe(false);
  expect(measured(0.105).pass).toBe(false);
});

test("a late error is the mean of the last 20 evaluations", () => {
  const errors = [...Array(80).fill(0), ...Array(19).fill(1 / 3), 0.2];
  const [late] = checkReferences([group(32, errors)]);
  expect(late.measured).toBeCloseTo((19 / 3 + 0.2) / 20, 12);
  expect(late.pass).toBe(true);
  expect(checkReferences([group(32, [...Array(95).fill(1 / 3), 0.1, 0.1, 0.1, 0.1, 0.1])])[0].pass).toBe(
    false,
  );
});

test("one early ERM error is a miss, however the training ends", () => {
  expect(checkReferences([group(null, [0, 0, 0])])[0]).toMatchObject({ measured: 0, pass: true });
  expect(checkReferences([group(null, [0, 1 / 30, 0])])[0]).toMatchObject({ measured: 1 / 30, pass: false });
});

test("a law without published values has none", () => {
  expect(checkReferences([group(7, [0])])).toEqual([]);
});

test.each([
  [{ seeds: 2 }, "2 of 10 seeds"],
  [{ steps: 200 }, "200 steps, not 5000"],
  [{ granularity: "sample" as const }, "one lambda per sample"],
  [{ pairing: "other" as const }, 'pairing "other"'],
])("%j is measured but compared with nothing", (change, note) => {
  const references = checkReferences([group(1, [0.5], 0.9, change)]);
  expect(references.length).toBe(2);
  for (const reference of references)
    expect(reference).toMatchObject({ comparable: false, note, pass: false });
  expect(misses(references)).toEqual([]);
  expect(closingTable({ references })).toContain("(misses)");
  expect(closingTable({ references })).toContain(note);
});

test("ERM is as published whatever the granularity and the pairing", () => {
  expect(
    checkReferences([group(null, [0], 0, { granularity: "sample", pairing: "other" })])[0].comparable,
  ).toBe(true);
});

test("the closing table has a row for each value, under its data set, and counts what agrees", () => {
  const references = checkReferences([
    group(null, [0]),
    group(1, [0], 0.9),
    group(1, [0.33], 0.5, { points: 10 }),
  ]);
  const lines = closingTable({ references }).split("\n");
  expect(lines[0]).toMatch(/paper +ours +verdict/);
  expect(lines.filter((line) => line.startsWith("3 points")).length).toBe(1);
  expect(lines.indexOf("10 points, 2 classes")).toBe(5);
  expect(lines[4]).toMatch(/probability of class 0 at point 1 +0\.156 ± 0\.05 +0\.900 +misses$/);
  expect(lines[6]).toMatch(
    /Mixup α = 1: error, mean of the last 20 evaluations +0\.330 ± 0\.06 +0\.330 +agrees$/,
  );
  expect(lines).toContain("Within their tolerance agree: 3 of 4 values published by the paper's authors.");
  expect(misses(references).length).toBe(1);
});

test("published probabilities have a value for every point", () => {
  for (const { points, values } of PAPER_PROBABILITIES) expect(values.length).toBe(points);
});
