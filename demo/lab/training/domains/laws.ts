/**
 * The laws of the losses that nets on mixtures have now: fitted to those of the lattice, judged by the others. The same for picture,
 * charts and figure: fitted once an evaluation. Pure.
 */

import { lawLoss, type MixingLaw } from "../../../../src/experiments/mixing-laws/law.ts";
import type { LabConfig } from "../../state/fields.ts";
import type { Experiment } from "../experiment.ts";
import type { History } from "../measured/history.ts";
import { latestMean } from "../measured/spread.ts";

export interface FittedLaws {
  /** Losses by mixture and domain, means over nets, `[M][K]`; undefined where all have diverged. */
  readonly losses: readonly (readonly (number | undefined)[])[];
  /** Of each domain. */
  readonly laws: readonly MixingLaw[];
  /** Of the losses that were held out, the share of variance explained, by the law and by the best plane; null where they are equal. */
  readonly explained: readonly { readonly byLaw: number | null; readonly byPlane: number | null }[];
}

/** Starts of a fit, which is made anew at every evaluation; the experiment takes 60. */
const STARTS = 4;
/** Losses that differ by no more have no law yet, in nats. */
const LEVEL = 0.01;

let fit: typeof import("../../../../src/experiments/mixing-laws/fit.ts") | undefined;

/** Loads what laws are fitted by, a library for least squares: nobody else needs it. */
export async function loadFit(): Promise<void> {
  fit ??= await import("../../../../src/experiments/mixing-laws/fit.ts");
}

const known = new WeakMap<Float32Array, FittedLaws>();

/**
 * The laws at the evaluation that is shown; undefined before the first, where too many nets have diverged, and before {@link loadFit}
 * is done.
 */
export function lawsOf(experiment: Experiment, history: History): FittedLaws | undefined {
  const row = history.rows[history.shown];
  if (row === undefined) return undefined;
  const before = known.get(row);
  if (before !== undefined) return before;
  const { groups, quantities, mixtures } = experiment;
  const losses = groups.map((group) =>
    quantities.map((_, k) => {
      const mean = latestMean(history, group, k);
      // The mean over no net is 0.
      return mean === undefined || mean === 0 ? undefined : mean;
    }),
  );
  const laws = fitted(losses, mixtures!, quantities.length);
  if (laws !== undefined) known.set(row, laws);
  return laws;
}

/** Laws of losses `[M][K]`; undefined for fewer than K + 2 of the fit. */
export function fitted(
  losses: FittedLaws["losses"],
  { mixtures, isFitted, seed }: NonNullable<Experiment["mixtures"]>,
  K: number,
): FittedLaws | undefined {
  const of = (k: number, forFit: boolean) => {
    const own = mixtures.flatMap((proportions, m) => {
      const loss = losses[m][k];
      return isFitted[m] === forFit && loss !== undefined ? [{ proportions, loss }] : [];
    });
    return { at: own.map(({ proportions }) => proportions), losses: own.map(({ loss }) => loss) };
  };
  const domains = Array.from({ length: K }, (_, k) => ({ own: of(k, true), held: of(k, false) }));
  if (fit === undefined || domains.some(({ own }) => own.losses.length < K + 2)) return undefined;
  const { explained, fitLaw, fitPlane } = fit;
  const laws = domains.map(({ own }, k): MixingLaw => {
    const [least, largest] = [Math.min(...own.losses), Math.max(...own.losses)];
    if (largest - least < LEVEL) return { c: (least + largest) / 2, k: 0, t: new Array(K).fill(0) };
    return fitLaw(own.at, own.losses, k, { seed, starts: STARTS });
  });
  return {
    losses,
    laws,
    explained: domains.map(({ own, held }, k) => {
      if (held.losses.length < 2) return { byLaw: null, byPlane: null };
      const plane = fitPlane(own.at, own.losses);
      return {
        byLaw: explained(
          held.losses,
          held.at.map((shares) => lawLoss(laws[k], shares)),
        ),
        byPlane: explained(
          held.losses,
          held.at.map((shares) => shares.reduce((sum, share, j) => sum + share * plane[j], 0)),
        ),
      };
    }),
  };
}

/** The mixture under the handle. */
export function handleShares({ firstShare, secondShare }: LabConfig): number[] {
  return [firstShare, secondShare, Math.max(0, 1 - firstShare - secondShare)];
}

/** Of each domain in the loss that is to be small, of sum 1; equal where all are 0. */
export function lossWeights({ firstWeight, secondWeight, thirdWeight }: LabConfig): number[] {
  const weights = [firstWeight, secondWeight, thirdWeight];
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights.map((weight) => (sum === 0 ? 1 / weights.length : weight / sum));
}
