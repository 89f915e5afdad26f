/**
 * What trains together: a population is data, a net, a loss and a number of steps, shared, and runs that differ in
 * seed, mixing and optimizer hyperparameters. A description; {@link resolvePopulation} checks it and fills the defaults,
 * before anything is allocated.
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
import { type Augmentation, checkAugmentation } from "../mixing/augmentation.ts";
import { type Batching, batchingOf, LAST_BATCHES, type LastBatch } from "../mixing/batching.ts";
import { checkMixing, type Mixing } from "../mixing/mixing.ts";
import { type Model, sizeOf } from "../model/layers/layer.ts";
import { flattenParameters, type NamedTensors } from "../model/layout.ts";
import { LOSSES, type Loss } from "../model/loss.ts";
import { checkModel } from "../model/model.ts";
import { checkOptimizer, momentCount, type Optimizer } from "../model/optimizer.ts";
import { type HiddenMixing, layerNames, traceModel } from "../model/trace.ts";

/** One training of the population. */
export interface RunConfig {
  /** Integer in [0, 2^32). Runs of one seed share initial weights and pairs, whatever their mixing. */
  seed: number;
  mixing: Mixing;
  /** Defaults to the population's. Same kind in all runs; hyperparameters and schedule may differ. */
  optimizer?: Optimizer;
  /** Smoothing e of the labels, in [0, 1]: targets become (1 - e) y + e / C. Default 0. */
  labelSmoothing?: number;
  /** First parameters, instead of those that the seed gives; with or without state, such as running statistics. */
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
  /** What becomes of an epoch's last batch where the batch does not divide the data; default `wrap`. */
  lastBatch?: LastBatch;
  /** Random crops and flips of images in training, such as `cropAndFlip()`; none by default. */
  augmentation?: Augmentation;
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
  readonly labelSmoothing: number;
  /** First parameters `[P]`, if they are not the seed's. */
  readonly parameters?: Float32Array;
  /** First state `[Q]`, if parameters are given. */
  readonly state?: Float32Array;
}

/** A checked population. */
export interface Population {
  readonly data: Dataset;
  readonly model: Model;
  readonly loss: Loss;
  readonly steps: number;
  readonly batch: number | "full";
  readonly lastBatch: LastBatch;
  /** Which points a step draws. */
  readonly batching: Batching;
  /** B, rows of a batch: the points drawn, twice over where an unmixed batch goes along. */
  readonly batchSize: number;
  /** Rows of the last batch of an epoch where it is smaller than the others; else 0. */
  readonly lastBatchSize: number;
  readonly evaluateEvery: number;
  readonly evaluationData: Dataset;
  /**
   * What counts as right at an evaluation, `[E]`: the classes, or of soft labels the most probable ones; undefined for
   * regression.
   */
  readonly evaluationLabels: Uint32Array | undefined;
  /** `[M, D]`; empty without probe points. */
  readonly probePoints: Float32Array;
  /** Mixing of hidden values, if there is any. */
  readonly hidden?: HiddenMixing;
  /** With a value of padding for each channel. */
  readonly augmentation?: Augmentation;
  /** Whether samples may have boxes. */
  readonly boxes: boolean;
  readonly runs: readonly Run[];
}

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

/**
 * How many times over a batch has the points drawn: all runs share its size.
 * @throws ConfigError for a run with an unmixed batch beside one without.
 */
function checkSameRows(runs: readonly Run[]): 1 | 2 {
  const other = runs.findIndex((run) => hasUnmixed({ runs: [run] }) !== hasUnmixed({ runs }));
  if (other >= 0) {
    throw new ConfigError(
      `runs[${other}].mixing.eta`,
      "runs with an unmixed batch beside runs without: batches of one population have one size. Train two populations.",
    );
  }
  return hasUnmixed({ runs }) ? 2 : 1;
}

/**
 * The mixing of hidden values, which all runs share or none has: it cuts the net into other stages, whose sums are rounded in
 * another order, and a run is to be what it is alone.
 * @throws ConfigError for runs that differ in it, or layers that the net does not have.
 */
function hiddenMixing(runs: readonly Run[], model: Model): HiddenMixing | undefined {
  const hiddenOf = ({ mixing: { geometry } }: Run): HiddenMixing | undefined =>
    geometry?.kind === "hidden" ? { after: geometry.after, passes: geometry.passes } : undefined;
  const hidden = hiddenOf(runs[0]);
  const other = runs.findIndex((run) => JSON.stringify(hiddenOf(run)) !== JSON.stringify(hidden));
  if (other >= 0) {
    throw new ConfigError(
      `runs[${other}].mixing.geometry`,
      "hidden values are mixed elsewhere than in run 0. All runs of a population mix them at the same layers, or none does: train two populations.",
    );
  }
  const known = ["input", ...layerNames(model)];
  hidden?.after.forEach((name, i) => {
    checkWord(`runs[0].mixing.geometry.after[${i}]`, name, known, "layer");
  });
  return hidden;
}

/**
 * The augmentation, with a value of padding for each channel.
 * @throws ConfigError for points that are no images, and another number of channels.
 */
