/** What a refusal says: the path, what came, what is allowed, the nearest known word; short, whatever came. */

import { describe, expect, it, test } from "vitest";
import { checkInteger, checkOptions, checkWord, shown } from "../src/check.ts";
import {
  adam,
  type Batch,
  beta,
  ConfigError,
  classDataset,
  type Dataset,
  type DeviceOptions,
  erm,
  gradients,
  grid,
  imageDataset,
  type Loss,
  mixup,
  mlp,
  openDevice,
  regressionDataset,
  sgd,
  train,
} from "../src/index.ts";

const message = (call: () => unknown): string => {
  try {
    call();
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return (error as Error).message;
  }
  throw new Error("was not refused");
};

describe("the words of a refusal", () => {
  it.each<[string, () => unknown]>([
    [
      "optimizer.betas: unknown. Did you mean beta1? Known: learningRate, beta1, beta2",
      () => adam({ betas: [0.9, 0.99] } as object),
    ],
    ["optimizer.lr: unknown. Known: learningRate", () => adam({ lr: 0.1 } as object)],
    [
      "model.activaton: unknown. Did you mean activation?",
      () => mlp([1, 4, 2], { activaton: "tanh" } as object),
    ],
    [
      'model.activation: unknown activation "Tanh". Did you mean tanh?',
      () => mlp([1, 4, 2], { activation: "Tanh" as never }),
    ],
    ['mixing.law.a: "1" is not a Beta parameter here', () => beta("1" as never)],
    [
      "data.points[0]: null is not a number.",
      () => classDataset({ points: [null as never, 1], labels: [0, 1], dimensions: 1 }),
    ],
    [
      "data.points[0]: a Date is not a number.",
      () => classDataset({ points: [new Date() as never, 1], labels: [0, 1], dimensions: 1 }),
    ],
    [
      "data.points[1]: an Array of 1 is not a number.",
      () => classDataset({ points: [0, [1] as never], labels: [0, 1], dimensions: 1 }),
    ],
    [
      "data.points[0]: 1e+300 is not a finite 32-bit number.",
      () => classDataset({ points: [1e300, 1], labels: [0, 1], dimensions: 1 }),
    ],
    [
      "data.labels: no point is of class 0.",
      () => classDataset({ points: [1, 2, 3], labels: [1, 2, 3], dimensions: 1 }),
    ],
    [
      "seed: -1 is not a seed. Give an integer from 0 to 2^32 - 1.",
      () => checkInteger("seed", -1, 0, 2 ** 32 - 1, "a seed"),
    ],
  ])("%s", (expected, call) => {
    expect(message(call)).toContain(expected);
  });

  it("stays short for names and values of any length", () => {
    const long = "x".repeat(1e6);
    expect(message(() => adam({ [long]: 1 } as object)).length).toBeLessThan(300);
    expect(message(() => checkWord("word", long, ["a"])).length).toBeLessThan(300);
    expect(message(() => checkOptions(long, [] as object, [])).length).toBeLessThan(300);
    expect(shown(Object.create(null))).toBe("an object");
  });
});

const device = await openDevice({ backend: "cpu" });
const data = classDataset({ points: [0, 1, 2], labels: [0, 1, 0], dimensions: 1 });
const config = {
  data,
  model: mlp([1, 2, 2]),
  optimizer: sgd(),
  steps: 1,
  runs: [{ seed: 0, mixing: erm() }],
};

describe("what one backend refuses the other does, too", () => {
  it.each<[string, object]>([
    ["batchSize", { batchSize: 2 }],
    ["executor", { executor: "fast" }],
    ["variants.product", { variants: { product: "tensor-cores" } }],
    ["variants.tiles", { variants: { tiles: 8 } }],
    ["loss", { loss: "hinge" }],
    ["model.activation", { model: { ...config.model, activation: "swish" } }],
    ["optimizer.epsilon", { optimizer: { ...adam(), epsilon: 1e-50 } }],
    [
      "runs[0].parameters.layers.0.weight[0]",
      { runs: [{ ...config.runs[0], parameters: firstWeight(1e300) }] },
    ],
    ["runs[0].mixing.kind", { runs: [{ seed: 0, mixing: { ...mixup(beta(1)), kind: "mixed" } }] }],
    ["probePoints[1]", { probePoints: [0, Number.NaN] }],
    ["probePoints", { probePoints: { length: 2 ** 31 } }],
    ["data", { data: { points: [0, 1] } }],
  ])("%s", (path, change) => {
    expect(() => train(device, { ...config, ...change })).toThrow(
      expect.objectContaining({ name: "ConfigError", path }),
    );
  });

  function firstWeight(value: number) {
    const tensor = (shape: number[]) => ({ shape, data: new Float64Array(shape.reduce((a, b) => a * b)) });
    const weight = { shape: [2, 1], data: Float64Array.of(value, 0) };
    return {
      "layers.0.weight": weight,
      "layers.0.bias": tensor([2]),
      "layers.1.weight": tensor([2, 2]),
      "layers.1.bias": tensor([2]),
    };
  }

  it("more than the CPU's memory is a LimitError, before anything is allocated", () => {
    const runs = Array.from({ length: 100_000 }, (_, seed) => ({ seed, mixing: erm() }));
    const wide = { ...config, model: mlp([1, 100_000, 2]), runs };
    expect(() => train(device, wide)).toThrow(
      expect.objectContaining({ name: "LimitError", limit: "memory" }),
    );
  });

  it("a forgotten await, a raw device, no device", () => {
    const refused = (given: unknown) => message(() => train(given as never, config));
    expect(refused(openDevice({ backend: "cpu" }))).toBe("device: a Promise. Await it first.");
    expect(refused({ features: new Set() })).toContain("Give what openDevice() resolves to.");
    expect(refused(undefined)).toContain("device: missing.");
  });
});

