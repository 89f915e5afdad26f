/** `train()` on the CPU backend, in Node: the same promises as on a GPU, and what a checkpoint refuses. */

import { describe, expect, it } from "vitest";
import {
  adam,
  alternatingLine,
  beta,
  ConfigError,
  decodeSafetensors,
  erm,
  grid,
  loadParameters,
  mixup,
  mlp,
  openDevice,
  range,
  regressionDataset,
  resume,
  saveParameters,
  sgd,
  type TrainConfig,
  train,
} from "../../src/index.ts";
import { encodeSealed } from "../../src/model/digest.ts";

const CONFIG: TrainConfig = {
  data: alternatingLine({ points: 5, classes: 2 }),
  model: mlp([1, 11, 2]),
  optimizer: adam({ learningRate: 0.01 }),
  steps: 45,
  evaluateEvery: 10,
  batch: 3,
  probePoints: [0.5],
  runs: grid({ seed: range(2), mixing: [erm(), mixup(beta(1), { pairing: "other" })] }),
};

describe("train() on the CPU", () => {
  it("iterates, ends, and resumes to the same bits", async () => {
    const device = await openDevice({ backend: "cpu" });
    const straight = await train(device, CONFIG).result;
    expect(straight).toMatchObject({ step: 45, stopped: false, executor: "cpu", dispatches: 0 });
    expect(straight.curves.step).toEqual([10, 20, 30, 40, 45]);

    const training = train(device, CONFIG, { pace: 0.01 });
    const seen: number[] = [];
    for await (const { step } of training) {
      seen.push(step);
      if (step >= 17) training.stop();
    }
    const stopped = await training.result;
    expect(stopped.stopped).toBe(true);
    expect(seen.every((step, i) => i === 0 || step >= seen[i - 1])).toBe(true);
    const resumed = await resume(device, await training.checkpoint()).result;
    expect(resumed.curves).toEqual(straight.curves);
    expect(resumed.runs).toEqual(straight.runs);
  });

  it("stores the gradients that are never cleared, and resumes to the same bits", async () => {
    const device = await openDevice({ backend: "cpu" });
    const mixing = mixup(beta(1));
    const optimizer = adam({ learningRate: 0.01, gradients: "accumulated" });
    const config = {
      ...CONFIG,
      runs: [
        { seed: 0, mixing },
        { seed: 0, mixing, optimizer },
      ],
    };
    const straight = await train(device, config).result;
    expect(straight.runs[1].parameters).not.toEqual(straight.runs[0].parameters);
    const training = train(device, config, { pace: 0.01 });
    for await (const { step } of training) if (step >= 17) training.stop();
    expect((await training.result).stopped).toBe(true);
    const bytes = await training.checkpoint();
    expect((await resume(device, bytes).result).runs).toEqual(straight.runs);

    const { tensors, metadata } = decodeSafetensors(bytes);
    const { shape, data } = tensors["gradientSums.layers.0.weight"];
    expect(shape).toEqual([2, 11, 1]);
    expect(data.subarray(0, 11).every((sum) => sum === 0)).toBe(true);
    expect(data.subarray(11).some((sum) => sum !== 0)).toBe(true);
    const { "gradientSums.layers.0.weight": _, ...rest } = tensors;
    expect(() => resume(device, encodeSealed(rest, metadata))).toThrow(
      "checkpoint.gradientSums.layers.0.weight",
    );
  });

  it("stops at exactly the step it is told, and goes on one step at a time to the same bits", async () => {
    const device = await openDevice({ backend: "cpu" });
    const straight = await train(device, CONFIG).result;
    let training = train(device, CONFIG, { stopAfter: 19 });
    expect(await training.result).toMatchObject({ step: 19, stopped: true });
    for (let step = 20; step <= 45; step++) {
      training = resume(device, await training.checkpoint(), { stopAfter: step });
      expect((await training.result).step).toBe(step);
    }
    const result = await training.result;
    expect(result.curves).toEqual(straight.curves);
    expect(result.runs).toEqual(straight.runs);
    expect(() => train(device, CONFIG, { stopAfter: 1.5 })).toThrow(ConfigError);
  });

  it("starts from given parameters, which go in and out as safetensors", async () => {
    const device = await openDevice({ backend: "cpu" });
    const { runs } = await train(device, CONFIG).result;
    const parameters = loadParameters(saveParameters(runs[1].parameters));
    expect(parameters).toEqual(runs[1].parameters);
    const still = { ...CONFIG, optimizer: sgd({ learningRate: 0 }), steps: 1 };
    const again = await train(device, { ...still, runs: [{ seed: 5, mixing: erm(), parameters }] }).result;
    expect(Array.from(again.runs[0].parameters["layers.0.weight"].data)).toEqual(
      Array.from(parameters["layers.0.weight"].data, Math.fround),
    );
    const { "layers.0.bias": _, ...missing } = parameters;
    expect(() =>
      train(device, { ...still, runs: [{ seed: 5, mixing: erm(), parameters: missing }] }),
    ).toThrow("runs[0].parameters.layers.0.bias");
  });

  it("refuses losses that don't fit their targets", async () => {
    const device = await openDevice({ backend: "cpu" });
    const data = regressionDataset({ points: [0, 1], targets: [0, 2], dimensions: 1, outputs: 1 });
    const config = {
      ...CONFIG,
      data,
      model: mlp([1, 3, 1]),
      batch: "full" as const,
      runs: [{ seed: 0, mixing: erm() }],
    };
    expect(() => train(device, { ...config, loss: "logistic" })).toThrow("data.targets[1]");
    expect(() => train(device, { ...config, loss: "softmax-cross-entropy" })).toThrow("loss");
    const result = await train(device, config).result;
    expect(result.runs[0].error).toBeUndefined();
    expect(result.runs[0].loss).toBeGreaterThanOrEqual(0);
  });

  it("refuses files that are no checkpoint of a training", async () => {
    const device = await openDevice({ backend: "cpu" });
    const training = train(device, CONFIG);
    await training.result;
    const bytes = await training.checkpoint();
    expect(() => resume(device, bytes.subarray(0, bytes.length - 1))).toThrow(ConfigError);
    expect(() => resume(device, new Uint8Array(3))).toThrow(ConfigError);
    expect(() => resume(device, encodeSealed({}))).toThrow("checkpoint.format");
    const { tensors, metadata } = decodeSafetensors(bytes);
    const changed = (change: Record<string, string>, without = "") => {
      const rest = Object.fromEntries(Object.entries(tensors).filter(([name]) => name !== without));
      return () => resume(device, encodeSealed(rest, { ...metadata, ...change }));
    };
    expect(changed({ step: "46" })).toThrow("checkpoint.step");
    expect(changed({ executor: "abacus" })).toThrow("checkpoint.executor");
    expect(changed({ population: "{" })).toThrow("checkpoint.population");
    expect(changed({}, "accounts")).toThrow("checkpoint.accounts");
    expect(changed({}, "moments.1.layers.0.bias")).toThrow("checkpoint.moments.1.layers.0.bias");
    expect(changed({}, "data.points")).toThrow("checkpoint.data");
    expect(changed({ population: JSON.stringify({ ...JSON.parse(metadata.population), runs: [] }) })).toThrow(
      "runs",
    );
  });
});
