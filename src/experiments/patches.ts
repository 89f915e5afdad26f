/**
 * Nets of patches, as theories of learnt features have them (arXiv 2303.08433, 2210.13512): a point is a map `[1, P, D]`, every patch goes
 * through the same filters and an activation, and a class's score is the sum over its own filters and all patches.
 *
 * Not here: the points (`<name>/data.ts`).
 */

import type { ActivationLayer } from "../model/layers/activation.ts";
import { dense } from "../model/layers/dense.ts";
import { flatten } from "../model/layers/flatten.ts";
import type { Model } from "../model/layers/layer.ts";
import type { NamedTensors } from "../model/layout.ts";
import { sequential } from "../model/model.ts";
import { normalPair } from "../numeric/normal.ts";
import { PURPOSE } from "../numeric/threefry.ts";

export interface PatchNetOptions {
  readonly patches: number;
  readonly dimensions: number;
  readonly classes: number;
  /** Filters of a class, m. */
  readonly filters: number;
  readonly activation: ActivationLayer;
}

/** The layer that sums, and is not trained. */
export const FROZEN: readonly string[] = ["sum"];

/** F_k(x) = sum over patches p and filters r of activation(<w_kr, x_p>); freeze {@link FROZEN}. */
export function patchNet({ patches, dimensions, classes, filters, activation }: PatchNetOptions): Model {
  return sequential(
    [1, patches, dimensions],
    [
      dense(classes * filters, { name: "filters", bias: false, rows: true }),
      activation,
      flatten(),
      dense(classes, { name: "sum", bias: false }),
    ],
  );
}

/**
 * Its first parameters: filters N(0, deviation^2), of a seed; class k has filters k m to k m + m - 1. Where all are 0 no gradient
 * leads away, so the deviation is above 0.
 */
export function patchParameters(
  { patches, dimensions, classes, filters }: PatchNetOptions,
  { seed, deviation }: { seed: number; deviation: number },
): NamedTensors {
  const all = classes * filters;
  const weights = new Float32Array(all * dimensions);
  for (let i = 0; i < weights.length; i += 2) {
    const pair = normalPair(seed, PURPOSE.initialization, 0, i);
    weights[i] = deviation * pair[0];
    if (i + 1 < weights.length) weights[i + 1] = deviation * pair[1];
  }
  const sum = new Float32Array(classes * patches * all);
  for (let c = 0; c < classes; c++)
    for (let p = 0; p < patches; p++)
      for (let m = 0; m < filters; m++) sum[(c * patches + p) * all + c * filters + m] = 1;
  return {
    "filters.weight": { shape: [all, dimensions], data: weights },
    "sum.weight": { shape: [classes, patches * all], data: sum },
  };
}
