/** Online mixing: a tiny run on the reference, what is checked, what is said of made-up results, what is refused. */

import { expect, test } from "vitest";
import { readDigits } from "../../../src/cli/imageFolder.ts";
import { digitsDataset } from "../../../src/experiments/digits.ts";
import { onlineMixingChecks } from "../../../src/experiments/online-mixing/checks.ts";
import { bandedDigits, DOMAINS } from "../../../src/experiments/online-mixing/data.ts";
import {
  LASTS,
  onlineMixingExperiment,
  POLICIES,
  runOnlineMixing,
} from "../../../src/experiments/online-mixing/experiment.ts";
import { observe } from "../../../src/experiments/online-mixing/report.ts";
import type { LastDomain, MixedArm, PolicyName } from "../../../src/experiments/online-mixing/results.ts";
import { openTrainer } from "../../../src/experiments/trainer.ts";
import { expectShown } from "../shown.ts";

const digits = await readDigits();

test("the last domain alone is spoilt, in training and in validation, and the first has two classes", () => {
  const plain = digitsDataset(digits);
  const [noisy, junk] = LASTS.map((last) => bandedDigits(plain, 3, 1200, last));
  for (const part of ["training", "validation"] as const) {
    const N = part === "training" ? 1200 : 597;
    const [a, b] = [noisy[part], junk[part]];
    const labelsOf = (set: typeof a, k: number) => Array.from(set.domains![k].points, (n) => set.labels![n]);
    expect(a.domains!.map(({ points }) => points.length).slice(1)).toEqual([N, N, N]);
    expect(new Set(labelsOf(a, 0))).toEqual(new Set([0, 1]));
    expect(labelsOf(a, 0).length).toBeGreaterThan(0.15 * N);
    expect(labelsOf(a, 3)).toEqual(labelsOf(a, 1));
    // Of ten classes a random label is the true one once in ten.
    const hits = labelsOf(b, 3).filter((label, n) => label === labelsOf(a, 3)[n]).length / N;
    expect(hits).toBeGreaterThan(0.05);
    expect(hits).toBeLessThan(0.15);
    expect(Array.from(a.points.subarray(0, 3 * N * 64))).toEqual(
      Array.from(b.points.subarray(0, 3 * N * 64)),
    );
    const noise = a.points.subarray(3 * N * 64).map((value, i) => value - b.points[3 * N * 64 + i]);
    const variance = noise.reduce((sum, value) => sum + value * value, 0) / noise.length;
    expect(variance).toBeGreaterThan(0.24);
    expect(variance).toBeLessThan(0.26);
  }
});

type Numbers = Partial<Record<`${LastDomain}, ${PolicyName}`, { loss?: number; shares?: number[] }>>;
const EQUAL = [0.25, 0.25, 0.25, 0.25];

/** As the repetition has it, about. */
const REPEATED: Required<Numbers> = {
  "noisy inputs, uniform": { loss: 0.6, shares: EQUAL },
  "noisy inputs, exp3": { loss: 0.6, shares: [0.245, 0.25, 0.25, 0.255] },
  "noisy inputs, ema": { loss: 0.598, shares: [0.24, 0.25, 0.25, 0.26] },
  "noisy inputs, cumulative": { loss: 0.587, shares: [0.07, 0.25, 0.25, 0.43] },
  "random labels, uniform": { loss: 0.226, shares: EQUAL },
  "random labels, exp3": { loss: 0.228, shares: [0.24, 0.242, 0.242, 0.276] },
  "random labels, ema": { loss: 0.231, shares: [0.238, 0.239, 0.24, 0.283] },
  "random labels, cumulative": { loss: 0.348, shares: [0.05, 0.11, 0.11, 0.73] },
};

/** Made-up results, of which some come out otherwise. */
function made(changed: Numbers = {}, runs = 6): { arms: MixedArm[] } {
  return {
    arms: LASTS.flatMap((last) =>
      POLICIES.map((policy) => {
        const name = `${last}, ${policy}` as const;
        const { loss, shares } = { ...REPEATED[name], ...changed[name] };
        const losses = Array<number>(runs).fill(loss!);
        return {
          last,
          policy,
          losses,
          loss: { mean: loss!, std: 0.01 },
          shares: shares!,
          policies: [EQUAL, shares!],
        };
      }),
    ),
  };
}

