/** Fair weights: draws, a tiny run on the reference, what is checked and that it can fail, derivatives by differences. */

import { expect, test } from "vitest";
import { fairWeightsChecks } from "../../../src/experiments/fair-weights/checks.ts";
import { fairDraw } from "../../../src/experiments/fair-weights/data.ts";
import { directionalDerivatives } from "../../../src/experiments/fair-weights/differences.ts";
import { fairWeightsExperiment, runFairWeights } from "../../../src/experiments/fair-weights/experiment.ts";
import type { FairWeightsResults } from "../../../src/experiments/fair-weights/results.ts";
import { openTrainer } from "../../../src/experiments/trainer.ts";
import { configErrorPath } from "../../configError.ts";
import { expectShown } from "../shown.ts";

test("a draw: two groups, wrong labels in training alone and of two kinds, a function of the seed", () => {
  const { data, splits, groups, flipped } = fairDraw({ seed: 4 });
  expect([data.size, data.dimensions]).toEqual([6600, 7]);
  expect(flipped.subarray(2000).every((one) => one === 0)).toBe(true);
  const share = (label: number, group: number) => {
    const own = [...splits.training].filter(
      (n) => (data.labels![n] ^ flipped[n]) === label && groups[n] === group,
    );
    return own.filter((n) => flipped[n] === 1).length / own.length;
  };
  expect(share(0, 0)).toBe(0);
  expect(share(1, 1)).toBe(0);
  // Some 500 points each: four standard deviations.
  expect(Math.abs(share(1, 0) - 0.45)).toBeLessThan(0.09);
  expect(Math.abs(share(0, 1) - 0.3)).toBeLessThan(0.09);
  expect(groups.reduce((sum, group) => sum + group, 0) / 6600).toBeCloseTo(0.5, 1);
  // The group and the bias are inputs.
  expect([data.points[5], data.points[6]]).toEqual([groups[0], 1]);
  expect(fairDraw({ seed: 4 }).data.points).toEqual(data.points);
  expect(fairDraw({ seed: 5 }).data.points).not.toEqual(data.points);
  expect(configErrorPath(() => fairDraw({ seed: -1 }))).toBe("draw.seed");
  expect(configErrorPath(() => fairDraw({ seed: 1, training: 0 }))).toBe("draw.training");
});

test("a draw of other features: their number is part of it, and labels follow its rule", () => {
  const sizes = { training: 300, grouped: 300, test: 400 };
  const { data, groups, flipped, truth } = fairDraw({ seed: 4, ...sizes, features: 2 });
  expect([data.dimensions, truth.length]).toEqual([4, 2]);
  expect(fairDraw({ seed: 4, ...sizes, features: 5 })).toEqual(fairDraw({ seed: 4, ...sizes }));
  let clear = 0;
  for (let n = 0; n < data.size; n++) {
    const [x, y, group, bias] = data.points.subarray(4 * n, 4 * n + 4);
    expect([group, bias]).toEqual([groups[n], 1]);
    const score = truth[0] * x + truth[1] * y;
    // Five standard deviations of the noise.
    if (Math.abs(score) < 1) continue;
    clear++;
    expect(data.labels![n] ^ flipped[n]).toBe(Number(score > 0));
  }
  expect(clear).toBeGreaterThan(100);
  expect(configErrorPath(() => fairDraw({ seed: 1, features: 0 }))).toBe("draw.features");
});

test("a short run on the reference: weights tell wrong labels from right ones, and it is shown", async () => {
  const fractions: number[] = [];
  const results = await runFairWeights(await openTrainer("cpu"), { seeds: 2, steps: 60 }, ({ fraction }) =>
    fractions.push(fraction),
  );
  expect(results.rounds.at(-1)).toBe(60);
  for (const { weights, erm, biFair } of results.runs) {
    expect([weights.flipped[0], weights.right[0]]).toEqual([1, 1]);
    expect(weights.flipped.at(-1)).toBeLessThan(0.5);
    expect(weights.right.at(-1)).toBeGreaterThan(1);
    expect(biFair.at(-1)!.opportunity).toBeLessThan(erm.at(-1)!.opportunity);
  }
  // In float64 only the parameters are rounded to 32 bits.
  for (const { largest } of results.differences) expect(largest).toBeLessThan(1e-3);
  expect(fractions).toEqual(fractions.toSorted((a, b) => a - b));
  expect(JSON.parse(JSON.stringify(results))).toEqual(results);
  const { reported } = await expectShown(fairWeightsExperiment, results, ["weights-and-gaps"]);
  expect(reported.csv(results)[0].text.trim().split("\n").length).toBe(1 + 2 * 2 * results.rounds.length);
  expect(results.references[0].note).toBe("2 of 10 draws, 60 of 400 rounds");
});

test("each inequality can fail", () => {
  const one = (mean: number) => ({ mean, std: 0.01 });
  const made = (accuracy: number, gap: number, ermGap: number, largest = 1e-4) =>
    fairWeightsChecks({
      rounds: [0, 400],
      runs: new Array(10).fill({}) as FairWeightsResults["runs"],
      last: {
        erm: { accuracy: one(0.75), opportunity: one(ermGap), odds: one(ermGap) },
        biFair: { accuracy: one(accuracy), opportunity: one(gap), odds: one(gap) },
      },
      differences: [{ round: 1, largest }],
    }).flatMap(({ pass }, i) => (pass ? [] : [i]));
  expect(made(0.97, 0.015, 0.6)).toEqual([]);
  expect(made(0.89, 0.015, 0.6)).toEqual([0]);
  expect(made(0.97, 0.07, 0.6)).toEqual([1, 2]);
  expect(made(0.97, 0.015, 0.3)).toEqual([3, 4]);
  expect(made(0.97, 0.015, 0.6, 2e-3)).toEqual([5]);
});

test("derivatives along a direction, of two draws at once", async () => {
  const draws = [1, 2].map((seed) => fairDraw({ seed, training: 40, grouped: 40, test: 1 }));
  const theta = Float64Array.of(0.5, -0.25, 1, 0, 0.125, -1, 0.25);
  const direction = Float64Array.of(0, 0, 2, 0, 0, 0, 0);
  const found = await directionalDerivatives(await openTrainer("cpu"), draws, [
    { theta, direction },
    { theta, direction: Float64Array.of(0, 0, 0, 0, 0, 0, 1) },
  ]);
  const slope = ({ data }: (typeof draws)[number], n: number) => {
    const z = theta.reduce((sum, value, d) => sum + value * data.points[n * 7 + d], 0);
    return 1 / (1 + Math.exp(-z)) - data.labels![n];
  };
  for (const n of [0, 17, 39]) {
    expect(found[0][n]).toBeCloseTo(slope(draws[0], n) * 2 * draws[0].data.points[n * 7 + 2], 3);
    expect(found[1][n]).toBeCloseTo(slope(draws[1], n), 3);
  }
});

test("refuses no draws and no rounds", async () => {
  const trainer = await openTrainer("cpu");
  await expect(runFairWeights(trainer, { seeds: 0 })).rejects.toMatchObject({ path: "seeds" });
  await expect(runFairWeights(trainer, { steps: 0.5 })).rejects.toMatchObject({ path: "steps" });
});
