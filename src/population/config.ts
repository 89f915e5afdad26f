/**
 * Checks a population's description and fills in the defaults, before anything is allocated.
 *
 * Not here: whether it fits a device (`training/gpu/plan.ts`).
 */

import { checkInteger, checkOptions, checkWord, float32Numbers, shown } from "../check.ts";
import { checkDataset } from "../data/dataset.ts";
import { ConfigError } from "../errors.ts";
import type { Augmentation } from "../mixing/augmentation.ts";
import { type Batching, LAST_BATCHES } from "../mixing/batching.ts";
import { checkModel } from "../model/model.ts";
import { checkBatchSize, checkModelFits, mostProbable } from "./fits.ts";
import { augmentationOf, checkDomainsFit, checkSameRows, hasBoxes, hiddenMixing } from "./methods.ts";
import { allPhases, batchingOfRun } from "./phases.ts";
import type { Population, PopulationConfig, Run, RunConfig } from "./population.ts";
import { resolveRun } from "./runs.ts";

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
    if (batch * steps >= 2 ** 32) {
      throw new ConfigError(
        "steps",
        `${steps} steps of ${batch} samples pass 2^32 samples. Train in several parts.`,
      );
    }
  }
  const lastBatch = checkWord("lastBatch", config.lastBatch ?? "wrap", LAST_BATCHES, "last batch");
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
  const context = { data, model, loss, steps, batch, optimizer: config.optimizer };
  return populationOf(
    { data, model, loss, steps, batch, lastBatch, evaluateEvery, evaluationData, probePoints },
    Array.from(config.runs, (run: RunConfig, r) => resolveRun(run, context, `runs[${r}]`)),
    config.augmentation,
  );
}

/** What of a population is given, and not a consequence of the rest. */
type Given = Pick<
  Population,
  | "data"
  | "model"
  | "loss"
  | "steps"
  | "batch"
  | "lastBatch"
  | "evaluateEvery"
  | "evaluationData"
  | "probePoints"
>;

/**
 * A population of checked runs, and what they share.
 * @throws ConfigError for runs that can't train together.
 */
export function populationOf(given: Given, runs: readonly Run[], augmentation?: Augmentation): Population {
  const { model, loss, evaluationData } = given;
  const { kind } = runs[0].optimizer;
  const other = runs.findIndex((run) => run.optimizer.kind !== kind);
  if (other >= 0) {
    throw new ConfigError(
      `runs[${other}].optimizer.kind`,
      `${runs[other].optimizer.kind} beside ${kind}. One population has one kind of optimizer: train two populations.`,
    );
  }
  checkDomainsFit(runs, { lastBatch: given.lastBatch, augmentation });
  const batching = sharedBatching(runs, given);
  const copies = checkSameRows(runs);
  const rows = { batchSize: copies * batching.drawn, lastBatchSize: copies * batching.last };
  checkBatchSize(model, rows.batchSize, "batch");
  if (rows.lastBatchSize > 0) checkBatchSize(model, rows.lastBatchSize, "lastBatch");
  const hidden = hiddenMixing(runs, model);
  return {
    ...given,
    batching,
    ...rows,
    evaluationLabels: evaluationData.labels ?? mostProbable(loss, evaluationData),
    ...(hidden && { hidden }),
    ...(augmentation && { augmentation: augmentationOf(augmentation, model) }),
    boxes: hasBoxes({ runs }),
    runs,
  };
}

/**
 * Which points a step draws: of all runs and phases as many.
 * @throws ConfigError for runs on numbers of points that make batches of different sizes.
 */
function sharedBatching(runs: readonly Run[], given: Given): Batching {
  const batching = batchingOfRun(runs[0], given);
  runs.forEach((run, r) => {
    for (const phase of allPhases({ runs: [run] })) {
      const { drawn, last } = batchingOfRun(phase, given);
      if (drawn === batching.drawn && last === batching.last) continue;
      const pairs = "all-pairs" as const;
      const isPaired = (phase.mixing.pairing === pairs) !== (runs[0].mixing.pairing === pairs);
      throw new ConfigError(
        isPaired ? `runs[${r}].mixing.pairing` : `runs[${r}].train`,
        `batches of ${drawn} samples beside ${batching.drawn}${last === batching.last ? "" : ", or another last batch"}: all runs of a population draw as many. ` +
          'Give a number as batch, with lastBatch "wrap", or train two populations.',
      );
    }
  });
  return batching;
}

function checkCount(path: string, value: number): void {
  checkInteger(path, value, 1, 0x7fffffff, "a count");
}
