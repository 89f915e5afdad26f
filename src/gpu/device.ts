/**
 * A device to train on: a WebGPU device with its adapter's name, its memory account and its pipeline cache, or the CPU
 * backend, which needs none of that. All the ways in which a browser may refuse WebGPU become distinct typed errors
 * here.
 */

import { checkObject, checkOptions, checkWord, shown } from "../check.ts";
import {
  ConfigError,
  DeviceLostError,
  MissingFeatureError,
  MixupError,
  WebGpuUnavailableError,
} from "../errors.ts";
import { Memory } from "./memory.ts";

/** Who computes. `isFallback` means a software adapter: right results, timings that say nothing about GPUs. */
export interface AdapterInfo {
  readonly vendor: string;
  readonly architecture: string;
  readonly description: string;
  readonly isFallback: boolean;
}

/**
 * The float64 reference as a backend: no GPU, in the browser and in Node. It can stand after `using`, as every handle of this
 * library can, where the language has that.
 */
export interface CpuDevice {
  readonly backend: "cpu";
  readonly adapter: AdapterInfo;
  /** Throws a DeviceLostError if it was destroyed. */
  check(): void;
  /** Idempotent. */
  destroy(): void;
}

/** An open WebGPU device. */
export interface GpuDevice {
  readonly backend: "webgpu";
  readonly adapter: AdapterInfo;
  /** The GPUDevice itself, of the platform's type. Another one after {@link GpuDevice.recover}. */
  readonly gpu: object;
  /** Throws what has befallen the device: loss, destruction, an error that nobody caught. */
  check(): void;
  /**
   * Opens the device anew after a loss. Trainings and analyses do so by themselves.
   * @throws DeviceLostError when the browser gives no device back.
   */
  recover(): Promise<void>;
  /** Frees the device and all its buffers. Idempotent. */
  destroy(): void;
}

/** What trains: made by {@link openDevice}. */
export type Device = GpuDevice | CpuDevice;

/** The same as what it is within this library. */
export type OpenedDevice = WebGpuDevice | CpuDevice;

export interface DeviceOptions {
  /** `webgpu` (default) or `cpu`. */
  backend?: "webgpu" | "cpu";
  /**
   * A `GPU` of the platform's type, instead of the browser's `navigator.gpu`: in Node what npm's `webgpu` creates. It is asked
   * for a new adapter after a loss.
   */
  gpu?: object;
  powerPreference?: "low-power" | "high-performance";
  /** Features that must be there. `timestamp-query` and `subgroups` are taken wherever they are offered. */
  requiredFeatures?: readonly string[];
}

/** What we would like, at most: each is requested as min(wish, adapter's). */
const WISHED_LIMITS = {
  maxBufferSize: 2 ** 32,
  maxStorageBufferBindingSize: 2 ** 32,
  maxComputeInvocationsPerWorkgroup: 1024,
  maxComputeWorkgroupSizeX: 1024,
  maxComputeWorkgroupStorageSize: 65536,
} as const;

/**
 * Opens a device.
 * @throws WebGpuUnavailableError (`reason` says why), MissingFeatureError.
 */
export async function openDevice(options: { backend: "cpu" }): Promise<CpuDevice>;
export async function openDevice(options?: DeviceOptions & { backend?: "webgpu" }): Promise<GpuDevice>;
export async function openDevice(options?: DeviceOptions): Promise<Device>;
export async function openDevice(options: DeviceOptions = {}): Promise<Device> {
  checkOptions("", options, ["backend", "gpu", "powerPreference", "requiredFeatures"]);
  const { backend = "webgpu", gpu, powerPreference, requiredFeatures = [] } = options;
  checkWord("backend", backend, ["webgpu", "cpu"]);
  if (gpu !== undefined && typeof (gpu as Partial<GPU> | null)?.requestAdapter !== "function")
    throw new ConfigError("gpu", `${shown(gpu)} is no GPU. Give what npm's webgpu creates, or leave it out.`);
  if (powerPreference !== undefined)
    checkWord("powerPreference", powerPreference, ["low-power", "high-performance"]);
  if (!Array.isArray(requiredFeatures) || requiredFeatures.some((feature) => typeof feature !== "string"))
    throw new ConfigError(
      "requiredFeatures",
      `${shown(requiredFeatures)} is no list of names. Give such as ["shader-f16"].`,
    );
  return options.backend === "cpu" ? new ReferenceDevice() : openWebGpu(options);
}

function destroyedDevice(): DeviceLostError {
  return new DeviceLostError("destroyed", "It was destroyed by destroy(). Open another.");
}

