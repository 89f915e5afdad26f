/**
 * Both executors against the float64 reference: losses, curves and parameters after 50 steps, for every activation, loss
 * and optimizer, at sizes that fill no tile; and `gradients()` on both backends.
 */

import { beforeAll, describe, expect, it } from "vitest";
import { classDataset, type Dataset, regressionDataset } from "../../src/data/dataset.ts";
import { openDevice } from "../../src/gpu/device.ts";
import { beta } from "../../src/mixing/laws.ts";
import { erm, mixup } from "../../src/mixing/mixing.ts";
import { ACTIVATIONS } from "../../src/model/layers/activation.ts";
import type { Model } from "../../src/model/layers/layer.ts";
import { flattenParameters } from "../../src/model/layout.ts";
import type { Loss } from "../../src/model/loss.ts";
import { linear, mlp } from "../../src/model/nets.ts";
import { adam, adamw, cosine, type Optimizer, sgd, stepDecay, warmup } from "../../src/model/optimizer.ts";
import { symmetricUnit, threefry } from "../../src/numeric/threefry.ts";
import { createStepper, gradients } from "../../src/training/stepper.ts";
import { train } from "../../src/training/train.ts";
import type { TrainConfig } from "../../src/training/training.ts";
import { testDevice } from "../kernels/harness.ts";
import { TOLERANCES } from "../tolerances.ts";

const random = (key: number, index: number) => symmetricUnit(threefry(key, 99, 0, index));

function classes(N: number, D: number, C: number): Dataset {
  return classDataset({
    points: Array.from({ length: N * D }, (_, i) => 2 * random(1, i)),
    labels: Array.from({ length: N }, (_, n) => n % C),
    dimensions: D,
    classes: C,
  });
}

function regression(N: number, D: number, C: number): Dataset {
  return regressionDataset({
    points: Array.from({ length: N * D }, (_, i) => 2 * random(2, i)),
    targets: Array.from({ length: N * C }, (_, i) => 0.5 + 0.5 * random(3, i)),
    dimensions: D,
    outputs: C,
  });
}

/** Rows of probabilities. */
function softLabels(N: number, D: number, C: number): Dataset {
  const { points, targets } = regression(N, D, C);
  const sums = Array.from({ length: N }, (_, n) =>
    targets.subarray(n * C, (n + 1) * C).reduce((a, b) => a + b),
  );
  const rows = targets.map((target, i) => target / sums[Math.floor(i / C)]);
  return regressionDataset({ points, targets: rows, dimensions: D, outputs: C });
}

/** Largest difference between two vectors, relative to the largest entry of the second. */
function relativeError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  let difference = 0;
  let largest = 0;
  for (let i = 0; i < expected.length; i++) {
    difference = Math.max(difference, Math.abs(actual[i] - expected[i]));
    largest = Math.max(largest, Math.abs(expected[i]));
  }
  return difference / largest;
}

const RUNS = [
  { seed: 1, mixing: erm() },
  { seed: 1, mixing: mixup(beta(1)) },
  { seed: 2, mixing: mixup(beta(0.2), { granularity: "sample", pairing: "other" }) },
  { seed: 3, mixing: mixup(beta(2, 5), { granularity: "sample", pairing: "permutation" }) },
];

/** Trains on the CPU and on the GPU, and compares everything that comes out. */
async function compare(config: TrainConfig, executors: readonly ("resident" | "layered")[]) {
  const cpu = await openDevice({ backend: "cpu" });
  const expected = await train(cpu, config).result;
  for (const executor of executors) {
    const actual = await train(await testDevice(), { ...config, executor }).result;
    expect(actual.executor).toBe(executor);
    for (let r = 0; r < config.runs.length; r++) {
      const parameters = relativeError(
        flattenParameters(config.model, actual.runs[r].parameters).parameters,
        flattenParameters(config.model, expected.runs[r].parameters).parameters,
      );
      expect(parameters, `${executor}: parameters of run ${r}`).toBeLessThan(TOLERANCES.after50Steps.limit);
      const { loss, trainingLoss, error } = actual.curves.runs[r];
      const reference = expected.curves.runs[r];
      expect(relativeError(loss, reference.loss), `${executor}: loss`).toBeLessThan(
        TOLERANCES.after50Steps.limit,
      );
      expect(relativeError(trainingLoss, reference.trainingLoss), `${executor}: training loss`).toBeLessThan(
        TOLERANCES.after50Steps.limit,
      );
      expect(error.length).toBe(reference.error.length);
      expect(relativeError(actual.runs[r].probabilities, expected.runs[r].probabilities)).toBeLessThan(
        TOLERANCES.after50Steps.limit,
      );
    }
    expect(actual.curves.step).toEqual(expected.curves.step);
  }
}

