/** A draw as a problem for the rounds: its parts, how fast is learnt, and what of it is read along the rounds. */

import { selectRows } from "../splits.ts";
import type { FairDraw } from "./data.ts";
import type { BiFairProblem } from "./rounds.ts";

/** Of the model, of the weights' Adam, and the share of the mean loss in the outer loss. */
export const RATES = { learningRate: 1, weightRate: 0.05, utility: 1 } as const;

/** Points of one part: `[N, D]`, their classes and groups `[N]`. */
export interface GroupedPoints {
  readonly points: Float32Array;
  readonly labels: Uint32Array;
  readonly groups: Uint8Array;
}

export type FairParts = Readonly<Record<keyof FairDraw["splits"], GroupedPoints>>;

/** The parts of a draw. */
export function partsOf({ data, splits, groups }: FairDraw): FairParts {
  const part = (rows: Uint32Array): GroupedPoints => {
    const { points, labels } = selectRows(data, rows);
    return { points, labels: labels!, groups: Uint8Array.from(rows, (row) => groups[row]) };
  };
  return { training: part(splits.training), grouped: part(splits.grouped), test: part(splits.test) };
}

/** Weights of the training points are learnt by the points whose groups are known. */
export function problemOf({ training, grouped }: FairParts): BiFairProblem {
  return { inner: training, outer: grouped, ...RATES };
}

/** Mean weights of the training points whose label is wrong, and of the others; NaN where there are none. */
export function meanWeights(
  weights: ArrayLike<number>,
  { splits, flipped }: Pick<FairDraw, "splits" | "flipped">,
): { flipped: number; right: number } {
  const of = (isWrong: boolean) => {
    const own = Array.from(weights).filter((_, i) => (flipped[splits.training[i]] === 1) === isWrong);
    return own.reduce((sum, weight) => sum + weight, 0) / own.length;
  };
  return { flipped: of(true), right: of(false) };
}
