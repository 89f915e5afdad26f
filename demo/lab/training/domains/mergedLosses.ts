/** Losses of merged nets as they are shown: means over the draws of a group, cell by cell. Pure; the same for picture and figure. */

import type { Experiment, Group } from "../experiment.ts";
import type { History } from "../measured/history.ts";
import { pairMeasure } from "../measured/quantities.ts";
import { latestMean } from "../measured/spread.ts";

/** `[K][K]`, symmetric; undefined where all draws have diverged. */
export type LossMatrix = readonly (readonly (number | undefined)[])[];

/** At the evaluation that is shown; undefined before the first. */
export function mergedLosses(
  { quantities, merging }: Experiment,
  history: History,
  group: Group,
): LossMatrix | undefined {
  if (history.shown < 0) return undefined;
  return merging!.domains.map((_, i) =>
    merging!.domains.map((_, j) => {
      const q = quantities.findIndex(({ key }) => key === pairMeasure(i, j));
      const mean = latestMean(history, group, q);
      // The mean over no net is 0.
      return mean === 0 ? undefined : mean;
    }),
  );
}

/** Mean over all pairs of two domains; undefined where one of them has none. */
export function meanOfPairs(losses: LossMatrix): number | undefined {
  const pairs = losses.flatMap((row, i) => row.slice(i + 1));
  return pairs.reduce<number | undefined>(
    (sum, loss) => (sum === undefined || loss === undefined ? undefined : sum + loss / pairs.length),
    0,
  );
}

/** Losses as they stand in cells: two digits after the point, one from 10 on. */
export function lossText(loss: number | undefined): string {
  return loss === undefined ? "–" : loss.toFixed(loss < 9.995 ? 2 : 1);
}

/** A scale on which losses lie by their logarithms, from the lowest, 0, to the highest, 1. */
export interface MergedScale {
  readonly low: number;
  readonly high: number;
  place(loss: number): number;
  loss(place: number): number;
}

/** Times that a scale spans at least: less is chance. */
const LEAST_SPAN = 2;

/** One scale for all cells of all groups; undefined where there are none. */
export function mergedScale(matrices: readonly LossMatrix[]): MergedScale | undefined {
  const all = matrices.flat(2).filter((loss) => loss !== undefined);
  if (all.length === 0) return undefined;
  // A loss that is 0 in 32 bits has no logarithm.
  const lowest = Math.max(Math.min(...all), 1e-6);
  const highest = Math.max(...all, lowest);
  const rest = Math.max(1, LEAST_SPAN / (highest / lowest)) ** 0.5;
  const [low, high] = [lowest / rest, highest * rest];
  return {
    low,
    high,
    place: (loss) => Math.min(1, Math.max(0, Math.log(loss / low) / Math.log(high / low))),
    loss: (place) => low * (high / low) ** place,
  };
}
