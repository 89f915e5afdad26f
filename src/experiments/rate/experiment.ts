/**
 * How fast Mixup fits its own training points (paper 2.5): steps to zero error on the unmixed points for ERM, Mixup,
 * Mixup that never pairs a point with itself, and midpoints only. An epoch of Mixup shows a net about one unmixed
 * point, and without self pairs none.
 *
 * Not here: what is read off a run (`runs.ts`), midpoints (`midpoints.ts`), pictures (`report.ts`).
 */

import { classDataset, type Dataset } from "../../data/dataset.ts";
import { twoMoons } from "../../data/moons.ts";
import { beta, constantLambda } from "../../mixing/laws.ts";
import { erm, type Mixing, mixup } from "../../mixing/mixing.ts";
import { mlp } from "../../model/nets.ts";
import { adam } from "../../model/optimizer.ts";
import { normalPair } from "../../numeric/normal.ts";
import { PURPOSE } from "../../numeric/threefry.ts";
import { grid, range } from "../../population/grid.ts";
import type { TrainConfig } from "../../training/training.ts";
import { VERSION } from "../../version.ts";
import { defineExperiment, type ExperimentOptions, type OnProgress } from "../experiment.ts";
import { breathe, follow, type Trainer } from "../trainer.ts";
import { rateChecks } from "./checks.ts";
import { midpointStudy } from "./midpoints.ts";
import type { RateGroup, RateLaw, RateResults, SelfPairs } from "./results.ts";
import { countSelfPairs, type RateSet, rateGroup } from "./runs.ts";

/** What may be varied. Pairings are what this experiment compares, so they are not an option. */
export interface RateOptions extends Pick<ExperimentOptions, "seeds" | "alphas" | "steps" | "granularity"> {
  /** Of the data with random labels, a set for each. */
  readonly dimensions: readonly number[];
}

/** The paper's alpha beside the usual one. */
export const RATE_DEFAULTS: RateOptions = {
  seeds: 10,
  alphas: [1, 1024],
  steps: 1000,
  granularity: "batch",
  dimensions: [5, 10, 20],
};

const HIDDEN = 64;
const LEARNING_RATE = 1e-3;
const EVALUATE_EVERY = 5;
/** Epochs of each seed whose self pairs are counted, at most. */
const COUNTED_EPOCHS = 1000;

/**
 * Moons have structure that mixed points keep. Points with labels that mean nothing, i.i.d. from a density as in
 * Theorem 2.11, have none, and in few dimensions their mixtures come close to points of the other class.
 */
export function rateSets(dimensions: readonly number[]): RateSet[] {
  return [
    { name: "two moons", data: twoMoons({ points: 60, separation: 0.1, seed: 0 }) },
    ...dimensions.map((count) => ({
      name: `random labels in ${count} dimensions`,
      data: randomLabels(40, count),
    })),
  ];
}

/** N(0, I) points; their order means nothing, so alternating labels are random ones, as many of each class. */
function randomLabels(size: number, dimensions: number): Dataset {
  const points = range(size * dimensions).map((i) => normalPair(0, PURPOSE.data, dimensions, i)[0]);
  return classDataset({ points, labels: range(size).map((n) => n % 2), dimensions, classes: 2 });
}

/** ERM, then each law with and without self pairs; last the midpoints. */
export function rateLaws({ alphas, granularity }: Pick<RateOptions, "alphas" | "granularity">): RateLaw[] {
  const families = [
    ...alphas.map((alpha) => ({ family: `α = ${alpha}`, law: beta(alpha) })),
    { family: "λ = ½", law: constantLambda(0.5) },
  ];
  const mixed = families.flatMap(({ family, law }): RateLaw[] =>
    (["uniform", "other"] as const).map((pairing) => ({
      family,
      pairing,
      mixing: mixup(law, { pairing, granularity }),
    })),
  );
  return [{ family: "ERM", pairing: null, mixing: erm() }, ...mixed];
}

