/** Opening and closing devices: every refusal has its own error, and a closed device says so. */

import { afterEach, describe, expect, it } from "vitest";
import {
  DeviceLostError,
  MissingFeatureError,
  MixupError,
  OutOfMemoryError,
  WebGpuUnavailableError,
} from "../../src/errors.ts";
import { openDevice, openWebGpu, type WebGpuDevice } from "../../src/gpu/device.ts";
import { compileKernel } from "../../src/gpu/kernel.ts";
import { readBuffer } from "../../src/gpu/readback.ts";
import { SubmitQueue } from "../../src/theory/submitQueue.ts";

const opened: WebGpuDevice[] = [];

/** A device that is closed after the test, whatever happens. */
async function open(): Promise<WebGpuDevice> {
  const device = await openWebGpu();
  opened.push(device);
  return device;
}

/** Hides a property of an object behind a value until the test's end. */
function shadow(target: object, name: string, value: unknown): void {
  Object.defineProperty(target, name, { value, configurable: true });
  shadows.push(() => Reflect.deleteProperty(target, name));
}
const shadows: (() => void)[] = [];

afterEach(() => {
  for (const restore of shadows.splice(0)) restore();
  for (const device of opened.splice(0)) device.destroy();
});

/** What `openDevice` is refused with. */
async function refusal(options?: Parameters<typeof openDevice>[0]): Promise<unknown> {
  return openDevice(options).then(
    (device) => {
      device.destroy();
      return undefined;
    },
    (error: unknown) => error,
  );
}

describe("openDevice", () => {
  it("says who computes", async () => {
    const { adapter, backend, gpu } = await open();
    expect(backend).toBe("webgpu");
    // Some adapters have a description and nothing else.
    expect(`${adapter.vendor}${adapter.description}`).not.toBe("");
    expect(typeof adapter.isFallback).toBe("boolean");
    expect(gpu.limits.maxStorageBuffersPerShaderStage).toBeGreaterThanOrEqual(8);
  });

  it("takes larger buffers than WebGPU's defaults where the adapter has them", async () => {
    const adapter = (await navigator.gpu.requestAdapter())!;
    const { gpu } = await open();
    for (const limit of ["maxBufferSize", "maxStorageBufferBindingSize"] as const) {
      expect(gpu.limits[limit], limit).toBe(Math.min(adapter.limits[limit], 2 ** 32));
    }
  });

  it("opens a second device beside the first, and a third after both", async () => {
    const [first, second] = [await open(), await open()];
    expect(second.gpu).not.toBe(first.gpu);
    first.destroy();
    second.check();
    second.destroy();
    (await open()).check();
  });

  it("without WebGPU: no-webgpu; the CPU is still there", async () => {
    shadow(navigator, "gpu", undefined);
    const error = await refusal();
    expect(error).toBeInstanceOf(WebGpuUnavailableError);
    expect(error).toMatchObject({ reason: "no-webgpu", name: "WebGpuUnavailableError" });
    const cpu = await openDevice({ backend: "cpu" });
    expect(cpu.backend).toBe("cpu");
    cpu.destroy();
  });

  it("in an insecure page: insecure-context", async () => {
    shadow(navigator, "gpu", undefined);
    shadow(globalThis, "isSecureContext", false);
    expect(await refusal()).toMatchObject({ reason: "insecure-context" });
  });

  it("without an adapter: no-adapter", async () => {
    shadow(navigator, "gpu", { requestAdapter: async () => null });
    const error = await refusal();
    expect(error).toBeInstanceOf(WebGpuUnavailableError);
    expect(error).toMatchObject({ reason: "no-adapter" });
  });

  it("with an answer that is none, or an error: no-adapter, and the error as its cause", async () => {
    shadow(navigator, "gpu", { requestAdapter: async () => undefined });
    expect(await refusal()).toMatchObject({ reason: "no-adapter" });
    const cause = new DOMException("blocked", "NotSupportedError");
    shadow(navigator, "gpu", { requestAdapter: () => Promise.reject(cause) });
    expect(await refusal()).toMatchObject({ reason: "no-adapter", cause });
    shadow(navigator, "gpu", null);
    expect(await refusal()).toMatchObject({ reason: "no-webgpu" });
  });

  it("asks for subgroups only where threads can tell which one they are in", async () => {
    const { gpu } = navigator;
    const adapter = (await gpu.requestAdapter())!;
    const canTell = gpu.wgslLanguageFeatures.has("subgroup_id");
    const own = await open();
    expect(own.gpu.features.has("subgroups")).toBe(canTell && adapter.features.has("subgroups"));
    shadow(navigator, "gpu", {
      requestAdapter: (options?: GPURequestAdapterOptions) => gpu.requestAdapter(options),
      wgslLanguageFeatures: new Set(),
    });
    const older = await open();
    expect(older.gpu.features.has("subgroups")).toBe(false);
  });

  it("with an adapter that gives no device: device-refused, with the browser's reason", async () => {
    const adapter = (await navigator.gpu.requestAdapter())!;
    // An adapter is used up by its first device.
    const device = await adapter.requestDevice();
    shadow(navigator, "gpu", { requestAdapter: async () => adapter });
    const error = await refusal();
    expect(error).toBeInstanceOf(WebGpuUnavailableError);
    expect(error).toMatchObject({ reason: "device-refused" });
    expect((error as WebGpuUnavailableError).cause).toBeInstanceOf(Error);
    device.destroy();
  });

  it("without a required feature: names it, and asks for no device", async () => {
    const adapter = (await navigator.gpu.requestAdapter())!;
    const missing = (["shader-f16", "texture-compression-astc-sliced-3d"] as GPUFeatureName[]).find(
      (feature) => !adapter.features.has(feature),
    );
    let asked = 0;
    shadow(navigator, "gpu", {
      requestAdapter: async () => ({
        features: adapter.features,
        requestDevice: () => {
          asked++;
        },
      }),
    });
    const error = await refusal({ requiredFeatures: [missing!] });
    expect(error).toBeInstanceOf(MissingFeatureError);
    expect(error).toMatchObject({ feature: missing });
    expect(asked).toBe(0);
  });

  it("errors can be told apart", () => {
    const errors = [
      new WebGpuUnavailableError("no-webgpu", ""),
      new MissingFeatureError("shader-f16"),
      new DeviceLostError("unknown", ""),
      new OutOfMemoryError(1, ""),
    ];
    for (const error of errors) {
      expect(error).toBeInstanceOf(MixupError);
      const others = errors.filter((other) => other !== error);
      expect(others.some((other) => error instanceof (other.constructor as new () => Error))).toBe(false);
    }
  });
});

