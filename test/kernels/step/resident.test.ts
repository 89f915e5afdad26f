/**
 * Kernel `resident` against the float64 population: some steps of training with evaluations and probabilities
 * inside, at odd sizes; and that a run is the same bits however its steps and neighbours are dispatched.
 */

import { describe, expect, it } from "vitest";
import { regressionDataset } from "../../../src/data/dataset.ts";
import { FINITE, METRICS_PER_RUN } from "../../../src/kernels/population.ts";
import { parameterLayout } from "../../../src/model/layout.ts";
import { mlp } from "../../../src/model/nets.ts";
import { adam, adamw, sgd } from "../../../src/model/optimizer.ts";
import type { PopulationConfig } from "../../../src/population/population.ts";
import { hasSubgroups, randomNumbers } from "../harness.ts";
import { classes, expectParity, LAWS, RUNS, row, trainResident, type Variant } from "../residents.ts";

/** What a shape is chosen by; on the tests' adapter all of them run, but for those that ask for what it lacks. */
const subgroups = await hasSubgroups();
const VARIANTS: Record<string, Variant> = {
  "for a software adapter": { isFallback: true, subgroups },
  "for a GPU": { isFallback: false, subgroups },
  ...(subgroups && {
    "for a software adapter without subgroups": { isFallback: true, subgroups: false },
    "for a GPU without subgroups": { isFallback: false, subgroups: false },
  }),
};
const variant = VARIANTS["for a software adapter"];

const CASES: Record<string, PopulationConfig> = {
  "1 input, 1 hidden unit, 1 output, batch 1; logistic": {
    data: classes(3, 1, 2),
    model: mlp([1, 1, 1], { activation: "tanh" }),
    loss: "logistic",
    optimizer: sgd({ learningRate: 0.3, momentum: 0.9, nesterov: true }),
    batch: 1,
    steps: 5,
    evaluateEvery: 2,
    probePoints: [-1, 0.5],
    runs: RUNS,
  },
  "2 inputs, 5 hidden units without bias, 3 outputs, batch 3": {
    data: classes(7, 2, 3),
    model: mlp([2, 5, 3], { activation: "gelu", bias: false }),
    optimizer: adam({ learningRate: 0.02 }),
    batch: 3,
    steps: 5,
    evaluateEvery: 2,
    probePoints: randomNumbers(72, 22),
    runs: RUNS,
  },
  "4 inputs, 63 hidden units, 10 outputs, batch 9 in chunks": {
    data: classes(33, 4, 10),
    model: mlp([4, 63, 10], { activation: "leaky-relu", negativeSlope: 0.1 }),
    optimizer: adamw({ learningRate: 0.02, weightDecay: 0.1 }),
    batch: 9,
    steps: 5,
    evaluateEvery: 3,
    runs: RUNS,
  },
  "3 inputs, 257 hidden units, 2 outputs, batch 9 in chunks": {
    data: classes(9, 3, 2),
    model: mlp([3, 257, 2]),
    optimizer: adam({ learningRate: 0.01 }),
    steps: 5,
    evaluateEvery: 5,
    probePoints: randomNumbers(73, 9),
    runs: [...RUNS, { seed: 3, mixing: LAWS[3], optimizer: adam({ learningRate: 0.1, weightDecay: 0.1 }) }],
  },
  "2 inputs, 65 hidden units, 3 outputs, batch 9 in chunks; gradients never cleared in two runs of three": {
    data: classes(9, 2, 3),
    model: mlp([2, 65, 3]),
    optimizer: adam({ learningRate: 0.01, weightDecay: 0.1, gradients: "accumulated" }),
    steps: 5,
    evaluateEvery: 2,
    probePoints: randomNumbers(76, 6),
    runs: RUNS.map((run, r) => (r === 1 ? { ...run, optimizer: adam({ learningRate: 0.01 }) } : run)),
  },
  "2 inputs, 5 hidden units, 2 outputs; plain gradient descent on sums of gradients": {
    data: classes(9, 2, 2),
    model: mlp([2, 5, 2], { activation: "tanh" }),
    optimizer: sgd({ learningRate: 0.1, gradients: "accumulated" }),
    steps: 5,
    runs: RUNS,
  },
  "2 inputs, 5 hidden units, 5 outputs; regression with plain gradient descent": {
    data: regressionDataset({
      points: randomNumbers(74, 2 * 9),
      targets: randomNumbers(75, 5 * 9),
      dimensions: 2,
      outputs: 5,
    }),
    model: mlp([2, 5, 5], { activation: "gelu-tanh" }),
    optimizer: sgd({ learningRate: 0.2, weightDecay: 0.1 }),
    steps: 3,
    evaluateEvery: 1,
    probePoints: [0.1, 0.2],
    runs: RUNS,
  },
};

describe.each(Object.entries(VARIANTS))("resident: training as in float64, in the shape %s", (_, variant) => {
  it.each(Object.entries(CASES))("%s", async (_, config) => {
    const { resident } = await expectParity(config, variant);
    expect(resident?.subgroups).toBe(variant.subgroups);
  });
});

