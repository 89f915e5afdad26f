/** Which setting of the lab a refusal of the library is about: from the path of a description to the field that made it. Pure. */

import type { ConfigError } from "../../../src/errors.ts";
import { FIELDS, type FieldName, type LabConfig } from "./fields.ts";

/** Ends of paths, the first that fits counts. */
const PATHS: readonly (readonly [RegExp, FieldName])[] = [
  [/labelLambda\.from$/, "labelFrom"],
  [/labelLambda\.to$/, "labelTo"],
  [/labelLambda/, "labelLaw"],
  [/law\.from$/, "from"],
  [/law\.to$/, "to"],
  [/bandwidth$/, "bandwidth"],
  [/phases/, "switchAt"],
  [/geometry/, "geometry"],
  [/pairing/, "pairing"],
  [/\beta$/, "eta"],
  [/probability$/, "probability"],
  [/labelSmoothing$/, "smoothing"],
  [/selfDistillation$/, "distillation"],
];

/** The field of a refusal, and what is wrong without the path; no field where it is none's alone. */
export function refusalOf({ path, message }: ConfigError): { field: FieldName | undefined; text: string } {
  const own = Object.hasOwn(FIELDS, path) ? (path as FieldName) : undefined;
  const field = own ?? PATHS.find(([end]) => end.test(path))?.[1];
  return { field, text: path === "" ? message : message.replace(`${path}: `, "") };
}

/** Whether labels are numbers: a regression. */
export function isRegression({ preset, target }: Pick<LabConfig, "preset" | "target">): boolean {
  return preset === "c-mixup" || preset === "over-training" || (preset === "own" && target === "numbers");
}

/** Which values of choices have no meaning for the data of a state. */
export function withoutMeaning(config: LabConfig): Partial<Record<FieldName, readonly string[]>> {
  const pairing = isRegression(config) ? ["same-class", "other-class"] : ["label-kernel"];
  return { pairing, geometry: config.preset === "digits" ? [] : ["cutmix"] };
}
