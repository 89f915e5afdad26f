/** The experiments: what each is set to when it is opened, and what there is to see. Words and numbers only. */

import type { FieldName, LabConfig, PresetName } from "./fields.ts";

const BASE: LabConfig = {
  preset: "line",
  points: 3,
  classes: 2,
  separation: 0.1,
  noise: 0.1,
  dataSeed: 0,
  own: "0,1,0;0,-1,0;1,0,1;-1,0,1",
  names: "",
  law: "beta",
  alpha: 32,
  lambda: 0.5,
  pairing: "uniform",
  granularity: "batch",
  layers: 1,
  units: 512,
  activation: "relu",
  optimizer: "adam",
  rate: 0.001,
  batch: 0,
  steps: 5000,
  seeds: 8,
  firstSeed: 0,
  view: "picture",
  optimal: true,
  epsilon: 0.14,
};

export interface Preset {
  readonly title: string;
  /** One sentence: what to look at. */
  readonly comment: string;
  /** The paper's claim, and where it is made. */
  readonly claim: string;
  readonly source: string;
  readonly config: LabConfig;
  /** Which fields of data and net have a meaning here. */
  readonly fields: readonly FieldName[];
  /** Fields that are called otherwise here. */
  readonly labels?: Partial<Readonly<Record<FieldName, string>>>;
  /** Whether the Mixup-optimal classifier can be drawn over the picture. */
  readonly theory: boolean;
}

/** Of multi-layer perceptrons. */
const PERCEPTRON: readonly FieldName[] = ["layers", "units", "activation"];

export const PRESETS: Readonly<Record<PresetName, Preset>> = {
  line: {
    title: "Why Mixup can fail",
    comment:
      "Three points on a line, the middle one of another class: mixing the outer two lands on the middle one, with the wrong label.",
    claim:
      "When λ keeps close to ½, the Mixup-optimal classifier misclassifies a training point that ERM learns without effort.",
    source: "Theorem 2.7",
    config: BASE,
    fields: ["points", "classes", ...PERCEPTRON],
    theory: true,
  },
  moons: {
    title: "Margins on two moons",
    comment:
      "ERM is content with a nearly straight cut; Mixup bends the boundary to run halfway between the moons, and seeds agree where thin lines lie together.",
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
    comment:
      "A linear model, and data of which every point is a support vector: both boundaries turn to the same maximum-margin line.",
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
    comment:
      "What fails on the line, on images of handwritten digits: two laid over each other look like no third, so a small convolutional net fits them however much is mixed. The error goes to 0, where the alternating line stays at a third.",
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
    comment:
      "Draw points into a picture, with the mouse or the keyboard, or drop a CSV file on the page: x, class or x, y, class a row.",
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
    fields: PERCEPTRON,
    theory: true,
  },
};