describe("a device", () => {
  it("closes once, however often it is told to", async () => {
    const device = await open();
    const { gpu } = device;
    device.check();
    device.destroy();
    device.destroy();
    expect((await gpu.lost).reason).toBe("destroyed");
  });

  it("closes at the end of its scope", async () => {
    const device = await open();
    device[Symbol.dispose]();
    expect((await device.gpu.lost).reason).toBe("destroyed");
    expect(() => device.check()).toThrow(DeviceLostError);
  });

  it("that was closed refuses work with DeviceLostError, and keeps saying so", async () => {
    const device = await open();
    const { buffers } = await device.memory.allocate("test", {
      numbers: { size: 16, usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC },
    });
    device.destroy();
    await expect(readBuffer(device, buffers.numbers)).rejects.toThrow(DeviceLostError);
    await expect(device.explain(new Error("other"))).rejects.toThrow(DeviceLostError);
    await expect(device.recover()).rejects.toThrow(DeviceLostError);
    expect(() => device.check()).toThrow(DeviceLostError);
    expect(device.generation).toBe(0);
  });

  it("destroyed behind our back reports the loss, and can be had back", async () => {
    const device = await open();
    const { gpu } = device;
    gpu.destroy();
    await expect(device.explain(new Error("some operation failed"))).rejects.toThrow(DeviceLostError);
    expect(() => device.check()).toThrow(DeviceLostError);
    // Two that notice at once share one recovery.
    await Promise.all([device.recover(), device.recover()]);
    device.check();
    expect(device.generation).toBe(1);
    expect(device.gpu).not.toBe(gpu);
    expect([device.memory.bytes, device.memory.count]).toEqual([0, 0]);
    const usage = GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
    const data = Float32Array.of(1, 2, 3, 4);
    const { buffers } = await device.memory.allocate("test", { numbers: { size: 16, usage, data } });
    expect(new Float32Array(await readBuffer(device, buffers.numbers))).toEqual(data);
  });

  it("lost while something is under way: the loss is what is reported, though late, not what it broke", async () => {
    const dropped = () => Promise.reject(new DOMException("Instance dropped", "OperationError"));
    const usage = GPUBufferUsage.STORAGE;
    const shader = { name: "test", code: ["@compute @workgroup_size(1) fn main() {}"], prelude: [] };
    const operations: ((device: WebGpuDevice) => Promise<unknown>)[] = [
      ({ memory }) => memory.allocate("test", { numbers: { size: 16, usage } }),
      (device) => compileKernel(device, { shader, groups: [] }),
      async (device) => {
        const queue = new SubmitQueue(device, 1);
        await queue.submit(1, () => {});
        await queue.finish();
      },
    ];
    for (const operation of operations) {
      const device = await open();
      const { gpu } = device;
      for (const name of ["popErrorScope", "createComputePipelineAsync"]) shadow(gpu, name, dropped);
      shadow(gpu.queue, "onSubmittedWorkDone", dropped);
      const failing = operation(device);
      setTimeout(() => gpu.destroy(), 400);
      await expect(failing).rejects.toThrow(DeviceLostError);
    }
  });

  it("explains an operation's failure by the failure itself when nothing befell the device", async () => {
    const device = await open();
    const error = new Error("an operation's own");
    await expect(device.explain(error)).rejects.toBe(error);
    device.check();
  });

  it("reports a validation error that nobody caught", async () => {
    const device = await open();
    const uncaught = new Promise((resolve) => {
      device.gpu.addEventListener("uncapturederror", resolve);
    });
    const encoder = device.gpu.createCommandEncoder();
    encoder.popDebugGroup();
    device.gpu.queue.submit([encoder.finish()]);
    await uncaught;
    expect(() => device.check()).toThrow(/WebGPU reports/);
  });
});
