/**
 * What the linear experiment hands back: plain data that survives JSON, the content of its `results.json`.
 */

import type { Spread } from "../../numeric/spread.ts";
import type { ExperimentResults } from "../../report/results.ts";
/** A kind of data: `points` points N(0, I), the first `positive` of class 1. */
export interface Shape {
  readonly points: number;
  readonly dimensions: number;
  readonly positive: number;
}

/** Cosines of one kind of data, over the draws. */
export interface LinearCase extends Shape {
  /** Per law: cosine between the Mixup optimum and the max-margin direction. */
  readonly mixup: {
    readonly alpha: number;
    readonly cosine: Spread;
    readonly least: number;
    /** Mean score of the points of class 1, and mean negative score of those of class 0. */
    readonly positiveScore: number;
    readonly negativeScore: number;
  }[];
  /**
   * Plain training when its loss first falls below 1e-8: cosine to the max-margin direction; null where it
   * did not get there.
   */
  readonly erm: Spread;
  readonly supportVectors: number;
  /** Share of draws in which every point is a support vector: the theorem's assumption. */
  readonly interpolating: number;
}

/** The scores of the Mixup optimum where they are free (linearly independent points). */
export interface LinearScore {
  readonly alpha: number;
  /** Share of class 1. */
  readonly share: number;
  readonly positive: number;
  readonly negative: number;
  readonly loss: number;
}

export interface LinearResults extends ExperimentResults {
  readonly cases: LinearCase[];
  /** At the alphas asked for. */
  readonly scores: LinearScore[];
  /** The same on a fine grid of alphas, for the picture. */
  readonly scoreCurve: LinearScore[];
}
