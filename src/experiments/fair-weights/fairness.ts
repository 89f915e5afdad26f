/**
 * How far a classifier of two classes treats two groups alike: by losses, which can be descended on, and by rates, which are reported.
 *
 * Not here: the classifier (`rounds.ts`).
 */

import { checkLength } from "../../check.ts";
import { ConfigError } from "../../errors.ts";

/** Points with a class and a group, 0 or 1 each, `[N]`. */
export interface GroupedLabels {
  readonly labels: ArrayLike<number>;
  readonly groups: ArrayLike<number>;
}

export interface FairLoss {
  /** 1/2 (|gap of class 1| + |gap of class 0|) + utility x mean loss. */
  readonly loss: number;
  /** Mean loss of group 0 less that of group 1, within class 1 and within class 0. */
  readonly gaps: readonly [classOne: number, classZero: number];
  /** d loss / d losses, `[N]`; 0 of a gap that is 0. */
  readonly sensitivity: Float64Array;
}

/**
 * The outer loss of BiFair (arXiv 2106.04757) at `losses [N]` of the points.
 * @throws ConfigError for lengths that differ, and where a group has no member in a class.
 */
export function fairLoss(
  losses: ArrayLike<number>,
  { labels, groups }: GroupedLabels,
  utility: number,
): FairLoss {
  const size = checkGrouped({ labels, groups });
  const counts = membersOf({ labels, groups });
  const sums = [new Float64Array(2), new Float64Array(2)];
  let total = 0;
  for (let i = 0; i < size; i++) {
    sums[labels[i]][groups[i]] += losses[i];
    total += losses[i];
  }
  const gapOf = (label: number) => sums[label][0] / counts[label][0] - sums[label][1] / counts[label][1];
  const gaps = [gapOf(1), gapOf(0)] as const;
  const sensitivity = Float64Array.from({ length: size }, (_, i) => {
    const gap = labels[i] === 1 ? gaps[0] : gaps[1];
    const side = groups[i] === 0 ? 1 : -1;
    return (0.5 * Math.sign(gap) * side) / counts[labels[i]][groups[i]] + utility / size;
  });
  return {
    loss: 0.5 * (Math.abs(gaps[0]) + Math.abs(gaps[1])) + (utility * total) / size,
    gaps,
    sensitivity,
  };
}

/** Measures of predicted classes. */
export interface RateGaps {
  readonly accuracy: number;
  /** Equal opportunity: distance of the groups' true positive rates. */
  readonly opportunity: number;
  /** Equalised odds: mean of that and of the distance of their false positive rates. */
  readonly odds: number;
}

/**
 * Accuracy and gaps of predicted classes `[N]`.
 * @throws ConfigError for lengths that differ, and where a group has no member in a class.
 */
export function rateGaps(predicted: ArrayLike<number>, { labels, groups }: GroupedLabels): RateGaps {
  const size = checkGrouped({ labels, groups });
  const counts = membersOf({ labels, groups });
  const positive = [new Float64Array(2), new Float64Array(2)];
  let right = 0;
  for (let i = 0; i < size; i++) {
    positive[labels[i]][groups[i]] += predicted[i];
    if (predicted[i] === labels[i]) right++;
  }
  const distance = (label: number) =>
    Math.abs(positive[label][0] / counts[label][0] - positive[label][1] / counts[label][1]);
  return { accuracy: right / size, opportunity: distance(1), odds: (distance(1) + distance(0)) / 2 };
}

function checkGrouped({ labels, groups }: GroupedLabels): number {
  const size = checkLength("labels", labels);
  if (checkLength("groups", groups) !== size)
    throw new ConfigError("groups", `${groups.length} for ${size} labels. Give one a point.`);
  return size;
}

/** Members by class and group. */
function membersOf({ labels, groups }: GroupedLabels): [number, number][] {
  const counts: [number, number][] = [
    [0, 0],
    [0, 0],
  ];
  for (let i = 0; i < labels.length; i++) {
    if (counts[labels[i]]?.[groups[i]] === undefined)
      throw new ConfigError(`groups[${i}]`, "is no group, or its label no class: both are 0 or 1.");
    counts[labels[i]][groups[i]]++;
  }
  counts.forEach((own, label) => {
    own.forEach((count, group) => {
      if (count === 0) throw new ConfigError("groups", `group ${group} has no member in class ${label}.`);
    });
  });
  return counts;
}
