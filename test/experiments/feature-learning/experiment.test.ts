/** The feature-learning experiment: its populations, claims that hold and that do not, what it says, a tiny real run. */

import { describe, expect, test } from "vitest";
import { readDigits } from "../../../src/cli/imageFolder.ts";
import { digitsDataset } from "../../../src/experiments/digits.ts";
import { featureLearningChecks } from "../../../src/experiments/feature-learning/checks.ts";
import { digitsPopulation } from "../../../src/experiments/feature-learning/digitsPart.ts";
import {
  featureLearningExperiment,
  runFeatureLearning,
  SMALL_RARE,
} from "../../../src/experiments/feature-learning/experiment.ts";
import { LAWS } from "../../../src/experiments/feature-learning/laws.ts";
import { rarePopulation } from "../../../src/experiments/feature-learning/rarePart.ts";
import { found } from "../../../src/experiments/feature-learning/report.ts";
import type {
  DigitsGroup,
  DigitsSetting,
  FeatureLearningResults,
  RareGroup,
  RareSetting,
} from "../../../src/experiments/feature-learning/results.ts";
import { openTrainer } from "../../../src/experiments/trainer.ts";
import { range } from "../../../src/population/grid.ts";
import { configErrorPath } from "../../configError.ts";
import { expectShown } from "../shown.ts";

const digits = await readDigits();
const tiny: RareSetting = { points: 8, dimensions: 12, filters: 2, steps: 8, laws: LAWS, switches: [3] };
const tinyDigits: DigitsSetting = { hidden: [4], steps: 8, laws: LAWS };
const results: FeatureLearningResults = await runFeatureLearning(await openTrainer("cpu"), {
  seeds: 2,
  rareSetting: tiny,
  digitsSetting: tinyDigits,
  digits,
});

/** Results as if eight runs had ended in these means. */
function madeUp(rare: Record<string, number>, accuracies: Record<string, number>) {
  const spreadOf = (mean: number) => ({ mean, std: 0.01 });
  const run = { seed: 0, rareCurve: [], rare: 0, common: 0, rareTraining: 0, failure: null };
  const group = (law: (typeof LAWS)[number], until: number | null): RareGroup => ({
    law,
    until,
    curve: { step: [200, 300, 400], mean: [0.5, 0.4, 0.3], std: [0, 0, 0] },
    rare: spreadOf(rare[until === null ? law : "off"]),
    common: spreadOf(rare.common),
    rareTraining: spreadOf(rare.training),
    runs: range(8).map((seed) => ({ ...run, seed })),
  });
  return {
    digits: LAWS.map(
      (law): DigitsGroup => ({
        law,
        accuracies: range(8).map(() => accuracies[law]),
        accuracy: spreadOf(accuracies[law]),
      }),
    ),
    rare: [...LAWS.map((law) => group(law, null)), group("tied", 100)],
    rareSetting: SMALL_RARE,
  };
}

const GOOD = { ERM: 0.4, tied: 0.01, independent: 0, constant: 0.02, off: 0, common: 0, training: 0 };
const CLOSE = { ERM: 0.9, tied: 0.921, independent: 0.919, constant: 0.925 };
const SETTING: DigitsSetting = { hidden: [64, 64], steps: 400, laws: LAWS };
const failing = (rare: Partial<typeof GOOD>, accuracies: Partial<typeof CLOSE> = {}) =>
  featureLearningChecks(madeUp({ ...GOOD, ...rare }, { ...CLOSE, ...accuracies }), SETTING)
    .filter(({ pass, comparable }) => comparable && !pass)
    .map(({ name }) => name);

