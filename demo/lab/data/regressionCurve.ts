/**
 * A regression on the line: a curve that only rises, where near labels mean like inputs, and one that goes up and down, where
 * they do not.
 */

import { type Dataset, regressionDataset } from "../../../src/index.ts";
import { normalPair } from "../../../src/numeric/normal.ts";
import { openUnit, PURPOSE, threefry } from "../../../src/numeric/threefry.ts";

export type CurveName = "rise" | "wave";

/** Inputs are in [-1, 1]. */
export const REGRESSION_CURVES: Readonly<Record<CurveName, (x: number) => number>> = {
  rise: (x) => 0.5 + 0.45 * Math.tanh(6 * x),
  wave: (x) => 0.5 + 0.45 * Math.sin(1.5 * Math.PI * x),
};

export interface CurveOptions {
  readonly curve: CurveName;
  readonly points: number;
  /** Standard deviation of the targets around the curve. */
  readonly noise: number;
  readonly seed: number;
}

/** Points at uniform inputs in [-1, 1], their targets the curve's values with normal noise. */
export function regressionCurve({ curve, points: N, noise, seed }: CurveOptions): Dataset {
  const points = Float64Array.from(
    { length: N },
    (_, n) => 2 * openUnit(threefry(seed, PURPOSE.data, 0, n)) - 1,
  );
  const targets = points.map(
    (x, n) => REGRESSION_CURVES[curve](x) + noise * normalPair(seed, PURPOSE.data, 1, n)[0],
  );
  return regressionDataset({ points, targets, dimensions: 1, outputs: 1 });
}

/** The curve itself at `count` even inputs: what a net is to come near. */
export function curveItself(curve: CurveName, count: number): Dataset {
  const points = Float64Array.from({ length: count }, (_, i) => -1 + (2 * i) / (count - 1));
  const targets = points.map(REGRESSION_CURVES[curve]);
  return regressionDataset({ points, targets, dimensions: 1, outputs: 1 });
}