/**
 * Refuses what is no device of {@link openDevice}, a promise of one or a raw GPUDevice, and one that is of no use any more.
 * @returns it, as what it is within this library
 * @throws ConfigError; DeviceLostError after destroy(), or what else has befallen the device
 */
export function checkDevice(device: Device): OpenedDevice {
  checkObject("device", device, "Give what openDevice() resolves to.");
  if (!(device instanceof WebGpuDevice || device instanceof ReferenceDevice))
    throw new ConfigError("device", "is none of ours. Give what openDevice() resolves to.");
  device.check();
  return device;
}

class ReferenceDevice implements CpuDevice {
  readonly backend = "cpu";
  readonly adapter = {
    vendor: "cpu",
    architecture: "float64",
    description: "CPU reference",
    isFallback: false,
  };
  private destroyed = false;

  check(): void {
    if (this.destroyed) throw destroyedDevice();
  }

  destroy(): void {
    this.destroyed = true;
  }

  [Symbol.dispose](): void {
    this.destroy();
  }
}

/** {@link openDevice} for who needs what is not public of a device. */
export async function openWebGpu(options: DeviceOptions = {}): Promise<WebGpuDevice> {
  const { gpu, adapter } = await requestGpu(options);
  return new WebGpuDevice(gpu, adapter, options);
}

/** A device from a fresh adapter: an adapter is used up by its first device. */
async function requestGpu({
  gpu: given,
  powerPreference,
  requiredFeatures = [],
}: DeviceOptions): Promise<{ gpu: GPUDevice; adapter: AdapterInfo }> {
  const gpu = (given as GPU | undefined) ?? globalThis.navigator?.gpu;
  if (typeof gpu?.requestAdapter !== "function") {
    if (globalThis.isSecureContext === false) {
      throw new WebGpuUnavailableError(
        "insecure-context",
        "WebGPU needs a secure page: serve it over https or from localhost.",
      );
    }
    throw new WebGpuUnavailableError(
      "no-webgpu",
      "No WebGPU here. Use a current Chrome or Edge, in Node openDevice({ gpu }) with npm's webgpu, or the CPU: " +
        'openDevice({ backend: "cpu" }).',
    );
  }
  // Browsers answer null, undefined or an error where a GPU is blocked.
  let cause: unknown;
  let adapter: GPUAdapter | null = null;
  try {
    adapter = await gpu.requestAdapter({ powerPreference });
  } catch (error) {
    cause = error;
  }
  if (!adapter) {
    throw new WebGpuUnavailableError(
      "no-adapter",
      (given === undefined
        ? "This browser has WebGPU but found no adapter: the GPU may be blocked or its driver too old (chrome://gpu tells). "
        : "The GPU that was given found no adapter: it needs a driver for Vulkan, Metal or D3D12. ") +
        'The CPU works: openDevice({ backend: "cpu" }).',
      { cause },
    );
  }
  // Older browsers have no info, or not all of it.
  const info: Partial<GPUAdapterInfo> = adapter.info ?? {};
  const { vendor = "", architecture = "", description = "" } = info;
  // Chrome moved the flag from the adapter to its info.
  const isFallback =
    info.isFallbackAdapter ?? (adapter as { isFallbackAdapter?: boolean }).isFallbackAdapter ?? false;
  try {
    const device = await adapter.requestDevice(deviceDescriptor(gpu, adapter, requiredFeatures));
    if (!device) throw new TypeError("It answered without one.");
    return { gpu: device, adapter: { vendor, architecture, description, isFallback } };
  } catch (cause) {
    if (cause instanceof MissingFeatureError) throw cause;
    const message = cause instanceof Error ? cause.message : shown(cause);
    throw new WebGpuUnavailableError("device-refused", `The adapter refused a device: ${message}`, { cause });
  }
}

/** @throws MissingFeatureError */
function deviceDescriptor(
  { wgslLanguageFeatures }: GPU,
  adapter: GPUAdapter,
  requiredFeatures: readonly string[],
): GPUDeviceDescriptor {
  for (const feature of requiredFeatures) {
    if (!adapter.features.has(feature)) throw new MissingFeatureError(feature);
  }
  const features = new Set<GPUFeatureName>(requiredFeatures as GPUFeatureName[]);
  // Without `subgroup_id` a thread can't tell which subgroup of its workgroup it is in, and our kernels ask.
  const offered = wgslLanguageFeatures?.has("subgroup_id")
    ? ["timestamp-query", "subgroups"]
    : ["timestamp-query"];
  for (const feature of offered as GPUFeatureName[]) {
    if (adapter.features.has(feature)) features.add(feature);
  }
  const requiredLimits: Record<string, number> = {};
  for (const [name, wish] of Object.entries(WISHED_LIMITS)) {
    requiredLimits[name] = Math.min(wish, adapter.limits[name as keyof typeof WISHED_LIMITS]);
  }
  return { label: "mixup-webgpu", requiredFeatures: [...features], requiredLimits };
}

