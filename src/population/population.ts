/**
 * What trains together: a population is data, a net, a loss and a number of steps, shared, and runs that differ in
 * seed, mixing and optimizer hyperparameters. As the user describes it, and as it is when `config.ts` has checked it.
 */

import type { Dataset } from "../data/dataset.ts";
import type { Augmentation } from "../mixing/augmentation.ts";
import type { DomainBandit } from "../mixing/bandit.ts";
import type { Batching, LastBatch } from "../mixing/batching.ts";
import type { Mixing } from "../mixing/mixing.ts";
import type { Model } from "../model/layers/layer.ts";
import type { NamedTensors } from "../model/layout.ts";
import type { ContrastiveLoss, Loss } from "../model/loss.ts";
import { momentCount, type Optimizer } from "../model/optimizer.ts";
import type { HiddenMixing } from "../model/trace.ts";
import { mostOf } from "../numeric/extremes.ts";

/** One training of the population. */
export interface RunConfig {
  /** Integer in [0, 2^32). Runs of one seed share initial weights and pairs, whatever their mixing. */
  seed: number;
  mixing: Mixing;
  /** Defaults to the population's. Same kind in all runs; hyperparameters and schedule may differ. */
  optimizer?: Optimizer;
  /** Smoothing e of the labels, in [0, 1]: targets become (1 - e) y + e / C. Default 0. */
  labelSmoothing?: number;
  /**
   * Share a of the net's own predictions in the labels, in [0, 1] (Self-Evolution, 2305.13547): targets become
   * (1 - a) y + a p, p the probabilities of the unmixed points before the update, through which no gradient goes. Default 0.
   */
  selfDistillation?: number;
  /**
   * Points of the data that the run is trained on, by their index `[n]`; all by default. The run is the same, bit for bit, as
   * one on a data set of just these points in this order.
   */
  train?: ArrayLike<number>;
  /**
   * Of data with domains: how often each is drawn, `[K]`, not negative; they need not sum to 1. Each sample draws its domain, by a stream of
   * its own, then a point of it in that domain's keyed epoch order, of which sample b of step t has place t B + b: what went to other
   * domains is left out. With `train` only points of it are drawn. A run with one domain is, bit for bit, the run on its points. Absent: all points
   * alike, whatever their domain.
   */
  proportions?: ArrayLike<number>;
  /**
   * A policy over the data's domains that follows the training loss (Online Data Mixing, 2312.02406): every step draws one domain for
   * its whole batch, partners included. `proportions` are then those of the warm-up; equal by default. See {@link domainBandit}.
   */
  bandit?: DomainBandit;
  /** Weight of each point's loss where it is the first of its sample, `[n]`; not negative. They do not change the divisor B. Default 1. */
  weights?: ArrayLike<number>;
  /** Layers, by their names, whose parameters and moments stay as they are. Default none. */
  frozen?: readonly string[];
  /** Changes on the way, each from its step on until the next one's. */
  phases?: readonly PhaseConfig[];
  /** First parameters, instead of those that the seed gives; with or without state, such as running statistics. */
  parameters?: NamedTensors;
}

/** What of a run may change from a step on; what is left out stays as it was. */
export interface PhaseConfig
  extends Pick<
    RunConfig,
    "labelSmoothing" | "selfDistillation" | "train" | "proportions" | "weights" | "frozen"
  > {
  /** First step (0-based) that is different: steps before it are done when it begins. */
  from: number;
  mixing?: Mixing;
  /** Instead of the optimizer's; its schedule and moments go on. */
  learningRate?: number;
}

/** A population as the user describes it. */
export interface PopulationConfig {
  data: Dataset;
  model: Model;
  /** Defaults to softmax cross-entropy for class data, squared error for regression. Of pairs: `contrastive({ temperature })`. */
  loss?: Loss | ContrastiveLoss;
  optimizer: Optimizer;
  /** Optimizer steps, S. */
  steps: number;
  /** "full" (default): every point once, in order. A number B: windows of keyed epoch orders. */
  batch?: number | "full";
  /** What becomes of an epoch's last batch where the batch does not divide the data; default `wrap`. */
  lastBatch?: LastBatch;
  /** Random crops and flips of images in training, such as `cropAndFlip()`; none by default. */
  augmentation?: Augmentation;
  /** Evaluate after every so many steps, and after the last. Defaults to `steps`: only at the end. */
  evaluateEvery?: number;
  /** Evaluated for error and clean loss; defaults to `data`. */
  evaluationData?: Dataset;
  /** Points `[M, D]` at which every evaluation records probabilities; none by default. */
  probePoints?: ArrayLike<number>;
  runs: readonly RunConfig[];
}

