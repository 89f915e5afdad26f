/**
 * BiFair (Ozdayi, Kantarcioglu, Iyer, arXiv 2106.04757) in small: a weight for every training point, learnt so that a model trained
 * with them treats two groups alike on a few points whose groups are known. A logistic model on two groups whose training labels are
 * wrong in opposite ways, in float64; the derivative that any net needs for it is taken by differences on the device, too.
 *
 * Not here: draws (`data.ts`), rounds (`rounds.ts`), what must come out (`checks.ts`), pictures and tables (`report.ts`).
 */

import { checkInteger } from "../../check.ts";
import { spread } from "../../numeric/spread.ts";
import { range } from "../../population/grid.ts";
import { VERSION } from "../../version.ts";
import { defineExperiment, type ExperimentOptions, type OnProgress } from "../experiment.ts";
import { breathe, type Trainer } from "../trainer.ts";
import { fairWeightsChecks } from "./checks.ts";
import { type FairDraw, fairDraw } from "./data.ts";
import { type Direction, directionalDerivatives } from "./differences.ts";
import { rateGaps } from "./fairness.ts";
import { meanWeights, partsOf, problemOf, RATES } from "./problem.ts";
import { type DifferenceError, type FairRun, type FairWeightsResults, MEASURES } from "./results.ts";
import { BiFairRounds, type Hypergradient, plainStep, predictions } from "./rounds.ts";

/** What may be varied: `seeds` are draws, `steps` rounds. */
export type FairWeightsOptions = Pick<ExperimentOptions, "seeds" | "steps">;

export const FAIR_WEIGHTS_DEFAULTS: FairWeightsOptions = { seeds: 10, steps: 400 };

/** How often it is looked at. */
const LOOKS = 40;

function checkFairWeights({ seeds, steps }: Partial<FairWeightsOptions>): void {
  if (seeds !== undefined) checkInteger("seeds", seeds, 1, 1000, "a number of draws");
  if (steps !== undefined) checkInteger("steps", steps, 1, 1e6, "a number of rounds");
}

/** A round's exact derivatives along the outer gradient, and what they were taken at. */
interface Along extends Direction {
  readonly round: number;
  readonly exact: Float64Array;
}

/**
 * Computes the whole experiment.
 * @throws ConfigError for numbers of draws and rounds that are none; AbortError (the signal's reason) when stopped; the trainer's
 * errors as they are.
 */
export async function runFairWeights(
  trainer: Pick<Trainer, "backend" | "adapter" | "open">,
  options: Partial<FairWeightsOptions> = {},
  onProgress: OnProgress = () => {},
  signal?: AbortSignal,
): Promise<FairWeightsResults> {
  const settled = { ...FAIR_WEIGHTS_DEFAULTS, ...options };
  checkFairWeights(settled);
  const { seeds, steps } = settled;
  const started = performance.now();
  const every = Math.max(1, Math.round(steps / LOOKS));
  const rounds = [...range(Math.ceil(steps / every)).map((k) => k * every), steps];
  const probed = [...new Set([1, Math.ceil(steps / 2)])];
  const draws: FairDraw[] = [];
  const runs: FairRun[] = [];
  const along: Along[][] = [];
  for (const seed of range(seeds)) {
    onProgress({ label: "rounds", step: 0, steps: 0, fraction: (0.95 * seed) / seeds });
    await breathe(signal);
    const draw = fairDraw({ seed });
    const found = trainDraw(draw, seed, { rounds, probed });
    draws.push(draw);
    runs.push(found.run);
    along.push(found.along);
  }
  const differences: DifferenceError[] = [];
  for (const [i, round] of probed.entries()) {
    onProgress({ label: "differences", step: 0, steps: 0, fraction: 0.95 + (0.05 * i) / probed.length });
    signal?.throwIfAborted();
    const directions = along.map((own) => own[i]);
    const measured = await directionalDerivatives(trainer, draws, directions);
    const errors = directions.map(({ exact }, k) => relativeDistance(measured[k], exact));
    differences.push({ round, largest: Math.max(...errors) });
  }
  const lastOf = (method: "erm" | "biFair") =>
    Object.fromEntries(
      MEASURES.map((measure) => [measure, spread(runs.map((run) => run[method].at(-1)![measure]))]),
    ) as FairWeightsResults["last"]["erm"];
  const results = { rounds, runs, last: { erm: lastOf("erm"), biFair: lastOf("biFair") }, differences };
  return {
    experiment: "fair-weights",
    version: VERSION,
    config: {
      data: "N(0, I) in 5 dimensions, 0.5 of the group added to the first; group and 1 as inputs; labels by a linear rule with noise",
      flipped: "45 % of the positives of group 0, 30 % of the negatives of group 1, in training",
      points: { training: 2000, grouped: 600, test: 4000 },
      model: "logistic, from 0",
      learningRate: RATES.learningRate,
      weights: `Adam, rate ${RATES.weightRate}, from 1; not negative, as many in all as points`,
      utility: RATES.utility,
      rounds: steps,
      draws: range(seeds),
    },
    backend: trainer.backend,
    adapter: trainer.adapter,
    ...results,
    references: fairWeightsChecks(results),
    elapsedSeconds: (performance.now() - started) / 1000,
  };
}