describe("soft labels", () => {
  const soft = (targets: number[]) =>
    train(device, {
      ...config,
      data: regressionDataset({ points: [0, 1], targets, dimensions: 1, outputs: 2 }),
      loss: "softmax-cross-entropy",
      steps: 400,
      optimizer: adam({ learningRate: 0.1 }),
    });

  it("that are negative or do not sum to 1 are refused", () => {
    expect(message(() => soft([0.5, 0.5, 2, 3]))).toContain(
      "data.targets[2]: the soft labels of point 1 sum to 5.000",
    );
    expect(message(() => soft([0.5, 0.5, -1, 2]))).toContain("data.targets[2]: -1 is no probability");
  });

  it("have an error: against the most probable class, so that one-hot rows are as labels", async () => {
    const points = [0, 1, 2, 3];
    const evaluate = async (data: Dataset) => {
      const runs = Array.from({ length: 8 }, (_, seed) => ({ seed, mixing: erm() }));
      const loss = "softmax-cross-entropy" as const;
      const result = await train(device, { ...config, data, loss, optimizer: sgd({ learningRate: 0 }), runs })
        .result;
      return result.runs.map(({ error }) => error);
    };
    const oneHot = [1, 0, 0, 1, 1, 0, 1, 0];
    const expected = await evaluate(classDataset({ points, labels: [0, 1, 0, 0], dimensions: 1 }));
    expect(new Set(expected).size).toBeGreaterThan(1);
    expect(await evaluate(regressionDataset({ points, targets: oneHot, dimensions: 1, outputs: 2 }))).toEqual(
      expected,
    );
    const softened = oneHot.map((target) => 0.8 * target + 0.1);
    expect(
      await evaluate(regressionDataset({ points, targets: softened, dimensions: 1, outputs: 2 })),
    ).toEqual(expected);
  });
});

test("bytes of both kinds are scaled to [0, 1]", () => {
  const pixels = [0, 255, 51, 0];
  for (const values of [Uint8Array.from(pixels), Uint8ClampedArray.from(pixels)]) {
    const { points } = imageDataset({
      images: { shape: [2, 1, 2], values },
      labels: { shape: [2], values: Uint8Array.of(0, 1) },
    });
    expect(Array.from(points)).toEqual([0, 1, Math.fround(0.2), 0]);
  }
});

