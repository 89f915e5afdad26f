/**
 * Accuracy by groups of classes: head and tail of a long tail. Groups are given, never learned.
 *
 * Not here: groups of points that are no classes; logits by class (`logitMagnitude.ts`).
 */

import { checkInteger, checkLength } from "../../check.ts";
import { ConfigError } from "../../errors.ts";
import { checkedScores, predictionsOf, type Scores } from "./scores.ts";

/** Shares of points that are classified as labelled. */
export interface GroupAccuracy {
  /** Of all points. */
  readonly overall: number;
  /** Of the points of each group, all its classes together, in the order given; null for a group without points. */
  readonly groups: readonly (number | null)[];
  /** Of each class, `[C]`; null for a class without points. */
  readonly classes: readonly (number | null)[];
}

/**
 * Accuracy of outputs at labelled points, overall, by group and by class. A class may stand in several groups, or in none.
 * @param groups the classes of each group, e.g. `[[0, 1, 2], [6, 7, 8, 9]]`
 * @throws ConfigError for outputs that are not finite or don't fit the labels, for an empty group, a class that is none, a
 * class twice in one group.
 */
export function groupAccuracy(scores: Scores, groups: readonly ArrayLike<number>[]): GroupAccuracy {
  const checked = checkedScores(scores);
  const { size, classes, labels } = checked;
  checkLength("groups", groups, "Give a list of classes for each group.");
  const members = Array.from(groups, (group, g) => checkedGroup(`groups[${g}]`, group, classes));
  const predictions = predictionsOf(checked);
  const counts = new Float64Array(classes);
  const hits = new Float64Array(classes);
  for (let n = 0; n < size; n++) {
    counts[labels[n]]++;
    if (predictions[n] === labels[n]) hits[labels[n]]++;
  }
  const share = (chosen: readonly number[]) => {
    const total = chosen.reduce((sum, c) => sum + counts[c], 0);
    return total === 0 ? null : chosen.reduce((sum, c) => sum + hits[c], 0) / total;
  };
  const all = Array.from(counts.keys());
  return { overall: share(all)!, groups: members.map(share), classes: all.map((c) => share([c])) };
}

function checkedGroup(path: string, group: ArrayLike<number>, classes: number): number[] {
  const length = checkLength(path, group, "Give the classes of the group.");
  if (length === 0) throw new ConfigError(path, "no class. Give at least one, or leave the group out.");
  const seen = new Set<number>();
  for (let i = 0; i < length; i++) {
    checkInteger(`${path}[${i}]`, group[i], 0, classes - 1, "a class");
    if (seen.has(group[i])) throw new ConfigError(`${path}[${i}]`, `class ${group[i]} stands there twice.`);
    seen.add(group[i]);
  }
  return [...seen];
}
