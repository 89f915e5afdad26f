/**
 * What methods of mixing ask of a population: of its net, and of runs that train together.
 *
 * Not here: methods as descriptions (`mixing/mixing.ts`).
 */

import { checkWord } from "../check.ts";
import { ConfigError } from "../errors.ts";
import { type Augmentation, checkAugmentation } from "../mixing/augmentation.ts";
import type { Mixing } from "../mixing/mixing.ts";
import { imageSides, type Model } from "../model/layers/layer.ts";
import { type HiddenMixing, layerNames } from "../model/trace.ts";
import { allPhases } from "./phases.ts";
import type { Population, Run } from "./population.ts";

/**
 * How many times over a batch has the points drawn: all runs share its size.
 * @throws ConfigError for a run with an unmixed batch beside one without.
 */
export function checkSameRows(runs: readonly Run[]): 1 | 2 {
  const other = runs.findIndex((run) =>
    allPhases({ runs: [run] }).some((phase) => hasUnmixed({ runs: [phase] }) !== hasUnmixed({ runs })),
  );
  if (other >= 0) {
    throw new ConfigError(
      `runs[${other}].mixing.eta`,
      "runs with an unmixed batch beside runs without: batches of one population have one size. Train two populations.",
    );
  }
  return hasUnmixed({ runs }) ? 2 : 1;
}

/**
 * The mixing of hidden values, which all runs share or none has: it cuts the net into other stages, whose sums are rounded in
 * another order, and a run is to be what it is alone.
 * @throws ConfigError for runs that differ in it, or layers that the net does not have.
 */
export function hiddenMixing(runs: readonly Run[], model: Model): HiddenMixing | undefined {
  const hiddenOf = ({ mixing: { geometry } }: Run): HiddenMixing | undefined =>
    geometry?.kind === "hidden" ? { after: geometry.after, passes: geometry.passes } : undefined;
  const hidden = hiddenOf(runs[0]);
  const other = runs.findIndex((run) =>
    allPhases({ runs: [run] }).some((phase) => JSON.stringify(hiddenOf(phase)) !== JSON.stringify(hidden)),
  );
  if (other >= 0) {
    throw new ConfigError(
      `runs[${other}].mixing.geometry`,
      "hidden values are mixed elsewhere than in run 0. All runs of a population mix them at the same layers, or none does: train two populations.",
    );
  }
  const known = ["input", ...layerNames(model)];
  hidden?.after.forEach((name, i) => {
    checkWord(`runs[0].mixing.geometry.after[${i}]`, name, known, "layer");
  });
  return hidden;
}

/**
 * The augmentation, with a value of padding for each channel.
 * @throws ConfigError for points that are no images, and another number of channels.
 */
export function augmentationOf(augmentation: Augmentation, { inputShape }: Model): Augmentation {
  const { fill } = checkAugmentation(augmentation, "augmentation");
  if (inputShape.length !== 3) {
    throw new ConfigError(
      "augmentation",
      `images are cropped, but the net takes points of shape [${inputShape}]. Give it [channels, height, width].`,
    );
  }
  const [channels] = inputShape;
  if (fill.length !== 1 && fill.length !== channels)
    throw new ConfigError("augmentation.fill", `${fill.length} numbers for ${channels} channels.`);
  return {
    ...augmentation,
    fill: Array.from({ length: channels }, (_, c) => fill[fill.length === 1 ? 0 : c]),
  };
}

/** Longest side of images that are cut: sides' squares are exact in 32-bit floats. */
const MOST_SIDE = 4096;

/**
 * Whether a run's mixing can be done to points of the net's shape.
 * @throws ConfigError for boxes of what are no images, or too large ones.
 */
export function checkGeometryFits({ geometry }: Mixing, { inputShape }: Model, path: string): void {
  if (geometry?.kind !== "cutmix") return;
  if (inputShape.length !== 3) {
    throw new ConfigError(
      path,
      `boxes are cut of images, but the net takes points of shape [${inputShape}]. Give it [channels, height, width].`,
    );
  }
  if (Math.max(...imageSides(inputShape)) > MOST_SIDE)
    throw new ConfigError(path, `boxes are cut of images of at most ${MOST_SIDE} x ${MOST_SIDE} pixels.`);
}

/**
 * What runs with proportions ask of all: no augmentation and no cut epochs, which both count by epochs of all points.
 * @throws ConfigError
 */
export function checkDomainsFit(
  runs: readonly Run[],
  { lastBatch, augmentation }: { lastBatch: Population["lastBatch"]; augmentation: unknown },
): void {
  const r = runs.findIndex((run) =>
    allPhases({ runs: [run] }).some(({ proportions }) => proportions !== undefined),
  );
  if (r < 0) return;
  if (augmentation !== undefined)
    throw new ConfigError(
      `runs[${r}].proportions`,
      "views of images change with epochs of all points: leave augmentation out.",
    );
  if (lastBatch !== "wrap")
    throw new ConfigError(
      `runs[${r}].proportions`,
      'domains have no last batch: leave lastBatch out, or give "wrap".',
    );
}

/** Whether some run cuts boxes. */
export function hasBoxes(population: Pick<Population, "runs">): boolean {
  return allPhases(population).some(({ mixing }) => mixing.geometry?.kind === "cutmix");
}

/** Whether an unmixed batch goes along with the mixed one; see {@link Mixing.eta}. */
export function hasUnmixed({ runs }: Pick<Population, "runs">): boolean {
  return runs[0].mixing.eta !== undefined;
}

/** A run's weight of the point at a place of the data. */
export function pointWeights({ weights, train }: Run): (point: number) => number {
  if (weights === undefined) return () => 1;
  if (train === undefined) return (point) => weights[point];
  const byPoint = new Map<number, number>();
  train.forEach((point, i) => {
    byPoint.set(point, weights[i]);
  });
  return (point) => byPoint.get(point) ?? 0;
}

/**
 * Weight of row b of a run's batch of B rows in its mean loss: with an unmixed batch the loss is the mean of the first half
 * and eta times that of the second.
 */
export function rowWeight({ mixing: { eta } }: Run, b: number, batchSize: number): number {
  if (eta === undefined) return 1;
  return b < batchSize / 2 ? 2 : 2 * eta;
}