test("what the repetition measured passes, and each inequality can fail", () => {
  const failing = (changed?: Numbers) =>
    onlineMixingChecks(made(changed), 1200).flatMap(({ pass }, i) => (pass ? [] : [i]));
  expect(onlineMixingChecks(made(), 1200)).toHaveLength(10);
  expect(failing()).toEqual([]);
  expect(failing({ "noisy inputs, exp3": { loss: 0.64 } })).toEqual([0]);
  expect(failing({ "noisy inputs, ema": { loss: 0.56 } })).toEqual([1]);
  expect(failing({ "noisy inputs, cumulative": { loss: 0.64, shares: [0.2, 0.3, 0.2, 0.3] } })).toEqual([
    2, 3,
  ]);
  expect(failing({ "random labels, exp3": { loss: 0.27, shares: [0.3, 0.2, 0.2, 0.29] } })).toEqual([4, 8]);
  expect(failing({ "random labels, ema": { loss: 0.27, shares: [0.2, 0.3, 0.2, 0.29] } })).toEqual([5, 9]);
  expect(failing({ "random labels, cumulative": { loss: 0.25, shares: [0.2, 0.2, 0.2, 0.4] } })).toEqual([
    6, 7,
  ]);
});

test("briefly random labels alone: the other inequalities are left out, and it is shown", async () => {
  const settled = onlineMixingExperiment.settle("brief") as { withNoise: boolean; seeds: number };
  expect(settled).toMatchObject({ seeds: 6, withNoise: false });
  const arms = made().arms.filter(({ last }) => last === "random labels");
  const references = onlineMixingChecks({ arms }, 1200);
  expect(references.map(({ pass }) => pass)).toEqual(new Array(6).fill(true));
  expect(observe({ arms })).toHaveLength(1);
  const { figures } = await onlineMixingExperiment.report();
  const results = { arms, steps: [600, 1200], domains: ["a", "b", "c", "d"] };
  const [{ svg }] = figures(results as unknown as Parameters<typeof figures>[0]);
  expect(svg).not.toContain("noisy");
});

test("fewer runs and other steps make verdicts that prove nothing", () => {
  expect(onlineMixingChecks(made(), 1200)[0].comparable).toBe(true);
  expect(onlineMixingChecks(made({}, 2), 100)[0].note).toBe("2 of 6 runs, 100 of 1200 steps");
});

test("sentences tell all policies", () => {
  expect(observe(made())[1]).toBe(
    "Random labels: equal shares 0.226 ± 0.010 (last domain 25 %); exp3 (the paper) 0.228 ± 0.010 (last domain 28 %); " +
      "exponential average (its code) 0.231 ± 0.010 (last domain 28 %); cumulative 0.348 ± 0.010 (last domain 73 %).",
  );
});

test("a tiny run on the reference: equal shares stay equal, the others move, and it is shown", async () => {
  const fractions: number[] = [];
  const results = await runOnlineMixing(
    await openTrainer("cpu"),
    { seeds: 2, steps: 12, training: 1700, digits },
    ({ fraction }) => fractions.push(fraction),
  );
  expect(results.steps.at(-1)).toBe(12);
  for (const { policy, policies, losses } of results.arms) {
    expect(new Set(losses).size).toBe(2);
    const last = policies.at(-1)!;
    expect(last.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 10);
    if (policy === "uniform") expect(last).toEqual(EQUAL);
    else expect(last).not.toEqual(EQUAL);
  }
  expect(results.arms).toHaveLength(LASTS.length * POLICIES.length);
  expect(fractions.at(-1)).toBeCloseTo(1, 12);
  expect(fractions).toEqual(fractions.toSorted((a, b) => a - b));
  expect(JSON.parse(JSON.stringify(results))).toEqual(results);
  const { reported } = await expectShown(onlineMixingExperiment, results, ["policies-over-time"]);
  expect(reported.csv(results)[0].text.split("\n")[0]).toBe(
    `last_domain,policy,step,${DOMAINS.map((name) => `share_${name.replaceAll(" ", "_")}`).join()}`,
  );
});

test("refuses no steps, and work without digits", async () => {
  const trainer = await openTrainer("cpu");
  await expect(runOnlineMixing(trainer, { steps: 1, digits })).rejects.toMatchObject({ path: "steps" });
  await expect(runOnlineMixing(trainer)).rejects.toMatchObject({ path: "digits" });
});
