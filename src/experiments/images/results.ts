/** What the image runs hand back: plain data that survives JSON, the content of their `results.json`. */

import type { Spread } from "../../numeric/spread.ts";
import type { ExperimentResults } from "../../report/results.ts";

/**
 * A net, data and schedule. `convnet` and `resnet` are of Fashion-MNIST, `digits` of 8 x 8 digits, `resnet18` the paper's own of
 * whatever images are given.
 */
export type SettingName = "convnet" | "resnet" | "digits" | "resnet18";

/** Data sets that the paper has values of. */
export type OriginalImages = "MNIST" | "CIFAR-10" | "CIFAR-100";

/** A mean over the seeds with its (sample) standard deviation, an entry per evaluation. */
export interface ImageCurve {
  readonly mean: (number | null)[];
  readonly std: (number | null)[];
}

/** One run. */
export interface ImageRun {
  readonly seed: number;
  /** Share of the unmixed training images that are misclassified, an entry per evaluation. */
  readonly errorCurve: (number | null)[];
  readonly lossCurve: (number | null)[];
  /** Mean training (mixed) loss since the evaluation before. */
  readonly trainingLossCurve: (number | null)[];
  /** Of the test images, in the end. */
  readonly testError: number | null;
  readonly failure: { readonly step: number; readonly message: string } | null;
}

/** The runs of one law in one setting. */
export interface ImageGroup {
  readonly setting: SettingName;
  /** Which images they are, where the paper has values of them. */
  readonly images?: OriginalImages;
  /** Of Beta(alpha, alpha); null for ERM. */
  readonly alpha: number | null;
  readonly seeds: number;
  /** Epochs done at each evaluation. */
  readonly epochs: number[];
  readonly error: ImageCurve;
  readonly loss: ImageCurve;
  readonly trainingLoss: ImageCurve;
  readonly testError: Spread;
  /** First epoch, of those looked at, with an error of at most 1 %; of each seed, null where there is none. */
  readonly solvedAt: (number | null)[];
  readonly runs: ImageRun[];
}

/** The alternating line under the same laws, beside the images. */
export interface LineGroup {
  readonly alpha: number | null;
  readonly seeds: number;
  readonly steps: number[];
  readonly error: ImageCurve;
}

export interface ImagesResults extends ExperimentResults {
  readonly groups: ImageGroup[];
  readonly line: LineGroup[];
}

/** `ERM`, or `Mixup α = 32`. */
export function lawTitle(alpha: number | null): string {
  return alpha === null ? "ERM" : `Mixup α = ${alpha}`;
}

/** What a setting is, in words. */
export const SETTING_TITLES: Readonly<Record<SettingName, string>> = {
  convnet: "Fashion-MNIST, convolutional net",
  resnet: "Fashion-MNIST at 14 x 14, residual net",
  digits: "digits, convolutional net",
  resnet18: "all images, ResNet-18",
};
