/**
 * What trains an experiment's populations: a device with `train` bound to it. The only file of this room that
 * knows the engine, so that experiments can be tested without one.
 */

import { type AdapterInfo, openDevice } from "../gpu/device.ts";
import { train } from "../training/train.ts";
import type { TrainConfig, Training, TrainOptions } from "../training/training.ts";

/** Trains populations, and says on what. */
export interface Trainer {
  readonly backend: "webgpu" | "cpu";
  readonly adapter: AdapterInfo;
  train(config: TrainConfig, options?: TrainOptions): Training;
  destroy(): void;
}

/**
 * A trainer on a backend: a WebGPU device, or the float64 reference.
 * @throws WebGpuUnavailableError where WebGPU can't be used.
 */
export async function openTrainer(backend: "webgpu" | "cpu"): Promise<Trainer> {
  const device = await openDevice({ backend });
  const { vendor, architecture, description, isFallback } = device.adapter;
  return {
    backend: device.backend,
    adapter: { vendor, architecture, description, isFallback },
    train: (config, options) => train(device, config, options),
    destroy: () => device.destroy(),
  };
}
