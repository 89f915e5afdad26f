/**
 * The way in: `train()` begins a training, `resume()` goes on with a checkpoint. Checks and plans before anything is
 * allocated; the rest is the session's.
 */

import { type Bytes, checkInteger, checkNumber, checkOptions, checkSignal, checkWord } from "../check.ts";
import { LimitError } from "../errors.ts";
import { checkDevice, type Device, type OpenedDevice } from "../gpu/device.ts";
import { checkVariants, variantTraits } from "../kernels/variants.ts";
import { parameterLayout } from "../model/layout.ts";
import { resolvePopulation } from "../population/config.ts";
import { optimizerNumbers, type Population } from "../population/population.ts";
import { decodeCheckpoint } from "./checkpoint.ts";
import { createCpuEngine } from "./cpuEngine.ts";
import type { Resumed } from "./engine.ts";
import { createGpuEngine } from "./gpu/gpuEngine.ts";
import { planShards, type Shard } from "./gpu/plan.ts";
import { createShardedEngine } from "./gpu/shardedEngine.ts";
import { PACES, Pace } from "./pace.ts";
import { planLimits } from "./planLimits.ts";
import { type Backend, Session } from "./session.ts";
import type { TrainConfig, Training, TrainOptions } from "./training.ts";

/**
 * Trains a population. Returns at once; the training goes on by itself until its `result`.
 * @throws ConfigError for a description that can't be run, LimitError for one that does not fit the device.
 */
export function train(device: Device, config: TrainConfig, options: TrainOptions = {}): Training {
  const own = checkDevice(device);
  checkTrainOptions(options);
  return start(own, resolvePopulation(config, EXECUTION), config, options);
}

/**
 * Goes on with a training from its checkpoint, as if it had never stopped: bit for bit on the backend and adapter that
 * wrote it. Progress and result hold the whole training, the part before the checkpoint included.
 * @throws ConfigError for bytes that are no checkpoint, LimitError if it does not fit the device.
 */
export function resume(device: Device, checkpoint: Bytes, options: TrainOptions = {}): Training {
  const own = checkDevice(device);
  checkTrainOptions(options);
  const { population, executor, variants = {}, ...resumed } = decodeCheckpoint(checkpoint);
  const { exchange, ...others } = variants;
  const has = own.backend === "webgpu" && variantTraits(own).subgroups;
  // Written where there were subgroup operations, and gone on with where there are none.
  const kept = exchange === "subgroups" && !has ? others : variants;
  return start(
    own,
    population,
    { executor: executor === "cpu" ? "auto" : executor, variants: kept },
    options,
    resumed,
  );
}

/** Keys of a config that say how it is executed. */
const EXECUTION = ["executor", "variants"] as const;
const EXECUTORS = ["auto", "resident", "layered"] as const;

/** @throws ConfigError */
function checkTrainOptions(options: TrainOptions): void {
  checkOptions("options", options, ["signal", "pace", "stopAfter", "stepsPerSubmit"]);
  const { signal, pace = "throughput", stepsPerSubmit, stopAfter } = options;
  checkSignal("options.signal", signal);
  if (typeof pace === "number")
    checkNumber("options.pace", pace, { above: 0, what: "a number of milliseconds" });
  else checkWord("options.pace", pace, Object.keys(PACES), "pace");
  if (stepsPerSubmit !== undefined)
    checkInteger("options.stepsPerSubmit", stepsPerSubmit, 1, 0x7fffffff, "a number of steps");
  if (stopAfter !== undefined)
    checkInteger("options.stopAfter", stopAfter, 0, Number.MAX_SAFE_INTEGER, "a number of steps");
}

function start(
  device: OpenedDevice,
  population: Population,
  execution: Pick<TrainConfig, "executor" | "variants">,
  options: TrainOptions,
  resumed?: Resumed,
): Training {
  // The CPU backend has neither; words that mean nothing are refused there as well.
  checkWord("executor", execution.executor ?? "auto", EXECUTORS, "executor");
  checkVariants(execution.variants ?? {});
  const { pace = "throughput", stepsPerSubmit } = options;
  const budget = typeof pace === "number" ? pace : PACES[pace];
  return new Session(
    createBackend(device, population, execution, budget, pace === "throughput", stepsPerSubmit),
    population,
    options,
    resumed,
  );
}

/** Bytes of parameters and optimizer state that the CPU backend takes: more is refused by browsers as one array. */
const CPU_BYTES = 2 ** 32;

/** @throws LimitError for more runs and parameters than the CPU backend's arrays hold. */
function checkMemory(population: Population): void {
  const { size } = parameterLayout(population.model);
  const needed = 8 * population.runs.length * size * (1 + optimizerNumbers(population));
  if (needed > CPU_BYTES)
    throw new LimitError("memory", needed, CPU_BYTES, "Train fewer runs at once or a smaller net.");
}

function createBackend(
  device: OpenedDevice,
  population: Population,
  { executor = "auto", variants }: Pick<TrainConfig, "executor" | "variants">,
  budget: number,
  stretches: boolean,
  stepsPerSubmit: number | undefined,
): Backend {
  if (device.backend === "cpu") {
    checkMemory(population);
    return {
      createEngine: async (recorder, snapshot) =>
        createCpuEngine(device, population, recorder, budget, snapshot),
      recover: () => Promise.resolve(),
    };
  }
  device.check();
  const shards = planShards(population, planLimits(device), executor, variants);
  const paceOf = ({ plan }: Shard) => new Pace(budget, plan.operationsPerStep, stepsPerSubmit, stretches);
  const [whole] = shards;
  return {
    createEngine: (recorder, snapshot) =>
      shards.length === 1
        ? createGpuEngine(device, population, whole.plan, recorder, paceOf(whole), snapshot)
        : createShardedEngine(device, population, shards, recorder, paceOf, snapshot),
    recover: () => device.recover(),
  };
}
