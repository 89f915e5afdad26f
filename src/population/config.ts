/**
 * Checks a population's description and fills in the defaults, before anything is allocated.
 *
 * Not here: whether it fits a device (`training/gpu/plan.ts`).
 */

import {
  checkInteger,
  checkNumber,
  checkObject,
  checkOptions,
  checkSeed,
  checkWord,
  float32Numbers,
  shown,
} from "../check.ts";
import { checkDataset, type Dataset } from "../data/dataset.ts";
import { ConfigError } from "../errors.ts";
import { batchingOf, LAST_BATCHES } from "../mixing/batching.ts";
import { checkMixing } from "../mixing/mixing.ts";
import type { Model } from "../model/layers/layer.ts";
import { flattenParameters, type NamedTensors } from "../model/layout.ts";
import { checkModel } from "../model/model.ts";
import { checkOptimizer, type Optimizer } from "../model/optimizer.ts";
import { checkBatchSize, checkModelFits, mostProbable } from "./fits.ts";
import { augmentationOf, checkGeometryFits, checkSameRows, hiddenMixing } from "./methods.ts";
import type { Population, PopulationConfig, Run, RunConfig } from "./population.ts";

/** Most runs of one population: more would be walked for long before a device's limits refuse them. */
export const MOST_RUNS = 2 ** 20;

const OPTIONS: readonly (keyof PopulationConfig)[] = [
  "data",
  "model",
  "loss",
  "optimizer",
  "steps",
  "batch",
  "lastBatch",
  "augmentation",
  "evaluateEvery",
  "evaluationData",
  "probePoints",
  "runs",
];

/**
 * The config, checked and with its defaults. `more` are keys that somebody else checks.
 * @throws ConfigError whose `path` names what is wrong.
 */
export function resolvePopulation(config: PopulationConfig, more: readonly string[] = []): Population {
  checkOptions("", config, [...OPTIONS, ...more] as (keyof PopulationConfig)[]);
  const { data, steps } = config;
  checkDataset("data", data);
  const model = checkModel(config.model);
  const loss = config.loss ?? (data.labels === undefined ? "squared-error" : "softmax-cross-entropy");
  checkModelFits(model, loss, data, "data");

  checkCount("steps", steps);
  const batch = config.batch ?? "full";
  if (batch !== "full") {
    if (typeof batch !== "number")
      throw new ConfigError("batch", `${shown(batch)} is no batch. Give "full" or a number of points.`);
    checkCount("batch", batch);
    if (batch > data.size) {
      throw new ConfigError(
        "batch",
        `${batch} is larger than the data, ${data.size} points. Give at most ${data.size}, or "full".`,
      );
    }
    if (batch * steps >= 2 ** 32) {
      throw new ConfigError(
        "steps",
        `${steps} steps of ${batch} samples pass 2^32 samples. Train in several parts.`,
      );
    }
  }
  const lastBatch = checkWord("lastBatch", config.lastBatch ?? "wrap", LAST_BATCHES, "last batch");
  const batching = batchingOf(data.size, batch, lastBatch);
  checkCount("evaluateEvery", config.evaluateEvery ?? steps);
  const evaluateEvery = Math.min(config.evaluateEvery ?? steps, steps);
  const evaluationData = config.evaluationData ?? data;
  checkDataset("evaluationData", evaluationData);
  checkModelFits(model, loss, evaluationData, "evaluationData");
  const probePoints = float32Numbers("probePoints", config.probePoints ?? []);
  if (probePoints.length % data.dimensions !== 0) {
    throw new ConfigError(
      "probePoints",
      `${probePoints.length} numbers don't make points of ${data.dimensions} dimensions.`,
    );
  }

  if (!Array.isArray(config.runs) || config.runs.length === 0 || config.runs.length > MOST_RUNS) {
    throw new ConfigError("runs", `give 1 to ${MOST_RUNS} runs { seed, mixing }; grid() makes many.`);
  }
  const runs = Array.from(config.runs, (run: RunConfig, r) =>
    resolveRun(run, config.optimizer, data, model, `runs[${r}]`),
  );
  const { kind } = runs[0].optimizer;
  const other = runs.findIndex((run) => run.optimizer.kind !== kind);
  if (other >= 0) {
    throw new ConfigError(
      `runs[${other}].optimizer.kind`,
      `${runs[other].optimizer.kind} beside ${kind}. One population has one kind of optimizer: train two populations.`,
    );
  }
  const copies = checkSameRows(runs);
  const rows = { batchSize: copies * batching.drawn, lastBatchSize: copies * batching.last };
  checkBatchSize(model, rows.batchSize, "batch");
  if (rows.lastBatchSize > 0) checkBatchSize(model, rows.lastBatchSize, "lastBatch");
  const hidden = hiddenMixing(runs, model);
  const augmentation = config.augmentation && augmentationOf(config.augmentation, model);
  return {
    data,
    model,
    loss,
    steps,
    batch,
    lastBatch,
    batching,
    ...rows,
    evaluateEvery,
    evaluationData,
    evaluationLabels: evaluationData.labels ?? mostProbable(loss, evaluationData),
    probePoints,
    ...(hidden && { hidden }),
    ...(augmentation && { augmentation }),
    boxes: runs.some(({ mixing }) => mixing.geometry?.kind === "cutmix"),
    runs,
  };
}

function resolveRun(run: RunConfig, fallback: Optimizer, data: Dataset, model: Model, path: string): Run {
  checkOptions(path, run, ["seed", "mixing", "optimizer", "labelSmoothing", "parameters"]);
  const { seed, mixing } = run;
  checkSeed(`${path}.seed`, seed);
  checkObject(`${path}.mixing`, mixing, "Give erm() or mixup(beta(alpha)).");
  checkMixing(mixing, `${path}.mixing`);
  checkGeometryFits(mixing, model, `${path}.mixing.geometry`);
  if (data.labels === undefined && mixing.pairing.endsWith("-class")) {
    throw new ConfigError(
      `${path}.mixing.pairing`,
      `${mixing.pairing} needs classes, and the data have none.`,
    );
  }
  if (mixing.pairing === "other" && data.size < 2) {
    throw new ConfigError(`${path}.mixing.pairing`, "other needs at least 2 points.");
  }
  const optimizer = run.optimizer ?? fallback;
  if (optimizer === undefined)
    throw new ConfigError(`${path}.optimizer`, "missing. Give one to the run or the population.");
  return {
    seed,
    mixing,
    optimizer: checkOptimizer(optimizer, run.optimizer ? `${path}.optimizer` : "optimizer"),
    labelSmoothing: checkNumber(`${path}.labelSmoothing`, run.labelSmoothing ?? 0, {
      from: 0,
      to: 1,
      what: "a share",
    }),
    ...(run.parameters !== undefined && firstValues(model, run.parameters, `${path}.parameters`)),
  };
}

function firstValues(model: Model, named: NamedTensors, path: string): Pick<Run, "parameters" | "state"> {
  const { parameters, state } = flattenParameters(model, named, path);
  return { parameters: Float32Array.from(parameters), state: Float32Array.from(state) };
}

function checkCount(path: string, value: number): void {
  checkInteger(path, value, 1, 0x7fffffff, "a count");
}
