/**
 * Kernel `residentBatch` against the float64 population: trainings with evaluations and probabilities inside, at odd sizes; that
 * a run is the same bits however its steps and neighbours are dispatched; and when the kernel is chosen.
 */

import { describe, expect, it } from "vitest";
import { regressionDataset } from "../../../src/data/dataset.ts";
import { FINITE } from "../../../src/kernels/population.ts";
import { residentBatchShape } from "../../../src/kernels/step/residentBatch.ts";
import { parameterLayout } from "../../../src/model/layout.ts";
import { mlp } from "../../../src/model/nets.ts";
import { adam, adamw, sgd } from "../../../src/model/optimizer.ts";
import type { PopulationConfig } from "../../../src/population/population.ts";
import { hasSubgroups, randomNumbers } from "../harness.ts";
import { classes, expectParity, LAWS, RUNS, row, trainResident } from "../residents.ts";

const variant = { isFallback: false, subgroups: await hasSubgroups() };

const CASES: Record<string, PopulationConfig> = {
  "1 input, 1 hidden unit, 1 output, 17 samples; logistic": {
    data: classes(17, 1, 2),
    model: mlp([1, 1, 1], { activation: "tanh" }),
    loss: "logistic",
    optimizer: sgd({ learningRate: 0.3, momentum: 0.9, nesterov: true }),
    steps: 5,
    evaluateEvery: 2,
    probePoints: [-1, 0.5],
    runs: RUNS,
  },
  "2 inputs, 5 hidden units without bias, 3 outputs, batch 41 of 50": {
    data: classes(50, 2, 3),
    model: mlp([2, 5, 3], { activation: "gelu", bias: false }),
    optimizer: adam({ learningRate: 0.02 }),
    batch: 41,
    steps: 5,
    evaluateEvery: 2,
    probePoints: randomNumbers(72, 22),
    runs: RUNS,
  },
  "4 inputs, 63 hidden units, 10 outputs, batch 90": {
    data: classes(97, 4, 10),
    model: mlp([4, 63, 10], { activation: "leaky-relu", negativeSlope: 0.1 }),
    optimizer: adamw({ learningRate: 0.02, weightDecay: 0.1 }),
    batch: 90,
    steps: 5,
    evaluateEvery: 3,
    runs: RUNS,
  },
  "3 inputs, 257 hidden units, 2 outputs, 300 samples": {
    data: classes(300, 3, 2),
    model: mlp([3, 257, 2]),
    // Not Adam: it divides gradients that nearly vanish by their own size, and such a net has some, in whichever kernel.
    optimizer: sgd({ learningRate: 0.1, momentum: 0.9 }),
    steps: 4,
    evaluateEvery: 4,
    probePoints: randomNumbers(73, 9),
    runs: [...RUNS, { seed: 3, mixing: LAWS[3], optimizer: sgd({ learningRate: 0.1, weightDecay: 0.1 }) }],
  },
  "2 inputs, 65 hidden units, 3 outputs, 400 samples in blocks; gradients never cleared in two runs of three":
    {
      data: classes(400, 2, 3),
      model: mlp([2, 65, 3]),
      optimizer: adam({ learningRate: 0.01, weightDecay: 0.1, gradients: "accumulated" }),
      steps: 5,
      evaluateEvery: 2,
      probePoints: randomNumbers(76, 6),
      runs: RUNS.map((run, r) => (r === 1 ? { ...run, optimizer: adam({ learningRate: 0.01 }) } : run)),
    },
  "2 inputs, 5 hidden units, 5 outputs, 33 samples; regression with plain gradient descent": {
    data: regressionDataset({
      points: randomNumbers(74, 2 * 33),
      targets: randomNumbers(75, 5 * 33),
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

describe("residentBatch: training as in float64", () => {
  it.each(Object.entries(CASES))("%s", async (_, config) => {
    const { resident, residentBatch } = await expectParity(config, variant);
    expect(resident).toBeUndefined();
    expect(residentBatch).toBeDefined();
  });
});

describe("residentBatch: shapes", () => {
  const shape = (sizes: number[], batchSize: number, storage = 32768) =>
    residentBatchShape(mlp(sizes), batchSize, 256, storage);

  it("as many threads as hold the net in registers, and as many samples each as the batch asks for", () => {
    expect(shape([2, 500, 2], 300)).toEqual({ threads: 128, unitGroups: 1, samples: 3, blocks: 1 });
    expect(shape([2, 500, 2], 1000)).toEqual({ threads: 128, unitGroups: 1, samples: 4, blocks: 2 });
    expect(shape([2, 2048, 2], 128, 49152)).toEqual({ threads: 256, unitGroups: 2, samples: 1, blocks: 1 });
    expect(shape([2, 20, 2], 40)).toEqual({ threads: 32, unitGroups: 1, samples: 2, blocks: 1 });
  });

  it("fewer samples where workgroup memory is short, and none where weights alone don't fit", () => {
    expect(shape([2, 500, 2], 300, 16384)).toEqual({ threads: 128, unitGroups: 1, samples: 2, blocks: 2 });
    expect(shape([2, 2048, 2], 300, 16384)).toBeUndefined();
  });

  it("not for batches that would leave most threads without a sample, nor for deep or wide nets", () => {
    expect(shape([1, 512, 2], 3)).toBeUndefined();
    expect(shape([2, 5000, 2], 300)).toBeUndefined();
    expect(shape([2, 8, 8, 2], 300)).toBeUndefined();
  });
});

describe("residentBatch: a run is the same, bit for bit,", () => {
  const config = CASES["2 inputs, 5 hidden units without bias, 3 outputs, batch 41 of 50"];

  it("however many steps a dispatch takes", async () => {
    const straight = await trainResident(config, { variant });
    expect(await trainResident(config, { variant, dispatches: [1, 2, 2] })).toEqual(straight);
  });

  it("in blocks and on sums of gradients, however many steps a dispatch takes", async () => {
    const sums = CASES[Object.keys(CASES).find((name) => name.includes("in blocks"))!];
    const straight = await trainResident(sums, { variant });
    expect(straight.plan.residentBatch?.blocks).toBeGreaterThan(1);
    expect(await trainResident(sums, { variant, dispatches: [1, 2, 2] })).toEqual(straight);
  });

  it("alone as among others", async () => {
    const together = await trainResident(config, { variant });
    const alone = await trainResident({ ...config, runs: [config.runs[2]] }, { variant });
    const stride = alone.parameters.length;
    expect(alone.parameters).toEqual(row(together.parameters, 2, stride));
    expect(row(alone.moments, 1, stride)).toEqual(row(together.moments, 3 + 2, stride));
    expect(alone.clocks[0]).toEqual(together.clocks[2]);
  });

  it("with and without subgroups", async () => {
    const without = await trainResident(config, { variant: { isFallback: false, subgroups: false } });
    expect(without.parameters).toEqual((await trainResident(config, { variant })).parameters);
  });
});

describe("residentBatch: numbers that are not finite", () => {
  const config = CASES["2 inputs, 5 hidden units without bias, 3 outputs, batch 41 of 50"];

  it("a NaN among the parameters freezes its run at the first step, and no other", async () => {
    const clean = await trainResident(config, { variant });
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
    const { parameters } = await trainResident(config, { variant, dispatches: [] });
    const [frozen, first] = [row(actual.parameters, 1, stride), row(parameters, 1, stride)];
    expect(frozen.subarray(0, size - 1)).toEqual(first.subarray(0, size - 1));
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
      const { clocks, parameters } = await trainResident({ ...config, runs }, { variant, dispatches });
      expect(clocks.map(({ nonFiniteStep }) => nonFiniteStep)).toEqual([FINITE, 1, FINITE]);
      expect(parameters.every(Number.isFinite)).toBe(true);
      expect(clocks[1].lossCount).toBe(0);
    },
  );
});
