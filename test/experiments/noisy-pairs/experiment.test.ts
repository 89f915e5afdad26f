/** Noisy pairs: what is mismatched, what is kept, a tiny run on the reference, what is checked and said, what is refused. */

import { expect, test } from "vitest";
import { readDigits } from "../../../src/cli/imageFolder.ts";
import { digitsDataset } from "../../../src/experiments/digits.ts";
import { noisyPairsChecks } from "../../../src/experiments/noisy-pairs/checks.ts";
import { noisyPairs } from "../../../src/experiments/noisy-pairs/data.ts";
import { noisyPairsExperiment, runNoisyPairs } from "../../../src/experiments/noisy-pairs/experiment.ts";
import { isFiltered, keptPairs } from "../../../src/experiments/noisy-pairs/filters.ts";
import { observe } from "../../../src/experiments/noisy-pairs/report.ts";
import { ARMS, type ArmName, type PairArm } from "../../../src/experiments/noisy-pairs/results.ts";
import { openTrainer } from "../../../src/experiments/trainer.ts";
import { pairMeasures } from "../../../src/model/metrics/pairs.ts";
import { expectShown } from "../shown.ts";

const digits = await readDigits();

/** The first 100 training images, and the first 20 others. */
const few = {
  ...digits,
  train: {
    ...digits.train,
    pixels: digits.train.pixels.slice(0, 6400),
    labels: digits.train.labels.slice(0, 100),
  },
  test: {
    ...digits.test,
    pixels: digits.test.pixels.slice(0, 1280),
    labels: digits.test.labels.slice(0, 20),
  },
};

test("halves belong together, but for the mismatched ones of the noisy pairs", () => {
  const plain = digitsDataset(digits);
  const { data, splits, mismatched } = noisyPairs(plain, 2, 1297, 0.4);
  expect([splits.clean.length, splits.noisy.length, splits.test.length]).toEqual([1297, 1297, 500]);
  const half = (row: number, which: number) =>
    data.points.slice(row * 64 + 32 * which, row * 64 + 32 * (which + 1));
  // A whole image again: its first row is the first four numbers of both halves.
  const whole = (row: number) =>
    Array.from(
      { length: 64 },
      (_, d) => half(row, Math.floor((d % 8) / 4))[4 * Math.floor(d / 8) + (d % 4)],
    ).join();
  const images = new Set(
    Array.from({ length: plain.size }, (_, n) => plain.points.slice(n * 64, (n + 1) * 64).join()),
  );
  for (const row of [...splits.clean, ...splits.test]) expect(images.has(whole(row))).toBe(true);
  expect(mismatched.reduce((sum, wrong) => sum + wrong, 0)).toBe(Math.ceil(0.4 * 1297));
  const seconds = splits.clean.reduce((all, row) => all.add(half(row, 1).join()), new Set<string>());
  splits.noisy.forEach((row, n) => {
    expect(half(row, 0)).toEqual(half(splits.clean[n], 0));
    expect(seconds.has(half(row, 1).join())).toBe(true);
    expect(half(row, 1).join() === half(splits.clean[n], 1).join()).toBe(mismatched[n] === 0);
  });
  // Nobody's second half is lost.
  expect(new Set(Array.from(splits.noisy, (row) => half(row, 1).join()))).toEqual(seconds);
});