/** A checked run: nothing is optional any more. */
export interface Run {
  readonly seed: number;
  readonly mixing: Mixing;
  readonly optimizer: Optimizer;
  readonly labelSmoothing: number;
  /** Absent for 0. */
  readonly selfDistillation?: number;
  /** Absent where it is all points, `[n]`. */
  readonly train?: Uint32Array;
  /** As given, `[K]`; absent where domains don't matter. */
  readonly proportions?: Float64Array;
  /** Absent where domains are drawn by proportions, or don't matter. */
  readonly bandit?: DomainBandit;
  /** Step at which the bandit began without rewards; absent for 0. */
  readonly banditStart?: number;
  /** Absent where all are 1, `[n]`. */
  readonly weights?: Float32Array;
  /** Absent where none is. */
  readonly frozen?: readonly string[];
  /** The descriptions from later steps on, each whole; absent where nothing changes. */
  readonly phases?: readonly { readonly from: number; readonly run: Run }[];
  /** Step at which the optimizer began with empty moments; absent for 0. */
  readonly optimizerStart?: number;
  /** First parameters `[P]`, if they are not the seed's. */
  readonly parameters?: Float32Array;
  /** First state `[Q]`, if parameters are given. */
  readonly state?: Float32Array;
}

/** A checked population. */
export interface Population {
  readonly data: Dataset;
  readonly model: Model;
  readonly loss: Loss | ContrastiveLoss;
  readonly steps: number;
  readonly batch: number | "full";
  readonly lastBatch: LastBatch;
  /** Which points a step draws. */
  readonly batching: Batching;
  /** B, rows of a batch: the points drawn, twice over where an unmixed batch goes along. */
  readonly batchSize: number;
  /** Rows of the last batch of an epoch where it is smaller than the others; else 0. */
  readonly lastBatchSize: number;
  readonly evaluateEvery: number;
  readonly evaluationData: Dataset;
  /**
   * What counts as right at an evaluation, `[E]`: the classes, or of soft labels the most probable ones; undefined for
   * regression.
   */
  readonly evaluationLabels: Uint32Array | undefined;
  /** `[M, D]`; empty without probe points. */
  readonly probePoints: Float32Array;
  /** Mixing of hidden values, if there is any. */
  readonly hidden?: HiddenMixing;
  /** With a value of padding for each channel. */
  readonly augmentation?: Augmentation;
  /** Whether samples may have boxes. */
  readonly boxes: boolean;
  readonly runs: readonly Run[];
}

/** Moments kept per parameter by the population's optimizer: the most any run needs. */
export function populationMoments(population: Population): number {
  return mostOf(population.runs.map((run) => momentCount(run.optimizer)));
}

/** Whether some run never clears its gradients: their sum is then kept for every run, and 0 for those that clear. */
export function accumulatesGradients(population: Population): boolean {
  return population.runs.some((run) => run.optimizer.gradients === "accumulated");
}

/** Numbers kept per parameter besides its value: the moments, then the sum of the gradients if there is one. */
export function optimizerNumbers(population: Population): number {
  return populationMoments(population) + (accumulatesGradients(population) ? 1 : 0);
}

/** Evaluations that have been made when `done` steps are done: one every `evaluateEvery` steps, and one at the end. */
export function evaluationsDone({ steps, evaluateEvery }: Population, done: number): number {
  return done === steps ? Math.ceil(steps / evaluateEvery) : Math.floor(done / evaluateEvery);
}

/** Steps done at evaluation `index` (from 0). */
export function evaluationStep({ steps, evaluateEvery }: Population, index: number): number {
  return Math.min((index + 1) * evaluateEvery, steps);
}