/** The population of one data set: all laws and of each all seeds. */
export function ratePopulation(
  data: Dataset,
  mixing: readonly Mixing[],
  { seeds, steps }: RateOptions,
): TrainConfig {
  return {
    data,
    model: mlp([data.dimensions, HIDDEN, 2]),
    optimizer: adam({ learningRate: LEARNING_RATE }),
    steps,
    batch: "full",
    evaluateEvery: EVALUATE_EVERY,
    runs: grid({ seed: range(seeds), mixing }),
  };
}

/**
 * Trains the whole experiment, counts the self pairs its runs drew, and finds points from midpoints.
 * @throws AbortError (the signal's reason) when stopped; the trainer's errors as they are.
 */
export async function runRate(
  trainer: Trainer,
  options: Partial<RateOptions> = {},
  onProgress: OnProgress = () => {},
  signal?: AbortSignal,
): Promise<RateResults> {
  const settled = { ...RATE_DEFAULTS, ...options };
  const { seeds, steps } = settled;
  const started = performance.now();
  const laws = rateLaws(settled);
  const sets = rateSets(settled.dimensions);
  const work = sets.map(({ data }) => data.size * (data.dimensions + 2));
  const total = work.reduce((sum, part) => sum + part, 0);
  const groups: RateGroup[] = [];
  let done = 0;
  for (const [i, set] of sets.entries()) {
    const population = ratePopulation(
      set.data,
      laws.map(({ mixing }) => mixing),
      settled,
    );
    const training = trainer.train(population, { signal });
    const report = (step: number) =>
      onProgress({ label: set.name, step, steps, fraction: (done + (work[i] * step) / steps) / total });
    try {
      const { curves, runs } = await follow(training, report, signal);
      laws.forEach((law, l) => {
        const [from, to] = [l * seeds, (l + 1) * seeds];
        const records = runs.slice(from, to).map((run, r) => ({ run, error: curves.runs[from + r].error }));
        groups.push(rateGroup(set, law, curves.step, records));
      });
    } finally {
      training.destroy();
    }
    done += work[i];
  }
  const selfPairs: SelfPairs[] = [];
  for (const size of new Set(sets.map(({ data }) => data.size))) {
    const data = sets.find((set) => set.data.size === size)!.data;
    for (const pairing of ["uniform", "other"] as const) {
      selfPairs.push(countSelfPairs(data, pairing, seeds, Math.min(steps, COUNTED_EPOCHS)));
      await breathe(signal);
    }
  }
  const midpoints = midpointStudy();
  return {
    experiment: "rate",
    version: VERSION,
    config: {
      sets: sets.map(({ name, data }) => ({
        name,
        points: data.size,
        model: [data.dimensions, HIDDEN, 2],
      })),
      activation: "relu",
      loss: "softmax-cross-entropy",
      optimizer: adam({ learningRate: LEARNING_RATE }),
      batch: "full",
      evaluateEvery: EVALUATE_EVERY,
      ...settled,
      seeds: range(seeds),
    },
    backend: trainer.backend,
    adapter: trainer.adapter,
    groups,
    selfPairs,
    midpoints,
    references: rateChecks(selfPairs, midpoints),
    elapsedSeconds: (performance.now() - started) / 1000,
  };
}

/** The experiment as the command line knows it. */
export const rateExperiment = defineExperiment<RateOptions, RateResults>({
  name: "rate",
  summary: "steps to zero training error with and without self pairs, and midpoints",
  title: "How fast Mixup fits points it hardly ever sees",
  trains: true,
  compares: "expected",
  takes: ["seeds", "alphas", "steps", "granularity"],
  defaults: RATE_DEFAULTS,
  brief: { seeds: 4, alphas: [1024], dimensions: [5, 20] },
  full: { seeds: 20, steps: 5000 },
  run: runRate,
  report: async () => (await import("./report.ts")).rateReport,
});
