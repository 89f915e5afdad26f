/**
 * What trains together: a population is data, a net, a loss and a number of steps, shared, and runs that differ in
 * seed, mixing and optimizer hyperparameters. A description; {@link resolvePopulation} checks it and fills the defaults,
 * before anything is allocated.
 *
 * Not here: whether it fits a device (`training/gpu/plan.ts`).
 */

import type { Dataset } from "../data/dataset.ts";
import { ConfigError } from "../errors.ts";
import { checkMixing, type Mixing } from "../mixing/mixing.ts";
import { flattenParameters, type NamedTensors } from "../model/layout.ts";
import { LOSSES, type Loss } from "../model/loss.ts";
import { type Model, mlp } from "../model/model.ts";
import { checkOptimizer, momentCount, type Optimizer } from "../model/optimizer.ts";

/** One training of the population. */
export interface RunConfig {
  /** Integer in [0, 2^32). Runs of one seed share initial weights and pairs, whatever their mixing. */
  seed: number;
  mixing: Mixing;
  /** Defaults to the population's. Same kind in all runs; hyperparameters and schedule may differ. */
  optimizer?: Optimizer;
  /** First parameters, instead of those that the seed gives. */
  parameters?: NamedTensors;
}

/** A population as the user describes it. */
export interface PopulationConfig {
  data: Dataset;
  model: Model;
  /** Defaults to softmax cross-entropy for class data, squared error for regression. */
  loss?: Loss;
  optimizer: Optimizer;
  /** Optimizer steps, S. */
  steps: number;
  /** "full" (default): every point once, in order. A number B: windows of keyed epoch orders. */
  batch?: number | "full";
  /** Evaluate after every so many steps, and after the last. Defaults to `steps`: only at the end. */
  evaluateEvery?: number;
  /** Evaluated for error and clean loss; defaults to `data`. */
  evaluationData?: Dataset;
  /** Points `[M, D]` at which every evaluation records probabilities; none by default. */
  probePoints?: ArrayLike<number>;
  runs: readonly RunConfig[];
}

/** A checked run: nothing is optional any more. */
export interface Run {
  readonly seed: number;
  readonly mixing: Mixing;
  readonly optimizer: Optimizer;
  /** First parameters `[P]`, if they are not the seed's. */
  readonly parameters?: Float32Array<ArrayBuffer>;
}

/** A checked population. */
export interface Population {
  readonly data: Dataset;
  readonly model: Model;
  readonly loss: Loss;
  readonly steps: number;
  readonly batch: number | "full";
  /** B: `data.size` for a full batch. */
  readonly batchSize: number;
  readonly evaluateEvery: number;
  readonly evaluationData: Dataset;
  /** `[M, D]`; empty without probe points. */
  readonly probePoints: Float32Array;
  readonly runs: readonly Run[];
}

/**
 * The config, checked and with its defaults.
 * @throws ConfigError whose `path` names what is wrong.
 */
export function resolvePopulation(config: PopulationConfig): Population {
  const { data, steps } = config;
  if (data?.points === undefined)
    throw new ConfigError("data", "missing. Make one with classDataset or alternatingLine.");
  const model = mlp(config.model?.sizes, config.model);
  const loss = config.loss ?? (data.labels === undefined ? "squared-error" : "softmax-cross-entropy");
  checkModelFits(model, loss, data, "data");

  checkCount("steps", steps);
  const batch = config.batch ?? "full";
  if (batch !== "full") {
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
  const evaluateEvery = Math.min(config.evaluateEvery ?? steps, steps);
  checkCount("evaluateEvery", evaluateEvery);
  const evaluationData = config.evaluationData ?? data;
  checkModelFits(model, loss, evaluationData, "evaluationData");
  const probePoints = Float32Array.from(config.probePoints ?? []);
  if (probePoints.length % data.dimensions !== 0) {
    throw new ConfigError(
      "probePoints",
      `${probePoints.length} numbers don't make points of ${data.dimensions} dimensions.`,
    );
  }
  const bad = probePoints.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0)
    throw new ConfigError(`probePoints[${bad}]`, `${probePoints[bad]} is not a finite 32-bit number.`);

  if (!Array.isArray(config.runs) || config.runs.length === 0) {
    throw new ConfigError("runs", "no runs. Give at least one { seed, mixing }; grid() makes many.");
  }
  const runs = config.runs.map((run, r) => resolveRun(run, config.optimizer, data, model, `runs[${r}]`));
  const { kind } = runs[0].optimizer;
  const other = runs.findIndex((run) => run.optimizer.kind !== kind);
  if (other >= 0) {
    throw new ConfigError(
      `runs[${other}].optimizer.kind`,
      `${runs[other].optimizer.kind} beside ${kind}. One population has one kind of optimizer: train two populations.`,
    );
  }
  return {
    data,
    model,
    loss,
    steps,
    batch,
    batchSize: batch === "full" ? data.size : batch,
    evaluateEvery,
    evaluationData,
    probePoints,
    runs,
  };
}

