/** Numbers and names as the page writes them. */

import type { Metric } from "./mergedSweep.ts";

export const METRIC_NAMES: Readonly<Record<Metric, string>> = {
  error: "Error",
  loss: "Loss",
  trainingLoss: "Training loss",
};

/** Three digits that tell. */
export function short(value: number): string {
  if (value === 0) return "0";
  const size = Math.abs(value);
  return size >= 1e4 || size < 1e-3 ? value.toExponential(1) : String(Number(value.toPrecision(3)));
}
