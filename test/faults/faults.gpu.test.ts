/**
 * What may befall a training on a GPU, acted: memory that runs out, devices that are lost in all ways and at bad moments, aborts in every
 * phase, and the thousandth training in a row. VITE_SOAK=1 takes the whole numbers (`npm run soak`).
 *
 * Not here: a GPU process that crashes for real (`test/pages/recovery.test.ts`).
 */

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openWebGpu, type WebGpuDevice } from "../../src/gpu/device.ts";
import {
  adam,
  alternatingLine,
  beta,
  createStepper,
  DeviceLostError,
  LimitError,
  mixup,
  mlp,
  OutOfMemoryError,
  openDevice,
  openPopulation,
  reopenPopulation,
  resume,
  train,
} from "../../src/index.ts";

const SOAK = Boolean(import.meta.env.VITE_SOAK);
const config = {
  data: alternatingLine({ points: 3, classes: 2 }),
  model: mlp([1, 8, 2]),
  optimizer: adam({ learningRate: 0.01 }),
  steps: 60,
  evaluateEvery: 20,
  runs: [{ seed: 4, mixing: mixup(beta(1)) }],
};
/** Steps submit by submit, so that there is a way. */
const slow = { stepsPerSubmit: 4 };

const unhandled: unknown[] = [];
const note = (event: PromiseRejectionEvent) => void unhandled.push(event.reason);
const opened: WebGpuDevice[] = [];

beforeEach(() => globalThis.addEventListener?.("unhandledrejection", note));
afterEach(async () => {
  for (const device of opened.splice(0)) device.destroy();
  // Rejections are told a task later.
  await new Promise((resolve) => setTimeout(resolve, 20));
  globalThis.removeEventListener?.("unhandledrejection", note);
  expect(unhandled.splice(0)).toEqual([]);
});

async function open(gpu?: object): Promise<WebGpuDevice> {
  const device = await openWebGpu(gpu === undefined ? {} : { gpu });
  opened.push(device);
  return device;
}

/** The result of a training that nothing befalls. */
async function undisturbed(more: Partial<typeof config> = {}) {
  const device = await open();
  const { curves, runs } = await train(device, { ...config, ...more }).result;
  return { curves, parameters: runs[0].parameters };
}

/** Acts that memory runs out, at the next buffer. */
function runOut(): void {
  const { createBuffer, popErrorScope } = GPUDevice.prototype;
  GPUDevice.prototype.createBuffer = function (descriptor) {
    GPUDevice.prototype.createBuffer = createBuffer;
    GPUDevice.prototype.popErrorScope = async function () {
      GPUDevice.prototype.popErrorScope = popErrorScope;
      await popErrorScope.call(this);
      return new GPUOutOfMemoryError("Acted.");
    };
    return createBuffer.call(this, descriptor);
  };
}

describe("memory", () => {
  it("what no buffer holds is refused when it is planned", async () => {
    const device = await open();
    const runs = Array(300).fill(config.runs[0]);
    expect(() => train(device, { ...config, model: mlp([1, 2 ** 22, 2]), runs })).toThrow(LimitError);
    expect([device.memory.count, device.memory.bytes]).toEqual([0, 0]);
  });

  it("that runs out on the way in is a typed error, all is given back, and the next training works", async () => {
    const device = await open();
    runOut();
    const training = train(device, config);
    await expect(training.result).rejects.toBeInstanceOf(OutOfMemoryError);
    expect([device.memory.count, device.memory.bytes]).toEqual([0, 0]);
    const { curves } = await resume(device, await training.checkpoint()).result;
    expect(curves).toEqual((await undisturbed()).curves);
  });

  it("that runs out for a stepper's batch leaves its training as it was", async () => {
    const device = await open();
    const { model, optimizer } = config;
    const { parameters } = await undisturbed();
    const stepper = await createStepper(device, { model, parameters, optimizer });
    const batch = { points: [0, 1, 2], labels: [0, 1, 0] };
    await stepper.step(batch);
    const before = await stepper.parameters();
    runOut();
    await expect(stepper.step({ points: [0, 1], labels: [0, 1] })).rejects.toBeInstanceOf(OutOfMemoryError);
    expect(await stepper.parameters()).toEqual(before);
    const straight = await createStepper(device, { model, parameters, optimizer });
    await straight.step(batch);
    expect((await stepper.step(batch)).loss).toBe((await straight.step(batch)).loss);
    stepper.destroy();
    straight.destroy();
    expect([device.memory.count, device.memory.bytes]).toEqual([0, 0]);
  });
});

