/** The over-training experiment: checks that pass and fail, what it says, and a small run whose nets follow the closed form. */

import { describe, expect, test } from "vitest";
import { overTrainingChecks } from "../../../src/experiments/over-training/checks.ts";
import {
  overTrainingExperiment,
  runOverTraining,
} from "../../../src/experiments/over-training/experiment.ts";
import type { DrawCurves, TrainedError } from "../../../src/experiments/over-training/results.ts";
import { farthest, lastOverBest, median } from "../../../src/experiments/over-training/summary.ts";
import { openTrainer } from "../../../src/experiments/trainer.ts";
import { range } from "../../../src/population/grid.ts";
import { misses } from "../../../src/report/closingTable.ts";
import { expectShown } from "../shown.ts";

const made = (more: Partial<DrawCurves> = {}): DrawCurves => ({
  ...{ seed: 0, bestStep: 10, mixup: [0.8, 0.2, 0.4], erm: [0.8, 0.1, 0.1], clean: [0.8, 0.1, 1e-6] },
  ...{ switched: [0.2, 0.12, 0.11], ...more },
});
const trainedAs = (error: number | null, more: Partial<TrainedError> = {}): TrainedError => ({
  ...{ seed: 0, arm: "mixup", step: 1, error, closedForm: 0.5, ...more },
});
const clean = { arm: "clean", closedForm: 1e-6 } as const;
const failing = (draw: DrawCurves, mixed: number | null = 0.5, cleanly = 3e-6) => {
  const trained = [trainedAs(mixed), trainedAs(cleanly, clean)];
  return misses(overTrainingChecks({ draws: range(10).map(() => draw), trained })).map(({ name }) => name);
};

describe("checks", () => {
  test("all hold where Mixup turns up and nothing else does", () => {
    expect(failing(made())).toEqual([]);
  });

  test("each fails by itself", () => {
    expect(failing(made({ mixup: [0.8, 0.2, 0.31] }))).toEqual([
      expect.stringContaining("Mixup, last error"),
    ]);
    expect(failing(made({ erm: [0.8, 0.1, 0.12] }))).toEqual([expect.stringContaining("ERM, last error")]);
    expect(failing(made({ clean: [0.8, 0.1, 2e-3] }))).toEqual([expect.stringContaining("clean labels")]);
    expect(failing(made({ switched: [0.2, 0.14, 0.14] }))).toEqual([expect.stringContaining("then ERM")]);
    expect(failing(made(), 0.5001)).toEqual([expect.stringContaining("relative distance")]);
    expect(failing(made(), null)).toEqual([expect.stringContaining("relative distance")]);
    // What goes to 0 is compared as it is.
    expect(failing(made(), 0.5, 3e-4)).toEqual([expect.stringContaining("clean labels: largest distance")]);
  });

  test("fewer than ten draws prove nothing, and say so", () => {
    const [first] = overTrainingChecks({ draws: [made()], trained: [] });
    expect(first).toMatchObject({ comparable: false, note: "1 of 10 draws" });
  });

  test("medians, last over best, distances", () => {
    expect([median([3, 1, 2]), median([4, 1, 2, 3]), lastOverBest([4, 1, 3])]).toEqual([2, 2.5, 3]);
    expect(farthest([])).toEqual({ relative: null, clean: null });
  });
});

const trainer = await openTrainer("cpu");
const results = await runOverTraining(trainer, { seeds: 2, steps: 40, trained: 1 });

test("a small run: nets are where the closed form says, also those that go on with the points", async () => {
  expect(misses(results.references)).toEqual([]);
  const { relative, clean } = farthest(results.trained);
  expect(relative).toBeLessThan(1e-6);
  expect(clean).toBeLessThan(1e-6);
  const [{ bestStep }] = results.draws;
  const turns = bestStep <= 40;
  expect(new Set(results.trained.map(({ arm }) => arm)).size).toBe(turns ? 4 : 3);
  expect(results.trained.filter(({ arm }) => arm === "mixup").map(({ step }) => step)).toEqual([
    1, 3, 10, 32,
  ]);
  expect(results.sizes.map(({ points }) => points)).toEqual([10, 20, 40]);
});

test("everything is shown, as plain data", async () => {
  expect(JSON.parse(JSON.stringify(results))).toEqual(results);
  const { learnt, html, reported } = await expectShown(overTrainingExperiment, results, ["curves"]);
  expect(learnt).toContain("medians of 2 draws");
  expect(html).toContain("Formulas are rebuilt");
  expect(html).toContain("In brackets");
  const [curves, trained] = reported.csv(results);
  expect(curves.text.trim().split("\n")).toHaveLength(1 + 2 * 4 * results.steps.length);
  expect(trained.text.trim().split("\n")).toHaveLength(1 + results.trained.length);
  expect(overTrainingExperiment.settle("brief")).toMatchObject({ seeds: 30, trained: 2 });
});

test("refuses numbers that are none, and stops with the signal's reason", async () => {
  for (const options of [{ seeds: 0 }, { steps: 1.5 }])
    await expect(runOverTraining(trainer, options)).rejects.toMatchObject({ path: Object.keys(options)[0] });
  expect(() => overTrainingExperiment.check?.({ seeds: -1 })).toThrow("seeds");
  const reason = new Error("enough");
  await expect(runOverTraining(trainer, {}, undefined, AbortSignal.abort(reason))).rejects.toBe(reason);
});