describe("resident: shapes", () => {
  const wide = CASES["3 inputs, 257 hidden units, 2 outputs, batch 9 in chunks"];

  it("many threads of one group of units on a GPU, few of several on the software adapter", async () => {
    const gpu = await expectParity(wide, VARIANTS["for a GPU"]);
    // About half of the threads own units that do not exist.
    expect(gpu.resident).toMatchObject({ threads: 128, unitGroups: 1 });
    const software = await expectParity(wide, variant);
    expect(software.resident).toMatchObject({ threads: 32, unitGroups: 3 });
  });

  it("several steps a draw, one, and several draws a step", async () => {
    const few = await expectParity({ ...wide, batch: 3, steps: 7 }, variant);
    expect(few.resident).toMatchObject({
      threads: 32,
      chunk: 3,
      blocks: 1,
      blockChunks: 1,
      stepsPerDraw: 10,
    });
    const { data: _, ...rest } = CASES["4 inputs, 63 hidden units, 10 outputs, batch 9 in chunks"];
    const many = { ...rest, data: classes(41, 4, 10), batch: 41, steps: 3 };
    const { resident } = await expectParity(many, variant);
    // 16 threads draw four chunks; 11 chunks are drawn in three parts, the last of which is not full.
    expect(resident).toMatchObject({ threads: 16, chunk: 4, blocks: 3, blockChunks: 4, stepsPerDraw: 1 });
  });
});

describe("resident: a run is the same, bit for bit,", () => {
  const config = CASES["2 inputs, 5 hidden units without bias, 3 outputs, batch 3"];

  it("however many steps a dispatch takes", async () => {
    expect(await trainResident(config, { variant, dispatches: [1, 2, 2] })).toEqual(
      await trainResident(config, { variant }),
    );
  });

  it("on sums of gradients, however many steps a dispatch takes", async () => {
    const optimizer = adam({ learningRate: 0.02, gradients: "accumulated" });
    const runs = config.runs.map((run, r) => (r === 1 ? run : { ...run, optimizer }));
    const sums = { ...config, runs };
    const trained = await trainResident(sums, { variant, dispatches: [1, 2, 2] });
    expect(trained).toEqual(await trainResident(sums, { variant }));
    // The run that clears its gradients is as if it were among its like.
    const stride = trained.parameters.length / 3;
    expect(row(trained.parameters, 1, stride)).toEqual(
      row((await trainResident(config, { variant })).parameters, 1, stride),
    );
  });

  it("alone as among others", async () => {
    const together = await trainResident(config, { variant });
    const alone = await trainResident({ ...config, runs: [config.runs[2]] }, { variant });
    const stride = alone.parameters.length;
    expect(alone.parameters).toEqual(row(together.parameters, 2, stride));
    expect(row(alone.moments, 1, stride)).toEqual(row(together.moments, 3 + 2, stride));
    expect(alone.clocks[0]).toEqual(together.clocks[2]);
  });
});

describe("resident: numbers that are not finite", () => {
  const config = CASES["2 inputs, 5 hidden units without bias, 3 outputs, batch 3"];

  it("a NaN among the parameters freezes its run at the first step, and no other", async () => {
    const clean = await trainResident(config, { variant });
    // The last parameter of run 1: a weight of the last output.
    const { size } = parameterLayout(config.model);
    const actual = await trainResident(config, {
      variant,
      alter: (parameters, stride) => {
        parameters[stride + size - 1] = Number.NaN;
      },
    });
    expect(actual.clocks.map(({ nonFiniteStep }) => nonFiniteStep)).toEqual([FINITE, 0, FINITE]);
    const stride = actual.parameters.length / 3;
    for (const r of [0, 2]) {
      expect(row(actual.parameters, r, stride)).toEqual(row(clean.parameters, r, stride));
      expect(actual.clocks[r]).toEqual(clean.clocks[r]);
    }
    // The frozen run: not one step was taken.
    const { parameters } = await trainResident(config, { variant, dispatches: [] });
    const [frozen, first] = [row(actual.parameters, 1, stride), row(parameters, 1, stride)];
    expect(frozen.subarray(0, size - 1)).toEqual(first.subarray(0, size - 1));
    expect(
      actual.moments.filter((_, i) => Math.floor(i / stride) % 3 === 1).every((value) => value === 0),
    ).toBe(true);
    // Every evaluation says so.
    const entries = Array.from(
      { length: 3 },
      (_, e) => (actual.metrics.length / 3) * e + METRICS_PER_RUN + 3,
    );
    expect(entries.map((at) => actual.metrics[at])).toEqual([0, 0, 0]);
  });

  it.each([[[5]], [[1, 1, 1, 1, 1]]])(
    "a learning rate that overflows freezes its run at finite parameters, in dispatches of %s",
    async (dispatches) => {
      const runs = config.runs.map((run, r) => ({
        ...run,
        optimizer: adam({
          learningRate: r === 1 ? 3e38 : 0.02,
          schedule: { kind: "step", every: 2, factor: 10 },
        }),
      }));
      const { clocks, parameters, metrics } = await trainResident(
        { ...config, runs },
        { variant, dispatches },
      );
      const { nonFiniteStep, lossCount } = clocks[1];
      // Steps of 3e38 either pass the range at once or make logits that do: at step 1 at the latest.
      expect(nonFiniteStep).toBe(1);
      expect(clocks[0].nonFiniteStep).toBe(FINITE);
      expect(clocks[2].nonFiniteStep).toBe(FINITE);
      expect(parameters.every(Number.isFinite)).toBe(true);
      expect(lossCount).toBe(0);
      const at = METRICS_PER_RUN;
      expect(metrics[at + 3]).toBe(1);
      // The training loss is of the one step there was.
      expect(new Float32Array(metrics.buffer)[at + 2]).toBeGreaterThan(0);
    },
  );
});