describe("openDevice", () => {
  it.each<[string, unknown]>([
    ["backend", { backend: "CPU" }],
    ["backend", { backend: "webgl" }],
    ["", "cpu"],
    ["powerPreference", { powerPreference: "fast" }],
    ["requiredFeatures", { requiredFeatures: "shader-f16" }],
    ["bakend", { bakend: "cpu" }],
  ])("refuses options at %j: %j", async (path, options) => {
    await expect(openDevice(options as DeviceOptions)).rejects.toMatchObject({ name: "ConfigError", path });
  });

  const adapter = (more: object) => ({ features: new Set(), limits: {}, ...more });
  it.each<[string, unknown, string]>([
    ["no navigator.gpu", undefined, "no-webgpu"],
    ["navigator.gpu null", null, "no-webgpu"],
    ["an object without requestAdapter", {}, "no-webgpu"],
    ["no adapter: null", { requestAdapter: async () => null }, "no-adapter"],
    ["no adapter: undefined", { requestAdapter: async () => undefined }, "no-adapter"],
    [
      "requestAdapter rejects",
      { requestAdapter: () => Promise.reject(new DOMException("blocked", "NotSupportedError")) },
      "no-adapter",
    ],
    [
      "requestAdapter throws",
      {
        requestAdapter: () => {
          throw new TypeError("blocked");
        },
      },
      "no-adapter",
    ],
    [
      "an adapter without info that refuses",
      { requestAdapter: async () => adapter({ requestDevice: () => Promise.reject(new Error("no")) }) },
      "device-refused",
    ],
    [
      "an adapter that rejects with nothing",
      { requestAdapter: async () => adapter({ info: {}, requestDevice: () => Promise.reject() }) },
      "device-refused",
    ],
    [
      "an adapter that answers with nothing",
      { requestAdapter: async () => adapter({ requestDevice: async () => null }) },
      "device-refused",
    ],
    [
      "an adapter without limits, which throws",
      { requestAdapter: async () => adapter({ limits: undefined }) },
      "device-refused",
    ],
    [
      "an adapter that rejects with a page of text",
      {
        requestAdapter: async () =>
          adapter({ requestDevice: () => Promise.reject(new Error("x".repeat(1e4))) }),
      },
      "device-refused",
    ],
  ])("says why there is none: %s", async (name, gpu, reason) => {
    const before = Object.getOwnPropertyDescriptor(globalThis, "navigator");
    Object.defineProperty(globalThis, "navigator", { value: { gpu }, configurable: true });
    try {
      const error = await openDevice().catch((error: unknown) => error);
      expect(error).toMatchObject({ name: "WebGpuUnavailableError", reason });
      expect((error as Error).message.length).toBeLessThan(300);
      if (name.includes("rejects") || name.includes("throws"))
        expect(Object.hasOwn(error as Error, "cause")).toBe(true);
    } finally {
      if (before) Object.defineProperty(globalThis, "navigator", before);
      else Reflect.deleteProperty(globalThis, "navigator");
    }
  });
});

describe("batches on the CPU are held to what the WebGPU backend asks", () => {
  const tensor = (...shape: number[]) => ({ shape, data: new Float64Array(shape.reduce((a, b) => a * b)) });
  const net = (outputs: number) => ({
    model: mlp([1, outputs]),
    parameters: { "layers.0.weight": tensor(outputs, 1), "layers.0.bias": tensor(outputs) },
  });

  it.each<[string, number, Loss, Partial<Batch>]>([
    ["batch.targets[0]", 2, "softmax-cross-entropy", { targets: [-1, 2] }],
    ["batch.targets[0]", 2, "softmax-cross-entropy", { targets: [1, 1] }],
    ["batch.targets[1]", 2, "logistic", { targets: [1, 2] }],
    ["loss", 1, "softmax-cross-entropy", { targets: [1] }],
    ["batch.labels", 1, "squared-error", { labels: [0] }],
    ["batch.labels[0]", 1, "logistic", { labels: [2] }],
  ])("refuses %s of %i outputs, %s: %j", async (path, outputs, loss, more) => {
    const device = await openDevice({ backend: "cpu" });
    const batch = { points: [1], ...more };
    await expect(gradients(device, { ...net(outputs), loss, batch })).rejects.toMatchObject({
      name: "ConfigError",
      path,
    });
  });

  it("takes the class itself as the target of one logistic output", async () => {
    const device = await openDevice({ backend: "cpu" });
    const slope = async (batch: Batch) =>
      (await gradients(device, { ...net(1), loss: "logistic", batch })).gradients["layers.0.bias"].data[0];
    // sigmoid(0) less the target.
    expect(await slope({ points: [1], labels: [0] })).toBe(0.5);
    expect(await slope({ points: [1], labels: [1] })).toBe(-0.5);
  });
});

describe("grid", () => {
  it.each<[string, object]>([
    ["grid.seed[1]", { seed: [0, "1"], mixing: [erm()] }],
    ["grid.seed[0]", { seed: new Array(1), mixing: [erm()] }],
    ["grid.mixing[0]", { seed: [0], mixing: [null] }],
    [
      "grid.mixing[0].law.c",
      { seed: [0], mixing: [{ ...erm(), law: { kind: "constant", value: 1, c: 1 } }] },
    ],
    ["grid.optimizer[1]", { seed: [0], mixing: [erm()], optimizer: [adam(), Promise.resolve(adam())] }],
  ])("refuses %s", (path, lists) => {
    expect(() => grid(lists as never)).toThrow(expect.objectContaining({ name: "ConfigError", path }));
  });
});

it.each([
  ["Date", new Date(0)],
  ["Map", new Map()],
  ["Set", new Set(["lr"])],
  ["ArrayBuffer", new ArrayBuffer(1)],
])("takes no %s for options", (_name, value) => {
  expect(() => adam(value as object)).toThrow(ConfigError);
});
