/**
 * What a population is trained on: the CPU, or a GPU in one piece or several. Plans, and refuses what does not fit, before
 * anything is allocated.
 */

import { LimitError } from "../errors.ts";
import type { OpenedDevice } from "../gpu/device.ts";
import { parameterLayout } from "../model/layout.ts";
import { optimizerNumbers, type Population } from "../population/population.ts";
import { createCpuEngine } from "./cpuEngine.ts";
import type { Backend } from "./engine.ts";
import { createGpuEngine } from "./gpu/gpuEngine.ts";
import { planShards, type Shard } from "./gpu/plan.ts";
import { createShardedEngine } from "./gpu/shardedEngine.ts";
import { Pace } from "./pace.ts";
import { planLimits } from "./planLimits.ts";
import type { TrainConfig } from "./training.ts";

/** Bytes of parameters and optimizer state that the CPU backend takes: more is refused by browsers as one array. */
const CPU_BYTES = 2 ** 32;

/** @throws LimitError for more runs and parameters than the CPU backend's arrays hold. */
function checkMemory(population: Population): void {
  const { size } = parameterLayout(population.model);
  const needed = 8 * population.runs.length * size * (1 + optimizerNumbers(population));
  if (needed > CPU_BYTES)
    throw new LimitError("memory", needed, CPU_BYTES, "Train fewer runs at once or a smaller net.");
}

/**
 * The backend of a population on a device. `budget` is the milliseconds of a submit; `stretches` whether submits of few steps may
 * take longer.
 * @throws LimitError for a population that does not fit, ConfigError for an executor or variants that can't run it.
 */
export function createBackend(
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
      generation: 0,
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
    get generation() {
      return device.generation;
    },
    recover: () => device.recover(),
  };
}
