/** The theory beside the alternating line's nets: curves, effective epsilon, losses, references. */

import { expect, test } from "vitest";
import { runAlternatingLine } from "../../../src/experiments/alternating-line/experiment.ts";
import { lineTheoryCsv } from "../../../src/experiments/alternating-line/theoryReport.ts";
import { softmaxRows } from "../../../src/theory/netClassifier.ts";
import { fakeTrainer } from "../fakeTrainer.ts";

/** Class 0 has probability 0.5 everywhere: at point 1 that is what h_eps says at epsilon 0.0845. */
const results = await runAlternatingLine(fakeTrainer({ probability: () => 0.5 }), {
  seeds: 2,
  alphas: [32],
  steps: 50,
});
const [three, ten, classes] = results.theory;

test("there is theory for each data set and alpha, none for ERM", () => {
  expect(results.theory.map(({ points, classes, alpha }) => [points, classes, alpha])).toEqual([
    [3, 2, 32],
    [10, 2, 32],
    [10, 10, 32],
  ]);
});

test("the effective epsilon is where h_eps says what the nets say, and null where it never does", () => {
  expect(three.effectiveEpsilon[1]).toBeCloseTo(0.0844896, 6);
  expect(ten.effectiveEpsilon.length).toBe(10);
  for (const epsilon of [...ten.effectiveEpsilon, ...classes.effectiveEpsilon])
    expect(epsilon === null || epsilon > 0).toBe(true);
});

test("curves cover the line; h_eps passes its known values", () => {
  expect(three.x[0]).toBe(0);
  expect(three.x.at(-1)).toBe(2);
  const middle = three.x.indexOf(1);
  const [, wide] = three.optimal;
  expect(wide.epsilon).toBe(0.12);
  // h_eps crosses one half at 0.0845 and is 0.535 at 0.1.
  expect(wide.probability[middle]).toBeGreaterThan(0.5352);
  expect(wide.probability[middle]).toBeLessThan(2 / 3);
  expect(three.trained.mean.length).toBe(three.x.length);
});

test("no net's Mixup loss is below J*", () => {
  expect(three.optimalLoss).toBeCloseTo(0.30728, 4);
  for (const { excessLoss, mixupLoss } of results.theory) {
    expect(excessLoss).toBeGreaterThan(0);
    expect(mixupLoss.std).toBeGreaterThan(0);
  }
});

test("J* is compared whatever the runs; the effective epsilon only for runs as published", () => {
  const of = (what: string) => results.references.find(({ name }) => name.includes(what))!;
  expect(of("J*")).toMatchObject({ comparable: true, pass: true });
  expect(of("effective")).toMatchObject({ comparable: false, note: "2 of 10 seeds, 50 steps, not 5000" });
});

test("the CSV has the curves of the sets", () => {
  const { text } = lineTheoryCsv(results.theory);
  expect(text.split("\n")[0]).toBe("points,classes,alpha,x,net_mean,net_std,optimal_0.02,optimal_0.12");
  expect(text.trim().split("\n").length).toBe(1 + three.x.length + 2 * ten.x.length);
});

test("runs that diverged have no theory's numbers", async () => {
  const failed = await runAlternatingLine(fakeTrainer({ fails: () => true }), {
    seeds: 1,
    alphas: [1],
    steps: 50,
  });
  expect(failed.theory[0]).toMatchObject({
    excessLoss: null,
    mixupLoss: { mean: null },
    effectiveEpsilon: [null, null, null],
  });
});

test("softmax of large logits is finite and sums to 1", () => {
  const [a, b, c, d] = softmaxRows([1000, 0, -1000, -1000], 2);
  expect([a, b, c, d]).toEqual([1, 0, 0.5, 0.5]);
});
