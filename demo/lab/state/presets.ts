/** The experiments: what each is set to when it is opened, and what there is to see. Words and numbers only. */

import { MIXING_FIELDS, MORE_FIELDS, PERCEPTRON } from "./fieldGroups.ts";
import type { FieldName, LabConfig, PresetName, ViewName } from "./fields.ts";

/** What is set where nobody has set anything. */
export const BASE: LabConfig = {
  preset: "line",
  points: 3,
  classes: 2,
  separation: 0.1,
  noise: 0.1,
  dataSeed: 0,
  curve: "rise",
  largest: 80,
  imbalance: 40,
  firstShare: 0.5,
  secondShare: 0.25,
  firstWeight: 0.2,
  secondWeight: 0.5,
  thirdWeight: 0.3,
  reward: "cumulative",
  junk: "labels",
  grouped: 300,
  target: "classes",
  own: "0,1,0;0,-1,0;1,0,1;-1,0,1",
  names: "",
  window: "",
  law: "beta",
  alpha: 32,
  lambda: 0.5,
  from: 0,
  to: 1,
  pairing: "uniform",
  bandwidth: 0.1,
  granularity: "batch",
  probability: 1,
  geometry: "blend",
  eta: 0,
  labelLaw: "tied",
  labelAlpha: 1,
  labelFrom: 0,
  labelTo: 1,
  labelLambda: 0.5,
  smoothing: 0,
  distillation: 0,
  switchAt: 0,
  layers: 1,
  units: 512,
  activation: "relu",
  optimizer: "adam",
  rate: 0.001,
  batch: 0,
  steps: 5000,
  retrain: 400,
  way: "slow",
  seeds: 8,
  firstSeed: 0,
  view: "picture",
  optimal: true,
  epsilon: 0.14,
  live: false,
  at: -1,
  emphasis: "",
};

export interface Preset {
  readonly title: string;
  /** The paper's claim, and where it is made. */
  readonly claim: string;
  readonly source: string;
  readonly config: LabConfig;
  /** Which fields of data and net, and which that belong to few presets, have a meaning here. */
  readonly fields: readonly FieldName[];
  /** Which others have none, because the method says what they are. */
  readonly without?: readonly FieldName[];
  /** What its group of mixing is called, if it is something else. */
  readonly mixing?: string;
  /** Ways to look at it; all of them by default. */
  readonly views?: readonly ViewName[];
  /** Fields that are called otherwise here. */
  readonly labels?: Partial<Readonly<Record<FieldName, string>>>;
  /** Whether the Mixup-optimal classifier can be drawn over the picture. */
  readonly theory: boolean;
}

/** Presets of methods beside the paper's own experiments. */
export const METHODS: readonly PresetName[] = [
  "over-training",
  "c-mixup",
  "two-lambdas",
  "long-tail",
  "mixing",
  "policies",
  "fair-weights",
  "merging",
];

