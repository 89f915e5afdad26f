/** Mixing laws: a tiny run on the reference, what is checked, what is said of made-up results, what is refused. */

import { expect, test } from "vitest";
import { readDigits } from "../../../src/cli/imageFolder.ts";
import { digitsDataset } from "../../../src/experiments/digits.ts";
import { mixingLawChecks } from "../../../src/experiments/mixing-laws/checks.ts";
import { DOMAINS, dirichletMixtures, permutedDigits } from "../../../src/experiments/mixing-laws/data.ts";
import { mixingLawsExperiment, runMixingLaws } from "../../../src/experiments/mixing-laws/experiment.ts";
import { observe } from "../../../src/experiments/mixing-laws/report.ts";
import type { MixingLawResults } from "../../../src/experiments/mixing-laws/results.ts";
import { openTrainer } from "../../../src/experiments/trainer.ts";
import { expectShown } from "../shown.ts";

const digits = await readDigits();

test("domains are the same images under fixed permutations, training and validation alike", () => {
  const { training, validation } = permutedDigits(digitsDataset(digits), 1, 1200);
  expect(training.domains!.map(({ points }) => points.length)).toEqual([1200, 1200, 1200]);
  expect(validation.domains!.map(({ points }) => points.length)).toEqual([597, 597, 597]);
  const image = (set: typeof training, k: number, n: number) => {
    const row = set.domains![k].points[n];
    return Array.from(set.points.subarray(64 * row, 64 * row + 64));
  };
  for (const set of [training, validation])
    for (const k of [1, 2]) {
      expect(image(set, k, 5)).not.toEqual(image(set, 0, 5));
      expect(image(set, k, 5).toSorted()).toEqual(image(set, 0, 5).toSorted());
    }
  expect(image(training, 1, 5)).not.toEqual(image(training, 2, 5));
  const other = permutedDigits(digitsDataset(digits), 2, 1200).training;
  expect(image(other, 0, 0)).not.toEqual(image(training, 0, 0));
});

test("mixtures are uniform on the triangle: means of 1/3, variances of 1/18", () => {
  const mixtures = dirichletMixtures(0, 4000);
  for (const k of DOMAINS.keys()) {
    const shares = mixtures.map((row) => row[k]);
    const mean = shares.reduce((sum, share) => sum + share, 0) / shares.length;
    const variance = shares.reduce((sum, share) => sum + (share - mean) ** 2, 0) / shares.length;
    // Four standard errors.
    expect(Math.abs(mean - 1 / 3)).toBeLessThan(0.015);
    expect(Math.abs(variance - 1 / 18)).toBeLessThan(0.004);
  }
  expect(mixtures[7].reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 12);
});

interface Numbers {
  law?: number[];
  plane?: number[];
  best?: number;
  predicted?: number;
}

/** Made-up results. */
function made({
  law = [0.95, 0.93, 0.9],
  plane = [0.4, 0.5, 0.3],
  best = 0.785,
  predicted = 0.737,
}: Numbers = {}) {
  const laws = law.map((explained, i) => ({
    domain: DOMAINS[i],
    c: 0.2,
    k: 1,
    slopes: [-2, 1, 1],
    explained,
    explainedByPlane: plane[i],
    error: 0.05,
  }));
  const mixture = (name: "best" | "uniform" | "weights", mean: number, by: number) => ({
    name,
    proportions: [0.3, 0.4, 0.3],
    predicted: by,
    measured: { mean, std: 0.015 },
  });
  return {
    mixtures: dirichletMixtures(0, 36).map((proportions, m) => ({
      proportions,
      isFitted: m < 24,
      losses: DOMAINS.map(() => ({ mean: 1, std: 0.1 })),
      diverged: 0,
    })),
    laws,
    chosen: [
      mixture("best", best, predicted),
      mixture("uniform", 0.802, 0.8),
      mixture("weights", 0.768, 0.76),
    ],
  };
}

test("what the repetition measured passes, and each inequality can fail", () => {
  const failing = (numbers?: Numbers) =>
    mixingLawChecks(made(numbers), 300).flatMap(({ pass }, i) => (pass ? [] : [i]));
  expect(mixingLawChecks(made(), 300)).toHaveLength(9);
  expect(failing()).toEqual([]);
  expect(failing({ law: [0.8, 0.93, 0.9] })).toEqual([0]);
  expect(failing({ law: [0.95, 0.84, 0.9], plane: [0.4, 0.9, 0.3] })).toEqual([2, 3]);
  expect(failing({ plane: [0.9, 0.8, 0.85] })).toEqual([6]);
  expect(failing({ predicted: 0.6 })).toEqual([7]);
  expect(failing({ best: 0.82 })).toEqual([8]);
});

test("fewer mixtures and other steps make verdicts that prove nothing", () => {
  const [first] = mixingLawChecks(made(), 300);
  expect(first.comparable).toBe(true);
  const rest = made();
  const [other] = mixingLawChecks({ ...rest, mixtures: rest.mixtures.slice(0, 10) }, 100);
  expect(other.note).toBe("10 of 36 mixtures, 100 of 300 steps");
});

test("sentences say whether the laws are too hopeful, and whether they beat the obvious", () => {
  expect(observe(made())).toEqual([
    "The laws err by 0.050, 0.050, 0.050 nats on average at the mixtures that judge them.",
    "At the mixture that they name, 0.30 / 0.40 / 0.30, they predict 0.737 and nets have 0.785: 0.048 too hopeful.",
    "It does not beat the obvious mixture: the weights themselves have 0.768, equal shares 0.802.",
  ]);
  expect(observe(made({ best: 0.7 }))[2]).toBe(
    "It is better than the weights themselves by 0.068, and than equal shares by 0.102.",
  );
});

test("a tiny run on the reference, and it is shown", async () => {
  const fractions: number[] = [];
  const results = (await runMixingLaws(
    await openTrainer("cpu"),
    { mixtures: 8, fitted: 6, seeds: 1, chosenSeeds: 2, steps: 20, training: 1700, digits },
    ({ fraction }) => fractions.push(fraction),
  )) as MixingLawResults;
  expect(results.mixtures.map(({ isFitted }) => isFitted)).toEqual([...Array(6).fill(true), false, false]);
  // Of the domain that it sees most of a net knows most.
  for (const { proportions, losses } of results.mixtures) {
    const most = proportions.indexOf(Math.max(...proportions));
    const means = losses.map(({ mean }) => mean!);
    if (proportions[most] > 0.5) expect(means.indexOf(Math.min(...means))).toBe(most);
  }
  expect(results.chosen.map(({ name }) => name)).toEqual(["best", "uniform", "weights"]);
  for (const { measured } of results.chosen) expect(measured.std).toBeGreaterThan(0);
  expect(fractions.at(-1)).toBeCloseTo(1, 12);
  expect(fractions).toEqual(fractions.toSorted((a, b) => a - b));
  expect(JSON.parse(JSON.stringify(results))).toEqual(results);
  const { reported } = await expectShown(mixingLawsExperiment, results, ["triangle-of-mixtures"]);
  expect(reported.csv(results)[0].text.trim().split("\n").length).toBe(1 + 8);
});

test("refuses fewer mixtures than a law needs, and work without digits", async () => {
  const trainer = await openTrainer("cpu");
  await expect(runMixingLaws(trainer, { fitted: 4, digits })).rejects.toMatchObject({ path: "fitted" });
  await expect(runMixingLaws(trainer, { mixtures: 25, digits })).rejects.toMatchObject({ path: "mixtures" });
  await expect(runMixingLaws(trainer)).rejects.toMatchObject({ path: "digits" });
});
