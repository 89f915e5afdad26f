/**
 * Checks the description of one run, phase by phase, and fills in the defaults.
 *
 * Not here: what all runs of a population share (`config.ts`, `methods.ts`).
 */

import {
  checkInteger,
  checkLength,
  checkNumber,
  checkObject,
  checkOptions,
  checkSeed,
  checkWord,
  float32Numbers,
  shown,
} from "../check.ts";
import type { Dataset } from "../data/dataset.ts";
import { ConfigError } from "../errors.ts";
import { checkDomainBandit } from "../mixing/bandit.ts";
import { checkMixing, type Mixing, pairingName } from "../mixing/mixing.ts";
import type { Model } from "../model/layers/layer.ts";
import { flattenParameters, type NamedTensors } from "../model/layout.ts";
import { type ContrastiveLoss, isContrastive, type Loss } from "../model/loss.ts";
import { checkOptimizer, type Optimizer } from "../model/optimizer.ts";
import { layerNames, traceModel } from "../model/trace.ts";
import { checkDrawsDomains, checkedProportions } from "./domains.ts";
import { checkGeometryFits } from "./methods.ts";
import { checkTrainsPairs } from "./pairs.ts";
import type { PhaseConfig, PopulationConfig, Run, RunConfig } from "./population.ts";

/** What a run is checked against. */
export interface RunContext {
  readonly data: Dataset;
  readonly model: Model;
  readonly loss: Loss | ContrastiveLoss;
  readonly steps: number;
  readonly batch: number | "full";
  /** For runs that bring none. */
  readonly optimizer: PopulationConfig["optimizer"] | undefined;
}

const CHANGES = [
  "mixing",
  "labelSmoothing",
  "selfDistillation",
  "train",
  "proportions",
  "weights",
  "frozen",
] as const;
const RUN_KEYS = ["seed", "optimizer", "phases", "parameters", "bandit", ...CHANGES] as const;
const PHASE_KEYS = ["from", "learningRate", ...CHANGES] as const;

/** Most phases of a run. */
const MOST_PHASES = 1024;

/**
 * The run, checked.
 * @throws ConfigError whose path begins with `path`.
 */
export function resolveRun(config: RunConfig, context: RunContext, path: string): Run {
  checkOptions(path, config, RUN_KEYS);
  const { seed, parameters, phases = [] } = config;
  checkSeed(`${path}.seed`, seed);
  const optimizer = config.optimizer ?? context.optimizer;
  if (optimizer === undefined)
    throw new ConfigError(`${path}.optimizer`, "missing. Give one to the run or the population.");
  const first = changed({ seed } as Run, config, context, path, {
    optimizer: checkOptimizer(optimizer, config.optimizer ? `${path}.optimizer` : "optimizer"),
  });
  if (!Array.isArray(phases) || phases.length > MOST_PHASES)
    throw new ConfigError(`${path}.phases`, `give at most ${MOST_PHASES} phases { from, mixing, … }.`);
  const later: { from: number; run: Run }[] = [];
  for (const [i, phase] of phases.entries()) {
    const before = later[i - 1] ?? { from: 0, run: first };
    later.push(resolvePhase(phase, before, context, `${path}.phases[${i}]`));
  }
  return {
    ...first,
    ...(later.length > 0 && { phases: later }),
    ...(parameters !== undefined && firstValues(context.model, parameters, `${path}.parameters`)),
  };
}

function resolvePhase(
  phase: PhaseConfig,
  before: { readonly from: number; readonly run: Run },
  context: RunContext,
  path: string,
): { from: number; run: Run } {
  checkOptions(path, phase, PHASE_KEYS);
  const { from, learningRate, ...changes } = phase;
  checkInteger(`${path}.from`, from, 1, context.steps - 1, "a step of the training after its first");
  if (from <= before.from)
    throw new ConfigError(`${path}.from`, `${from} is not after ${before.from}: phases follow each other.`);
  if (learningRate === undefined && Object.values(changes).every((change) => change === undefined))
    throw new ConfigError(path, "nothing changes. Give mixing, learningRate, train or another change.");
  const optimizer: Optimizer =
    learningRate === undefined
      ? before.run.optimizer
      : checkOptimizer({ ...before.run.optimizer, learningRate }, path);
  return { from, run: changed(before.run, changes, context, path, { optimizer }) };
}