function config(
  data: Dataset,
  model: Model,
  optimizer: Optimizer,
  more: Partial<TrainConfig> = {},
): TrainConfig {
  const probePoints = Array.from({ length: 5 * data.dimensions }, (_, i) => random(5, i));
  return { data, model, optimizer, steps: 50, evaluateEvery: 20, probePoints, runs: RUNS, ...more };
}

describe("50 steps, GPU against reference", () => {
  for (const activation of ACTIVATIONS) {
    it(`activation ${activation}`, async () => {
      const model = mlp([2, 37, 3], { activation, negativeSlope: 0.1 });
      await compare(config(classes(13, 2, 3), model, sgd({ learningRate: 0.1 })), ["resident", "layered"]);
    });
  }

  const optimizers: Record<string, Optimizer> = {
    momentum: sgd({ learningRate: 0.05, momentum: 0.9, weightDecay: 0.01 }),
    nesterov: sgd({ learningRate: 0.05, momentum: 0.9, nesterov: true, schedule: cosine({ steps: 50 }) }),
    adam: adam({
      learningRate: 0.01,
      weightDecay: 0.01,
      schedule: warmup({ steps: 10, next: stepDecay({ every: 20 }) }),
    }),
    adamw: adamw({ learningRate: 0.01, weightDecay: 0.1 }),
    "sgd, accumulated": sgd({ learningRate: 0.01, weightDecay: 0.01, gradients: "accumulated" }),
    "adam, accumulated": adam({ learningRate: 0.01, weightDecay: 0.01, gradients: "accumulated" }),
  };
  for (const [name, optimizer] of Object.entries(optimizers)) {
    it(`optimizer ${name}`, async () => {
      await compare(config(classes(13, 2, 3), mlp([2, 37, 3], { activation: "tanh" }), optimizer), [
        "resident",
        "layered",
      ]);
    });
  }

  const losses: [Loss, Dataset, number][] = [
    ["logistic", classes(65, 3, 2), 1],
    ["squared-error", regression(63, 3, 2), 2],
    ["softmax-cross-entropy", softLabels(11, 3, 5), 5],
  ];
  for (const [loss, data, outputs] of losses) {
    it(`loss ${loss}, no bias, mini-batches of 7`, async () => {
      const model = mlp([3, 65, outputs], { activation: "tanh", bias: false });
      await compare(config(data, model, sgd({ learningRate: 0.1 }), { loss, batch: 7 }), [
        "resident",
        "layered",
      ]);
    });
  }

  it("deep and linear nets", async () => {
    await compare(config(classes(33, 5, 4), mlp([5, 33, 17, 65, 4], { activation: "tanh" }), adam()), [
      "layered",
    ]);
    await compare(config(classes(65, 7, 3), linear(7, 3), sgd({ learningRate: 0.1 })), ["layered"]);
  });
});

