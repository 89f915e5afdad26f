/**
 * What trains an experiment's populations: a device with what they compute on it. The only file of this room that knows
 * the engine, so that experiments can be tested without one.
 */

import { checkDevice, openDevice } from "../gpu/device.ts";
import { chooseVariants, variantTraits } from "../kernels/variants.ts";
import type { UsedAdapter } from "../report/results.ts";
import type { CollisionRequest } from "../theory/collisions/collisionPlan.ts";
import type { CollisionOptions, CollisionResult } from "../theory/collisions/collisions.ts";
import { analyzeCollisionsOn } from "../theory/collisions/collisionsOn.ts";
import type { ComputeOptions } from "../theory/computing.ts";
import { type PredictRequest, predictOn } from "../theory/margins/predictOn.ts";
import {
  type OpenConfig,
  openPopulation,
  type PopulationHandle,
  reopenPopulation,
} from "../training/openPopulation.ts";
import { resume, train } from "../training/train.ts";
import type { TrainConfig, Training, TrainingResult, TrainOptions } from "../training/training.ts";

/** Trains populations, and says on what. */
export interface Trainer {
  readonly backend: "webgpu" | "cpu";
  readonly adapter: UsedAdapter;
  train(config: TrainConfig, options?: TrainOptions): Training;
  /** Goes on with a training from its checkpoint. */
  resume(checkpoint: Uint8Array, options?: TrainOptions): Training;
  /** A population to be trained in stretches: see {@link openPopulation}. */
  open(config: OpenConfig): PopulationHandle;
  /** Another population that goes on from a population's snapshot. */
  reopen(snapshot: Uint8Array): PopulationHandle;
  /** How near mixtures come to points of other classes. */
  collisions(request: CollisionRequest, options?: CollisionOptions): Promise<CollisionResult>;
  /** What trained nets predict, `[R, M, C]`: see {@link predictOn}. */
  predict(request: PredictRequest, options?: ComputeOptions): Promise<Float32Array | Float64Array>;
  destroy(): void;
}

/**
 * A trainer on a backend: a WebGPU device, of the browser or of this `GPU`, or the float64 reference.
 * @throws WebGpuUnavailableError where WebGPU can't be used.
 */
export async function openTrainer(backend: "webgpu" | "cpu", gpu?: object): Promise<Trainer> {
  const device = checkDevice(await openDevice({ backend, gpu }));
  const { vendor, architecture, description, isFallback } = device.adapter;
  return {
    backend: device.backend,
    adapter: {
      vendor,
      architecture,
      description,
      isFallback,
      ...(device.backend === "webgpu" && { variants: chooseVariants(variantTraits(device)) }),
    },
    train: (config, options) => train(device, config, options),
    resume: (checkpoint, options) => resume(device, checkpoint, options),
    open: (config) => openPopulation(device, config),
    reopen: (snapshot) => reopenPopulation(device, snapshot),
    collisions: (request, options) => analyzeCollisionsOn(device, request, options),
    predict: (request, options) => predictOn(device, request, options),
    destroy: () => device.destroy(),
  };
}

/**
 * The result of a training, with every step on the way reported.
 * @throws the signal's reason, or an AbortError, when it was stopped.
 */
export async function follow(
  training: Training,
  report: (step: number) => void,
  signal?: AbortSignal,
): Promise<TrainingResult> {
  const watch = async () => {
    report(0);
    for await (const { step } of training) report(step);
  };
  const [result] = await Promise.all([training.result, watch()]);
  report(result.step);
  if (result.stopped) throw signal?.reason ?? new DOMException("The training was stopped.", "AbortError");
  return result;
}

/** Lets a page repaint and a signal be heard between two pieces of work. */
export async function breathe(signal?: AbortSignal): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 0));
  signal?.throwIfAborted();
}