/** A description with changes; what of it is left out stays as it was. */
function changed(
  before: Run,
  changes: Partial<RunConfig>,
  context: RunContext,
  path: string,
  also: Pick<Run, "optimizer">,
): Run {
  const { data, model } = context;
  const mixing = checkedMixing(changes.mixing ?? before.mixing, context, `${path}.mixing`);
  const share = (name: "labelSmoothing" | "selfDistillation") =>
    checkNumber(`${path}.${name}`, changes[name] ?? before[name] ?? 0, { from: 0, to: 1, what: "a share" });
  const labelSmoothing = share("labelSmoothing");
  const selfDistillation = share("selfDistillation");
  if (isContrastive(context.loss)) checkTrainsPairs({ mixing, labelSmoothing, selfDistillation }, path);
  if (selfDistillation > 0) checkDistills(mixing, context, `${path}.selfDistillation`);
  const train =
    changes.train === undefined ? before.train : indicesOf(`${path}.train`, changes.train, data.size);
  const size = train?.length ?? data.size;
  const weights =
    changes.weights === undefined ? before.weights : weightsOf(`${path}.weights`, changes.weights);
  if (weights !== undefined && weights.length !== size)
    throw new ConfigError(`${path}.weights`, `${weights.length} weights for ${size} points.`);
  const frozen = changes.frozen === undefined ? before.frozen : frozenLayers(changes.frozen, model, path);
  const bandit =
    changes.bandit === undefined ? before.bandit : checkDomainBandit(changes.bandit, `${path}.bandit`);
  const asked = changes.proportions ?? before.proportions ?? (bandit && data.domains?.map(() => 1));
  if (bandit !== undefined && asked === undefined)
    throw new ConfigError(`${path}.bandit`, "the data have no domains. Make them with withDomains.");
  const proportions = asked && checkedProportions(`${path}.proportions`, asked, data);
  checkDrawsDomains({ proportions, mixing, train, bandit }, data, context.batch, path);
  checkPoints(mixing, train, proportions !== undefined, context, path);
  return {
    seed: before.seed,
    mixing,
    ...also,
    labelSmoothing,
    ...(selfDistillation > 0 && { selfDistillation }),
    ...(train !== undefined && { train }),
    ...(proportions !== undefined && { proportions }),
    ...(bandit !== undefined && { bandit }),
    ...(weights !== undefined && { weights }),
    ...(frozen !== undefined && frozen.length > 0 && { frozen }),
  };
}

function checkedMixing(mixing: Mixing, { model, data }: RunContext, path: string): Mixing {
  checkObject(path, mixing, "Give erm() or mixup(beta(alpha)).");
  checkMixing(mixing, path);
  checkGeometryFits(mixing, model, `${path}.geometry`);
  const { pairing } = mixing;
  const needsClasses = pairing === "same-class" || pairing === "other-class";
  if (data.labels === undefined && needsClasses)
    throw new ConfigError(`${path}.pairing`, `${pairing} needs classes, and the data have none.`);
  if (data.labels !== undefined && typeof pairing === "object") {
    throw new ConfigError(
      `${path}.pairing`,
      "label-kernel needs numbers as labels, and the data have classes. For partners of the same class: same-class.",
    );
  }
  return mixing;
}

