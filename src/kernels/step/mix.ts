/** Kernel `mix`: blends points `[R, B, D]` and targets `[R, B, C]` by the samples `[R, B]`. */

import shader from "../../../shaders/step/mix.wgsl";
import type { Grid, Kernel } from "../../gpu/kernel.ts";
import type { Augmentation } from "../../mixing/augmentation.ts";
import { imageSides } from "../../model/layers/layer.ts";
import { POPULATION_GROUP, stridedGroups } from "../population.ts";

/** Bindings of group 1: image, samples, mixedPoints, mixedTargets. */
export const mixKernel: Kernel = {
  shader,
  groups: [POPULATION_GROUP, ["uniform", "write", "write", "write"]],
};

/** What is written of points: nothing, the mixed ones, or partners or firsts as they are. */
export const MIX_POINTS = { none: 0, mixed: 1, partners: 2, firsts: 3 } as const;

/**
 * The `Image` uniform: height and width of images, and how they are augmented, with the value of padding at `fillOffset` in
 * the tables; points are one row.
 */
export function packImage(
  shape: readonly number[],
  augmentation?: Augmentation,
  fillOffset = 0,
): Uint32Array<ArrayBuffer> {
  const { padding = 0, flip = false } = augmentation ?? {};
  return Uint32Array.of(...imageSides(shape), padding, flip ? 1 : 0, fillOffset);
}

/** Numbers of one thread. */
const COLUMNS = 16;

/** One thread some columns of a row, or of several rows. */
export function mixGrid(batchSize: number, dimensions: number, outputs: number, runs: number): Grid {
  return [stridedGroups(batchSize * Math.ceil((dimensions + outputs) / COLUMNS), 64), runs, 1];
}
