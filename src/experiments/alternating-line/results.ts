/**
 * What the alternating line hands back: plain data that survives JSON, the content of its `results.json`.
 *
 * Not here: how the numbers are made (`groups.ts`, `theory.ts`, `checks.ts`).
 */

import type { Granularity, Pairing } from "../../mixing/mixing.ts";
import type { Spread } from "../../numeric/spread.ts";
import type { Reference } from "../../report/references.ts";
import type { ExperimentResults } from "../../report/results.ts";
/** A curve's mean and population standard deviation over the seeds, an entry per evaluation. */
export interface SpreadCurve {
  readonly step: number[];
  readonly mean: (number | null)[];
  readonly std: (number | null)[];
}

/** One run: its curves, its last evaluation, and how it failed if it did. */
export interface RunRecord {
  readonly seed: number;
  readonly finalError: number | null;
  /** Mean loss on the unmixed points at the last evaluation. */
  readonly loss: number | null;
  /** An entry per evaluation, at the steps of the group's `errorCurve.step`. */
  readonly errorCurve: (number | null)[];
  readonly lossCurve: (number | null)[];
  /** Mean training (mixed) loss since the previous evaluation. */
  readonly trainingLossCurve: (number | null)[];
  /** Softmax at the last evaluation, one row per training point. */
  readonly probabilities: (number | null)[][];
  readonly failure: { readonly step: number; readonly message: string } | null;
}

/** The runs that differ only in their seed. Means leave out runs that diverged. */
export interface Group {
  readonly points: number;
  readonly classes: number;
  readonly mixing: "erm" | "mixup";
  /** Of Beta(alpha, alpha); null for ERM. */
  readonly alpha: number | null;
  readonly granularity: Granularity;
  readonly pairing: Pairing;
  /** Number of seeds, 0 to seeds - 1. */
  readonly seeds: number;
  readonly steps: number;
  readonly finalError: Spread;
  readonly errorCurve: SpreadCurve;
  /** Mean softmax over the seeds at the last evaluation, one row per training point. */
  readonly probabilities: (number | null)[][];
  /** Population standard deviation of `probabilities` over the seeds. */
  readonly probabilitiesStd: (number | null)[][];
  readonly runs: RunRecord[];
}

/** A reference of the alternating line. */
export interface LineReference extends Reference {
  readonly points: number;
  readonly classes: number;
}

/** The alternating line's outcome. */
export interface LineResults extends ExperimentResults {
  readonly groups: Group[];
  /** For each data set and alpha. */
  readonly theory: LineTheory[];
  readonly references: LineReference[];
}

/** `ERM`, or `Mixup α = 32`. */
export function groupName({ mixing, alpha }: Pick<Group, "mixing" | "alpha">): string {
  return mixing === "erm" ? "ERM" : `Mixup α = ${alpha}`;
}

/** Theory and nets of one law on one data set. */
export interface LineTheory {
  readonly points: number;
  readonly classes: number;
  readonly alpha: number;
  /** Where the curves are evaluated. */
  readonly x: number[];
  /** The nets' probability of class 0 there, over the seeds. */
  readonly trained: { readonly mean: (number | null)[]; readonly std: (number | null)[] };
  /** h_eps for each epsilon: probability of class 0; null where no mixed point comes near. */
  readonly optimal: { readonly epsilon: number; readonly probability: (number | null)[] }[];
  /**
   * For each training point, the epsilon at which h_eps gives the point's own class the nets' mean
   * probability; null where it does so at none.
   */
  readonly effectiveEpsilon: (number | null)[];
  /** J*, the least Mixup loss of any classifier, in nats. */
  readonly optimalLoss: number;
  /** The nets' Mixup loss, in expectation over pairs and lambda. */
  readonly mixupLoss: Spread;
  /** Mean Mixup loss less J*; null when no run ended in finite numbers. */
  readonly excessLoss: number | null;
}