/** Whether there are the points that batch and pairing need. */
function checkPoints(
  { pairing, geometry }: Mixing,
  train: Uint32Array | undefined,
  drawsDomains: boolean,
  { data, batch }: RunContext,
  path: string,
): void {
  const size = train?.length ?? data.size;
  // A domain begins its next epoch whenever it is through.
  if (batch !== "full" && batch > size && !drawsDomains) {
    throw new ConfigError(
      train === undefined ? "batch" : `${path}.train`,
      `batches of ${batch} out of ${size} points. Give at most ${size}, or "full".`,
    );
  }
  if (pairing === "other" && size < 2)
    throw new ConfigError(`${path}.mixing.pairing`, "other needs at least 2 points.");
  if (pairing === "other-class" && train !== undefined) {
    const first = data.labels![train[0]];
    if (train.every((point) => data.labels![point] === first))
      throw new ConfigError(`${path}.train`, "points of one class have no partner of another class.");
  }
  if (pairing !== "all-pairs") return;
  if (batch !== "full")
    throw new ConfigError(`${path}.mixing.pairing`, 'all-pairs are the whole batch: give batch "full".');
  if (geometry?.kind === "hidden" || size > MOST_PAIRED) {
    throw new ConfigError(
      `${path}.mixing.pairing`,
      `all-pairs is for points mixed as they are, at most ${MOST_PAIRED} of them: ${pairingName(pairing)} of ${size} is too much.`,
    );
  }
}

/** Most points all of whose pairs make a batch. */
const MOST_PAIRED = 4096;

/** @throws ConfigError where the net's predictions can't be had apart from its training pass, or are no labels. */
function checkDistills({ geometry }: Mixing, { model, loss }: RunContext, path: string): void {
  if (loss === "squared-error")
    throw new ConfigError(path, "predictions are blended into labels of classes, not of regression.");
  if (geometry?.kind === "hidden")
    throw new ConfigError(path, "hidden values are mixed: predictions are for points mixed as they are.");
  const unlike = traceModel(model).operations.find(
    ({ kind }) => kind === "batchNorm2d" || kind === "dropout",
  );
  if (unlike !== undefined) {
    throw new ConfigError(
      path,
      `${unlike.name} is ${unlike.kind}: a net that predicts otherwise than it trains has no self-distilled labels here.`,
    );
  }
}

function indicesOf(path: string, indices: ArrayLike<number>, size: number): Uint32Array {
  const copy = new Uint32Array(checkLength(path, indices, "Give the indices of points."));
  if (copy.length === 0) throw new ConfigError(path, "no points. Give the index of at least one.");
  const isTaken = new Uint8Array(size);
  for (let i = 0; i < copy.length; i++) {
    const index = indices[i];
    if (!Number.isInteger(index) || index < 0 || index >= size)
      throw new ConfigError(`${path}[${i}]`, `${shown(index)} is no point: there are 0 to ${size - 1}.`);
    if (isTaken[index] === 1) throw new ConfigError(`${path}[${i}]`, `point ${index} comes twice.`);
    isTaken[index] = 1;
    copy[i] = index;
  }
  return copy;
}

function weightsOf(path: string, weights: ArrayLike<number>): Float32Array {
  const copy = float32Numbers(path, weights);
  const negative = copy.findIndex((weight) => weight < 0);
  if (negative >= 0) throw new ConfigError(`${path}[${negative}]`, `${copy[negative]} is negative.`);
  if (copy.every((weight) => weight === 0))
    throw new ConfigError(path, "all are 0: nothing would be trained.");
  return copy;
}

function frozenLayers(frozen: readonly string[], model: Model, path: string): readonly string[] {
  if (!Array.isArray(frozen))
    throw new ConfigError(`${path}.frozen`, `${shown(frozen)} is no list of layers.`);
  const names = layerNames(model);
  const { tensors } = traceModel(model).parameters;
  const known = names.filter((name) => tensors.some((tensor) => tensor.name.startsWith(`${name}.`)));
  return Array.from(frozen, (name, i) =>
    checkWord(`${path}.frozen[${i}]`, name, known, "layer with parameters"),
  );
}

function firstValues(model: Model, named: NamedTensors, path: string): Pick<Run, "parameters" | "state"> {
  const { parameters, state } = flattenParameters(model, named, path);
  return { parameters: Float32Array.from(parameters), state: Float32Array.from(state) };
}
