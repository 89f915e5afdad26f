/** From the lab's state to data: what is trained on, and at which points nets are measured. Pure. */

import { type ImageSources, settingOf } from "../../../src/experiments/images/settings.ts";
import { alternatingLine, classDataset, type Dataset, twoMoons } from "../../../src/index.ts";
import { overlappingMoons } from "../data/overlappingMoons.ts";
import { decodePoints, ownDataset } from "../data/ownData.ts";
import { parallelLines } from "../data/parallelLines.ts";
import { curveItself, regressionCurve } from "../data/regressionCurve.ts";
import type { LabConfig } from "../state/fields.ts";

/** Points that nets are measured at where they are not the training points. */
const FRESH = 500;
/** Seed of fresh points: a training's is another. */
const FRESH_SEED = 0xfffffffe;

/** Of presets that train on points like these; the others make their own. */
export function labData(config: LabConfig, sources: ImageSources): Dataset {
  const { points, classes, separation, noise, dataSeed, curve } = config;
  switch (config.preset) {
    case "line":
      return alternatingLine({ points, classes });
    case "moons":
      return twoMoons({ points, separation, noise, seed: dataSeed });
    case "two-lambdas":
      return overlappingMoons({ points, separation, noise, seed: dataSeed });
    case "linear":
      return parallelLines({ points, separation, spread: noise, seed: dataSeed });
    case "c-mixup":
      return regressionCurve({ curve, points, noise, seed: dataSeed });
    case "own":
      return ownDataset(decodePoints(config.own, config.target), config.target);
    default:
      return firstImages(settingOf("digits", sources).data, points);
  }
}

/** Points for measuring, and what they are called; undefined where they are the training points. */
export function labTest({
  preset,
  separation,
  noise,
  dataSeed,
  curve,
}: LabConfig): { data: Dataset; name: string } | undefined {
  if (preset === "two-lambdas") {
    const seed = dataSeed === FRESH_SEED ? 0 : FRESH_SEED;
    return { data: overlappingMoons({ points: FRESH, separation, noise, seed }), name: "500 fresh points" };
  }
  if (preset === "c-mixup") return { data: curveItself(curve, 201), name: "the curve without noise" };
  return undefined;
}

function firstImages({ points, labels, dimensions, shape, targetSize }: Dataset, count: number): Dataset {
  return classDataset({
    points: points.subarray(0, count * dimensions),
    labels: labels!.subarray(0, count),
    dimensions,
    shape,
    classes: targetSize,
  });
}
