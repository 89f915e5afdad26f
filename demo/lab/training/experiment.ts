/**
 * From the lab's state to what the library trains: data, population and the points at which every net is looked at.
 * Pure, the same in page, worker and tests.
 */

import type { ImageSources } from "../../../src/experiments/images/settings.ts";
import {
  adam,
  adamw,
  beta,
  convNet,
  type Dataset,
  grid,
  type Law,
  type Mixing,
  type Model,
  mixup,
  mlp,
  type Optimizer,
  type RunConfig,
  range,
  sgd,
  type TrainConfig,
} from "../../../src/index.ts";
import { decodeNames, decodeWindow } from "../data/ownData.ts";
import type { LabConfig } from "../state/fields.ts";
import { shownView } from "../state/presets.ts";
import { labData, labTest } from "./data.ts";
import { classQuantities, numberQuantities, type Quantity } from "./measured/quantities.ts";
import type {
  DomainMethod,
  FairWeightsMethod,
  LongTailMethod,
  MergingMethod,
  MixtureMethod,
  OverTrainingMethod,
  PolicyMethod,
} from "./methods/methods.ts";
import { compared, type GroupKind, labLaw, labMixingOptions, shortNumber, unmixed } from "./mixings.ts";
import { type ProbeGrid, probeGrid } from "./probes.ts";

/** Runs that differ only in their seed. */
export interface Group {
  readonly kind: GroupKind;
  readonly mixing: Mixing;
  /** To show: "ERM", "Mixup, λ ~ Beta(32, 32)"; and beside a curve: "Mixup". */
  readonly name: string;
  readonly short: string;
  /** Of a sweep. */
  readonly alpha?: number;
  /** Index of the first run; there are `LabConfig.seeds`. */
  readonly firstRun: number;
  readonly runs: number;
}

/**
 * What kind of picture shows an experiment: classes on a line, in the plane, of images; numbers on a line, in the plane; the curves
 * of a method.
 */
export type PictureKind =
  | "line"
  | "plane"
  | "images"
  | "fit"
  | "field"
  | "over-training"
  | "long-tail"
  | "mixing"
  | "policies"
  | "fair-weights"
  | "merging";

export interface Experiment {
  /** Of a method that goes by several stages, the first one's. */
  readonly train: TrainConfig;
  readonly groups: readonly Group[];
  readonly picture: PictureKind;
  readonly probe: ProbeGrid;
  readonly law: Law;
  /** What class c is called, `[C]`. */
  readonly classNames: readonly string[];
  readonly quantities: readonly Quantity[];
  /** Whether nets are measured at other points than they are trained on. */
  readonly isTested: boolean;
  /** Whether the margin is measured in the picture. */
  readonly showsMargin?: boolean;
  /** Steps in all, where they are not the training's. */
  readonly steps: number;
  readonly overTraining?: OverTrainingMethod;
  readonly longTail?: LongTailMethod;
  /** Of nets on domains, and what of them is shown. */
  readonly domains?: DomainMethod;
  readonly mixtures?: MixtureMethod;
  readonly policies?: PolicyMethod;
  readonly fairWeights?: FairWeightsMethod;
  readonly merging?: MergingMethod;
}

/** The sweep's alphas: powers of two from 1/16. */
export const SWEEP_ALPHAS: readonly number[] = range(16).map((k) => 2 ** (k - 4));
/** Nets of each; convolutions take longer. */
const SWEEP_SEEDS = { images: 2, others: 8 } as const;
/** Evaluations of a whole training: as many pictures. */
export const EVALUATIONS = 100;

export function labModel({ layers, units, activation }: LabConfig, data: Dataset): Model {
  if (data.shape !== undefined) {
    const [channels, height, width] = data.shape;
    return convNet({ channels, size: [height, width], classes: data.targetSize });
  }
  const hidden = Array.from({ length: layers }, () => units);
  const sizes = [data.dimensions, ...hidden, data.targetSize];
  if (layers > 0) return mlp(sizes, { activation });
  // Lines of a regression need not go through the origin.
  return mlp(sizes, { activation: "identity", bias: data.labels === undefined });
}

export function labOptimizer({ optimizer, rate }: LabConfig): Optimizer {
  return { adam, adamw, sgd }[optimizer]({ learningRate: rate });
}

/** What the picture of data is. */
function pictureOf({ shape, dimensions, labels }: Dataset): PictureKind {
  if (shape !== undefined) return "images";
  if (labels === undefined) return dimensions === 1 ? "fit" : "field";
  return dimensions === 1 ? "line" : "plane";
}

/**
 * The experiment that a state of data and mixing describes. One on images needs those among the `sources`.
 * @throws ConfigError if it can't be made.
 */
export function plainExperiment(config: LabConfig, sources: ImageSources = {}): Experiment {
  const data = labData(config, sources);
  const model = labModel(config, data);
  const sweep = shownView(config) === "sweep";
  const picture = pictureOf(data);
  const seeds = !sweep ? config.seeds : picture === "images" ? SWEEP_SEEDS.images : SWEEP_SEEDS.others;
  const laws = sweep
    ? SWEEP_ALPHAS.map((alpha) => ({
        kind: "mixup" as const,
        mixing: mixup(beta(alpha), labMixingOptions(config, model, beta(alpha))),
        name: `α = ${shortNumber(alpha)}`,
        short: "Mixup",
        alpha,
      }))
    : compared(config, model);
  const window = config.preset === "own" ? decodeWindow(config.window) : undefined;
  const probe = probeGrid(data, sweep, window);
  const names = config.preset === "own" ? decodeNames(config.names) : [];
  const test = labTest(config);
  const measured = test?.name ?? "the training points";
  const isClasses = data.labels !== undefined;
  const { steps, smoothing, distillation, switchAt, firstSeed } = config;
  const described = (mixing: Mixing): Omit<RunConfig, "seed"> => ({
    mixing,
    ...(smoothing > 0 && { labelSmoothing: smoothing }),
    ...(distillation > 0 && { selfDistillation: distillation }),
    ...(switchAt > 0 &&
      mixing.kind === "mixup" && { phases: [{ from: switchAt, mixing: unmixed(mixing.law, mixing) }] }),
  });
  const runs = grid({ seed: range(seeds, firstSeed), mixing: laws.map(({ mixing }) => mixing) });
  return {
    law: labLaw(config),
    classNames: isClasses ? range(data.targetSize).map((c) => names[c] || String(c)) : [],
    picture,
    probe,
    quantities: isClasses ? classQuantities(measured) : numberQuantities(measured),
    isTested: test !== undefined,
    showsMargin: config.preset === "moons",
    groups: laws.map((law, g) => ({ ...law, firstRun: g * seeds, runs: seeds })),
    steps,
    train: {
      data,
      model,
      optimizer: labOptimizer(config),
      steps,
      batch: config.batch === 0 ? "full" : config.batch,
      evaluateEvery: Math.max(1, Math.round(steps / EVALUATIONS)),
      ...(test !== undefined && { evaluationData: test.data }),
      probePoints: probe.points,
      runs: runs.map(({ seed, mixing }) => ({ seed, ...described(mixing) })),
    },
  };
}
