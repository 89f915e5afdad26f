/** The experiment's populations, groups, progress and stopping, with a trainer that trains nothing. */

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import {
  ALTERNATING_LINE_DEFAULTS,
  LINE_SETS,
  linePopulation,
  runAlternatingLine,
} from "../../../src/experiments/alternating-line/experiment.ts";
import type { ExperimentProgress } from "../../../src/experiments/experiment.ts";
import { perceptron } from "../../../src/model/perceptron.ts";
import { resolvePopulation } from "../../../src/population/config.ts";
import { VERSION } from "../../../src/version.ts";
import { fakeTrainer } from "../fakeTrainer.ts";

test("a population is the paper's: net, optimizer, batch, laws and seeds", () => {
  const population = resolvePopulation(linePopulation(LINE_SETS[2], ALTERNATING_LINE_DEFAULTS));
  expect(perceptron(population.model)).toMatchObject({
    sizes: [1, 512, 10],
    activation: "relu",
    bias: true,
  });
  expect(population.runs.length).toBe(50);
  expect(population).toMatchObject({
    steps: 5000,
    batch: "full",
    evaluateEvery: 50,
    loss: "softmax-cross-entropy",
  });
  expect([...population.probePoints]).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  expect([...population.data.labels!]).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  expect(population.runs[0]).toMatchObject({ seed: 0, mixing: { kind: "erm" } });
  expect(population.runs[0].optimizer).toMatchObject({
    kind: "adam",
    learningRate: 1e-3,
    beta1: 0.9,
    beta2: 0.999,
    weightDecay: 0,
  });
  expect(population.runs[29]).toMatchObject({
    seed: 9,
    mixing: { kind: "mixup", law: { a: 32, b: 32 }, granularity: "batch", pairing: "uniform" },
  });
});

test("granularity and pairing reach the runs", () => {
  const { runs } = linePopulation(LINE_SETS[0], {
    ...ALTERNATING_LINE_DEFAULTS,
    granularity: "sample",
    pairing: "other",
  });
  expect(runs.at(-1)!.mixing).toMatchObject({ granularity: "sample", pairing: "other" });
});

test("a group holds the mean and the population standard deviation over its own seeds", async () => {
  const trainer = fakeTrainer({
    error: (seed, alpha, step) => seed * 0.1 + alpha + step / 1000,
    probability: (seed, alpha) => 0.1 * seed + alpha / 100,
  });
  const { groups } = await runAlternatingLine(trainer, { seeds: 3, alphas: [1, 32], steps: 120 });
  expect(groups.map(({ points, classes, mixing, alpha }) => [points, classes, mixing, alpha])).toEqual(
    [
      [3, 2],
      [10, 2],
      [10, 10],
    ].flatMap(([n, k]) => [
      [n, k, "erm", null],
      [n, k, "mixup", 1],
      [n, k, "mixup", 32],
    ]),
  );
  const group = groups[2];
  const deviation = Math.sqrt(0.02 / 3);
  expect(group).toMatchObject({ seeds: 3, steps: 120, granularity: "batch", pairing: "uniform" });
  expect(group.finalError.mean).toBeCloseTo(32.22, 12);
  expect(group.finalError.std).toBeCloseTo(deviation, 12);
  expect(group.errorCurve.step).toEqual([50, 100, 120]);
  expect(group.errorCurve.mean[0]).toBeCloseTo(32.15, 12);
  expect(group.errorCurve.std[1]).toBeCloseTo(deviation, 12);
  expect(group.probabilities.length).toBe(3);
  expect(group.probabilities[1][0]).toBeCloseTo(0.42, 6);
  expect(group.probabilities[1][1]).toBeCloseTo(0.58, 6);
  expect(group.probabilitiesStd[2][0]).toBeCloseTo(deviation, 6);
  expect(group.runs.map((run) => run.seed)).toEqual([0, 1, 2]);
  expect(group.runs[2].errorCurve[1]).toBeCloseTo(32.3, 12);
  expect(group.runs[2].trainingLossCurve).toEqual([1 / 50, 1 / 100, 1 / 120]);
});

test("a run that diverges is reported and left out of the means", async () => {
  const trainer = fakeTrainer({
    error: (seed) => (seed === 1 ? Number.NaN : seed),
    fails: (seed, alpha) => seed === 1 && alpha === 1,
  });
  const { groups } = await runAlternatingLine(trainer, { seeds: 3, alphas: [1], steps: 50 });
  expect(groups[1].finalError).toEqual({ mean: 1, std: 1 });
  expect(groups[1].runs[1]).toMatchObject({ finalError: null, failure: { step: 7 } });
  expect(groups[0].runs.every((run) => run.failure === null)).toBe(true);
});

test("means of a group in which every run diverged are null", async () => {
  const { groups, references } = await runAlternatingLine(fakeTrainer({ fails: () => true }), {
    seeds: 1,
    alphas: [],
    steps: 50,
  });
  expect(groups[0].finalError).toEqual({ mean: null, std: null });
  expect(groups[0].probabilities[0]).toEqual([null, null]);
  expect(references[0]).toMatchObject({ measured: null, pass: false, comparable: false });
});

test("progress rises from 0 to 1 over all data sets", async () => {
  const seen: ExperimentProgress[] = [];
  await runAlternatingLine(fakeTrainer(), { seeds: 1, alphas: [1], steps: 100 }, (progress) =>
    seen.push(progress),
  );
  const fractions = seen.map(({ fraction }) => fraction);
  expect(fractions[0]).toBe(0);
  expect(fractions.at(-1)).toBe(1);
  expect(fractions).toEqual(fractions.toSorted((a, b) => a - b));
  expect([...new Set(seen.map(({ label }) => label))]).toEqual([
    "3 points, 2 classes",
    "10 points, 2 classes",
    "10 points, 10 classes",
  ]);
});

test("an aborted experiment rejects with the signal's reason", async () => {
  const reason = new Error("enough");
  const run = runAlternatingLine(
    fakeTrainer(),
    { seeds: 1, steps: 50 },
    undefined,
    AbortSignal.abort(reason),
  );
  await expect(run).rejects.toBe(reason);
});

test("results say what was run, on what, by which version", async () => {
  const results = await runAlternatingLine(fakeTrainer(), { seeds: 2, alphas: [3], steps: 50 });
  expect(results).toMatchObject({
    experiment: "alternating-line",
    version: VERSION,
    backend: "cpu",
    adapter: { vendor: "fake", isFallback: false },
    config: {
      seeds: [0, 1],
      alphas: [3],
      steps: 50,
      granularity: "batch",
      pairing: "uniform",
      batch: "full",
    },
  });
  expect(results.elapsedSeconds).toBeGreaterThan(0);
  expect(JSON.parse(JSON.stringify(results))).toEqual(results);
});

test("VERSION is the package's", () => {
  expect(VERSION).toBe(JSON.parse(readFileSync("package.json", "utf8")).version);
});