/** A `GPU` whose devices are lost when the test says so, and which may refuse to give another. */
function losing(give: (opened: number) => boolean = () => true) {
  const real = navigator.gpu;
  const devices: { gpu: GPUDevice; lose(): void }[] = [];
  const gpu = {
    wgslLanguageFeatures: real.wgslLanguageFeatures,
    async requestAdapter(options?: GPURequestAdapterOptions) {
      if (!give(devices.length)) return null;
      const adapter = await real.requestAdapter(options);
      if (adapter === null) return null;
      const { requestDevice } = adapter;
      adapter.requestDevice = async (descriptor) => {
        const device = await requestDevice.call(adapter, descriptor);
        let tell: (info: object) => void = () => {};
        const lost = new Promise<object>((resolve) => {
          tell = resolve;
        });
        Object.defineProperty(device, "lost", { value: lost });
        devices.push({
          gpu: device,
          lose() {
            tell({ reason: "unknown", message: "Acted." });
            device.destroy();
          },
        });
        return device;
      };
      return adapter;
    },
  };
  return { gpu, devices };
}

describe("a lost device", () => {
  it("is opened again, also where the next one is lost at once; late news of the first ones touch nothing", async () => {
    const { gpu, devices } = losing();
    const device = await open(gpu);
    const training = train(device, config, slow);
    let losses = 0;
    for await (const { step } of training) {
      // Steps of a device that is lost already may still come in.
      if (step < 8 || losses >= 2 || devices.length === losses) continue;
      devices[losses++].lose();
    }
    const { curves, runs } = await training.result;
    expect(device.generation).toBe(2);
    expect({ curves, parameters: runs[0].parameters }).toEqual(await undisturbed());
    for (const { gpu } of devices.slice(0, 2)) gpu.dispatchEvent(new Event("uncapturederror"));
    device.check();
    expect((await train(device, config).result).curves).toEqual(curves);
  });

  it("that nobody gives back ends the training in time, with a checkpoint that goes on elsewhere", async () => {
    const { gpu, devices } = losing((opened) => opened === 0);
    const device = await open(gpu);
    const training = train(device, config, slow);
    for await (const { step } of training) {
      if (step < 12) continue;
      devices[0].lose();
      break;
    }
    const error = await training.result.catch((error) => error);
    expect(error).toBeInstanceOf(DeviceLostError);
    expect(error.message).toContain("gives no new device");
    const checkpoint = await training.checkpoint();
    const { curves, runs } = await resume(await open(), checkpoint).result;
    expect({ curves, parameters: runs[0].parameters }).toEqual(await undisturbed());
  });

  it("at every submit is opened three times, and no more", async () => {
    const { gpu, devices } = losing();
    const device = await open(gpu);
    const { submit } = GPUQueue.prototype;
    GPUQueue.prototype.submit = function (commands) {
      submit.call(this, commands);
      const own = devices.find(({ gpu }) => gpu.queue === this);
      own?.lose();
    };
    try {
      const training = train(device, config, slow);
      await expect(training.result).rejects.toThrow("3 times in a row");
      expect(devices.length).toBe(3);
      const checkpoint = await training.checkpoint();
      GPUQueue.prototype.submit = submit;
      expect((await resume(await open(), checkpoint).result).curves).toEqual((await undisturbed()).curves);
    } finally {
      GPUQueue.prototype.submit = submit;
    }
  });

  it("between two stretches of a population is opened again, by itself or by somebody else, and nothing is lost", async () => {
    const described = {
      data: config.data,
      model: config.model,
      optimizer: config.optimizer,
      runs: config.runs,
    };
    const straight = openPopulation(await open(), described);
    await straight.train(40);
    const expected = await straight.parameters();
    const { gpu, devices } = losing();
    const device = await open(gpu);
    const population = openPopulation(device, described);
    await population.train(15);
    devices.at(-1)!.lose();
    await population.train(15);
    expect([population.step, device.generation]).toEqual([30, 1]);
    devices.at(-1)!.lose();
    // Who trains beside it recovers the device; the population's own buffers went with the old one.
    await train(device, config).result;
    expect(device.generation).toBe(2);
    expect((await population.parameters())[0]).not.toEqual(expected[0]);
    await population.train(10);
    expect(await population.parameters()).toEqual(expected);
    devices.at(-1)!.lose();
    expect(await population.parameters()).toEqual(expected);
    const reopened = reopenPopulation(await open(), await population.snapshot());
    expect(await reopened.parameters()).toEqual(expected);
    device.destroy();
    await expect(population.parameters()).rejects.toMatchObject({ reason: "destroyed" });
  });

  it("that was destroyed on purpose is not opened again", async () => {
    let adapters = 0;
    const { gpu } = losing(() => ++adapters > 0);
    const device = await open(gpu);
    const training = train(device, { ...config, steps: 100_000 }, slow);
    for await (const { step } of training) if (step > 8) break;
    device.destroy();
    await expect(training.result).rejects.toMatchObject({ name: "DeviceLostError", reason: "destroyed" });
    expect(adapters).toBe(1);
  });
});

