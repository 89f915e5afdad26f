/**
 * What the collisions experiment hands back: plain data that survives JSON, the content of its `results.json`.
 */

import type { Spread } from "../../numeric/spread.ts";
import type { ExperimentResults } from "../../report/results.ts";
import type { CollisionMetric } from "../../theory/collisions/collisionPlan.ts";
export type Split = "train" | "test";

/** One law, metric and split. */
export interface CollisionRow {
  readonly alpha: number;
  readonly metric: CollisionMetric;
  readonly split: Split;
  readonly images: number;
  /** Over the images, of one epoch of mixtures; then over the seeds. */
  readonly minimum: Spread;
  readonly mean: Spread;
  /** Per seed. */
  readonly minima: (number | null)[];
  readonly means: (number | null)[];
  /** Quantiles 0, 0.02, ... 1 of the nearest distances, seed 0; empty if there are none. */
  readonly quantiles: number[];
  /** Smallest distance after more mixtures: more epochs of the same images, or an epoch of more images. */
  readonly epochs: CollisionCurve;
  readonly subsets: CollisionCurve;
  /** The nearest mixtures, seed 0, each pair of images once. */
  readonly nearest: NearestPair[];
}

export interface CollisionCurve {
  readonly mixtures: number[];
  readonly minimum: Spread[];
}

/** An image with its label, as a data URI. */
export interface LabelledImage {
  readonly label: number;
  readonly image: string;
}

export interface NearestPair {
  readonly distance: number;
  /** Weights `first`. */
  readonly lambda: number;
  readonly query: LabelledImage;
  readonly first: LabelledImage;
  readonly partner: LabelledImage;
  readonly mixture: string;
}

export interface CollisionsResults extends ExperimentResults {
  readonly dataName: string;
  /** Names of the classes, where the data are known; else their numbers. */
  readonly classNames: string[];
  readonly rows: CollisionRow[];
}