/** Moments kept per parameter by the population's optimizer: the most any run needs. */
export function populationMoments(population: Population): number {
  return Math.max(...population.runs.map((run) => momentCount(run.optimizer)));
}

/** Whether some run never clears its gradients: their sum is then kept for every run, and 0 for those that clear. */
export function accumulatesGradients(population: Population): boolean {
  return population.runs.some((run) => run.optimizer.gradients === "accumulated");
}

/** Numbers kept per parameter besides its value: the moments, then the sum of the gradients if there is one. */
export function optimizerNumbers(population: Population): number {
  return populationMoments(population) + (accumulatesGradients(population) ? 1 : 0);
}

/** Evaluations that have been made when `done` steps are done: one every `evaluateEvery` steps, and one at the end. */
export function evaluationsDone({ steps, evaluateEvery }: Population, done: number): number {
  return done === steps ? Math.ceil(steps / evaluateEvery) : Math.floor(done / evaluateEvery);
}

/** Steps done at evaluation `index` (from 0). */
export function evaluationStep({ steps, evaluateEvery }: Population, index: number): number {
  return Math.min((index + 1) * evaluateEvery, steps);
}

/**
 * Checks that a net's sizes and a loss fit data.
 * @throws ConfigError naming the two numbers that don't match.
 */
export function checkModelFits(model: Model, loss: Loss, data: Dataset, path: string): void {
  if (!LOSSES.includes(loss)) {
    throw new ConfigError("loss", `unknown loss "${loss}". Known: ${LOSSES.join(", ")}.`);
  }
  const [inputs, outputs] = [model.sizes[0], model.sizes[model.sizes.length - 1]];
  if (inputs !== data.dimensions) {
    throw new ConfigError(
      "model.sizes[0]",
      `the net takes ${inputs} inputs, but ${path} has ${data.dimensions} dimensions.`,
    );
  }
  const binary = isBinaryLogistic(loss, outputs, data);
  if (loss === "logistic") checkLogisticTargets(data, path);
  if (!binary && outputs !== data.targetSize) {
    throw new ConfigError(
      `model.sizes[${model.sizes.length - 1}]`,
      `the net has ${outputs} outputs, but ${path} has ${data.targetSize} ${data.labels ? "classes" : "targets"}.`,
    );
  }
  if (loss === "softmax-cross-entropy" && outputs === 1) {
    throw new ConfigError(
      "loss",
      "softmax of one output is always 1. Use logistic, or an output for each class.",
    );
  }
}

/** Logistic targets are probabilities. */
function checkLogisticTargets(data: Dataset, path: string): void {
  const bad = data.targets.findIndex((target) => target < 0 || target > 1);
  if (bad >= 0) {
    throw new ConfigError(
      `${path}.targets[${bad}]`,
      `${data.targets[bad]} is no probability: logistic targets are in [0, 1].`,
    );
  }
}

/** Whether one logistic output stands for two classes: its target is then the class itself. */
export function isBinaryLogistic(loss: Loss, outputs: number, data: Dataset): boolean {
  return loss === "logistic" && outputs === 1 && data.labels !== undefined && data.targetSize === 2;
}

/** The targets a net with `outputs` outputs is trained on, `[N, outputs]`. */
export function modelTargets(loss: Loss, outputs: number, data: Dataset): Float32Array {
  return isBinaryLogistic(loss, outputs, data) ? Float32Array.from(data.labels!) : data.targets;
}

function resolveRun(run: RunConfig, fallback: Optimizer, data: Dataset, model: Model, path: string): Run {
  if (run == null) throw new ConfigError(path, "missing. Give { seed, mixing }.");
  const { seed, mixing } = run;
  if (!Number.isInteger(seed) || seed < 0 || seed >= 2 ** 32) {
    throw new ConfigError(`${path}.seed`, `${seed} is not a seed. Give an integer from 0 to 2^32 - 1.`);
  }
  if (mixing == null) throw new ConfigError(`${path}.mixing`, "missing. Give erm() or mixup(beta(alpha)).");
  checkMixing(mixing, `${path}.mixing`);
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
    ...(run.parameters && {
      parameters: Float32Array.from(flattenParameters(model, run.parameters, `${path}.parameters`)),
    }),
  };
}

function checkCount(path: string, value: number): void {
  if (!Number.isInteger(value) || value < 1 || value > 0x7fffffff) {
    throw new ConfigError(path, `${value} is not a count. Give an integer from 1 to 2^31 - 1.`);
  }
}