describe("an abort", () => {
  /** Calls `act` when a method is next called, before it does anything. */
  function onCall<T extends object>(prototype: T, name: keyof T & string, act: () => void): () => void {
    const original = prototype[name];
    const restore = () => {
      prototype[name] = original;
    };
    prototype[name] = function (this: unknown, ...all: unknown[]) {
      restore();
      act();
      return (original as (...all: unknown[]) => unknown).apply(this, all);
    } as never;
    return restore;
  }

  it.each<[string, (abort: () => void) => () => void]>([
    [
      "before it begins",
      (abort) => {
        abort();
        return () => {};
      },
    ],
    ["while kernels compile", (abort) => onCall(GPUDevice.prototype, "createComputePipelineAsync", abort)],
    ["while buffers are made", (abort) => onCall(GPUDevice.prototype, "createBuffer", abort)],
    ["while numbers are uploaded", (abort) => onCall(GPUQueue.prototype, "writeBuffer", abort)],
    ["at a submit", (abort) => onCall(GPUQueue.prototype, "submit", abort)],
    ["at a readback", (abort) => onCall(GPUBuffer.prototype, "mapAsync", abort)],
    ["when it is read", (abort) => onCall(GPUBuffer.prototype, "getMappedRange", abort)],
  ])("%s leaves a state that goes on, and no buffer", async (_, hook) => {
    const device = await open();
    const stop = new AbortController();
    const restore = hook(() => stop.abort());
    const training = train(device, config, { ...slow, signal: stop.signal });
    const { stopped } = await training.result;
    restore();
    expect([stop.signal.aborted, stopped]).toEqual([true, true]);
    const checkpoint = await training.checkpoint();
    training.destroy();
    expect([device.memory.count, device.memory.bytes]).toEqual([0, 0]);
    const { curves, runs } = await resume(device, checkpoint).result;
    expect({ curves, parameters: runs[0].parameters }).toEqual(await undisturbed());
  });

  it("while a checkpoint is made, and when all is done, changes nothing of either", async () => {
    const device = await open();
    const stop = new AbortController();
    const training = train(device, config, { ...slow, signal: stop.signal });
    const asked = training.checkpoint();
    stop.abort();
    const resumed = await resume(device, await asked).result;
    await training.result;
    expect({ curves: resumed.curves, parameters: resumed.runs[0].parameters }).toEqual(await undisturbed());
    const late = new AbortController();
    const whole = train(device, config, { signal: late.signal });
    const { stopped, curves } = await whole.result;
    late.abort();
    whole.stop();
    expect([stopped, curves]).toEqual([false, resumed.curves]);
    expect((await resume(device, await whole.checkpoint()).result).curves).toEqual(curves);
  });
});

describe("again and again", () => {
  it("trainings leave no buffer behind, whether they end, are stopped or refused", async () => {
    const device = await open();
    for (let i = 0; i < (SOAK ? 1000 : 60); i++) {
      const stop = new AbortController();
      const training = train(device, { ...config, steps: 2, evaluateEvery: 1 }, { signal: stop.signal });
      if (i % 3 === 1) stop.abort();
      await training.result;
      if (i % 3 === 2) expect(() => train(device, { ...config, steps: -1 })).toThrow();
      training.destroy();
    }
    expect([device.memory.count, device.memory.bytes]).toEqual([0, 0]);
  });

  it("devices are opened and destroyed", async () => {
    for (let i = 0; i < (SOAK ? 200 : 20); i++) {
      const device = await openDevice();
      device.check();
      device.destroy();
      expect(() => device.check()).toThrow(DeviceLostError);
    }
    await undisturbed();
  });
});
