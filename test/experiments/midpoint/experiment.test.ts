/** The midpoint experiment: its populations, claims that hold and that do not, what it says, a tiny real run. */

import { describe, expect, test } from "vitest";
import { readImageFolder } from "../../../src/cli/imageFolder.ts";
import { channelGroups, channelPopulation } from "../../../src/experiments/midpoint/channelPart.ts";
import { channelChecks, midpointChecks } from "../../../src/experiments/midpoint/checks.ts";
import { midpointExperiment, runMidpoint } from "../../../src/experiments/midpoint/experiment.ts";
import { bothLearnt, featurePopulation } from "../../../src/experiments/midpoint/featurePart.ts";
import { found } from "../../../src/experiments/midpoint/report.ts";
import {
  type FeatureGroup,
  LAWS,
  type LawName,
  type MidpointResults,
} from "../../../src/experiments/midpoint/results.ts";
import { openTrainer } from "../../../src/experiments/trainer.ts";
import { resolvePopulation } from "../../../src/population/config.ts";
import { range } from "../../../src/population/grid.ts";
import { configErrorPath } from "../../configError.ts";
import { expectShown } from "../shown.ts";

const results: MidpointResults = await runMidpoint(await openTrainer("cpu"), {
  seeds: 2,
  steps: 24,
  setting: { classes: 3, filters: 2 },
});

/** Groups as if eight runs had ended in these errors. */
function madeUp(errors: Record<LawName, number>, accuracy = 1, runs = 8): FeatureGroup[] {
  return LAWS.map((law) => ({
    law,
    curve: { step: [], mean: [], std: [] },
    error: { mean: errors[law], std: 0.02 },
    both: { mean: 0.9, std: 0 },
    trainingAccuracy: { mean: accuracy, std: 0 },
    runs: range(runs).map((seed) => ({
      seed,
      errorCurve: [],
      error: errors[law],
      both: 0.9,
      trainingAccuracy: accuracy,
      failure: null,
    })),
  }));
}

const SETTING = { classes: 24, filters: 4, steps: 600 };
const failing = (...made: Parameters<typeof madeUp>) =>
  midpointChecks(madeUp(...made), SETTING)
    .filter(({ pass, comparable }) => comparable && !pass)
    .map(({ name }) => name);

describe("images of two channels", () => {
  const told = (errors: readonly (readonly (number | null)[])[]) => channelChecks(channelGroups(errors));

  test("have to be learnt in every run", () => {
    expect(told([])).toEqual([]);
    expect(told([[0.2, 0.3, 0.25]])).toMatchObject([
      { name: "Images of two channels: largest test error of all runs (3 runs)", measured: 0.3, pass: true },
    ]);
    // As far as the worst of them.
    expect(
      told([
        [0.2, 0.3, 0.25],
        [0.2, 0.46, 0.25],
      ]),
    ).toMatchObject([{ measured: 0.46, pass: false }]);
  });

  test("prove nothing where one diverged", () => {
    expect(told([[0.2, null, 0.25]])).toMatchObject([
      { measured: null, pass: false, comparable: false, note: "1 run diverged" },
    ]);
  });
});

describe("claims", () => {
  test("hold of what was expected", () => {
    const good = { ERM: 0.07, uniform: 0.03, midpoint: 0.01 };
    expect(failing(good)).toEqual([]);
    expect(midpointChecks(madeUp(good), SETTING)[0].name).toContain(
      "midpoint less half of ERM (0.010 ± 0.020 and 0.070 ± 0.020, 8 runs each)",
    );
    expect(failing({ ...good, midpoint: 0.03 })).toEqual([]);
  });

  test.each([
    [{ ERM: 0.07, uniform: 0.04, midpoint: 0.036 }, /midpoint less half of ERM/],
    [{ ERM: 0.07, uniform: 0.071, midpoint: 0.01 }, /uniform less ERM/],
    [{ ERM: 0.07, uniform: 0.01, midpoint: 0.011 }, /midpoint less uniform/],
  ])("do not hold of %o", (errors, expected) => {
    expect(failing(errors)).toEqual([expect.stringMatching(expected)]);
  });

  test("ask for a fit, and prove nothing of fewer runs", () => {
    const good = { ERM: 0.07, uniform: 0.03, midpoint: 0.01 };
    expect(failing(good, 0.98).length).toBe(3);
    for (const { comparable, note } of midpointChecks(madeUp(good, 1, 7), SETTING)) {
      expect(comparable).toBe(false);
      expect(note).toBe("7 of 8 runs a law");
    }
    expect(results.references.every(({ comparable }) => !comparable)).toBe(true);
  });
});

