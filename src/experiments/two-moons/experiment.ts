/**
 * The paper's two moons (section 3.1): where the decision boundary of nets trained with Mixup runs, beside
 * ERM's. Data differ from seed to seed as in the authors' code, so each seed's laws are a population of their
 * own.
 *
 * Not here: how a net's boundary is measured (`measures.ts`), pictures and tables (`report.ts`).
 */

import { twoMoons } from "../../data/moons.ts";
import { beta } from "../../mixing/laws.ts";
import { erm, mixup } from "../../mixing/mixing.ts";
import { mlp } from "../../model/nets.ts";
import { adam } from "../../model/optimizer.ts";
import { grid, range } from "../../population/grid.ts";
import { predictedClasses } from "../../theory/classifier.ts";
import { nearestNeighbourLabels } from "../../theory/margins/margins.ts";
import type { TrainConfig } from "../../training/training.ts";
import { VERSION } from "../../version.ts";
import { defineExperiment, type ExperimentOptions, type OnProgress } from "../experiment.ts";
import { follow, type Trainer } from "../trainer.ts";
import { moonsChecks } from "./checks.ts";
import { MOONS_GRID, type MoonsNet, measureNet, moonsGroup } from "./measures.ts";
import type { MoonsGroup, TwoMoonsResults } from "./results.ts";

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
 * What happens to gradients after a step. The authors' loop for these data clears ERM's and never clears Mixup's, so
 * that each step uses the sum of all gradients so far: Mixup is trained both ways, ERM with gradients cleared only.
 */
const VARIANTS = ["cleared", "accumulated"] as const;

const POINTS = 300;
const HIDDEN = 500;
const LEARNING_RATE = 1e-3;

/** The population of one seed: its own data, ERM, then Mixup's laws with gradients cleared, then accumulated. */
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
    runs: [
      { seed, mixing: erm() },
      ...grid({
        seed: [seed],
        mixing: alphas.map((alpha) => mixup(beta(alpha), { granularity, pairing })),
        optimizer: VARIANTS.map((gradients) => adam({ learningRate: LEARNING_RATE, gradients })),
      }),
    ],
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
  const groups: MoonsGroup[] = [];
  for (const [s, separation] of SEPARATIONS.entries()) {
    // In the order of the population's runs.
    const settings = [
      { variant: "cleared" as const, alpha: null },
      ...VARIANTS.flatMap((variant) => alphas.map((alpha) => ({ variant, alpha }))),
    ];
    const nets: MoonsNet[][] = settings.map(() => []);
    for (let seed = 0; seed < seeds; seed++) {
      const label = `separation ${separation}, seed ${seed}`;
      const done = (s * seeds + seed) / (SEPARATIONS.length * seeds);
      const report = (step: number) =>
        onProgress({ label, step, steps, fraction: done + step / steps / (SEPARATIONS.length * seeds) });
      const measured = await trainSeed(trainer, moonsPopulation(separation, seed, settled), report, signal);
      measured.forEach((net, r) => {
        nets[r].push(net);
      });
    }
    const shown = twoMoons({ points: POINTS, separation, seed: 0 });
    settings.forEach((setting, r) => {
      groups.push(moonsGroup({ separation, ...setting, steps, granularity, pairing }, nets[r], shown));
    });
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

/** Trains a seed's population and measures every net of it. */
async function trainSeed(
  trainer: Trainer,
  population: TrainConfig,
  report: (step: number) => void,
  signal?: AbortSignal,
): Promise<MoonsNet[]> {
  const training = trainer.train(population, { signal });
  try {
    const { runs, curves } = await follow(training, report, signal);
    const { data, model } = population;
    const { points } = MOONS_GRID;
    const count = points.length / 2;
    const parameters = runs.map((run) => run.parameters);
    const logits = await trainer.predict({ model, parameters, points, loss: "squared-error" }, { signal });
    const nearest = nearestNeighbourLabels(data, points);
    return runs.map((run, r) => {
      const predictions = predictedClasses(logits.subarray(2 * r * count, 2 * (r + 1) * count), count);
      return measureNet(data, nearest, predictions, run, curves.runs[r].trainingLoss.at(-1));
    });
  } finally {
    training.destroy();
  }
}

/** The experiment as the command line knows it. */
export const twoMoonsExperiment = defineExperiment<ExperimentOptions, TwoMoonsResults>({
  name: "two-moons",
  summary: "decision boundaries of Mixup and ERM on two moons, and their margins",
  title: "Two moons: decision boundaries and margins",
  trains: true,
  compares: "expected",
  takes: ["seeds", "alphas", "steps", "granularity", "pairing"],
  defaults: TWO_MOONS_DEFAULTS,
  // Three nets a seed: with five this experiment alone takes six of the ten minutes that all may take.
  brief: { seeds: 4, alphas: [1] },
  full: { alphas: [1, 32, 64, 128, 512, 1024] },
  run: runTwoMoons,
  report: async () => (await import("./report.ts")).moonsReport,
});
