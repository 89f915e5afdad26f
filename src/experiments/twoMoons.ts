/**
 * The paper's two moons (section 3.1): where the decision boundary of nets trained with Mixup runs, beside
 * ERM's. Data differ from seed to seed as in the authors' code, so each seed's laws are a population of their
 * own.
 *
 * Not here: how a net's boundary is measured (`moonsGroups.ts`), pictures and tables (`twoMoonsReport.ts`).
 */

import { twoMoons } from "../data/moons.ts";
import { beta, erm, mixup } from "../mixing/mixing.ts";
import { mlp } from "../model/model.ts";
import { adam } from "../model/optimizer.ts";
import { grid, range } from "../population/grid.ts";
import type { TrainConfig } from "../training/training.ts";
import { defineExperiment, type ExperimentOptions, type OnProgress } from "./experiment.ts";
import { MOONS_GRID, type MoonsGroup, type MoonsNet, measureNet, moonsGroup } from "./moonsGroups.ts";
import { netClassifier } from "./netClassifier.ts";
import { type ExperimentResults, VERSION } from "./results.ts";
import { follow, type Trainer } from "./trainer.ts";
import { moonsChecks } from "./twoMoonsChecks.ts";
import { MOONS_INTRODUCTION, moonsCsv, moonsFigures, moonsSections } from "./twoMoonsReport.ts";

export interface TwoMoonsResults extends ExperimentResults {
  /** For each separation, variant and law; ERM first. */
  readonly groups: MoonsGroup[];
}

/** The laws of the paper's main figure; `--full` are all of its laws. */
export const TWO_MOONS_DEFAULTS: ExperimentOptions = {
  seeds: 10,
  alphas: [1, 1024],
  steps: 1000,
  granularity: "batch",
  pairing: "uniform",
};

/** Class separations of the paper's figures. */
const SEPARATIONS = [0.1, 0.5];

/**
 * Gradients are cleared after each step. The authors' Mixup loop for these data never clears them, so that
 * each step uses the sum of all gradients so far; training cannot do that yet, and when it can, "accumulated"
 * is the second entry here and its population gets that option below.
 */
const VARIANTS: readonly MoonsGroup["variant"][] = ["cleared"];

const POINTS = 300;
const HIDDEN = 500;
const LEARNING_RATE = 1e-3;

/** The population of one seed: its own data, all laws, ERM first. */
export function moonsPopulation(
  separation: number,
  seed: number,
  { alphas, steps, granularity, pairing }: ExperimentOptions,
): TrainConfig {
  return {
    data: twoMoons({ points: POINTS, separation, seed }),
    model: mlp([2, HIDDEN, 2]),
    optimizer: adam({ learningRate: LEARNING_RATE }),
    steps,
    batch: "full",
    runs: grid({
      seed: [seed],
      mixing: [erm(), ...alphas.map((alpha) => mixup(beta(alpha), { granularity, pairing }))],
    }),
  };
}

/**
 * Trains the whole experiment and measures every net's boundary.
 * @throws AbortError (the signal's reason) when stopped; the trainer's errors as they are.
 */
export async function runTwoMoons(
  trainer: Trainer,
  options: Partial<ExperimentOptions> = {},
  onProgress: OnProgress = () => {},
  signal?: AbortSignal,
): Promise<TwoMoonsResults> {
  const settled = { ...TWO_MOONS_DEFAULTS, ...options };
  const { seeds, alphas, steps, granularity, pairing } = settled;
  const started = performance.now();
  const laws = [null, ...alphas];
  const groups: MoonsGroup[] = [];
  const total = SEPARATIONS.length * VARIANTS.length * seeds;
  let done = 0;
  for (const separation of SEPARATIONS) {
    for (const variant of VARIANTS) {
      const nets: MoonsNet[][] = laws.map(() => []);
      for (let seed = 0; seed < seeds; seed++) {
        const population = moonsPopulation(separation, seed, settled);
        const label = `separation ${separation}, seed ${seed}`;
        const report = (step: number) =>
          onProgress({ label, step, steps, fraction: (done + step / steps) / total });
        const training = trainer.train(population, { signal });
        try {
          const result = await follow(training, report, signal);
          result.runs.forEach((run, law) => {
            const trainingLoss = result.curves.runs[law].trainingLoss.at(-1);
            const classifier = netClassifier(population.model, run.parameters);
            nets[law].push(measureNet(population.data, classifier, run, trainingLoss));
          });
        } finally {
          training.destroy();
        }
        done++;
      }
      const shown = twoMoons({ points: POINTS, separation, seed: 0 });
      laws.forEach((alpha, law) => {
        groups.push(
          moonsGroup({ separation, variant, alpha, steps, granularity, pairing }, nets[law], shown),
        );
      });
    }
  }
  return {
    experiment: "two-moons",
    version: VERSION,
    config: {
      data: { points: POINTS, noise: 0.1, separations: SEPARATIONS },
      model: [2, HIDDEN, 2],
      activation: "relu",
      loss: "softmax-cross-entropy",
      optimizer: adam({ learningRate: LEARNING_RATE }),
      batch: "full",
      grid: `${MOONS_GRID.columns} x ${MOONS_GRID.rows} on [-2, 2]^2`,
      gradients: VARIANTS,
      ...settled,
      seeds: range(seeds),
    },
    backend: trainer.backend,
    adapter: trainer.adapter,
    groups,
    references: moonsChecks(groups),
    elapsedSeconds: (performance.now() - started) / 1000,
  };
}

/** The experiment as the command line knows it. */
export const twoMoonsExperiment = defineExperiment<ExperimentOptions, TwoMoonsResults>({
  name: "two-moons",
  summary: "decision boundaries of Mixup and ERM on two moons, and their margins",
  title: "Two moons: decision boundaries and margins",
  introduction: MOONS_INTRODUCTION,
  trains: true,
  compares: "expected",
  takes: ["seeds", "alphas", "steps", "granularity", "pairing"],
  defaults: TWO_MOONS_DEFAULTS,
  brief: { seeds: 4 },
  full: { alphas: [1, 32, 64, 128, 512, 1024] },
  run: runTwoMoons,
  figures: moonsFigures,
  csv: moonsCsv,
  sections: moonsSections,
});
