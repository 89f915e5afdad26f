/**
 * What an experiment hands back: the shape of `results.json`, in common and of the alternating line. Plain
 * data that survives JSON, so the same object goes from a page to Node, into files, plots, the report and the
 * closing table.
 *
 * Not here: how the numbers are made (`groups.ts`, `references.ts`).
 */

import type { AdapterInfo } from "../gpu/device.ts";
import type { Variants } from "../kernels/variants.ts";
import type { Granularity, Pairing } from "../mixing/mixing.ts";
import type { LineTheory } from "./lineTheory.ts";

/** The version of this package; a test keeps it equal to `package.json`. */
export const VERSION = "0.1.0";

/**
 * Mean and population standard deviation (ddof 0) over the seeds; null when no run ended in finite numbers.
 */
export interface Spread {
  readonly mean: number | null;
  readonly std: number | null;
}

/** A curve's mean and population standard deviation over the seeds, an entry per evaluation. */
interface SpreadCurve {
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

/** A published or derived value beside ours. */
export interface Reference {
  /** Whole, with its heading: `3 points, 2 classes, Mixup α = 1: final error`. */
  readonly name: string;
  /** Under which it stands in tables; a prefix of the name. */
  readonly heading: string;
  readonly expected: number;
  /** Passes if |measured - expected| is at most this. */
  readonly tolerance: number;
  readonly measured: number | null;
  readonly pass: boolean;
  readonly source: string;
  /** Whether this was run as published. If not, `note` says what differs and `pass` proves nothing. */
  readonly comparable: boolean;
  readonly note: string;
}

/** A reference of the alternating line. */
export interface LineReference extends Reference {
  readonly points: number;
  readonly classes: number;
}

/** Who computed, and with which variants of the kernels; none on the CPU. */
export interface UsedAdapter extends AdapterInfo {
  readonly variants?: Variants;
}

/** What the outcomes of all experiments share; the content of `results.json`. */
export interface ExperimentResults {
  readonly experiment: string;
  readonly version: string;
  /** Everything that determines the runs. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly backend: "webgpu" | "cpu";
  readonly adapter: UsedAdapter;
  readonly references: Reference[];
  readonly elapsedSeconds: number;
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

/** `3 points, 2 classes`. */
export function setName({ points, classes }: { points: number; classes: number }): string {
  return `${points} points, ${classes} classes`;
}

/** The distinct data sets of some groups, in their order. */
export function distinctSets<T extends { points: number; classes: number }>(items: readonly T[]): T[] {
  return items.filter((item, i) => items.findIndex((other) => setName(other) === setName(item)) === i);
}
