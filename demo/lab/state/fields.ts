/**
 * What the lab can be set to: every field with its kind, its range and its words, in one table. The URL, the controls
 * and the checks are all made from it.
 *
 * Not here: values (`presets.ts`), reading and writing them (`state.ts`), what they mean for a training (`experiment.ts`).
 */

export type PresetName = "line" | "moons" | "linear" | "digits" | "own";
export type ViewName = "picture" | "sweep" | "surface" | "landscape";

/** The whole state of the lab, flat. */
export interface LabConfig {
  preset: PresetName;
  /** Number of points, or of images; of a line, their places 0, 1, 2 ... too. */
  points: number;
  classes: number;
  separation: number;
  noise: number;
  dataSeed: number;
  /** Points of one's own, as `encodePoints` writes them. */
  own: string;
  /** Names of their classes, as `encodeNames` writes them; empty where classes are numbers. */
  names: string;
  law: "beta" | "uniform" | "constant";
  alpha: number;
  /** Of the constant law. */
  lambda: number;
  pairing: "uniform" | "other" | "permutation" | "same-class" | "other-class";
  granularity: "batch" | "sample";
  /** Hidden layers; 0 is a linear model without bias, as in the paper. */
  layers: number;
  units: number;
  activation: "relu" | "leaky-relu" | "tanh" | "gelu";
  optimizer: "adam" | "adamw" | "sgd";
  rate: number;
  /** Samples a step; 0 is the full batch. */
  batch: number;
  steps: number;
  seeds: number;
  firstSeed: number;
  view: ViewName;
  /** Whether the Mixup-optimal classifier is drawn, and its radius. */
  optimal: boolean;
  epsilon: number;
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
      readonly hint?: string;
    }
  | { readonly kind: "flag"; readonly label: string }
  | { readonly kind: "points" | "names"; readonly label: string };

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
    },
  },
  points: { kind: "integer", label: "Points", min: 2, max: 300 },
  classes: { kind: "integer", label: "Classes", min: 2, max: 4 },
  separation: { kind: "number", label: "Separation", min: 0, max: 2, slider: "linear" },
  noise: { kind: "number", label: "Noise", min: 0, max: 1, slider: "linear" },
  dataSeed: { kind: "integer", label: "Seed of the data", min: 0, max: 0xffffffff },
  own: { kind: "points", label: "Points" },
  names: { kind: "names", label: "Class names" },
  law: {
    kind: "choice",
    label: "Law of λ",
    options: { beta: "Beta(α, α)", uniform: "Uniform", constant: "Constant" },
  },
  alpha: { kind: "number", label: "α", min: 0.01, max: 10_000, slider: "log" },
  lambda: { kind: "number", label: "λ", min: 0, max: 1, slider: "linear" },
  pairing: {
    kind: "choice",
    label: "Partner",
    options: {
      uniform: "any point",
      other: "any other",
      permutation: "permuted",
      "same-class": "same class",
      "other-class": "other class",
    },
  },
  granularity: {
    kind: "choice",
    label: "One λ per",
    options: { batch: "batch", sample: "sample" },
  },
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
  seeds: { kind: "integer", label: "Nets per law", min: 1, max: 32, hint: "each from a seed of its own" },
  firstSeed: { kind: "integer", label: "First seed", min: 0, max: 0xffff0000 },
  view: {
    kind: "choice",
    label: "View",
    options: { picture: "Picture", sweep: "α sweep", surface: "Surface", landscape: "Landscape" },
  },
  optimal: { kind: "flag", label: "Mixup-optimal classifier" },
  epsilon: { kind: "number", label: "ε", min: 0.001, max: 10, slider: "log" },
};

/** Fields that say how to look at a training, not what is trained. */
export const VIEW_FIELDS: readonly FieldName[] = ["view", "optimal", "epsilon"];

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