/** Waits between attempts to get a device back, in milliseconds. Browsers refuse for good after repeated crashes. */
const RECOVERY_WAITS = [0, 250, 500, 1000, 2000];

/** Milliseconds that the news of a loss may be late. Only what failed already waits for it. */
const LOSS_WAIT = 1000;

/** An open WebGPU device. Made by {@link openDevice}. */
export class WebGpuDevice implements GpuDevice {
  readonly backend = "webgpu";
  /** The device now: {@link recover} replaces it, and all that was made from it. */
  gpu!: GPUDevice;
  memory!: Memory;
  /** Compiled pipelines by what they were made from; used by `kernel.ts`. */
  pipelines = new Map<string, Promise<GPUComputePipeline>>();
  /** How often the device has been lost and opened again. */
  generation = -1;
  private failure: MixupError | undefined;
  private destroyed = false;
  private recovery: Promise<void> | undefined;
  /** Lets go of a device that is lost or destroyed. */
  private release = () => {};

  constructor(
    gpu: GPUDevice,
    readonly adapter: AdapterInfo,
    private readonly options: DeviceOptions = {},
  ) {
    this.adopt(gpu);
  }

  /** Throws what has befallen the device: loss, destruction, an error that nobody caught. */
  check(): void {
    if (this.failure !== undefined) throw this.failure;
    if (this.destroyed) throw destroyedDevice();
  }

  /**
   * After an operation failed: throws the device's own failure if it has one, else the operation's error. Waits a
   * little, since the news of a loss may come after the failures it causes.
   */
  async explain(error: unknown): Promise<never> {
    const gpu = this.gpu;
    await Promise.race([gpu.lost, new Promise((resolve) => setTimeout(resolve, LOSS_WAIT))]);
    this.check();
    throw error;
  }

  /**
   * Opens the device anew after a loss; everything made from it before is gone. Concurrent calls share one recovery.
   * @throws DeviceLostError when the browser gives no device back.
   */
  recover(): Promise<void> {
    this.recovery ??= this.reopen().finally(() => {
      this.recovery = undefined;
    });
    return this.recovery;
  }

  private async reopen(): Promise<void> {
    for (const wait of RECOVERY_WAITS) {
      await new Promise((resolve) => setTimeout(resolve, wait));
      if (this.destroyed) this.check();
      try {
        const { gpu } = await requestGpu(this.options);
        if (this.destroyed) gpu.destroy();
        else this.adopt(gpu);
        this.check();
        return;
      } catch (error) {
        if (!(error instanceof WebGpuUnavailableError)) throw error;
      }
    }
    throw new DeviceLostError(
      "unknown",
      "The browser gives no new device: reload the page and resume a checkpoint.",
    );
  }

  private adopt(gpu: GPUDevice): void {
    this.release();
    this.gpu = gpu;
    this.memory = new Memory(gpu, (error) => this.explain(error));
    this.pipelines = new Map();
    this.failure = undefined;
    const generation = ++this.generation;
    // Late news of an earlier generation must not touch the present one.
    const concerns = () => generation === this.generation && !this.destroyed;
    void gpu.lost.then(({ reason, message }) => {
      if (concerns()) this.failure = new DeviceLostError(reason ?? "unknown", message);
    });
    // Validation errors outside any scope are bugs; they must end the run, not only show on the console.
    const uncaptured = (event: GPUUncapturedErrorEvent) => {
      if (concerns()) this.failure ??= new MixupError(`WebGPU reports: ${event.error.message}`);
    };
    gpu.addEventListener("uncapturederror", uncaptured);
    // Node's binding holds its listeners so that no collector sees through: a device with one that holds it would stay for ever.
    this.release = () => gpu.removeEventListener("uncapturederror", uncaptured);
  }

  /** Frees the device and all its buffers. Idempotent. */
  destroy(): void {
    if (this.destroyed) return;
    this.destroyed = true;
    this.pipelines.clear();
    this.release();
    this.gpu.destroy();
  }

  [Symbol.dispose](): void {
    this.destroy();
  }
}
