/** The linear study: its data, its cases at a small size, and what it claims of them. */

import { expect, test } from "vitest";
import { gaussianData, linearExperiment, runLinear } from "../../../src/experiments/linear/experiment.ts";
import { fakeTrainer } from "../fakeTrainer.ts";
import { expectShown } from "../shown.ts";

const results = await runLinear(fakeTrainer(), { seeds: 1, alphas: [1, 32] });

test("data are a function of shape and seed, standard normal, classes in order", () => {
  const shape = { points: 20, dimensions: 101, positive: 14 };
  const data = gaussianData(shape, 3);
  expect(gaussianData(shape, 3).points).toEqual(data.points);
  expect(gaussianData(shape, 4).points[0]).not.toBe(data.points[0]);
  expect(Array.from(data.labels).filter((label) => label === 1).length).toBe(14);
  const points = Array.from(data.points);
  const mean = points.reduce((sum, value) => sum + value, 0) / points.length;
  const square = points.reduce((sum, value) => sum + value * value, 0) / points.length;
  // Standard errors are 0.022 and 0.031 for 2020 numbers.
  expect(Math.abs(mean)).toBeLessThan(0.09);
  expect(Math.abs(square - 1)).toBeLessThan(0.13);
});

test("balanced, where all points are support vectors, the directions are one and the scores k*", () => {
  const wide = results.cases.find(({ points, dimensions, positive }) => {
    return points === 10 && dimensions === 240 && positive === 5;
  })!;
  expect(wide.supportVectors).toBe(10);
  expect(wide.interpolating).toBe(1);
  expect(wide.mixup[0].least).toBeCloseTo(1, 9);
  expect(wide.mixup[0].positiveScore).toBeCloseTo(3.542283, 5);
  expect(wide.mixup[0].negativeScore).toBeCloseTo(3.542283, 5);
  expect(wide.erm.mean).toBeGreaterThan(0.999);
  expect(wide.erm.mean).toBeLessThan(1);
});

test("scores are those of the laws asked for, balanced first", () => {
  expect(results.scores.map(({ alpha, share }) => [alpha, share])).toEqual([
    [1, 0.5],
    [32, 0.5],
    [1, 0.7],
    [32, 0.7],
  ]);
  expect(results.scores[0].loss).toBeCloseTo(0.273899, 6);
});

test("exact values are compared whatever the draws, means only with enough of them", () => {
  const exact = results.references.filter(({ comparable }) => comparable);
  expect(exact.every(({ pass }) => pass)).toBe(true);
  const means = results.references.filter(({ comparable }) => !comparable);
  expect(means.map(({ note }) => note)).toEqual(["1 of 20 draws", "1 of 20 draws"]);
});

test("everything is shown and survives JSON", async () => {
  expect(JSON.parse(JSON.stringify(results))).toEqual(results);
  const { reported } = await expectShown(linearExperiment, results, ["cosine", "scores"]);
  const [cosines, scores] = reported.csv(results);
  expect(cosines.text.trim().split("\n").length).toBe(1 + 2 * results.cases.length);
  expect(scores.text.trim().split("\n").length).toBe(1 + 4);
});

test("a stopped study rejects with the signal's reason", async () => {
  const reason = new Error("enough");
  const run = runLinear(fakeTrainer(), { seeds: 1 }, undefined, AbortSignal.abort(reason));
  await expect(run).rejects.toBe(reason);
});
