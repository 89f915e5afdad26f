/** The C-Mixup experiment: checks that pass and fail, what it says, its loops by a made-up population, and small runs. */

import { describe, expect, test } from "vitest";
import { readDigits } from "../../../src/cli/imageFolder.ts";
import { regressionDataset } from "../../../src/data/dataset.ts";
import { cMixupChecks, findGroup, repeatedMeans } from "../../../src/experiments/c-mixup/checks.ts";
import {
  C_MIXUP_DEFAULTS,
  cMixupExperiment,
  runCMixup,
} from "../../../src/experiments/c-mixup/experiment.ts";
import { trainSearching, trainTrimmed } from "../../../src/experiments/c-mixup/loops.ts";
import { type Arm, type ArmGroup, armName } from "../../../src/experiments/c-mixup/results.ts";
import { openTrainer } from "../../../src/experiments/trainer.ts";
import { openDevice } from "../../../src/gpu/device.ts";
import { beta } from "../../../src/mixing/laws.ts";
import { mixup } from "../../../src/mixing/mixing.ts";
import { mlp } from "../../../src/model/nets.ts";
import { adam } from "../../../src/model/optimizer.ts";
import { spread } from "../../../src/numeric/spread.ts";
import { range } from "../../../src/population/grid.ts";
import { misses } from "../../../src/report/closingTable.ts";
import { openPopulation } from "../../../src/training/openPopulation.ts";
import { expectShown } from "../shown.ts";

const group = (law: Arm["law"], mean: number, more: Partial<ArmGroup> = {}): ArmGroup => {
  const errors = range(6).map((set) => mean + (set - 2.5) / 1000);
  const bandwidth = law === "c-mixup" ? 0.1 : null;
  const plain = { data: "digits", noisy: false, trimmed: false, forked: false } as const;
  return { ...plain, law, bandwidth, errors, error: spread(errors), diverged: 0, keptNoisy: [], ...more };
};
const noisy = { noisy: true, keptNoisy: range(6).map(() => 0.1) };
const trimmed = { ...noisy, trimmed: true };
const friedman = { data: "friedman" } as const;

/** All arms that are compared; the numbers of the repetition, and those given instead. */
const groupsWith = (changes: Record<string, number> = {}): ArmGroup[] =>
  Object.entries<[Arm["law"], number, Partial<ArmGroup>]>({
    erm: ["erm", 0.08, {}],
    mixup: ["mixup", 0.088, {}],
    near: ["c-mixup", 0.064, {}],
    wide: ["c-mixup", 0.08, { bandwidth: 0.4 }],
    noisy: ["c-mixup", 0.237, noisy],
    trimmed: ["erm", 0.143, trimmed],
    both: ["c-mixup", 0.113, trimmed],
    searched: ["c-mixup", 0.105, { ...trimmed, bandwidth: 0.4, forked: true }],
    friedmanErm: ["erm", 0.252, friedman],
    friedmanMixup: ["mixup", 0.353, friedman],
    friedmanNear: ["c-mixup", 0.361, { ...friedman, bandwidth: 0.4 }],
  }).map(([name, [law, mean, more]]) => group(law, changes[name] ?? mean, more));
const missed = (changes: Record<string, number>) =>
  misses(cMixupChecks({ groups: groupsWith(changes), sets: 6, steps: 1500 })).map(({ name }) => name);

describe("checks", () => {
  test("all eight hold for the repetition's numbers", () => {
    expect(cMixupChecks({ groups: groupsWith(), sets: 6, steps: 1500 })).toHaveLength(8);
    expect(missed({})).toEqual([]);
  });

  test("each fails by itself, and names both means", () => {
    expect(missed({ erm: 0.069 })).toEqual([
      "Turned digits: C-Mixup, s = 0.1 (0.064 ± 0.002) over ERM (0.069 ± 0.002), means of 6 sets",
    ]);
    expect(missed({ mixup: 0.07 })).toEqual([expect.stringContaining("over Mixup")]);
    expect(missed({ wide: 0.06 })).toEqual([expect.stringContaining("C-Mixup, s = 0.4")]);
    expect(missed({ trimmed: 0.12 })).toEqual([expect.stringContaining("over trimmed ERM")]);
    expect(missed({ noisy: 0.17 })).toEqual([expect.stringContaining("trimmed ERM")]);
    expect(missed({ searched: 0.13 })).toEqual([expect.stringContaining("s searched")]);
    expect(missed({ friedmanMixup: 0.3 })).toEqual([expect.stringContaining("Friedman's function: Mixup")]);
    expect(missed({ friedmanNear: 0.3 })).toEqual([expect.stringContaining("Friedman's function: C-Mixup")]);
  });

  test("other sizes prove nothing and say why; arms that were not trained are not compared", () => {
    const groups = [group("erm", 0.08), group("c-mixup", 0.064, { diverged: 1 })];
    const [only, ...others] = cMixupChecks({ groups, sets: 3, steps: 40 });
    expect(others).toEqual([]);
    expect(only).toMatchObject({
      comparable: false,
      note: "3 of 6 sets, 40 steps, not 1500, 1 run diverged",
    });
  });

  test("arms by name, and what the repetition had for them", () => {
    const groups = groupsWith();
    expect(groups.slice(2, 8).map(armName)).toEqual([
      ...["C-Mixup, s = 0.1", "C-Mixup, s = 0.4", "C-Mixup, s = 0.1", "trimmed ERM"],
      ...["trimmed C-Mixup, s = 0.1", "trimmed C-Mixup, s searched"],
    ]);
    expect(repeatedMeans(groups[7])).toEqual([0.105, 0.12]);
    expect(repeatedMeans(group("c-mixup", 1, { bandwidth: 0.3 }))).toEqual([]);
    expect(findGroup(groups, { law: "erm", noisy: true })).toBeUndefined();
  });
});

