/**
 * The way in: `train()` begins a training, `resume()` goes on with a checkpoint. Checks and plans before anything is
 * allocated; the rest is the session's.
 */

import { ConfigError } from "../errors.ts";
import type { Device, GpuDevice } from "../gpu/device.ts";
import { variantTraits } from "../kernels/variants.ts";
import { type Population, resolvePopulation } from "../population/config.ts";
import { decodeCheckpoint } from "./checkpoint.ts";
import { createCpuEngine } from "./cpuEngine.ts";
import type { Resumed } from "./engine.ts";
import { createGpuEngine } from "./gpu/gpuEngine.ts";
import { type PlanLimits, planTraining } from "./gpu/plan.ts";
import { PACES, Pace } from "./pace.ts";
import { type Backend, Session } from "./session.ts";
import type { TrainConfig, Training, TrainOptions } from "./training.ts";

/**
 * Trains a population. Returns at once; the training goes on by itself until its `result`.
 * @throws ConfigError for a description that can't be run, LimitError for one that does not fit the device.
 */
export function train(device: Device, config: TrainConfig, options: TrainOptions = {}): Training {
  return start(device, resolvePopulation(config), config, options);
}

/**
 * Goes on with a training from its checkpoint, as if it had never stopped: bit for bit on the backend and adapter that
 * wrote it. Progress and result hold the whole training, the part before the checkpoint included.
 * @throws ConfigError for bytes that are no checkpoint, LimitError if it does not fit the device.
 */
export function resume(device: Device, checkpoint: Uint8Array, options: TrainOptions = {}): Training {
  const { population, executor, variants = {}, ...resumed } = decodeCheckpoint(checkpoint);
  const { exchange, ...others } = variants;
  const has = device.backend === "webgpu" && variantTraits(device).subgroups;
  // Written where there were subgroup operations, and gone on with where there are none.
  const kept = exchange === "subgroups" && !has ? others : variants;
  return start(
    device,
    population,
    { executor: executor === "cpu" ? "auto" : executor, variants: kept },
    options,
    resumed,
  );
}

/** Limits of a device, as planning needs them. */
export function planLimits(device: GpuDevice): PlanLimits {
  const { maxBufferSize, maxStorageBufferBindingSize, maxComputeWorkgroupsPerDimension } = device.gpu.limits;
  const { maxComputeWorkgroupStorageSize, maxComputeInvocationsPerWorkgroup } = device.gpu.limits;
  return {
    maxBufferSize,
    maxStorageBufferBindingSize,
    maxComputeWorkgroupsPerDimension,
    maxComputeWorkgroupStorageSize,
    maxComputeInvocationsPerWorkgroup,
    ...variantTraits(device),
  };
}

function start(
  device: Device,
  population: Population,
  execution: Pick<TrainConfig, "executor" | "variants">,
  options: TrainOptions,
  resumed?: Resumed,
): Training {
  const { pace = "throughput", stepsPerSubmit, stopAfter } = options;
  const budget = typeof pace === "number" ? pace : PACES[pace];
  if (!(budget > 0))
    throw new ConfigError("pace", `${pace} is no pace. Give interactive, throughput or milliseconds.`);
  if (stepsPerSubmit !== undefined && !(Number.isInteger(stepsPerSubmit) && stepsPerSubmit > 0)) {
    throw new ConfigError(
      "stepsPerSubmit",
      `${stepsPerSubmit} is not a number of steps. Give an integer from 1.`,
    );
  }
  if (stopAfter !== undefined && !(Number.isInteger(stopAfter) && stopAfter >= 0)) {
    throw new ConfigError("stopAfter", `${stopAfter} is not a number of steps. Give an integer from 0.`);
  }
  return new Session(
    createBackend(device, population, execution, budget, pace === "throughput", stepsPerSubmit),
    population,
    options,
    resumed,
  );
}

function createBackend(
  device: Device,
  population: Population,
  { executor = "auto", variants }: Pick<TrainConfig, "executor" | "variants">,
  budget: number,
  stretches: boolean,
  stepsPerSubmit: number | undefined,
): Backend {
  if (device.backend === "cpu") {
    return {
      createEngine: async (recorder, snapshot) => createCpuEngine(population, recorder, budget, snapshot),
      recover: () => Promise.resolve(),
    };
  }
  device.check();
  const plan = planTraining(population, planLimits(device), executor, variants);
  return {
    createEngine: (recorder, snapshot) => {
      const pace = new Pace(budget, plan.operationsPerStep, stepsPerSubmit, stretches);
      return createGpuEngine(device, population, plan, recorder, pace, snapshot);
    },
    recover: () => device.recover(),
  };
}
