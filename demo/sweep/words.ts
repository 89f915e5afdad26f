/** Numbers and names as the page writes them. */

import type { Metric } from "./mergedSweep.ts";

/** What a metric is called, as a heading. */
export function nameOf(metric: Metric): string {
  return metric === "trainingLoss" ? "Training loss" : metric[0].toUpperCase() + metric.slice(1);
}

/** Three digits that tell. */
export function short(value: number): string {
  if (value === 0) return "0";
  const size = Math.abs(value);
  return size >= 1e4 || size < 1e-3 ? value.toExponential(1) : String(Number(value.toPrecision(3)));
}
