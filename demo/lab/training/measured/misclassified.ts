/** Which training points the nets of a group misclassify, and what they take them for. Pure. */

import type { Experiment, Group } from "../experiment.ts";
import { predictedClass } from "./predictions.ts";

/** A training point that at least one net gets wrong. */
export interface Misclassified {
  readonly point: number;
  readonly label: number;
  /** What most of those nets take it for; the smallest such class. */
  readonly predicted: number;
  /** How many nets get it wrong. */
  readonly nets: number;
}

/** All of them, those first that most nets get wrong, then by their place in the data. */
export function misclassified(
  probabilities: ArrayLike<number>,
  experiment: Experiment,
  { firstRun, runs }: Group,
): Misclassified[] {
  const { labels, size, targetSize } = experiment.train.data;
  const found: Misclassified[] = [];
  const votes = new Uint32Array(targetSize);
  for (let point = 0; point < size; point++) {
    const label = labels![point];
    votes.fill(0);
    for (let run = firstRun; run < firstRun + runs; run++)
      votes[predictedClass(probabilities, experiment, { run, point })]++;
    const nets = runs - votes[label];
    if (nets === 0) continue;
    votes[label] = 0;
    found.push({ point, label, predicted: votes.indexOf(Math.max(...votes)), nets });
  }
  return found.sort((a, b) => b.nets - a.nets || a.point - b.point);
}
