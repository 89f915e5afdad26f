/**
 * The ways of the second stage, in which the classifier alone trains: how, and what is measured along the way.
 *
 * Not here: the first stage, and who trains (`experiment.ts`).
 */

import { erm } from "../../mixing/mixing.ts";
import { groupAccuracy } from "../../model/metrics/groups.ts";
import { logitMagnitude } from "../../model/metrics/logitMagnitude.ts";
import { sgd } from "../../model/optimizer.ts";
import { spread } from "../../numeric/spread.ts";
import type { RunConfig } from "../../population/population.ts";
import type { Evaluation } from "../../training/evaluation.ts";
import type { LongTailSplit } from "./data.ts";
import type { PathName, TailMeasures } from "./results.ts";

/** A way: its optimizer's two kinds, and the labels. */
export interface Path {
  readonly name: PathName;
  readonly label: string;
  readonly optimizer: "slow" | "fast";
  /** d: the class has 1 - d + d / K of the label, the others d / K each. */
  readonly smoothing: number;
  /** Whether points are weighted so that all classes weigh the same. */
  readonly isBalanced?: boolean;
}

export type SecondStage = Pick<RunConfig, "mixing" | "optimizer" | "labelSmoothing" | "weights">;

const SLOW = sgd({ learningRate: 0.01 });
const FAST = sgd({ learningRate: 0.05, momentum: 0.9 });

/** All of them, in the order of the tables. */
export const PATHS: readonly Path[] = [
  { name: "slow-0.98", label: "slow, δ = 0.98", optimizer: "slow", smoothing: 0.98 },
  { name: "slow-0.9", label: "slow, δ = 0.9", optimizer: "slow", smoothing: 0.9 },
  { name: "fast-0", label: "fast, δ = 0", optimizer: "fast", smoothing: 0 },
  { name: "fast-0.1", label: "fast, δ = 0.1", optimizer: "fast", smoothing: 0.1 },
  { name: "fast-0.9", label: "fast, δ = 0.9", optimizer: "fast", smoothing: 0.9 },
  { name: "fast-0.98", label: "fast, δ = 0.98", optimizer: "fast", smoothing: 0.98 },
  {
    name: "fast-0-balanced",
    label: "fast, δ = 0, classes balanced",
    optimizer: "fast",
    smoothing: 0,
    isBalanced: true,
  },
];

/** Those on which nothing is expected: ordinary smoothing, balanced weights. */
export const BESIDE: readonly PathName[] = ["fast-0.1", "fast-0-balanced"];

/** How the classifier trains: all of a run but its seed and points. */
export function secondStage(
  { optimizer, smoothing, isBalanced }: Path,
  { counts, splits }: LongTailSplit,
  labels: Uint32Array,
): SecondStage {
  const { training } = splits;
  return {
    mixing: erm(),
    optimizer: optimizer === "slow" ? SLOW : FAST,
    labelSmoothing: smoothing,
    // Their mean is 1, so that the loss stays a mean over the points.
    ...(isBalanced && {
      weights: Array.from(training, (n) => training.length / (counts.length * counts[labels[n]])),
    }),
  };
}

const MEASURES = ["overall", "many", "few", "head", "tail", "magnitudeSpread"] as const;
const DIVERGED = Object.fromEntries(MEASURES.map((name) => [name, null])) as unknown as TailMeasures;

/** A net's measures at its draw's test points. */
export function measureTail(
  { loss, logits }: Evaluation,
  { groups, splits, counts }: LongTailSplit,
  labels: Uint32Array,
): TailMeasures {
  if (!Number.isFinite(loss)) return DIVERGED;
  const scores = { logits, labels: Uint32Array.from(splits.test, (n) => labels[n]), classes: counts.length };
  const { overall, groups: shares } = groupAccuracy(scores, [groups.many, groups.few]);
  const { magnitude, magnitudeSpread } = logitMagnitude(scores);
  const mean = (classes: Uint32Array) => spread(Array.from(classes, (c) => magnitude[c])).mean;
  return {
    overall,
    many: shares[0],
    few: shares[1],
    head: mean(groups.many),
    tail: mean(groups.few),
    magnitudeSpread,
  };
}

/** Means and deviations over the draws that did not diverge. */
export function tailSpreads(runs: readonly TailMeasures[]) {
  const entries = MEASURES.map((name) => [name, spread(runs.map((run) => run[name]))] as const);
  return Object.fromEntries(entries) as Record<keyof TailMeasures, ReturnType<typeof spread>>;
}
