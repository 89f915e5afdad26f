/**
 * The way in: `train()` begins a training, `resume()` goes on with a checkpoint. Checks and plans before anything is
 * allocated; the rest is the session's.
 */

import { type Bytes, checkInteger, checkNumber, checkOptions, checkSignal, checkWord } from "../check.ts";
import { checkDevice, type Device, type OpenedDevice } from "../gpu/device.ts";
import { checkVariants, variantsOn } from "../kernels/variants.ts";
import { resolvePopulation } from "../population/config.ts";
import { checkEvaluatesAlong } from "../population/pairs.ts";
import type { Population } from "../population/population.ts";
import { createBackend } from "./backend.ts";
import { decodeCheckpoint } from "./checkpoint.ts";
import type { Resumed } from "./engine.ts";
import { EXECUTORS, forcedBy } from "./executors.ts";
import { PACES } from "./pace.ts";
import { Session } from "./session.ts";
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
  const { population, executor, variants, ...resumed } = decodeCheckpoint(checkpoint);
  const execution = { executor: forcedBy(executor), variants: variantsOn(own, variants) };
  return start(own, population, execution, options, resumed);
}

/** Keys of a config that say how it is executed. */
const EXECUTION = ["executor", "variants"] as const;

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
  checkEvaluatesAlong(population);
  const { pace = "throughput", stepsPerSubmit } = options;
  const budget = typeof pace === "number" ? pace : PACES[pace];
  return new Session(
    createBackend(device, population, execution, budget, pace === "throughput", stepsPerSubmit),
    population,
    options,
    resumed,
  );
}
