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
  dispatchMicroseconds: 1e6,
};

describe("stepWork", () => {
  it("adds up the kernels of the plan's executor, and of no other", () => {
    const two = population([3, 5, 2]);
    const work = kernelWork(two, VARIANTS);
    const layered = stepWork(two, planTraining(two, PAPER_LIMITS, "layered"));
    const { resident: _, ...kernels } = work;
    const sum = (of: "multiplyAdds" | "bytes") =>
      Object.values(kernels).reduce((all, kernel) => all + kernel[of], 0);
    expect(layered).toEqual({ dispatches: 10, multiplyAdds: sum("multiplyAdds"), bytes: sum("bytes") });
    const resident = stepWork(two, planTraining(two, PAPER_LIMITS, "resident"));
    expect(resident).toEqual({ dispatches: 0, ...work.resident });
  });

  it("has three more dispatches for every further layer", () => {
    const dispatches = [
      [3, 2],
      [3, 5, 2],
      [3, 5, 5, 2],
    ].map((sizes) => {
      const one = population(sizes);
      return stepWork(one, planTraining(one, PAPER_LIMITS, "layered")).dispatches;
    });
    expect(dispatches).toEqual([7, 10, 13]);
  });
});

describe("estimateSeconds", () => {
  it("takes the longer of arithmetic and memory for each kernel, and its launches", () => {
    const two = population([3, 5, 2]);
    const plan = planTraining(two, PAPER_LIMITS, "layered");
    const work = kernelWork(two, VARIANTS);
    const expected = Object.keys(plan.dispatches).reduce(
      (sum, kernel) => sum + Math.max(work[kernel].multiplyAdds, work[kernel].bytes) / 1e6,
      10,
    );
    expect(estimateSeconds(two, plan, GPU)).toBeCloseTo(expected, 12);
  });

  it("gives a resident run one processor", () => {
    const seconds = (R: number) => {
      const many = population([3, 5, 2], R);
      return estimateSeconds(many, planTraining(many, PAPER_LIMITS, "resident"), GPU);
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
    const [large, card, laptop] = estimate!.milliseconds.map(({ perStep }) => perStep);
    expect(Math.max(large, card)).toBeLessThan(laptop);
    for (const [i, { perStep }] of estimate!.milliseconds.entries()) {
      const least = (1000 * estimate!.multiplyAdds) / PAPER_GPUS[i].multiplyAddsPerSecond;
      expect(perStep).toBeGreaterThanOrEqual(least);
    }
    expect(estimate!.multiplyAdds).toBeGreaterThan(resolved.runs.length * 1000);
  }
});
