/** Estimates for real GPUs: what is counted is what the executors do, and the arithmetic is as written. */

import { describe, expect, it } from "vitest";
import {
  estimateOf,
  estimateSeconds,
  PAPER_GPUS,
  PAPER_LIMITS,
  type PaperGpu,
  stepWork,
} from "../../../src/bench/estimate/estimate.ts";
import { kernelWork } from "../../../src/bench/estimate/kernelWork.ts";
import { THIS_ADAPTER } from "../../../src/bench/result.ts";
import { populationOf, WORKLOADS } from "../../../src/bench/workload.ts";
import { classDataset } from "../../../src/data/dataset.ts";
import { chooseVariants } from "../../../src/kernels/variants.ts";
import { erm } from "../../../src/mixing/mixing.ts";
import { mlp } from "../../../src/model/nets.ts";
import { adam } from "../../../src/model/optimizer.ts";
import { resolvePopulation } from "../../../src/population/config.ts";
import { planTraining } from "../../../src/training/gpu/plan.ts";

function population(sizes: number[], R = 2) {
  const data = classDataset({ points: new Float32Array(21), labels: [0, 1, 0, 1, 0, 1, 0], dimensions: 3 });
  const runs = Array.from({ length: R }, (_, seed) => ({ seed, mixing: erm() }));
  return resolvePopulation({ data, model: mlp(sizes), optimizer: adam(), steps: 1, runs });
}

const VARIANTS = chooseVariants(PAPER_LIMITS);

/** Numbers that are easy to reckon with. */
const GPU: PaperGpu = {
  name: "",
  multiplyAddsPerSecond: 1e6,
  bytesPerSecond: 1e6,
  processors: 4,
  dispatch: { from: 1e6, to: 2e6, measured: true },
};

describe("stepWork", () => {
  it("adds up the kernels of the plan's executor, and of no other", () => {
    const two = population([3, 5, 2]);
    const work = kernelWork(two, VARIANTS);
    const layered = stepWork(two, planTraining(two, PAPER_LIMITS, "layered"));
    const used = ["mix", "linearForward", "head", "headBackward", "linearBackwardWeight", "optimizer"];
    const sum = (of: "multiplyAdds" | "bytes") => used.reduce((all, kernel) => all + work[kernel][of], 0);
    expect(layered).toEqual({ dispatches: 6, multiplyAdds: sum("multiplyAdds"), bytes: sum("bytes") });
    const resident = stepWork(two, planTraining(two, PAPER_LIMITS, "resident"));
    expect(resident).toEqual({ dispatches: 0, ...work.resident });
  });

  it.each([
    ["apart", [7, 10, 13]],
    ["fused", [4, 6, 9]],
  ] as const)("has three more dispatches for every further layer; %s", (steps, expected) => {
    const dispatches = [
      [3, 2],
      [3, 5, 2],
      [3, 5, 5, 2],
    ].map((sizes) => {
      const one = population(sizes);
      return stepWork(one, planTraining(one, PAPER_LIMITS, "layered", { steps })).dispatches;
    });
    expect(dispatches).toEqual(expected);
  });
});

describe("estimateSeconds", () => {
  it("takes the longer of arithmetic and memory for each kernel, and its launches", () => {
    const two = population([3, 5, 2]);
    const plan = planTraining(two, PAPER_LIMITS, "layered");
    const work = kernelWork(two, VARIANTS);
    const expected = Object.keys(plan.dispatches).reduce(
      (sum, kernel) => sum + Math.max(work[kernel].multiplyAdds, work[kernel].bytes) / 1e6,
      6,
    );
    const { from, to } = estimateSeconds(two, plan, GPU);
    expect(from).toBeCloseTo(expected, 12);
    expect(to).toBeCloseTo(expected + 6, 12);
  });

  it("gives a resident run one processor", () => {
    const seconds = (R: number) => {
      const many = population([3, 5, 2], R);
      return estimateSeconds(many, planTraining(many, PAPER_LIMITS, "resident"), GPU).from;
    };
    expect(seconds(4)).toBeCloseTo(seconds(1), 12);
    expect(seconds(5)).toBeCloseTo(2 * seconds(1), 12);
  });
});

it("says for every training of the bench what a step would take, and for nothing else", () => {
  for (const { workload } of Object.values(WORKLOADS)) {
    const estimate = estimateOf(workload);
    if (workload.kind !== "training") {
      expect(estimate).toBeUndefined();
      continue;
    }
    const resolved = populationOf(workload);
    expect(estimate!.milliseconds.map(({ gpu }) => gpu)).toEqual(PAPER_GPUS.map(({ name }) => name));
    // Both cards are faster than the laptop, and nothing is faster than arithmetic allows.
    const [large, card, laptop] = estimate!.milliseconds.map(({ from }) => from);
    expect(Math.max(large, card)).toBeLessThan(laptop);
    for (const [i, { from, to }] of estimate!.milliseconds.entries()) {
      const least = (1000 * estimate!.multiplyAdds) / PAPER_GPUS[i].multiplyAddsPerSecond;
      expect(from).toBeGreaterThanOrEqual(least);
      expect(to).toBeGreaterThanOrEqual(from);
    }
    expect(estimate!.multiplyAdds).toBeGreaterThan(resolved.runs.length * 1000);
  }
});

it("takes the measured cost of a dispatch where there is one, else the published range", () => {
  expect(PAPER_GPUS.map(({ name, dispatch: { from, to, measured } }) => [name, from, to, measured])).toEqual([
    ["H100", 2.8, 2.8, true],
    ["RTX 4070", 24, 36, false],
    ["Apple M3", 32, 71, false],
  ]);
  const { workload } = WORKLOADS["mlp-784"];
  const ceilings = {
    emptyDispatchMilliseconds: 0.5,
    emptyPassMilliseconds: null,
    multiplyAddsPerSecond: 1e12,
    copyBytesPerSecond: 1e11,
  };
  const { milliseconds, dispatches } = estimateOf(workload, ceilings)!;
  const [here, h100, card] = milliseconds;
  expect(here).toMatchObject({ gpu: THIS_ADAPTER, dispatchMeasured: true });
  expect(here.from).toBe(here.to);
  expect(here.from).toBeGreaterThan(0.5 * dispatches);
  // Its work does not depend on what a dispatch costs.
  const dearer = estimateOf(workload, { ...ceilings, emptyDispatchMilliseconds: 1.5 })!.milliseconds[0];
  expect(dearer.from - here.from).toBeCloseTo(1 * dispatches, 9);
  expect(h100.from).toBe(h100.to);
  expect(card.to - card.from).toBeCloseTo(0.012 * dispatches, 9);
  const none = { ...ceilings, emptyDispatchMilliseconds: null };
  expect(estimateOf(workload, none)!.milliseconds).toEqual(milliseconds.slice(1));
});
