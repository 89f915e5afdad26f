/**
 * Six domains of digits: each image as it is, mirrored, upside down, transposed, rolled by a column, by a row. One draw decides which
 * images are for training, in all domains the same.
 *
 * Not here: which nets are trained on which domains (`experiment.ts`).
 */

import type { Dataset } from "../../data/dataset.ts";
import { range } from "../../population/grid.ts";
import { randomSplit } from "../splits.ts";
import { copiesOf, pixelMap } from "../transforms.ts";

/** Their names, in order; the first is what nets begin with. */
export const DOMAINS = ["plain", "mirrored", "upside down", "transposed", "column rolled", "row rolled"];

/** The digits six times, domain after domain. */
export function transformedDigits(digits: Dataset): Dataset {
  const [, height, width] = digits.shape!;
  const map = (from: Parameters<typeof pixelMap>[2]) => pixelMap(height, width, from);
  return copiesOf(digits, [
    map((row, column) => [row, column]),
    map((row, column) => [row, width - 1 - column]),
    map((row, column) => [height - 1 - row, column]),
    map((row, column) => [column, row]),
    map((row, column) => [row, (column + width - 1) % width]),
    map((row, column) => [(row + height - 1) % height, column]),
  ]);
}

/** Seeds of starts of their own: none is a draw's. */
const OWN_SEEDS = 1000;

/** Seeds of a draw's starts, `[1 + domains]`: of the one that all begin with, and of each domain's own. */
export function startSeeds(draw: number): number[] {
  return [draw, ...DOMAINS.map((_, u) => (OWN_SEEDS + draw * DOMAINS.length + u) >>> 0)];
}

/** One draw: rows of each domain for training and for validation. */
export interface MergingDraw {
  readonly training: readonly Uint32Array[];
  readonly validation: readonly Uint32Array[];
}

/** The rows of a draw in {@link transformedDigits}: `training` images, validation by all others. */
export function mergingDraw(digits: Dataset, seed: number, training: number): MergingDraw {
  const { splits } = randomSplit(digits, { seed, training });
  const inDomain = (rows: Uint32Array) => DOMAINS.map((_, u) => rows.map((n) => n + u * digits.size));
  return { training: inDomain(splits.training), validation: inDomain(splits.test) };
}

/** All subsets of `size` of the domains, in lexicographic order. */
export function subsetsOf(size: number, from = 0): number[][] {
  if (size === 0) return [[]];
  return range(DOMAINS.length)
    .slice(from)
    .flatMap((u) => subsetsOf(size - 1, u + 1).map((rest) => [u, ...rest]));
}
