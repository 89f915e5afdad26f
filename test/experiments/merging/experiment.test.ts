/** Merging: a tiny run on the reference, what is checked, what is said of made-up results, what is refused. */

import { expect, test } from "vitest";
import { readDigits } from "../../../src/cli/imageFolder.ts";
import { digitsDataset } from "../../../src/experiments/digits.ts";
import { mergingChecks } from "../../../src/experiments/merging/checks.ts";
import { DOMAINS, mergingDraw, subsetsOf, transformedDigits } from "../../../src/experiments/merging/data.ts";
import { mergingExperiment, runMerging } from "../../../src/experiments/merging/experiment.ts";
import { sizeResults } from "../../../src/experiments/merging/proxies.ts";
import { observe } from "../../../src/experiments/merging/report.ts";
import type { SizeResults } from "../../../src/experiments/merging/results.ts";
import { openTrainer } from "../../../src/experiments/trainer.ts";
import { expectShown } from "../shown.ts";

const digits = await readDigits();

test("six domains of the same images: each a permutation of pixels, and of its own", () => {
  const plain = digitsDataset(digits);
  const all = transformedDigits(plain);
  expect(all.size).toBe(6 * plain.size);
  const image = (u: number) =>
    Array.from(all.points.subarray((u * plain.size + 3) * 64, (u * plain.size + 4) * 64));
  const at = (u: number, row: number, column: number) => image(u)[8 * row + column];
  expect(new Set(DOMAINS.map((_, u) => image(u).join())).size).toBe(6);
  for (const u of DOMAINS.keys()) expect(image(u).toSorted()).toEqual(image(0).toSorted());
  // A pixel whose value no other has, off the diagonal and the borders.
  const [row, column, value] = [2, 3, 4, 5]
    .flatMap((y) => [1, 2, 3, 4, 5, 6].map((x) => [y, x, at(0, y, x)] as const))
    .find(([y, x, v]) => y !== x && v > 0 && image(0).filter((other) => other === v).length === 1)!;
  const moved = [
    at(1, row, 7 - column),
    at(2, 7 - row, column),
    at(3, column, row),
    at(4, row, column + 1),
    at(5, row + 1, column),
  ];
  expect(moved).toEqual(Array(5).fill(value));
  expect(Array.from(all.labels!.subarray(5 * plain.size))).toEqual(Array.from(plain.labels!));
});

test("a draw's images are the same in all domains, and none is for both", () => {
  const plain = digitsDataset(digits);
  const { training, validation } = mergingDraw(plain, 4, 1200);
  expect([training[5].length, validation[5].length]).toEqual([1200, 597]);
  expect(Array.from(training[5], (n) => n - 5 * plain.size)).toEqual(Array.from(training[0]));
  expect(new Set([...training[0], ...validation[0]]).size).toBe(plain.size);
});

test("all subsets", () => {
  expect(subsetsOf(2).length).toBe(15);
  expect(subsetsOf(3).length).toBe(20);
  expect(subsetsOf(2).slice(0, 6)).toEqual([
    [0, 1],
    [0, 2],
    [0, 3],
    [0, 4],
    [0, 5],
    [1, 2],
  ]);
});

test("coefficients by domain; a mean of losses where nothing is merged", () => {
  const set = (truth: number, shared: number, own: number, units: number[]) => ({
    domains: [0, 1],
    truth: DOMAINS.map(() => truth),
    shared: DOMAINS.map(() => shared),
    own: DOMAINS.map((_, u) => (u === 5 ? null : own)),
    units: units.map((unit) => DOMAINS.map(() => unit)),
  });
  const { draws, pearson, spearman } = sizeResults(2, 1, () => [
    set(1, 2, 3, [0, 2]),
    set(2, 4, 1, [1, 5]),
    set(3, 9, 2, [4, 4]),
  ]);
  expect(draws[0].subsets.map(({ proxies }) => proxies.losses[0])).toEqual([1, 3, 4]);
  expect(spearman.shared.mean).toBeCloseTo(1, 12);
  expect(pearson.shared.mean).toBeCloseTo(0.97072534, 6);
  expect(draws[0].correlations.own.pearson[5]).toBeNull();
  expect(pearson.own.mean).toBeCloseTo(-0.5, 12);
});

