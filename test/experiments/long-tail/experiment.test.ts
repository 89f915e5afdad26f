/** The long tail: a tiny run on the reference, what is checked, what is said of made-up results, what is refused. */

import { expect, test } from "vitest";
import { readDigits } from "../../../src/cli/imageFolder.ts";
import { longTailChecks } from "../../../src/experiments/long-tail/checks.ts";
import {
  type LongTailOptions,
  longTailExperiment,
  runLongTail,
} from "../../../src/experiments/long-tail/experiment.ts";
import { BESIDE, PATHS, secondStage, tailSpreads } from "../../../src/experiments/long-tail/paths.ts";
import { observe } from "../../../src/experiments/long-tail/report.ts";
import type { PathName, TailMeasures } from "../../../src/experiments/long-tail/results.ts";
import { openTrainer } from "../../../src/experiments/trainer.ts";
import { expectShown } from "../shown.ts";

const digits = await readDigits();
const STEPS = [5, 20, 400];
const BEFORE = measures(0.804, 0.646);

function measures(overall: number, few: number, magnitudeSpread = 0.284): TailMeasures {
  return { overall, many: 0.933, few, head: 8, tail: 6, magnitudeSpread };
}

/** Each way along its three steps, as the repetition has it, about. */
const REPEATED: Record<PathName, TailMeasures[]> = {
  "slow-0.98": [measures(0.838, 0.708), measures(0.872, 0.808, 0.273), measures(0.757, 0.872)],
  "slow-0.9": [measures(0.834, 0.701), measures(0.873, 0.803, 0.27), measures(0.8, 0.868)],
  "fast-0": [measures(0.804, 0.645), measures(0.803, 0.643), measures(0.811, 0.66)],
  "fast-0.1": [measures(0.844, 0.719), measures(0.868, 0.796), measures(0.822, 0.676)],
  "fast-0.9": [measures(0.742, 0.882), measures(0.44, 0.738), measures(0.732, 0.501)],
  "fast-0.98": [measures(0.727, 0.885), measures(0.386, 0.7), measures(0.643, 0.464)],
  "fast-0-balanced": [measures(0.831, 0.7), measures(0.866, 0.774), measures(0.851, 0.741)],
};

/** Made-up results, of which some ways come out otherwise. */
function made(changed: Partial<typeof REPEATED> = {}, draws = 10) {
  const seeds = Array.from({ length: draws }, (_, seed) => seed);
  const of = (measured: TailMeasures[]) => ({ runs: seeds.map((seed) => ({ seed, at: measured })) });
  return {
    steps: STEPS,
    stage1: { runs: seeds.map((seed) => ({ seed, ...BEFORE })), over: tailSpreads(seeds.map(() => BEFORE)) },
    paths: PATHS.map(({ name, label }) => {
      const measured = { ...REPEATED, ...changed }[name];
      return { name, label, ...of(measured), over: measured.map((at) => tailSpreads(seeds.map(() => at))) };
    }),
  };
}
const failing = (changed?: Partial<typeof REPEATED>) =>
  longTailChecks(made(changed), 400).flatMap(({ pass }, i) => (pass ? [] : [i]));

test("what the repetition measured passes, and each inequality can fail", () => {
  expect(longTailChecks(made(), 400)).toHaveLength(11);
  expect(failing()).toEqual([]);
  const [early, , late] = REPEATED["slow-0.98"];
  expect(failing({ "slow-0.98": [early, measures(0.84, 0.74, 0.29), late] })).toEqual([0, 1, 2]);
  expect(failing({ "slow-0.9": [early, measures(0.84, 0.74, 0.29), late] })).toEqual([3, 4, 5]);
  const fast = (few: number, last: number) => [measures(0.7, few), early, measures(0.7, last)];
  expect(failing({ "fast-0.9": fast(0.7, 0.5) })).toEqual([6]);
  expect(failing({ "fast-0.9": fast(0.9, 0.7) })).toEqual([7]);
  expect(failing({ "fast-0.98": fast(0.7, 0.7) })).toEqual([8, 9]);
  expect(failing({ "fast-0": [BEFORE, measures(0.804, 0.67), BEFORE] })).toEqual([10]);
});

