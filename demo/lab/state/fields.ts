/**
 * What the lab can be set to: every field with its kind, its range and its words, in one table. The URL, the controls
 * and the checks are all made from it.
 *
 * Not here: values (`presets.ts`), reading and writing them (`state.ts`), what they mean for a training (`experiment.ts`).
 */

export type PresetName =
  | "line"
  | "moons"
  | "linear"
  | "digits"
  | "own"
  | "over-training"
  | "c-mixup"
  | "two-lambdas"
  | "long-tail"
  | "mixing"
  | "policies"
  | "fair-weights"
  | "merging";
export type ViewName = "picture" | "sweep" | "surface" | "landscape";
/** A part of pictures and charts, as they name it in `data-part`, what is of a group of runs by its kind; empty for none. */
export type PartName =
  | ""
  | "erm"
  | "plain"
  | "mixup"
  | "mixtures"
  | "error"
  | "lambdas"
  | "counts"
  | "frequent"
  | "rare"
  | "wrong"
  | "junk"
  | "transposed";

/** The whole state of the lab, flat. */
export interface LabConfig {
  preset: PresetName;
  /** Number of points, or of images; of a line, their places 0, 1, 2 ... too. */
  points: number;
  classes: number;
  separation: number;
  noise: number;
  dataSeed: number;
  /** What a regression on the line is to learn. */
  curve: "rise" | "wave";
  /** Training images of the most frequent class, and that over those of the rarest. */
  largest: number;
  imbalance: number;
  /** Of mixtures of three domains: shares of two of them under the handle, and what their losses count. */
  firstShare: number;
  secondShare: number;
  firstWeight: number;
  secondWeight: number;
  thirdWeight: number;
  /** Of a bandit over domains: its reward, and what is wrong with the last domain. */
  reward: "exp3" | "ema" | "cumulative";
  junk: "labels" | "noise";
  /** Clean points whose groups are known, by which weights are learnt. */
  grouped: number;
  /** Points of one's own, as `encodePoints` writes them, and whether the last entry of each is a class or a number. */
  own: string;
  target: "classes" | "numbers";
  /** Names of their classes, as `encodeNames` writes them; empty where classes are numbers. */
  names: string;
  /** The part of line or plane around one's own points that is shown, as `encodeWindow` writes it; empty to fit them. */
  window: string;
  law: "beta" | "uniform" | "constant";
  alpha: number;
  /** Of the constant law. */
  lambda: number;
  /** Ends of the uniform law. */
  from: number;
  to: number;
  pairing: "uniform" | "other" | "permutation" | "same-class" | "other-class" | "label-kernel";
  /** Of the label kernel, in units of the labels. */
  bandwidth: number;
  granularity: "batch" | "sample";
  /** How often a step, or a sample, is mixed at all. */
  probability: number;
  geometry: "blend" | "cutmix" | "hidden";
  /** RegMixup: weight of the mixed batch beside an unmixed one; 0 for no unmixed one. */
  eta: number;
  /** Law of the labels' lambda: that of the points itself, a draw of its own of the same law, or another law. */
  labelLaw: "tied" | "independent" | "beta" | "uniform" | "constant";
  labelAlpha: number;
  labelFrom: number;
  labelTo: number;
  labelLambda: number;
  /** Of the labels of all nets: smoothing, and the share of their own predictions. */
  smoothing: number;
  distillation: number;
  /** Step from which on nothing is mixed; 0 for never. */
  switchAt: number;
  /** Hidden layers; 0 is a linear model without bias, as in the paper. */
  layers: number;
  units: number;
  activation: "relu" | "leaky-relu" | "tanh" | "gelu";
  optimizer: "adam" | "adamw" | "sgd";
  rate: number;
  /** Samples a step; 0 is the full batch. */
  batch: number;
  steps: number;
  /** Of a second stage: its steps, and how it takes them. */
  retrain: number;
  way: "slow" | "fast";
  seeds: number;
  firstSeed: number;
  view: ViewName;
  /** Whether the Mixup-optimal classifier is drawn, and its radius. */
  optimal: boolean;
  epsilon: number;
  /** Whether this law alone is trained while one looks on, where all alphas could be recorded. */
  live: boolean;
  /** Of a recording: the step that is shown; -1 for the last there is. */
  at: number;
  /** The part that is spoken of, while the rest stands back. */
  emphasis: PartName;
}

export type FieldName = keyof LabConfig;

export type Field =
  | { readonly kind: "choice"; readonly label: string; readonly options: Readonly<Record<string, string>> }
  | {
      readonly kind: "integer" | "number";
      readonly label: string;
      readonly min: number;
      readonly max: number;
      /** A slider, on this scale. */
      readonly slider?: "linear" | "log";
      /** What the slider reaches, where that is less than may be typed. */
      readonly reach?: readonly [low: number, high: number];
      readonly hint?: string;
    }
  | { readonly kind: "flag"; readonly label: string }
  | { readonly kind: "points" | "names" | "window"; readonly label: string };

