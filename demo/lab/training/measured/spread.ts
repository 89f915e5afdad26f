/** Mean and range over a group's nets at every evaluation. Pure. */

import type { Group } from "../experiment.ts";
import type { History } from "./history.ts";

export interface Spread {
  readonly mean: Float64Array;
  readonly least: Float64Array;
  readonly largest: Float64Array;
}

/** Of one quantity, up to the evaluation from which on all nets have diverged. */
export function groupSpread(
  history: History,
  { firstRun, runs }: Pick<Group, "firstRun" | "runs">,
  quantity: number,
): Spread {
  const evaluations = history.steps.length;
  const mean = new Float64Array(evaluations);
  const least = new Float64Array(evaluations).fill(Number.POSITIVE_INFINITY);
  const largest = new Float64Array(evaluations).fill(Number.NEGATIVE_INFINITY);
  for (let e = 0; e < evaluations; e++) {
    let count = 0;
    for (let run = firstRun; run < firstRun + runs; run++) {
      const value = history.value(e, run, quantity);
      // Runs that have diverged measure nothing.
      if (Number.isNaN(value)) continue;
      count++;
      mean[e] += value;
      least[e] = Math.min(least[e], value);
      largest[e] = Math.max(largest[e], value);
    }
    // From where on all have, there is no curve.
    if (count === 0)
      return { mean: mean.slice(0, e), least: least.slice(0, e), largest: largest.slice(0, e) };
    mean[e] /= count;
  }
  return { mean, least, largest };
}

/** Mean over a group's nets that have not diverged of one quantity, as it is shown; undefined before. */
export function latestMean(
  history: History,
  { firstRun, runs }: Pick<Group, "firstRun" | "runs">,
  quantity: number,
): number | undefined {
  const last = history.shown;
  if (last < 0) return undefined;
  const all = Array.from({ length: runs }, (_, r) => history.value(last, firstRun + r, quantity));
  const measured = all.filter(Number.isFinite);
  return measured.reduce((sum, value) => sum + value / measured.length, 0);
}
