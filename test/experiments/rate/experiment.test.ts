/** The rate experiment: its populations, what it reads off a run, counts of self pairs, and what it says of them. */

import { describe, expect, test } from "vitest";
import {
  RATE_DEFAULTS,
  rateExperiment,
  rateLaws,
  ratePopulation,
  rateSets,
  runRate,
} from "../../../src/experiments/rate/experiment.ts";
import { observeRate, rateReport } from "../../../src/experiments/rate/report.ts";
import type { RateResults } from "../../../src/experiments/rate/results.ts";
import { quartiles, rateGroup, timesErm } from "../../../src/experiments/rate/runs.ts";
import { uniform } from "../../../src/mixing/laws.ts";
import { erm, mixup } from "../../../src/mixing/mixing.ts";
import { resolvePopulation } from "../../../src/population/config.ts";
import { fakeTrainer } from "../fakeTrainer.ts";
import { expectShown } from "../shown.ts";

const small = { seeds: 2, alphas: [32], steps: 40, dimensions: [3] };

/** ERM is at zero from step 10 * (seed + 1) on, alpha 32 five steps later but once wrong again at 25. */
const fake = fakeTrainer({
  error: (seed, alpha, step) => {
    if (alpha === 32 && step === 25) return 0.5;
    return step < 10 * (seed + 1) + (alpha === 32 ? 5 : 0) ? 0.25 : 0;
  },
});
const results: RateResults = await runRate(fake, small);
const [ermGroup, withSelf] = results.groups;

test("the laws: ERM, then each with self pairs and without, midpoints last", () => {
  const laws = rateLaws({ alphas: [1, 1024], granularity: "sample" });
  expect(laws.map(({ family, pairing }) => `${family} ${pairing}`)).toEqual([
    "ERM null",
    "α = 1 uniform",
    "α = 1 other",
    "α = 1024 uniform",
    "α = 1024 other",
    "λ = ½ uniform",
    "λ = ½ other",
  ]);
  for (const { mixing, pairing } of laws.slice(1))
    expect(mixing).toMatchObject({ kind: "mixup", pairing, granularity: "sample" });
  expect(laws[5].mixing.law).toEqual({ kind: "constant", value: 0.5 });
});

test("the data: moons, and balanced points in each number of dimensions; a population resolves", () => {
  const sets = rateSets([5, 20]);
  expect(sets.map(({ name, data }) => [name, data.size, data.dimensions])).toEqual([
    ["two moons", 60, 2],
    ["random labels in 5 dimensions", 40, 5],
    ["random labels in 20 dimensions", 40, 20],
  ]);
  for (const { data } of sets) {
    expect(Array.from(data.labels!).reduce((sum, label) => sum + label, 0)).toBe(data.size / 2);
    const population = resolvePopulation(ratePopulation(data, [erm(), mixup(uniform())], RATE_DEFAULTS));
    expect(population.runs.length).toBe(20);
    expect(population.batchSize).toBe(data.size);
  }
  const points = Array.from(sets[2].data.points);
  expect(new Set(points).size).toBe(800);
  // Standard errors of 800 normal numbers: 0.035 and 0.05.
  expect(Math.abs(points.reduce((sum, value) => sum + value, 0) / 800)).toBeLessThan(0.12);
  expect(Math.abs(points.reduce((sum, value) => sum + value * value, 0) / 800 - 1)).toBeLessThan(0.17);
});

