/** Calls that overlap, and calls after the end, of every handle and on both backends. */

import { describe, expect, it } from "vitest";
import {
  adam,
  analyzeCollisionsOn,
  beta,
  classDataset,
  createStepper,
  DestroyedError,
  type Device,
  erm,
  gradients,
  mixup,
  mlp,
  openDevice,
  optimalClassifierOn,
  predictOn,
  resume,
  train,
} from "../../src/index.ts";

const data = classDataset({ points: [0, 1, 2], labels: [0, 1, 0], dimensions: 1 });
const model = mlp([1, 4, 2]);
const batch = { points: [0, 1, 2], labels: [0, 1, 0], partners: [2, 1, 0], lambdas: [0.3, 1, 0.6] };
const config = { data, model, optimizer: adam(), steps: 20, runs: [{ seed: 0, mixing: mixup(beta(1)) }] };
const { parameters } = (
  await train(await openDevice({ backend: "cpu" }), {
    ...config,
    steps: 1,
    runs: [{ seed: 3, mixing: erm() }],
  }).result
).runs[0];

describe.each(["webgpu", "cpu"] as const)("%s", (backend) => {
  const open = (): Promise<Device> => openDevice({ backend });

  it("a stepper's calls that overlap are done one after the other", async () => {
    const device = await open();
    const [together, oneByOne] = await Promise.all(
      [0, 1].map(() => createStepper(device, { model, parameters, optimizer: adam({ learningRate: 0.1 }) })),
    );
    const losses = await Promise.all([0, 1, 2].map(() => together.step(batch)));
    for (const { loss } of losses) expect(loss).toBe((await oneByOne.step(batch)).loss);
    expect(await together.parameters()).toEqual(await oneByOne.parameters());
    device.destroy();
  });

  it("a stepper's batch is the one of the call, whatever is done with its arrays afterwards", async () => {
    const device = await open();
    const [refilled, kept] = await Promise.all(
      [0, 1].map(() => createStepper(device, { model, parameters, optimizer: adam({ learningRate: 0.1 }) })),
    );
    const points = Float32Array.from(batch.points);
    const calls = [0, 1, 2].map((shift) => {
      points.forEach((_, n) => {
        points[n] = n + shift;
      });
      return refilled.step({ ...batch, points });
    });
    points.fill(7);
    for (const [shift, call] of calls.entries()) {
      const own = await kept.step({ ...batch, points: batch.points.map((x) => x + shift) });
      expect((await call).loss).toBe(own.loss);
    }
    expect(await refilled.parameters()).toEqual(await kept.parameters());
    device.destroy();
  });

  it("a batch that is refused takes none of the stepper's turns", async () => {
    const device = await open();
    const stepper = await createStepper(device, { model, parameters, optimizer: adam() });
    const [refused, taken] = [stepper.step({ ...batch, labels: [0, 1] }), stepper.step(batch)];
    await expect(refused).rejects.toMatchObject({ name: "ConfigError", path: "batch.labels" });
    expect((await taken).loss).toBeGreaterThan(0);
    device.destroy();
  });

  it("a stepper whose device is destroyed says so, begun or not", async () => {
    const device = await open();
    const [fresh, begun] = await Promise.all(
      [0, 1].map(() => createStepper(device, { model, parameters, optimizer: adam() })),
    );
    await begun.step(batch);
    device.destroy();
    for (const stepper of [fresh, begun]) {
      for (const call of [
        () => stepper.step(batch),
        () => stepper.gradients(batch),
        () => stepper.parameters(),
      ])
        await expect(call()).rejects.toMatchObject({ name: "DeviceLostError", reason: "destroyed" });
      stepper.destroy();
    }
  });

  it("a stepper that is destroyed says so, also to a call that was under way", async () => {
    const device = await open();
    const stepper = await createStepper(device, { model, parameters, optimizer: adam() });
    await stepper.step(batch);
    const underWay = [stepper.step(batch), stepper.gradients(batch)].map((call) =>
      call.catch((error) => error),
    );
    stepper.destroy();
    stepper.destroy();
    for (const outcome of await Promise.all(underWay)) expect(outcome).toBeInstanceOf(DestroyedError);
    for (const call of [
      () => stepper.step(batch),
      () => stepper.gradients(batch),
      () => stepper.parameters(),
    ])
      await expect(call()).rejects.toBeInstanceOf(DestroyedError);
    device.destroy();
  });

  it("a training that is destroyed keeps its result, and gives no checkpoint", async () => {
    const device = await open();
    const training = train(device, config);
    await training.result;
    const checkpoint = await training.checkpoint();
    training.destroy();
    expect((await training.result).step).toBe(20);
    await expect(training.checkpoint()).rejects.toBeInstanceOf(DestroyedError);
    expect((await resume(device, checkpoint).result).step).toBe(20);
    device.destroy();
  });

  it("a training under way whose device is destroyed ends with that", async () => {
    const device = await open();
    const training = train(device, { ...config, steps: 1_000_000 }, { stepsPerSubmit: 10, pace: 1 });
    for await (const { step } of training) if (step > 0) break;
    device.destroy();
    await expect(training.result).rejects.toMatchObject({ name: "DeviceLostError", reason: "destroyed" });
    training.destroy();
  });

  it("a device that is destroyed does nothing any more", async () => {
    const device = await open();
    const checkpoint = await train(device, config).checkpoint();
    device.destroy();
    device.destroy();
    const lost = { name: "DeviceLostError", reason: "destroyed" };
    for (const call of [() => train(device, config), () => resume(device, checkpoint)])
      expect(call).toThrow(expect.objectContaining(lost));
    for (const call of [
      () => gradients(device, { model, parameters, batch }),
      () => createStepper(device, { model, parameters, optimizer: adam() }),
      () => predictOn(device, { model, parameters: [parameters], points: [0] }),
      () => optimalClassifierOn(device, { data, laws: [beta(1)], epsilons: [0.1], queries: [0] }),
      () => analyzeCollisionsOn(device, { data, law: beta(1), seed: 0 }),
    ])
      await expect(call()).rejects.toMatchObject(lost);
  });
});