test("filters keep what they say, ties by the smaller index", () => {
  const embeddings = [1, 0, 1, 0, 0, 1, 0, 1, 1, 1, -1, 0, 2, 1, 1, 1];
  const pairs = { embeddings, outputs: 4, temperature: 0.5 };
  const measures = pairMeasures(pairs);
  const losses = measures.scores.map((score) => -score / 2);
  const best = (values: Float64Array) =>
    [0, 1, 2, 3]
      .toSorted((a, b) => values[a] - values[b] || a - b)
      .slice(0, 3)
      .toSorted((a, b) => a - b);
  for (const arm of ARMS.filter(isFiltered)) {
    const { kept, weights } = keptPairs(arm, losses, () => measures, 0.6);
    const { rowEnergies, columnEnergies } = measures;
    const energies = rowEnergies.map((energy, n) => energy + columnEnergies[n]);
    expect(Array.from(kept), arm).toEqual(best(arm === "energy" ? energies : losses));
    expect(weights === undefined).toBe(arm !== "weighted");
    if (weights === undefined) continue;
    expect(weights.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(3, 5);
    const ratio = Math.exp(measures.swappedEntropies[kept[0]] - measures.swappedEntropies[kept[1]]);
    expect(weights[1] / weights[0]).toBeCloseTo(ratio, 4);
  }
  expect(keptPairs("filtered", Float64Array.of(1, 0, 1, 1), () => measures, 0.5).kept).toEqual(
    Uint32Array.of(0, 1),
  );
});

/** As the repetition has it, about. */
const REPEATED: Readonly<Record<ArmName, { recall: number; precision?: number }>> = {
  clean: { recall: 0.362 },
  noisy: { recall: 0.179 },
  filtered: { recall: 0.281, precision: 0.8 },
  weighted: { recall: 0.25, precision: 0.8 },
  energy: { recall: 0.175, precision: 0.48 },
  complementary: { recall: 0.275, precision: 0.8 },
};

/** Made-up results, of which some come out otherwise. */
function made(changed: Partial<typeof REPEATED> = {}, runs = 4): { arms: PairArm[] } {
  return {
    arms: ARMS.map((name) => {
      const { recall, precision } = { ...REPEATED[name], ...changed[name] };
      const recalls = new Array<number>(runs).fill(recall);
      return {
        name,
        recalls,
        recall: { mean: recall, std: 0.01 },
        curve: [0.1, recall],
        ...(precision !== undefined && {
          precisions: new Array<number>(runs).fill(precision),
          precision: { mean: precision, std: 0.01 },
          precisionCurve: [precision - 0.02, precision],
        }),
      };
    }),
  };
}

test("what the repetition measured passes, and each inequality can fail", () => {
  const failing = (changed?: Partial<typeof REPEATED>) =>
    noisyPairsChecks(made(changed), 1200).flatMap(({ pass }, i) => (pass ? [] : [i]));
  expect(noisyPairsChecks(made(), 1200)).toHaveLength(4);
  expect(failing()).toEqual([]);
  expect(failing({ clean: { recall: 0.27 } })).toEqual([0]);
  expect(failing({ noisy: { recall: 0.23 } })).toEqual([1]);
  expect(failing({ filtered: { recall: 0.281, precision: 0.69 } })).toEqual([2]);
  expect(failing({ complementary: { recall: 0.33, precision: 0.8 } })).toEqual([3]);
});

test("briefly the first three arms alone; fewer runs and other steps make verdicts that prove nothing", () => {
  expect(noisyPairsExperiment.settle("brief")).toMatchObject({ seeds: 2, steps: 1200, withOthers: false });
  const brief = { arms: made().arms.slice(0, 3) };
  expect(noisyPairsChecks(brief, 1200).map(({ pass, comparable }) => pass && comparable)).toEqual([
    true,
    true,
    true,
  ]);
  expect(observe(brief)).toHaveLength(3);
  expect(noisyPairsChecks(made({}, 2), 100)[0].note).toBe("2 of 4 runs, 100 of 1200 steps");
});

test("sentences tell all arms", () => {
  expect(observe(made())[2]).toBe(
    "filtered by score: R@1 0.281 ± 0.010; of what the last filter left out, 80 % did not match, of the first 78 %.",
  );
});

test("a tiny run on the reference: filters are at work, and it is shown", async () => {
  const fractions: number[] = [];
  const results = await runNoisyPairs(
    await openTrainer("cpu"),
    { seeds: 2, steps: 12, training: 40, digits: few },
    ({ fraction }) => fractions.push(fraction),
  );
  expect(results.arms.map(({ name }) => name)).toEqual([...ARMS]);
  expect(results.filterSteps).toEqual([3, 4, 5, 6, 7, 8, 9, 10, 11]);
  for (const { name, recalls, curve, precisionCurve } of results.arms) {
    expect(recalls).toHaveLength(2);
    expect(curve).toHaveLength(12);
    expect(precisionCurve?.length).toBe(isFiltered(name) ? 9 : undefined);
  }
  const [, noisy, filtered] = results.arms;
  // Up to the first filter they are the same runs.
  expect(filtered.curve.slice(0, 3)).toEqual(noisy.curve.slice(0, 3));
  const { matched, mismatched } = results.scores!;
  const total = (counts: readonly number[]) => counts.reduce((sum, count) => sum + count, 0);
  expect([total(matched), total(mismatched)]).toEqual([2 * 24, 2 * 16]);
  expect(fractions.at(-1)).toBeCloseTo(1, 12);
  expect(fractions).toEqual(fractions.toSorted((a, b) => a - b));
  expect(JSON.parse(JSON.stringify(results))).toEqual(results);
  const { reported } = await expectShown(noisyPairsExperiment, results, ["recall-over-time", "scores"]);
  expect(reported.csv(results)[0].text.split("\n")[0]).toBe("arm,step,recall_at_1");
});

test("refuses too few steps, and work without digits", async () => {
  const trainer = await openTrainer("cpu");
  await expect(runNoisyPairs(trainer, { steps: 5, digits })).rejects.toMatchObject({ path: "steps" });
  await expect(runNoisyPairs(trainer)).rejects.toMatchObject({ path: "digits" });
});