function made(size: number, [shared, own, losses]: number[], draws = 3): SizeResults {
  const at = (mean: number) => ({ mean, std: 0.01 });
  const correlation = (value: number) => ({
    pearson: DOMAINS.map((_, u) => value - 0.01 * u),
    spearman: DOMAINS.map(() => value),
  });
  const over = { shared: at(shared), own: at(own), losses: at(losses) };
  return {
    size,
    draws: Array.from({ length: draws }, (_, seed) => ({
      seed,
      subsets: subsetsOf(size).map((domains, s) => {
        const truth = DOMAINS.map((_, u) => 0.2 + 0.1 * ((s + u) % 7));
        const times = (factor: number) => truth.map((value) => factor * value);
        return { domains, truth, proxies: { shared: times(1.5), own: times(3), losses: times(2) } };
      }),
      correlations: { shared: correlation(shared), own: correlation(own), losses: correlation(losses) },
    })),
    pearson: over,
    spearman: over,
  };
}

test("what the repetition measured passes, and each inequality can fail", () => {
  const failing = (pairs: number[], triples: number[]) =>
    mergingChecks([made(2, pairs), made(3, triples)], 200).flatMap(({ pass }, i) => (pass ? [] : [i]));
  expect(failing([0.915, 0.644, 0.825], [0.885, 0.437, 0.757])).toEqual([]);
  expect(failing([0.79, 0.644, 0.75], [0.79, 0.437, 0.757])).toEqual([0, 3]);
  expect(failing([0.915, 0.644, 0.92], [0.885, 0.437, 0.89])).toEqual([1, 4]);
  expect(failing([0.915, 0.82, 0.825], [0.885, 0.637, 0.757])).toEqual([2, 5]);
  expect(mergingChecks([made(2, [0.9, 0.6, 0.8], 2)], 100)[0].note).toBe("100 of 200 steps");
  expect(mergingChecks([made(2, [0.9, 0.6, 0.8])], 200)[0].comparable).toBe(true);
});

test("sentences name the worst domain, and that losses are not the truth's", () => {
  expect(observe({ sizes: [made(2, [0.9, 0.6, 0.8])], domains: DOMAINS })).toEqual([
    "pairs: predicted worst is “row rolled”, 0.850.",
    "pairs: the merged net’s loss is 1.50 times that of the net trained on the union (median of all sets and domains): a merged net ranks sets, its loss is not theirs.",
  ]);
});

test("a tiny run on the reference, and it is shown", async () => {
  const fractions: number[] = [];
  const results = await runMerging(
    await openTrainer("cpu"),
    { seeds: 1, steps: 1, begin: 2, training: 1770, digits },
    ({ fraction }) => fractions.push(fraction),
  );
  expect(results.sizes.map(({ draws }) => draws[0].subsets.length)).toEqual([15, 20]);
  const [{ truth, proxies }] = results.sizes[1].draws[0].subsets;
  const all = [...truth, ...proxies.shared, ...proxies.own, ...proxies.losses];
  expect(new Set(all).size).toBe(24);
  for (const loss of all) expect(loss).toBeGreaterThan(1);
  expect(fractions.at(-1)).toBeCloseTo(1, 12);
  expect(fractions).toEqual(fractions.toSorted((a, b) => a - b));
  expect(JSON.parse(JSON.stringify(results))).toEqual(results);
  const { reported } = await expectShown(mergingExperiment, results, [
    "proxy-and-truth-pairs",
    "proxy-and-truth-triples",
  ]);
  expect(reported.csv(results)[0].text.trim().split("\n").length).toBe(1 + 35 * 6);
});

test("refuses sizes that don't rise, and work without digits", async () => {
  const trainer = await openTrainer("cpu");
  await expect(runMerging(trainer, { sizes: [3, 2], digits })).rejects.toMatchObject({ path: "sizes[1]" });
  await expect(runMerging(trainer, { sizes: [], digits })).rejects.toMatchObject({ path: "sizes" });
  await expect(runMerging(trainer, { sizes: [6], digits })).rejects.toMatchObject({ path: "sizes[0]" });
  await expect(runMerging(trainer)).rejects.toMatchObject({ path: "digits" });
});