test("the population: every law on every draw, same first weights under all laws", () => {
  const { config, training } = featurePopulation(2, { classes: 3, filters: 2, steps: 10 });
  expect(training.map((rows) => [rows[0], rows.length])).toEqual([
    [0, 18],
    [18, 18],
  ]);
  expect(config.runs.map(({ mixing: { kind, law } }) => [kind, law.kind])).toEqual(
    [
      ["erm", "constant"],
      ["mixup", "uniform"],
      ["mixup", "constant"],
    ].flatMap((law) => [law, law]),
  );
  expect(config.runs[0].parameters).toEqual(config.runs[4].parameters);
  expect(resolvePopulation(config).batchSize).toBe(18);
});

test("a class is learnt where each feature is, in more than nine of ten points", () => {
  const labels = range(40).map((n) => Math.floor(n / 20));
  const feature = range(40).map((n) => Math.floor(n / 10) % 2);
  const wrong = new Uint8Array(40);
  expect(bothLearnt(wrong, labels, feature, 2)).toBe(1);
  wrong[12] = 1;
  expect(bothLearnt(wrong, labels, feature, 2)).toBe(0.5);
  expect(bothLearnt(null, labels, feature, 2)).toBeNull();
});

test("two channels: versions of the images in turns, an epoch each; refused without images", async () => {
  const whole = await readImageFolder();
  const first = ({ labels, pixels, shape }: typeof whole.train, count: number) => ({
    shape,
    labels: labels.subarray(0, count),
    pixels: pixels.subarray(0, count * 784),
  });
  const size = 60;
  const images = { ...whole, train: first(whole.train, size), test: first(whole.test, 20) };
  const config = channelPopulation(images, 1, 10);
  expect(config.data.size).toBe(8 * size);
  const [{ train, phases }] = config.runs;
  expect(phases?.length).toBe(9);
  expect(phases?.[7].train).toEqual(train);
  expect(phases?.[0]).toMatchObject({ from: Math.ceil(size / 128) });
  const { runs, steps } = resolvePopulation(config);
  expect([runs.length, steps]).toEqual([3, 10 * Math.ceil(size / 128)]);
  expect(configErrorPath(() => channelPopulation(undefined, 0, 1))).toBe("images");
  expect(configErrorPath(() => midpointExperiment.check?.({ steps: 0 }))).toBe("--steps");
});

test("a run whose error rises again is told of, with the median", () => {
  const made = madeUp({ ERM: 0.07, uniform: 0.03, midpoint: 0.01 });
  const runs = made[0].runs.map((run, i) => ({
    ...run,
    errorCurve: [0.05, 0.07],
    error: i === 6 ? 0.3 : 0.07,
  }));
  const features = [{ ...made[0], runs }, ...made.slice(1)];
  const said = found({ ...results, features }).join(" ");
  expect(said).toContain("ERM: in 1 of 8 runs the error rises again by more than 0.1 (draw 6)");
  expect(said).toContain("the median of all is 0.070");
  expect(found({ ...results, features: made }).join(" ")).not.toContain("rises again");
});

test("everything is shown, as plain data", async () => {
  expect(JSON.parse(JSON.stringify(results))).toEqual(results);
  const { reported } = await expectShown(midpointExperiment, results, ["single-feature", "runs"]);
  const [curves, runs] = reported.csv(results);
  expect(curves.text.trim().split("\n").length).toBe(1 + 3 * 2 * 24);
  expect(runs.text.trim().split("\n").length).toBe(1 + 3 * 2);
  const channels = LAWS.map((law, l) => ({
    law,
    errors: range(5).map((seed) => 0.2 + 0.01 * seed - 0.02 * l),
    error: { mean: 0.22 - 0.02 * l, std: 0.01 },
  }));
  const full = { ...results, channels };
  await expectShown(midpointExperiment, full, ["single-feature", "runs", "two-channels"]);
  expect(found(full).at(-1)).toContain("Mixup, λ uniform 0.020 ± 0.000");
  expect(found(full).at(-1)).toContain("Nothing is concluded from their order.");
});