export const PRESETS: Readonly<Record<PresetName, Preset>> = {
  line: {
    title: "Why Mixup can fail",
    claim:
      "When λ keeps close to ½, the Mixup-optimal classifier misclassifies a training point that ERM learns without effort.",
    source: "Theorem 2.7",
    // The error over alpha that the paper's 0.001 comes to, in fewer steps: a recording trains 136 nets while somebody waits.
    config: { ...BASE, rate: 0.003, steps: 1000 },
    fields: ["points", "classes", ...PERCEPTRON],
    theory: true,
  },
  moons: {
    title: "Margins on two moons",
    claim:
      "Along segments between classes Mixup leaves room on both sides: up to half their distance, where a straight cut may leave far less.",
    source: "Section 3.1, Theorem 3.2",
    config: {
      ...BASE,
      preset: "moons",
      points: 80,
      alpha: 1,
      units: 64,
      rate: 0.005,
      steps: 1000,
      seeds: 6,
      optimal: false,
      epsilon: 0.15,
    },
    fields: ["points", "separation", "noise", "dataSeed", ...PERCEPTRON],
    theory: true,
  },
  linear: {
    title: "Linear models end up the same",
    claim:
      "If the max-margin solution interpolates the data, Mixup's optimum points exactly in its direction, and so does the limit of ERM.",
    source: "Theorem 3.5, Corollary 3.8",
    config: {
      ...BASE,
      preset: "linear",
      points: 16,
      noise: 0.9,
      separation: 0.5,
      alpha: 1,
      granularity: "sample",
      layers: 0,
      rate: 0.02,
      steps: 1500,
      seeds: 8,
      optimal: false,
      epsilon: 0.2,
    },
    fields: ["points", "separation", "noise", "dataSeed", ...PERCEPTRON],
    labels: { noise: "Spread" },
    theory: true,
  },
  digits: {
    title: "Images are far from each other",
    claim:
      "On images Mixup reaches zero training error for every α: mixtures hardly ever come near an image of another class.",
    source: "Section 2.4. Digits: Alpaydin and Kaynak, UCI, CC BY 4.0",
    config: {
      ...BASE,
      preset: "digits",
      points: 128,
      alpha: 1024,
      batch: 64,
      steps: 1600,
      seeds: 3,
      optimal: false,
    },
    fields: ["points"],
    labels: { points: "Images" },
    theory: false,
  },
  own: {
    title: "Your own data",
    claim:
      "Where no mixture of two points of other classes comes close to a training point, the Mixup-optimal classifier gets that point right.",
    source: "Theorem 2.10",
    config: {
      ...BASE,
      preset: "own",
      alpha: 1,
      units: 64,
      rate: 0.005,
      steps: 1000,
      seeds: 6,
      epsilon: 0.2,
    },
    fields: ["target", ...PERCEPTRON],
    theory: true,
  },
  "over-training": {
    title: "Trained for long, Mixup turns back",
    claim:
      "Long training with Mixup fits the noise that mixing puts into the labels; going over to ERM at the turn avoids it. (Here ERM alone does as well.)",
    source: "Liu, Wang, Guo, Mao, arXiv 2303.01475; reconstructed in small",
    config: {
      ...BASE,
      preset: "over-training",
      points: 20,
      switchAt: 316,
      steps: 1000,
      seeds: 6,
      optimal: false,
    },
    fields: ["points", "dataSeed"],
    without: [
      ...MIXING_FIELDS,
      ...MORE_FIELDS.filter((name) => name !== "switchAt"),
      "optimizer",
      "rate",
      "batch",
    ],
    views: ["picture"],
    mixing: "Switch",
    labels: { seeds: "Draws of points", steps: "Steps of nets", dataSeed: "Seed of features" },
    theory: false,
  },
  "c-mixup": {
    title: "Partners with near labels",
    claim: "In regression, mixing with partners of near labels has less error than ERM and plain Mixup.",
    source:
      "C-Mixup: Yao et al., arXiv 2210.05775. So it is on turned digits (reproduce -- c-mixup), not on one input",
    config: {
      ...BASE,
      preset: "c-mixup",
      points: 60,
      noise: 0.05,
      pairing: "label-kernel",
      bandwidth: 0.1,
      granularity: "sample",
      alpha: 2,
      units: 64,
      rate: 0.01,
      steps: 1000,
      seeds: 4,
      optimal: false,
    },
    fields: ["curve", "points", "noise", "dataSeed", ...PERCEPTRON],
    theory: false,
  },
  "two-lambdas": {
    title: "Points and labels by two lambdas",
    claim:
      "Features and labels may be mixed by different λ, and nothing is lost: linearity is not the reason that Mixup works.",
    source: "Zou, Cao, Li, Gu, arXiv 2303.08433. Reproduced on digits; here in the plane",
    config: {
      ...BASE,
      preset: "two-lambdas",
      points: 60,
      noise: 0.3,
      law: "uniform",
      from: 0.5,
      to: 1,
      granularity: "sample",
      labelLaw: "independent",
      units: 64,
      rate: 0.005,
      steps: 600,
      seeds: 4,
      optimal: false,
    },
    fields: ["points", "separation", "noise", "dataSeed", ...PERCEPTRON],
    theory: false,
  },
  "long-tail": {
    title: "A long tail, on the way",
    claim:
      "A classifier re-trained with the true class barely above the others is balanced between frequent and rare classes.",
    source: "LORT: Sun et al., arXiv 2403.00250; reconstructed. Digits: Alpaydin and Kaynak, UCI, CC BY 4.0",
    config: {
      ...BASE,
      preset: "long-tail",
      units: 128,
      smoothing: 0.98,
      steps: 400,
      seeds: 4,
      optimal: false,
    },
    fields: ["largest", "imbalance", "units", "retrain", "way"],
    without: [
      ...MIXING_FIELDS,
      ...MORE_FIELDS.filter((name) => name !== "smoothing"),
      "optimizer",
      "rate",
      "batch",
    ],
    views: ["picture"],
    mixing: "Labels",
    labels: { steps: "Steps before", smoothing: "δ, smoothing", seeds: "Draws of images" },
    theory: false,
  },
  mixing: {
    title: "What a mixture of data will cost",
    claim:
      "The loss on a domain is an exponential of the proportions, so that a few small runs name the best mixture. (Here it is a good one, and no better than the obvious.)",
    source:
      "Data Mixing Laws: Ye et al., arXiv 2403.16952; in small (reproduce -- mixing-laws). Digits: Alpaydin and Kaynak, UCI, CC BY 4.0",
    config: { ...BASE, preset: "mixing", units: 32, steps: 240, seeds: 2, optimal: false },
    fields: ["firstWeight", "secondWeight", "thirdWeight", "units", "dataSeed"],
    without: [...MIXING_FIELDS, ...MORE_FIELDS, "optimizer", "rate", "batch"],
    views: ["picture"],
    mixing: "What losses count",
    labels: { seeds: "Nets per mixture", dataSeed: "Seed of domains" },
    theory: false,
  },
  policies: {
    title: "A policy that follows the loss",
    claim: "A bandit finds a better mixture of data while it trains, without runs beforehand. (Not so here.)",
    source:
      "Online Data Mixing: Albalak et al., arXiv 2312.02406; in small (reproduce -- online-mixing). Digits: Alpaydin and Kaynak, UCI, CC BY 4.0",
    config: { ...BASE, preset: "policies", units: 64, steps: 1200, seeds: 4, optimal: false },
    fields: ["reward", "junk", "units", "dataSeed"],
    without: [...MIXING_FIELDS, ...MORE_FIELDS, "optimizer", "rate", "batch"],
    views: ["picture"],
    mixing: "Bandit",
    labels: { seeds: "Nets of each", dataSeed: "Seed of domains" },
    theory: false,
  },
  "fair-weights": {
    title: "Weights of samples as their size",
    claim:
      "Weights of training points, learnt by a few points whose groups are known, make a model fair that stays of use. (Here those few have clean labels.)",
    source:
      "BiFair: Ozdayi, Kantarcioglu, Iyer, arXiv 2106.04757; in small (reproduce -- fair-weights). One step of gradient descent stands for the authors’ two of Adam",
    config: { ...BASE, preset: "fair-weights", points: 300, layers: 0, steps: 400, seeds: 4, optimal: false },
    fields: ["points", "grouped"],
    without: [...MIXING_FIELDS, ...MORE_FIELDS, "optimizer", "rate", "batch"],
    views: ["picture"],
    labels: { points: "Training points", steps: "Rounds", seeds: "Draws of points", firstSeed: "First draw" },
    theory: false,
  },
  merging: {
    title: "Merging as a matrix",
    claim:
      "The mean of nets trained on single parts of the data, all from one start, tells how a net trained on those parts together would do. (Here only how the means themselves do, and how they do without a common start.)",
    source:
      "Data ablation by merging: Na et al., arXiv 2410.15661; in small, and with nets of the unions (reproduce -- merging). Digits: Alpaydin and Kaynak, UCI, CC BY 4.0",
    config: {
      ...BASE,
      ...{ preset: "merging", units: 48, steps: 300, retrain: 200, seeds: 1, optimal: false },
    },
    fields: ["units", "retrain"],
    without: [...MIXING_FIELDS, ...MORE_FIELDS, "optimizer", "rate", "batch", "way"],
    views: ["picture"],
    labels: { steps: "Steps of starts", retrain: "Steps on a domain", seeds: "Draws of images" },
    theory: false,
  },
};

/** How a state is looked at: what its preset has no such picture of is shown as it always is. */
export function shownView({ preset, view }: Pick<LabConfig, "preset" | "view">): ViewName {
  const { views } = PRESETS[preset];
  return views === undefined || views.includes(view) ? view : "picture";
}

/** Whether the Mixup-optimal classifier is that of a state: of classes, mixed by one lambda, all along, and nothing else. */
export function hasTheory(config: LabConfig): boolean {
  return (
    PRESETS[config.preset].theory &&
    config.target === "classes" &&
    config.labelLaw === "tied" &&
    config.geometry === "blend" &&
    config.pairing !== "label-kernel" &&
    // The theory knows the uniform law on all of [0, 1].
    (config.law !== "uniform" || (config.from === 0 && config.to === 1)) &&
    config.probability === 1 &&
    [config.eta, config.smoothing, config.distillation, config.switchAt].every((value) => value === 0)
  );
}