describe("gradients() and steppers", () => {
  const model = mlp([3, 9, 4], { activation: "gelu" });
  const parameters = {
    "layers.0.weight": { shape: [9, 3], data: Float32Array.from({ length: 27 }, (_, i) => random(11, i)) },
    "layers.0.bias": { shape: [9], data: Float32Array.from({ length: 9 }, (_, i) => random(12, i)) },
    "layers.1.weight": { shape: [4, 9], data: Float32Array.from({ length: 36 }, (_, i) => random(13, i)) },
    "layers.1.bias": { shape: [4], data: Float32Array.from({ length: 4 }, (_, i) => random(14, i)) },
  };
  const batch = {
    points: Float32Array.from({ length: 15 }, (_, i) => random(15, i)),
    labels: [0, 1, 2, 3, 1],
    partners: [4, 4, 0, 2, 1],
    lambdas: Float32Array.of(0.25, 0.5, 1, 0, 0.9),
    labelLambdas: 0.5,
    weights: [1, 2, 0.5, 1, 0],
  };
  let cpu: Awaited<ReturnType<typeof openDevice>>;
  beforeAll(async () => {
    cpu = await openDevice({ backend: "cpu" });
  });

  it("agree on an explicit batch", async () => {
    const expected = await gradients(cpu, { model, parameters, batch });
    const actual = await gradients(await testDevice(), { model, parameters, batch });
    expect(Math.abs(actual.loss / expected.loss - 1)).toBeLessThan(TOLERANCES.gradients.limit);
    for (const [name, { data }] of Object.entries(expected.gradients)) {
      expect(relativeError(actual.gradients[name].data, data), name).toBeLessThan(TOLERANCES.gradients.limit);
    }
    expect(relativeError(actual.sampleLosses, expected.sampleLosses)).toBeLessThan(
      TOLERANCES.gradients.limit,
    );
  });

  it("agree after three steps of every optimizer, with a new batch each", async () => {
    const optimizers = [
      sgd({ learningRate: 0.1 }),
      sgd({ learningRate: 0.1, momentum: 0.9, nesterov: true, weightDecay: 0.01 }),
      adam({ learningRate: 0.1, weightDecay: 0.01 }),
      adamw({ learningRate: 0.1 }),
      sgd({ learningRate: 0.1, momentum: 0.9, weightDecay: 0.01, gradients: "accumulated" }),
      adam({ learningRate: 0.1, weightDecay: 0.01, gradients: "accumulated" }),
    ];
    for (const optimizer of optimizers) {
      const steppers = [
        await createStepper(cpu, { model, parameters, optimizer }),
        await createStepper(await testDevice(), { model, parameters, optimizer }),
      ];
      for (let step = 0; step < 3; step++) {
        const points = Float32Array.from({ length: 15 }, (_, i) => random(20 + step, i));
        for (const stepper of steppers) await stepper.step({ ...batch, points });
      }
      const [expected, actual] = await Promise.all(steppers.map((stepper) => stepper.parameters()));
      for (const name of Object.keys(parameters)) {
        const error = relativeError(actual[name].data, expected[name].data);
        expect(error, `${optimizer.kind} ${name}`).toBeLessThan(TOLERANCES.gradients.limit);
      }
      for (const stepper of steppers) stepper.destroy();
    }
  });

  it("gradients at the end of a stepper's steps leave its clock alone", async () => {
    const stepper = await createStepper(await testDevice(), { model, parameters, optimizer: adam() });
    await stepper.gradients(batch);
    const once = await stepper.step(batch);
    const afterGradients = await stepper.parameters();
    stepper.destroy();
    const other = await createStepper(await testDevice(), { model, parameters, optimizer: adam() });
    expect(await other.step(batch)).toEqual(once);
    expect(await other.parameters()).toEqual(afterGradients);
    other.destroy();
  });

  it("refuse bad batches by path", async () => {
    const bad = (change: object) => gradients(cpu, { model, parameters, batch: { ...batch, ...change } });
    await expect(bad({ partners: [0, 1, 2, 3, 5] })).rejects.toThrow("batch.partners[4]");
    await expect(bad({ lambdas: [0, 0, 0, 0, 1.5] })).rejects.toThrow("batch.lambdas[4]");
    await expect(bad({ labels: [0, 1, 2, 4, 0] })).rejects.toThrow("batch.labels[3]");
    await expect(bad({ points: [1, 2] })).rejects.toThrow("batch.points");
    const { "layers.1.bias": _, ...missing } = parameters;
    await expect(gradients(cpu, { model, parameters: missing, batch })).rejects.toThrow("layers.1.bias");
  });
});