export const FIELDS: Readonly<Record<FieldName, Field>> = {
  preset: {
    kind: "choice",
    label: "Experiment",
    options: {
      line: "Alternating line",
      moons: "Two moons",
      linear: "Linear",
      digits: "Digits",
      own: "Your own data",
      "over-training": "Over-training",
      "c-mixup": "C-Mixup",
      "two-lambdas": "Two lambdas",
      "long-tail": "Long tail",
      mixing: "Mixtures",
      policies: "Policies",
      "fair-weights": "Fair weights",
      merging: "Merging",
    },
  },
  points: { kind: "integer", label: "Points", min: 2, max: 300 },
  classes: { kind: "integer", label: "Classes", min: 2, max: 4 },
  separation: { kind: "number", label: "Separation", min: 0, max: 2, slider: "linear" },
  noise: { kind: "number", label: "Noise", min: 0, max: 1, slider: "linear" },
  dataSeed: { kind: "integer", label: "Seed of the data", min: 0, max: 0xffffffff },
  curve: { kind: "choice", label: "Curve", options: { rise: "rising", wave: "up and down" } },
  largest: {
    kind: "integer",
    label: "Most frequent",
    min: 2,
    max: 100,
    hint: "training images of its class",
  },
  imbalance: { kind: "number", label: "Imbalance", min: 1, max: 80, slider: "log" },
  firstShare: { kind: "number", label: "Share of the first", min: 0, max: 1 },
  secondShare: { kind: "number", label: "Share of the second", min: 0, max: 1 },
  firstWeight: { kind: "number", label: "First domain", min: 0, max: 1, slider: "linear" },
  secondWeight: { kind: "number", label: "Second domain", min: 0, max: 1, slider: "linear" },
  thirdWeight: {
    kind: "number",
    label: "Third domain",
    min: 0,
    max: 1,
    slider: "linear",
    hint: "what its loss counts, in proportion",
  },
  reward: {
    kind: "choice",
    label: "Reward",
    options: { exp3: "exp3 (paper)", ema: "smoothed (its code)", cumulative: "cumulative" },
  },
  junk: {
    kind: "choice",
    label: "Last domain",
    options: { labels: "random labels", noise: "noisy images" },
  },
  grouped: {
    kind: "integer",
    label: "Clean points",
    min: 4,
    max: 2000,
    hint: "whose groups are known; weights are learnt by them",
  },
  own: { kind: "points", label: "Points" },
  target: {
    kind: "choice",
    label: "To learn",
    options: { classes: "classes", numbers: "numbers" },
  },
  names: { kind: "names", label: "Class names" },
  window: { kind: "window", label: "Window" },
  law: {
    kind: "choice",
    label: "Law of λ",
    options: { beta: "Beta(α, α)", uniform: "Uniform", constant: "Constant" },
  },
  alpha: { kind: "number", label: "α", min: 0.01, max: 10_000, slider: "log" },
  lambda: { kind: "number", label: "λ", min: 0, max: 1, slider: "linear" },
  from: { kind: "number", label: "λ from", min: 0, max: 1 },
  to: { kind: "number", label: "λ to", min: 0, max: 1 },
  pairing: {
    kind: "choice",
    label: "Partner",
    options: {
      uniform: "any point",
      other: "any other",
      permutation: "permuted",
      "same-class": "same class",
      "other-class": "other class",
      "label-kernel": "near labels",
    },
  },
  bandwidth: {
    kind: "number",
    label: "Bandwidth s",
    min: 0.001,
    max: 1000,
    slider: "log",
    reach: [0.02, 2],
    hint: "in units of the labels",
  },
  granularity: {
    kind: "choice",
    label: "One λ per",
    options: { batch: "batch", sample: "sample" },
  },
  probability: {
    kind: "number",
    label: "Mixed at all",
    min: 0,
    max: 1,
    slider: "linear",
    hint: "share of steps, or of samples",
  },
  geometry: {
    kind: "choice",
    label: "What is mixed",
    options: { blend: "the points", cutmix: "CutMix boxes", hidden: "hidden values" },
  },
  eta: {
    kind: "number",
    label: "η beside clean",
    min: 0,
    max: 100,
    hint: "RegMixup: clean loss + η mixed loss; 0 for no clean batch",
  },
  labelLaw: {
    kind: "choice",
    label: "λ of labels",
    options: {
      tied: "the points’",
      independent: "a draw of its own",
      beta: "Beta(α, α)",
      uniform: "Uniform",
      constant: "Constant",
    },
  },
  labelAlpha: { kind: "number", label: "α of labels", min: 0.01, max: 10_000, slider: "log" },
  labelFrom: { kind: "number", label: "labels’ λ from", min: 0, max: 1 },
  labelTo: { kind: "number", label: "labels’ λ to", min: 0, max: 1 },
  labelLambda: { kind: "number", label: "labels’ λ", min: 0, max: 1, slider: "linear" },
  smoothing: {
    kind: "number",
    label: "Smoothing",
    min: 0,
    max: 1,
    slider: "linear",
    hint: "of the labels",
  },
  distillation: {
    kind: "number",
    label: "Own predictions",
    min: 0,
    max: 1,
    slider: "linear",
    hint: "their share in the labels",
  },
  switchAt: { kind: "integer", label: "ERM from step", min: 0, max: 1_000_000, hint: "0: mixed to the end" },
  layers: { kind: "integer", label: "Hidden layers", min: 0, max: 3, hint: "0 is a linear model" },
  units: { kind: "integer", label: "Units per layer", min: 1, max: 512 },
  activation: {
    kind: "choice",
    label: "Activation",
    options: { relu: "ReLU", "leaky-relu": "Leaky ReLU", tanh: "tanh", gelu: "GELU" },
  },
  optimizer: { kind: "choice", label: "Optimizer", options: { adam: "Adam", adamw: "AdamW", sgd: "SGD" } },
  rate: { kind: "number", label: "Learning rate", min: 1e-6, max: 10, slider: "log" },
  batch: { kind: "integer", label: "Batch", min: 0, max: 300, hint: "0 is the full batch" },
  steps: { kind: "integer", label: "Steps", min: 1, max: 100_000 },
  retrain: { kind: "integer", label: "Steps after", min: 1, max: 10_000, hint: "of a second stage" },
  way: {
    kind: "choice",
    label: "Re-trained",
    options: { slow: "slowly", fast: "fast" },
  },
  seeds: { kind: "integer", label: "Nets per law", min: 1, max: 32, hint: "each from a seed of its own" },
  firstSeed: { kind: "integer", label: "First seed", min: 0, max: 0xffff0000 },
  view: {
    kind: "choice",
    label: "View",
    options: { picture: "Picture", sweep: "α sweep", surface: "Surface", landscape: "Landscape" },
  },
  optimal: { kind: "flag", label: "Mixup-optimal classifier" },
  epsilon: { kind: "number", label: "ε", min: 0.001, max: 10, slider: "log" },
  live: { kind: "flag", label: "Train live" },
  at: { kind: "integer", label: "Step shown", min: -1, max: 100_000 },
  emphasis: {
    kind: "choice",
    label: "Spoken of",
    options: {
      "": "all",
      erm: "ERM",
      plain: "other Mixup",
      mixup: "Mixup",
      mixtures: "mixtures",
      error: "error",
      lambdas: "lambdas",
      counts: "counts",
      frequent: "frequent classes",
      rare: "rare classes",
      wrong: "wrong labels",
      junk: "junk",
      transposed: "transposed",
    },
  },
};

