/** Self-Evolution: a tiny run on the reference, what is checked, what is said of made-up results, what is refused. */

import { expect, test } from "vitest";
import { readDigits } from "../../../src/cli/imageFolder.ts";
import { COMPARED, selfEvolutionChecks } from "../../../src/experiments/self-evolution/checks.ts";
import {
  armOf,
  runSelfEvolution,
  selfEvolutionExperiment,
} from "../../../src/experiments/self-evolution/experiment.ts";
import { observe } from "../../../src/experiments/self-evolution/report.ts";
import type {
  ArmName,
  SelfEvolutionResults,
  SelfEvolutionRun,
} from "../../../src/experiments/self-evolution/results.ts";
import { openTrainer } from "../../../src/experiments/trainer.ts";
import { expectShown } from "../shown.ts";

const digits = await readDigits();

/** Accuracy and calibration error of each way, as the repetition has them. */
const REPEATED: Record<ArmName, [number, number]> = {
  erm: [0.853, 0.025],
  smoothing: [0.851, 0.172],
  mixup: [0.857, 0.106],
  "self-distilled": [0.857, 0.119],
  "easy-first": [0.85, 0.151],
  "easy-by-probability": [0.85, 0.151],
};

/** Made-up ways, of which some come out otherwise. */
function arms(changed: Partial<typeof REPEATED> = {}, seeds = 16, diverged = 0) {
  return Object.entries({ ...REPEATED, ...changed }).map(([name, [accuracy, error]]) =>
    armOf(
      name as ArmName,
      name,
      Array.from({ length: seeds }, (_, seed): SelfEvolutionRun => {
        const off = 0.01 * Math.sin(seed);
        const isLost = seed < diverged && name === "mixup";
        return {
          seed,
          accuracy: isLost ? null : accuracy + off,
          calibrationError: isLost ? null : error + 0.1 * off,
          negativeLogLikelihood: 0.5,
          brierScore: 0.2,
          confidence: 0.7,
          easyByClass: name.startsWith("easy") ? [1, 4] : null,
        };
      }),
    ),
  );
}
const passes = (changed?: Partial<typeof REPEATED>) =>
  selfEvolutionChecks(arms(changed), 300).map(({ pass }) => pass);

test("what the repetition measured passes, and each inequality can fail", () => {
  expect(passes()).toEqual([true, true, true, true, true]);
  expect(passes({ "easy-first": [0.83, 0.151] })).toEqual([false, true, true, true, true]);
  expect(passes({ erm: [0.853, 0.06] })).toEqual([true, false, true, true, true]);
  expect(passes({ mixup: [0.857, 0.02] })).toEqual([true, true, false, true, true]);
  expect(passes({ "easy-first": [0.85, 0.18] })).toEqual([true, true, true, false, true]);
  expect(passes({ "self-distilled": [0.857, 0.1] })).toEqual([true, true, true, true, false]);
});

test("the order by probability is shown, and nothing depends on it", () => {
  expect(passes({ "easy-by-probability": [0.2, 0.9] })).toEqual(passes());
  expect(COMPARED).not.toContain("easy-by-probability");
});

test("fewer sets, other steps and diverged runs make verdicts that prove nothing", () => {
  const notes = (...args: Parameters<typeof selfEvolutionChecks>) => selfEvolutionChecks(...args)[0].note;
  expect(notes(arms(), 300)).toBe("");
  expect(notes(arms({}, 4), 100)).toBe("4 of at least 10 sets, 100 of 300 steps");
  expect(notes(arms({}, 16, 2), 300)).toBe("2 runs diverged");
  expect(selfEvolutionChecks([], 300).every(({ pass }) => !pass)).toBe(true);
});

test("sentences compare with ERM on the same sets, and say who is over- or underconfident", () => {
  const [smoothing, ...others] = observe(arms());
  expect(smoothing).toBe(
    "smoothing: accuracy −0.002 ± 0.000 (standard error) against ERM on the same sets, calibration error +0.147 ± 0.000; " +
      "the nets are less confident (0.700) than right (0.852).",
  );
  expect(others.at(-1)).toContain("between 1 and 4 of its points");
  expect(observe(arms({}, 16, 2))).toContain("mixup: 2 of 16 runs diverged.");
});

test("a tiny run on the reference: all ways, the same sets, half of the points easy, and it is shown", async () => {
  const trainer = await openTrainer("cpu");
  const fractions: number[] = [];
  const results: SelfEvolutionResults = await runSelfEvolution(
    trainer,
    { seeds: 2, steps: 4, test: 150, digits },
    ({ fraction }) => fractions.push(fraction),
  );
  expect(results.arms.map(({ name }) => name)).toEqual(Object.keys(REPEATED));
  for (const { runs } of results.arms) {
    expect(runs.map(({ seed }) => seed)).toEqual([0, 1]);
    for (const { accuracy, confidence } of runs) {
      expect(accuracy).toBeGreaterThan(0);
      expect(confidence).toBeGreaterThan(0.1);
    }
  }
  const easy = results.arms.map(({ runs }) => runs[0].easyByClass);
  expect(easy.slice(0, 4)).toEqual([null, null, null, null]);
  expect(easy[4]![0]).toBeLessThanOrEqual(2.5);
  expect(easy[4]![1]).toBeGreaterThanOrEqual(2.5);
  expect(fractions.at(-1)).toBeCloseTo(1, 12);
  expect(fractions).toEqual(fractions.toSorted((a, b) => a - b));
  expect(JSON.parse(JSON.stringify(results))).toEqual(results);
  const { reported, html, learnt } = await expectShown(selfEvolutionExperiment, results, [
    "accuracy-and-calibration",
  ]);
  expect(reported.csv(results)[0].text.trim().split("\n").length).toBe(1 + 6 * 2);
  expect(learnt).toContain("5 ways to train are within");
  expect(html).toContain("Reconstructed");
  expect(html).toContain("No benefit of Self-Evolution is claimed");
});

test("without curricula: said, and the others compared", async () => {
  const results = await runSelfEvolution(await openTrainer("cpu"), {
    seeds: 2,
    steps: 4,
    test: 150,
    ways: ["self-distilled", "erm"],
    digits,
  });
  expect(results.arms.map(({ name }) => name)).toEqual(["erm", "self-distilled"]);
  const { learnt } = await expectShown(selfEvolutionExperiment, results, ["accuracy-and-calibration"]);
  expect(learnt).toContain("2 ways to train are within");
  expect(learnt).toContain("Easy points first were not trained at this size.");
});

test("refuses too few steps, and work without digits", async () => {
  const trainer = await openTrainer("cpu");
  await expect(runSelfEvolution(trainer, { steps: 1, digits })).rejects.toMatchObject({ path: "steps" });
  await expect(runSelfEvolution(trainer)).rejects.toMatchObject({ path: "digits" });
  await expect(runSelfEvolution(trainer, { ways: [], digits })).rejects.toMatchObject({ path: "ways" });
  await expect(
    runSelfEvolution(
      trainer,
      { seeds: 1, steps: 4, test: 150, digits },
      undefined,
      AbortSignal.abort(new Error("enough")),
    ),
  ).rejects.toThrow("enough");
});