function augmentationOf(augmentation: Augmentation, { inputShape }: Model): Augmentation {
  const { fill } = checkAugmentation(augmentation, "augmentation");
  if (inputShape.length !== 3) {
    throw new ConfigError(
      "augmentation",
      `images are cropped, but the net takes points of shape [${inputShape}]. Give it [channels, height, width].`,
    );
  }
  const [channels] = inputShape;
  if (fill.length !== 1 && fill.length !== channels)
    throw new ConfigError("augmentation.fill", `${fill.length} numbers for ${channels} channels.`);
  return {
    ...augmentation,
    fill: Array.from({ length: channels }, (_, c) => fill[fill.length === 1 ? 0 : c]),
  };
}

/** The class of the largest target in each row of soft labels; the first of equals. */
function mostProbable(loss: Loss, { size, targets, targetSize }: Dataset): Uint32Array | undefined {
  if (loss !== "softmax-cross-entropy") return undefined;
  return Uint32Array.from({ length: size }, (_, n) => {
    const row = targets.subarray(n * targetSize, (n + 1) * targetSize);
    return row.reduce((best, value, c) => (value > row[best] ? c : best), 0);
  });
}

/** Whether an unmixed batch goes along with the mixed one; see {@link Mixing.eta}. */
export function hasUnmixed({ runs }: Pick<Population, "runs">): boolean {
  return runs[0].mixing.eta !== undefined;
}

/**
 * Weight of row b of a run's batch of B rows in its mean loss: with an unmixed batch the loss is the mean of the first half
 * and eta times that of the second.
 */
export function rowWeight({ mixing: { eta } }: Run, b: number, batchSize: number): number {
  if (eta === undefined) return 1;
  return b < batchSize / 2 ? 2 : 2 * eta;
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
  checkWord("loss", loss, LOSSES, "loss");
  const { outputs } = traceModel(model);
  const inputs = sizeOf(model.inputShape);
  const shape = data.shape ?? [data.dimensions];
  // Images may be read as rows of numbers, and rows of numbers as images; images of another shape may not.
  const differs =
    shape.length === 3 && model.inputShape.length === 3 && String(shape) !== String(model.inputShape);
  if (inputs !== data.dimensions || differs) {
    throw new ConfigError(
      "model.inputShape",
      `the net takes points of shape [${model.inputShape}], but ${path} has [${shape}].`,
    );
  }
  const binary = isBinaryLogistic(loss, outputs, data);
  if (loss === "logistic") checkLogisticTargets(data, path);
  if (!binary && outputs !== data.targetSize) {
    throw new ConfigError(
      "model",
      `the net has ${outputs} outputs, but ${path} has ${data.targetSize} ${data.labels ? "classes" : "targets"}.`,
    );
  }
  if (loss === "softmax-cross-entropy" && outputs === 1) {
    throw new ConfigError(
      "loss",
      "softmax of one output is always 1. Use logistic, or an output for each class.",
    );
  }
  if (loss === "softmax-cross-entropy" && data.labels === undefined) checkSoftLabels(data, path);
}

/**
 * A channel that BatchNorm sees one number of has no variance: PyTorch refuses it, too.
 * @throws ConfigError naming the layer.
 */
export function checkBatchSize(model: Model, batchSize: number, path: string): void {
  if (batchSize > 1) return;
  const { operations, shapes } = traceModel(model);
  for (const { kind, name, output } of operations) {
    const [, height, width] = shapes[output];
    if (kind === "batchNorm2d" && height * width === 1) {
      throw new ConfigError(
        path,
        `layer ${name} (batchNorm2d) gets one number a channel: a batch of 1 of maps of 1 x 1. Give a larger batch.`,
      );
    }
  }
}

/** How far the probabilities of a row may be from 1 together: rows divided by their sums in 32 bits, or given to 3 digits. */
const SUM_TOLERANCE = 1e-3;

/** Soft labels are rows of probabilities. */
function checkSoftLabels({ size, targets, targetSize }: Dataset, path: string): void {
  for (let n = 0; n < size; n++) {
    let sum = 0;
    for (let c = 0; c < targetSize; c++) {
      const target = targets[n * targetSize + c];
      if (target < 0) {
        throw new ConfigError(
          `${path}.targets[${n * targetSize + c}]`,
          `${target} is no probability: soft labels are from 0.`,
        );
      }
      sum += target;
    }
    if (Math.abs(sum - 1) > SUM_TOLERANCE) {
      throw new ConfigError(
        `${path}.targets[${n * targetSize}]`,
        `the soft labels of point ${n} sum to ${sum.toPrecision(4)}, not 1. Divide each row by its sum, or choose another loss.`,
      );
    }
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
  checkOptions(path, run, ["seed", "mixing", "optimizer", "labelSmoothing", "parameters"]);
  const { seed, mixing } = run;
  checkSeed(`${path}.seed`, seed);
  checkObject(`${path}.mixing`, mixing, "Give erm() or mixup(beta(alpha)).");
  checkMixing(mixing, `${path}.mixing`);
  if (mixing.geometry?.kind === "cutmix" && model.inputShape.length !== 3) {
    throw new ConfigError(
      `${path}.mixing.geometry`,
      `boxes are cut of images, but the net takes points of shape [${model.inputShape}]. Give it [channels, height, width].`,
    );
  }
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
