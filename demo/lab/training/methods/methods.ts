/** What an experiment holds besides data and runs where a method needs more: types only. */

import type { FairDraw } from "../../../../src/experiments/fair-weights/data.ts";
import type { FairParts } from "../../../../src/experiments/fair-weights/problem.ts";
import type { LongTailSplit } from "../../../../src/experiments/long-tail/data.ts";
import type { MergingDraw } from "../../../../src/experiments/merging/data.ts";
import type { LastDomain } from "../../../../src/experiments/online-mixing/results.ts";
import type { RunChange } from "../../../../src/index.ts";
import type { ClosedForm } from "./closedForm.ts";

/** Over-training: the closed form of each draw, and the step of the switch. */
export interface OverTrainingMethod {
  readonly draws: readonly ClosedForm[];
  /** 0 for never. */
  readonly switchAt: number;
}

/** A long tail: a first stage for each draw, then the classifier alone, each run its way. */
export interface LongTailMethod {
  /** Of each draw: runs of the first stage. */
  readonly splits: readonly LongTailSplit[];
  /** Classes of all images. */
  readonly labels: Uint32Array;
  /** Steps of the first stage. */
  readonly before: number;
  /** Steps of the second stage at which it is measured, rising, from 1 to the last. */
  readonly stops: readonly number[];
  /** What each run is changed by before the second stage, `[R]`; run r goes on with draw r modulo their number. */
  readonly changes: readonly RunChange[];
}

/** Nets on domains, measured by domain. */
export interface DomainMethod {
  /** Steps at which it is measured, rising, the first, 0, and the last included. */
  readonly stops: readonly number[];
}

/** Mixtures of domains, one a group. */
export interface MixtureMethod {
  /** Proportions of each, `[M][K]`. */
  readonly mixtures: readonly (readonly number[])[];
  /** Whether the laws are fitted to it; else they are judged by it. */
  readonly isFitted: readonly boolean[];
  /** Seed of the fits' starts. */
  readonly seed: number;
}

/** Bandits over domains, one a group. */
export interface PolicyMethod {
  /** What is wrong with the last domain. */
  readonly last: LastDomain;
  /** Domains whose losses are asked for, from the first on: random labels can't be learnt. */
  readonly asked: number;
}

/** Weights of training points that are learnt, draw by draw. */
export interface FairWeightsMethod {
  readonly draws: readonly { readonly draw: FairDraw; readonly parts: FairParts }[];
  /** Rounds at which it is measured, rising, from 0 to the last. */
  readonly stops: readonly number[];
}

/** Nets of single domains, and means of two of them: a first stage for each start, then a fork and a net for each domain. */
export interface MergingMethod {
  /** Names of the domains, `[K]`. */
  readonly domains: readonly string[];
  /** Rows of each draw: those that its nets are trained on, and those that they are measured on. */
  readonly draws: readonly MergingDraw[];
  /** Steps of the first stage. */
  readonly before: number;
  /** Steps of the second stage at which it is measured, rising, from 0 to the last. */
  readonly stops: readonly number[];
}
