/** Fields that belong together: what presets and controls take or leave as one. Words only. */

import type { FieldName } from "./fields.ts";

/** Fields of mixtures of domains: weights of their losses, and of bandits over them. */
export const DOMAIN_FIELDS: readonly FieldName[] = [
  "firstWeight",
  "secondWeight",
  "thirdWeight",
  "reward",
  "junk",
];

/** Fields that say what is mixed and how. */
export const MIXING_FIELDS: readonly FieldName[] = [
  "law",
  "alpha",
  "lambda",
  "from",
  "to",
  "pairing",
  "bandwidth",
  "granularity",
];

/** The rest of them, and what belongs to labels and time. */
export const MORE_FIELDS: readonly FieldName[] = [
  "probability",
  "geometry",
  "eta",
  "labelLaw",
  "labelAlpha",
  "labelFrom",
  "labelTo",
  "labelLambda",
  "switchAt",
  "smoothing",
  "distillation",
];

/** Of multi-layer perceptrons. */
export const PERCEPTRON: readonly FieldName[] = ["layers", "units", "activation"];