/** One draw with learnt weights, and beside it with all of them 1. */
function trainDraw(
  draw: FairDraw,
  seed: number,
  { rounds, probed }: { rounds: readonly number[]; probed: readonly number[] },
): { run: FairRun; along: Along[] } {
  const { data, splits, flipped } = draw;
  const parts = partsOf(draw);
  const { training, test } = parts;
  const biFair = new BiFairRounds(problemOf(parts), new Float64Array(data.dimensions));
  let plain: Float64Array = new Float64Array(data.dimensions);
  const curves: Pick<FairRun, "erm" | "biFair" | "weights"> = {
    erm: [],
    biFair: [],
    weights: { flipped: [], right: [] },
  };
  const look = () => {
    curves.erm.push(rateGaps(predictions(test, plain), test));
    curves.biFair.push(rateGaps(predictions(test, biFair.theta), test));
    const mean = meanWeights(biFair.weights.values, draw);
    curves.weights.flipped.push(mean.flipped);
    curves.weights.right.push(mean.right);
  };
  look();
  const along: Along[] = [];
  for (let round = 1; round <= rounds[rounds.length - 1]; round++) {
    const theta = biFair.theta;
    const found = biFair.round();
    plain = plainStep(training, plain, RATES.learningRate);
    if (probed.includes(round)) along.push(alongOuter(round, theta, found));
    if (rounds.includes(round)) look();
  }
  const wrong = splits.training.filter((row) => flipped[row] === 1);
  const flippedShare = wrong.length / splits.training.length;
  return { run: { seed, ...curves, flippedShare, kept: biFair.kept }, along };
}

/** grad l_i . g is the derivative by weight i without -eta / N. */
function alongOuter(round: number, theta: Float64Array, { outerGradient, gradient }: Hypergradient): Along {
  const scale = -gradient.length / RATES.learningRate;
  return { round, theta, direction: outerGradient, exact: gradient.map((value) => scale * value) };
}

function relativeDistance(measured: Float64Array, exact: Float64Array): number {
  const most = (values: Float64Array) =>
    values.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
  return most(measured.map((value, i) => value - exact[i])) / most(exact);
}

/** The experiment as the command line knows it. */
export const fairWeightsExperiment = defineExperiment<FairWeightsOptions, FairWeightsResults>({
  name: "fair-weights",
  summary: "weights of training points, learnt to be fair to two groups (2106.04757)",
  title: "Weights that make a model fair",
  trains: true,
  compares: "expected",
  takes: ["seeds", "steps"],
  defaults: FAIR_WEIGHTS_DEFAULTS,
  full: { seeds: 40 },
  check: checkFairWeights,
  run: runFairWeights,
  report: async () => (await import("./report.ts")).fairWeightsReport,
});