/** Fields that say how to look at a training, not what is trained. */
export const VIEW_FIELDS: readonly FieldName[] = [
  "view",
  "optimal",
  "epsilon",
  "at",
  "emphasis",
  "firstShare",
  "secondShare",
  "firstWeight",
  "secondWeight",
  "thirdWeight",
];

/** Which fields two states differ in. */
export function differences(config: LabConfig, other: LabConfig): FieldName[] {
  return (Object.keys(FIELDS) as FieldName[]).filter((name) => config[name] !== other[name]);
}

/** Why a value can't be taken, or undefined if it can. */
export function fieldProblem(name: FieldName, value: unknown): string | undefined {
  const field = FIELDS[name];
  switch (field.kind) {
    case "choice":
      if (typeof value === "string" && Object.hasOwn(field.options, value)) return undefined;
      return `${name}: ${quote(value)} is not known. Known: ${Object.keys(field.options).join(", ")}.`;
    case "flag":
      return typeof value === "boolean" ? undefined : `${name}: ${quote(value)} is neither 1 nor 0.`;
    case "points":
    case "names":
    case "window":
      return typeof value === "string" ? undefined : `${name}: no list.`;
    default: {
      const { min, max, kind } = field;
      const ok = typeof value === "number" && value >= min && value <= max;
      if (ok && (kind === "number" || Number.isInteger(value))) return undefined;
      const wanted = kind === "integer" ? "an integer" : "a number";
      return `${name}: ${quote(value)} is out of range. Give ${wanted} from ${min} to ${max}.`;
    }
  }
}

/** A value to show in a message: short, whatever it is. */
function quote(value: unknown): string {
  const text = String(value);
  return `"${text.length > 40 ? `${text.slice(0, 40)}…` : text}"`;
}
