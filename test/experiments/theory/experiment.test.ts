/** The theory experiment at a small size: its checks, its flip diagrams, its words. */

import { expect, test } from "vitest";
import type { ExperimentProgress } from "../../../src/experiments/experiment.ts";
import { runTheory, theoryExperiment } from "../../../src/experiments/theory/experiment.ts";
import { regionWords } from "../../../src/experiments/theory/report.ts";
import { fakeTrainer } from "../fakeTrainer.ts";
import { expectShown } from "../shown.ts";

const seen: ExperimentProgress[] = [];
const results = await runTheory(fakeTrainer(), { columns: 24, rows: 16 }, (progress) => seen.push(progress));

test("every expected value is met", () => {
  expect(results.references.length).toBeGreaterThan(30);
  expect(results.references.filter(({ pass, comparable }) => !pass || !comparable)).toEqual([]);
});

test("the diagram of three points is the thresholds' curve: only point 1 fails, above them", () => {
  const { diagram } = results.lines[0];
  expect(new Set(diagram.failing)).toEqual(new Set([0, 2]));
  // At alpha near 32 the threshold is 0.0845.
  const column = diagram.alphas.findIndex((alpha) => alpha > 28);
  const failsAt = (epsilon: number) => {
    const row = diagram.epsilons.findIndex((value) => value > epsilon);
    return diagram.failing[row * diagram.alphas.length + column];
  };
  expect(failsAt(0.05)).toBe(0);
  expect(failsAt(0.12)).toBe(2);
});

test("on ten points 1, 3, 6 and 8 fail together", () => {
  expect(results.lines[1].diagram.failing).toContain(2 ** 1 + 2 ** 3 + 2 ** 6 + 2 ** 8);
  expect(results.lines[1].errors).toContainEqual({ alpha: 32, error: 0.4 });
});

test("each large region has one word, inside it; small ones have none", () => {
  const [columns, rows] = [20, 10];
  const failing = Array.from({ length: columns * rows }, (_, i): number => (i % columns < 8 ? 0 : 6));
  failing[0] = 1;
  const words = regionWords({ alphas: Array(columns).fill(1), epsilons: Array(rows).fill(1), failing });
  expect(words.map(({ text }) => text)).toEqual(["1, 2"]);
  expect(words[0].x).toBeGreaterThan(0.4);
});

test("where two regions have the same points, the roomier one says so", () => {
  const [columns, rows] = [30, 12];
  const failing = Array.from({ length: columns * rows }, (_, i): number => {
    const column = i % columns;
    return column < 3 || column > 20 ? 6 : 0;
  });
  const words = regionWords({ alphas: Array(columns).fill(1), epsilons: Array(rows).fill(1), failing });
  expect(words.map(({ text }) => text)).toEqual(["1, 2"]);
  expect(words[0].x).toBeGreaterThan(0.7);
});

test("everything is shown and survives JSON", async () => {
  expect(JSON.parse(JSON.stringify(results))).toEqual(results);
  const { reported, figures, html } = await expectShown(theoryExperiment, results, [
    "flips-3-points-2-classes",
    "flips-10-points-2-classes",
  ]);
  expect(figures[1].svg).toContain(">1, 3, 6, 8</text>");
  expect(reported.csv(results)[2].text.trim().split("\n").length).toBe(1 + 2 * 24 * 16);
  expect(html).toContain("Expected values");
  const fractions = seen.map(({ fraction }) => fraction);
  expect(fractions).toEqual(fractions.toSorted((a, b) => a - b));
  expect(fractions.at(-1)).toBe(1);
});