test("fewer draws, other steps and diverged runs make verdicts that prove nothing", () => {
  const note = (...args: Parameters<typeof longTailChecks>) => longTailChecks(...args)[0].note;
  expect(note(made(), 400)).toBe("");
  expect(note(made({}, 3), 200)).toBe("3 of 10 draws, 200 of 400 steps");
  expect(note({ ...made(), steps: [5, 10, 20] }, 400)).toContain("another second stage");
  const lost = { overall: null, many: null, few: null, head: null, tail: null, magnitudeSpread: null };
  expect(note(made({ "fast-0": [BEFORE, BEFORE, lost] }), 400)).toBe("10 runs diverged");
});

test("sentences name the best step and the end", () => {
  expect(observe(made())[0]).toBe(
    "slow, δ = 0.98: overall best 0.872 at step 20, few best 0.872 at step 400; at step 400 0.757 and 0.872 " +
      "(before: 0.804 and 0.646).",
  );
});

test("balanced weights weigh all classes the same, and are 1 on average", () => {
  const labels = Uint32Array.of(0, 0, 0, 1, 2, 2);
  const split = {
    counts: Uint32Array.of(3, 1, 2),
    splits: { training: Uint32Array.of(5, 0, 1, 3, 2, 4), test: new Uint32Array(0) },
  } as Parameters<typeof secondStage>[1];
  const { weights, labelSmoothing } = secondStage(PATHS[6], split, labels);
  expect(weights).toEqual([1, 2 / 3, 2 / 3, 2, 2 / 3, 1]);
  expect(labelSmoothing).toBe(0);
  expect(secondStage(PATHS[0], split, labels).weights).toBeUndefined();
});

test("a tiny run on the reference: classifiers that begin alike and go their ways, and it is shown", async () => {
  const fractions: number[] = [];
  const results = await runLongTail(
    await openTrainer("cpu"),
    { seeds: 2, steps: 2, path: [1, 2], test: 150, digits },
    ({ fraction }) => fractions.push(fraction),
  );
  expect(results.counts).toEqual([80, 53, 35, 23, 16, 10, 7, 5, 3, 2]);
  expect(results.paths.map(({ name }) => name)).toEqual(PATHS.map(({ name }) => name));
  const spreads = results.paths.map(({ runs }) => runs[1].at.map(({ magnitudeSpread }) => magnitudeSpread));
  // Every way is its own; the first step of momentum is one without.
  expect(new Set(spreads.map(([, second]) => second)).size).toBe(7);
  for (const [first, second] of spreads) expect(first).not.toBe(second);
  expect(fractions.at(-1)).toBe(1);
  expect(fractions).toEqual(fractions.toSorted((a, b) => a - b));
  expect(JSON.parse(JSON.stringify(results))).toEqual(results);
  const { reported, html } = await expectShown(longTailExperiment, results, [
    "accuracy-along-the-second-stage",
  ]);
  expect(reported.csv(results)[0].text.trim().split("\n").length).toBe(1 + 2 + 7 * 2 * 2);
  expect(html).toContain("Reconstructed");
});

test("refuses steps that don't rise, and work without digits", async () => {
  const trainer = await openTrainer("cpu");
  await expect(runLongTail(trainer, { path: [5, 5], digits })).rejects.toMatchObject({ path: "path[1]" });
  await expect(runLongTail(trainer, { path: [], digits })).rejects.toMatchObject({ path: "path" });
  await expect(runLongTail(trainer, { ways: [], digits })).rejects.toMatchObject({ path: "ways" });
  await expect(runLongTail(trainer, { ways: ["slow"] as never, digits })).rejects.toMatchObject({
    path: "ways[0]",
  });
  await expect(runLongTail(trainer)).rejects.toMatchObject({ path: "digits" });
});

test("without what it is compared with all inequalities stand, and it is shown", async () => {
  const rest = made();
  const brief = longTailExperiment.settle("brief");
  expect(brief).toMatchObject({ seeds: 10, steps: 400 });
  const ways = (brief as LongTailOptions).ways;
  const briefly = { ...rest, paths: rest.paths.filter(({ name }) => ways.includes(name)) };
  expect(longTailChecks(briefly, 400).map(({ pass }) => pass)).toEqual(new Array(5).fill(true));
  const paths = rest.paths.filter(({ name }) => !BESIDE.includes(name));
  const references = longTailChecks({ ...rest, paths }, 400);
  expect(references.every(({ pass, comparable }) => pass && comparable)).toBe(true);
  const [results, { figures }] = [{ ...rest, paths, references }, await longTailExperiment.report()];
  const shown = figures(results as unknown as Parameters<typeof figures>[0]);
  expect(shown[0].svg).not.toContain("δ = 0.1");
});
