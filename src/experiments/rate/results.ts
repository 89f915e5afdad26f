/**
 * What the rate experiment hands back: plain data that survives JSON, the content of its `results.json`.
 */

import type { Mixing } from "../../mixing/mixing.ts";
import type { Spread } from "../../numeric/spread.ts";
import type { ExperimentResults } from "../../report/results.ts";
import type { MidpointStudy } from "./midpoints.ts";

/** One run. Steps are those of evaluations; null: not within the run's steps. */
export interface RateRun {
  readonly seed: number;
  /** First evaluation without an error. */
  readonly first: number | null;
  /** First evaluation from which on there is no error until the end. */
  readonly stays: number | null;
  /** Distinct points that were paired with themselves until `first`, or until the end; null for ERM. */
  readonly seenUnmixed: number | null;
  readonly finalError: number | null;
  /** Error at each evaluation, at the steps of the group's curve. */
  readonly errorCurve: (number | null)[];
  /** Step at which it diverged; such a run counts as not getting there. */
  readonly failure: number | null;
}

/** Quartiles over the seeds; null where a quartile lies among runs that did not get there. */
export interface Quartiles {
  readonly lower: number | null;
  readonly median: number | null;
  readonly upper: number | null;
}

/** The runs of one data set and law. */
export interface RateGroup extends Omit<RateLaw, "mixing"> {
  readonly set: string;
  readonly points: number;
  readonly steps: number;
  readonly first: Quartiles;
  readonly stays: Quartiles;
  readonly reached: number;
  readonly finalError: Spread;
  readonly curve: {
    readonly step: number[];
    readonly mean: (number | null)[];
    readonly std: (number | null)[];
  };
  readonly runs: RateRun[];
}

/** Self pairs of a number of points and a pairing. */
export interface SelfPairs {
  readonly points: number;
  readonly pairing: "uniform" | "other";
  /** Epochs of all seeds together. */
  readonly epochs: number;
  /** Per epoch, in expectation and as the samplers drew them. */
  readonly expected: number;
  readonly counted: number;
  /** Of `counted`. */
  readonly standardError: number;
}

export interface RateResults extends ExperimentResults {
  /** For each data set and law; ERM first. */
  readonly groups: RateGroup[];
  /** For each number of points and each pairing. */
  readonly selfPairs: SelfPairs[];
  readonly midpoints: MidpointStudy[];
}

/** A law of the comparison. */
export interface RateLaw {
  /** `ERM`, `α = 1024`, `λ = ½`. */
  readonly family: string;
  /** With self pairs (`uniform`) or without (`other`); null for ERM. */
  readonly pairing: "uniform" | "other" | null;
  readonly mixing: Mixing;
}