describe("steps to zero", () => {
  test("the first evaluation at zero, and that from which it stays there", () => {
    expect(ermGroup.runs.map(({ first, stays }) => [first, stays])).toEqual([
      [10, 10],
      [20, 20],
    ]);
    expect(withSelf.runs.map(({ first, stays }) => [first, stays])).toEqual([
      [15, 30],
      [30, 30],
    ]);
    expect(ermGroup.first.median).toBe(15);
    expect(timesErm(withSelf, ermGroup)).toBe(1.5);
  });

  test("points seen unmixed: all of them never without self pairs, and none of ERM is counted", () => {
    expect(ermGroup.runs.map(({ seenUnmixed }) => seenUnmixed)).toEqual([null, null]);
    for (const group of results.groups.filter(({ pairing }) => pairing === "other"))
      expect(group.runs.map(({ seenUnmixed }) => seenUnmixed)).toEqual([0, 0]);
    // Expected in 15 epochs: 60 (1 - (59/60)^15) = 13.4 with a standard deviation of 3.2; in 30, 23.8 with 3.8.
    const [fifteen, thirty] = withSelf.runs.map(({ seenUnmixed }) => seenUnmixed!);
    expect(Math.abs(fifteen - 13.4)).toBeLessThan(3.3 * 3.2);
    expect(Math.abs(thirty - 23.8)).toBeLessThan(3.3 * 3.8);
  });

  test("runs that do not get there, or diverge, have no step and are larger than all others", async () => {
    const never = await runRate(
      fakeTrainer({
        error: (seed, alpha) => (alpha === 32 && seed > 0 ? 0.2 : 0),
        fails: (seed, alpha) => alpha === 32 && seed === 0,
      }),
      small,
    );
    const [base, group] = never.groups;
    expect(group.runs.map(({ first, failure }) => [first, failure])).toEqual([
      [null, 7],
      [null, null],
    ]);
    expect(group.reached).toBe(0);
    expect(group.first).toEqual({ lower: null, median: null, upper: null });
    expect(timesErm(group, base)).toBeNull();
    const said = observeRate(never.groups.filter(({ set }) => set === "two moons"));
    expect(said).toContain("Two moons: ERM is at zero error after 5 steps.");
    expect(said).toContain("Mixup with α = 32 not within 40 steps (error at the end 0.200)");
    expect(said).toContain("α = 32: 1 of 2 runs diverged.");
    const [steps] = rateReport.figures(never);
    expect(steps.svg).toMatch(/<circle[^>]* stroke="#0067a5"/);
    expect(rateReport.learnt(never)).toContain("does not get there in most runs within 40 steps");
  });

  test("quartiles with and without numbers", () => {
    expect(quartiles([4, 1, 3, 2, 5])).toEqual({ lower: 2, median: 3, upper: 4 });
    expect(quartiles([1, 2])).toEqual({ lower: 1.25, median: 1.5, upper: 1.75 });
    expect(quartiles([null, 2, 1])).toEqual({ lower: 1.5, median: 2, upper: null });
    expect(quartiles([1, null])).toEqual({ lower: null, median: null, upper: null });
    expect(quartiles([null])).toEqual({ lower: null, median: null, upper: null });
  });

  test("a curve that never falls to zero has neither step", () => {
    const [set] = rateSets([]);
    const [law] = rateLaws({ alphas: [], granularity: "batch" });
    const run = { run: { seed: 3 }, error: 0.1 } as never;
    const group = rateGroup(set, law, [5, 10], [{ run, error: [0, 0.1] }]);
    expect(group.runs[0]).toMatchObject({ seed: 3, first: 5, stays: null, finalError: 0.1 });
  });
});

test("references: self pairs within 3 standard errors, midpoints; all agree", () => {
  expect(results.references.map(({ pass }) => pass)).toEqual(results.references.map(() => true));
  expect(results.selfPairs.map(({ points, pairing, epochs }) => [points, pairing, epochs])).toEqual([
    [60, "uniform", 80],
    [60, "other", 80],
    [40, "uniform", 80],
    [40, "other", 80],
  ]);
  const [uniformly, others] = results.selfPairs;
  expect(uniformly.standardError).toBeCloseTo(Math.sqrt((1 - 1 / 60) / 80), 12);
  expect(others).toMatchObject({ expected: 0, counted: 0, standardError: 0 });
  expect(results.midpoints.map(({ points, fewest, most }) => [points, fewest, most])).toEqual([
    [3, 1, 1],
    [4, 2, 2],
    [5, 1, 1],
    [6, 1, 1],
    [8, 1, 1],
    [10, 1, 1],
  ]);
});

test("everything is shown, as plain data", async () => {
  expect(JSON.parse(JSON.stringify(results))).toEqual(results);
  const { reported, figures } = await expectShown(rateExperiment, results, [
    "steps-to-zero",
    "error-two-moons",
    "error-random-labels-in-3-dimensions",
    "midpoints",
  ]);
  // Two sets, five laws, two seeds each; the rest are keys.
  expect(figures[0].svg.match(/<circle/g)!.length).toBe(2 * 5 * 2 + 3);
  const [curves, steps] = reported.csv(results);
  expect(curves.text.trim().split("\n").length).toBe(1 + 2 * 5 * 2 * 8);
  expect(steps.text.trim().split("\n").length).toBe(1 + 2 * 5 * 2);
  expect(steps.text).toContain("two moons,32,uniform,0,15,30,");
  expect(rateExperiment.settle("brief")).toMatchObject({ seeds: 4, alphas: [1024] });
});

test("a stopped experiment rejects with the signal's reason", async () => {
  const reason = new Error("enough");
  await expect(runRate(fakeTrainer(), small, undefined, AbortSignal.abort(reason))).rejects.toBe(reason);
});