describe("the loops", () => {
  const size = 12;
  const points = range(size).map((n) => n / size);
  // The last two labels are far off.
  const targets = points.map((x, n) => (n < 10 ? x : x + 50));
  const data = regressionDataset({ points, targets, dimensions: 1, outputs: 1 });
  const rows = [Uint32Array.from(range(size)), Uint32Array.from(range(size))];
  const open = async () =>
    openPopulation(await openDevice({ backend: "cpu" }), {
      data,
      model: mlp([1, 4, 1]),
      optimizer: adam({ learningRate: 0.01 }),
      batch: 4,
      runs: [0, 1].map((seed) => ({ seed, mixing: mixup(beta(2)), train: rows[seed] })),
    });
  const trimming = { data, rows, runs: [1], share: 0.15, warm: 4, every: 3 };
  const watch = { report: () => {} };

  test("points of large loss are left out of trimmed runs, from the first decision on", async () => {
    const handle = await open();
    await trainTrimmed(handle, 4, trimming, watch);
    expect(handle.runs.map(({ train }) => train!.length)).toEqual([12, 12]);
    await trainTrimmed(handle, 5, trimming, watch);
    expect([handle.step, ...handle.runs.map(({ train }) => train!.length)]).toEqual([5, 12, 11]);
    // ceil(0.85 x 12) = 11 are kept: one of the two is left out.
    expect(handle.runs[1].train).toEqual(Uint32Array.from(range(11)));
  });

  test("a search goes on with the fork of smallest validation loss, and counts its steps once", async () => {
    const handle = await open();
    const search = {
      candidates: [0.1, 5],
      every: 6,
      steps: 2,
      validation: [rows[0].slice(0, 5), rows[1].slice(0, 5)],
    };
    const steps: number[] = [];
    const rounds = await trainSearching(handle, 12, { ...trimming, runs: [0, 1] }, search, {
      report: (step) => steps.push(step),
    });
    expect([handle.step, handle.size, steps[steps.length - 1]]).toEqual([12, 2, 12]);
    expect(rounds.map(({ step }) => step)).toEqual([4, 10]);
    const last = rounds[1].chosen;
    expect(handle.runs.map(({ mixing }) => mixing.pairing)).toMatchObject(
      last.map((bandwidth) => ({ bandwidth })),
    );
    // R (1 + k K + c) + r of the second round.
    expect(handle.runs.map(({ seed }) => seed)).toEqual(
      last.map((s, r) => 2 * (1 + 2 + search.candidates.indexOf(s)) + r),
    );
  });
});

const trainer = await openTrainer("cpu");
const digits = await readDigits();
const small = {
  seeds: 2,
  steps: 6,
  clean: ["erm"],
  noisy: ["trimmed erm"],
  friedman: ["c-mixup"],
  digits,
} as const;
const results = await runCMixup(trainer, small);

test("a small run: every arm on every set, as plain data, and shown", async () => {
  expect(JSON.parse(JSON.stringify(results))).toEqual(results);
  expect(results.groups.map(({ data, errors }) => [data, errors.length])).toEqual([
    ...[
      ["digits", 2],
      ["digits", 2],
      ["friedman", 2],
    ],
  ]);
  // Nothing was trimmed yet: the share of noise is that of all.
  expect(results.groups[1].keptNoisy).toEqual([0.3, 0.3]);
  expect(results.summaries.map(({ points }) => points)).toEqual([400, 400, 300]);
  expect(results.references).toEqual([]);
  expect(JSON.stringify(results.config)).not.toContain("pixels");
});

test("the report says what was compared, and what can't be judged", async () => {
  const rounds = [{ step: 300, chosen: range(6).map(() => 0.2) }];
  const groups = groupsWith();
  const all = { ...results, groups, rounds, sets: 6, steps: 1500 };
  const whole = { ...all, references: cMixupChecks(all) };
  const { learnt, html, reported } = await expectShown(cMixupExperiment, whole, ["errors"]);
  expect(learnt).toContain(
    "on turned digits the error is 0.064 with them, 0.080 without Mixup and 0.088 with any partner",
  );
  expect(learnt).toContain("C-Mixup has 0.361 and ERM 0.252");
  expect(html).toContain("At step 300 the search chose");
  expect(html.match(/>As expected: /g)).toHaveLength(8);
  expect(html).not.toContain("Left out at this size");
  expect(reported.csv(whole).map(({ name }) => name)).toEqual(["errors", "bandwidths"]);
  await expectShown(cMixupExperiment, { ...results, groups: [groups[0]], sets: 6 } as typeof results, [
    "errors",
  ]);
});

test("refuses numbers that are none and missing digits, and stops with the signal's reason", async () => {
  for (const options of [{ seeds: 0 }, { steps: 0.5 }])
    expect(() => cMixupExperiment.check?.(options)).toThrow(Object.keys(options)[0]);
  await expect(runCMixup(trainer, C_MIXUP_DEFAULTS)).rejects.toMatchObject({ path: "digits" });
  const reason = new Error("enough");
  await expect(runCMixup(trainer, small, undefined, AbortSignal.abort(reason))).rejects.toBe(reason);
});