describe("claims", () => {
  test("hold of what was expected", () => {
    expect(failing({})).toEqual([]);
    const references = featureLearningChecks(madeUp(GOOD, CLOSE), SETTING);
    expect(references.length).toBe(1 + 5 + 4 + 1);
    expect(references.every(({ comparable }) => comparable)).toBe(true);
    expect(references[1].name).toContain("ERM: rare test error (0.400 ± 0.010, 8 runs)");
    expect(references[1]).toMatchObject({ relation: "at least", expected: 0.15 });
  });

  test.each([
    ["ERM learns", { ERM: 0.14 }, {}, /ERM: rare test error/],
    ["Mixup does not", { independent: 0.06 }, {}, /two independent λ: rare test error/],
    ["switched off too early", { off: 0.06 }, {}, /off after 100 steps: rare test error/],
    ["ERM does not memorise", { training: 0.01 }, {}, /its own rare training points/],
    ["laws apart on digits", {}, { constant: 0.908 }, /distance of the mixed laws' accuracies/],
  ])("do not hold: %s", (_, rare, accuracies, expected) => {
    const names = failing(rare, accuracies);
    expect(names.length).toBe(1);
    expect(names[0]).toMatch(expected);
  });

  test("prove nothing of fewer runs, or other steps", () => {
    expect(results.references.every(({ comparable }) => !comparable)).toBe(true);
    expect(results.references[1].note).toContain("2 of 8 runs a law");
  });
});

test("one population of each half: every law on every draw, on points of its own", () => {
  const { config, rare } = rarePopulation(3, tiny);
  expect(config.runs.length).toBe(3 * 5);
  expect(config.data.size).toBe(3 * 8);
  expect(rare.map((rows) => [...rows])).toEqual([
    [0, 1, 2, 3],
    [8, 9, 10, 11],
    [16, 17, 18, 19],
  ]);
  expect(config.runs[1].parameters).toEqual(config.runs[4].parameters);
  expect(config.runs[0].parameters).not.toEqual(config.runs[1].parameters);
  expect(config.runs[12]).toMatchObject({ phases: [{ from: 3, mixing: { kind: "erm" } }] });
  const images = digitsPopulation(digitsDataset(digits), 2, tinyDigits);
  expect(images.runs.map(({ mixing: { kind, labelLambda } }) => [kind, labelLambda?.kind])).toEqual(
    [
      ["erm", undefined],
      ["mixup", undefined],
      ["mixup", "uniform"],
      ["mixup", "constant"],
    ].flatMap((law) => [law, law]),
  );
  expect(images.runs[0].train).toEqual(images.runs[2].train);
  expect(images.runs[0].train).not.toEqual(images.runs[1].train);
});

test("what can't be run is refused before anything is computed", async () => {
  const trainer = await openTrainer("cpu");
  expect(configErrorPath(() => featureLearningExperiment.check?.({ seeds: 0 }))).toBe("--seeds");
  expect(
    configErrorPath(() =>
      featureLearningExperiment.check?.(featureLearningExperiment.settle("full", { steps: 600 })),
    ),
  ).toBe("--steps");
  await expect(runFeatureLearning(trainer, { seeds: 1 })).rejects.toMatchObject({ path: "digits" });
});

test("everything is shown, as plain data", async () => {
  expect(JSON.parse(JSON.stringify(results))).toEqual(results);
  const { reported } = await expectShown(featureLearningExperiment, results, ["rare-features", "digits"]);
  const [curves, runs, accuracies] = reported.csv(results);
  expect(curves.text.trim().split("\n").length).toBe(1 + 5 * 2 * results.rare[0].curve.step.length);
  expect(runs.text.trim().split("\n").length).toBe(1 + 5 * 2);
  expect(accuracies.text.trim().split("\n").length).toBe(1 + 4 * 2);
});

test("says what was measured, and no more", () => {
  const told = { ...results, ...madeUp(GOOD, CLOSE) };
  expect(found(told).join(" ")).toContain("went from 0.400 to 0.300: it is still falling.");
  expect(found(told)[0]).toContain("no benefit on digits is claimed");
  const without = { ...told, digits: told.digits.slice(1) };
  expect(found(without)[0]).toContain("ERM was left out at this size");
});

test("without digits: the other half alone, checked, drawn and told as such", async () => {
  const half = { ...results, ...madeUp(GOOD, CLOSE), digits: [] };
  expect(featureLearningChecks(half, SETTING).map(({ heading }) => heading)).not.toContain("Digits");
  expect(found(half)[0]).toBe("Two λ on digits: left out at this size.");
  const { html } = await expectShown(featureLearningExperiment, half, ["rare-features"]);
  expect(html).not.toContain("Accuracy on digits");
});
