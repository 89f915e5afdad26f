/**
 * What is to be seen in an experiment's numbers, in sentences made from the numbers themselves: nothing is
 * said that was not measured.
 */

import { type Group, groupName } from "./results.ts";
/** Sentences about the groups of one data set. */
export function observations(groups: readonly Group[]): string[] {
  return groups.flatMap((group) => [about(group), ...failures(group)]);
}

function about(group: Group): string {
  const { points, finalError, runs } = group;
  const name = groupName(group);
  if (finalError.mean === null || finalError.std === null) return `${name}: no run ended in finite numbers.`;
  if (finalError.mean === 0)
    return `${name} fits all ${points} points in ${runs.length === 1 ? "its run" : "every run"}.`;
  const wrong = (finalError.mean * points).toFixed(1);
  const seeds = count(runs.length, "seed");
  const sentence =
    `${name} ends with ${wrong} of ${points} points misclassified on average ` +
    `(error ${finalError.mean.toFixed(3)} ± ${finalError.std.toFixed(3)} over ${seeds}).`;
  const lost = misclassified(group);
  if (group.mixing === "erm") return `${sentence} So an error of this size needs no Mixup on these data.`;
  if (lost.length === 0)
    return `${sentence} By its mean probabilities every point is right: runs differ in which they miss.`;
  const which = `${lost.length === 1 ? "point" : "points"} ${lost.join(", ")}`;
  return `${sentence} By its mean probabilities it misses ${which}.`;
}

/** Points whose own class does not have the largest mean probability. */
function misclassified({ classes, probabilities }: Group): number[] {
  return probabilities.flatMap((row, point) => {
    const own = row[point % classes];
    return own !== null && row.some((other) => other !== null && other > own) ? [point] : [];
  });
}

function failures(group: Group): string[] {
  const failed = group.runs.filter((run) => run.failure !== null);
  if (failed.length === 0) return [];
  const which = failed.map((run) => `seed ${run.seed} at step ${run.failure!.step}`).join(", ");
  return [`${groupName(group)}: ${count(failed.length, "run")} diverged, left out of the means (${which}).`];
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? "" : "s"}`;
}
