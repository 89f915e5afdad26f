/**
 * The paper's failure case (section 2.3): points 0, 1, 2, ... on a line with alternating classes, where Mixup
 * with a large alpha can't fit its own training data. One population per data set: all laws and all seeds
 * train together.
 *
 * Not here: published numbers (`alternatingLinePaper.ts`), pictures and files (`figures.ts`, `report.ts`,
 * `csv.ts`).
 */

import { alternatingLine } from "../data/lines.ts";
import { beta, erm, type Granularity, mixup, type Pairing } from "../mixing/mixing.ts";
import { parameterLayout } from "../model/layout.ts";
import { mlp } from "../model/model.ts";
import { adam } from "../model/optimizer.ts";
import { grid, range } from "../population/grid.ts";
import type { TrainConfig, Training, TrainingResult } from "../training/training.ts";
import { groupRuns } from "./groups.ts";
import { checkReferences } from "./references.ts";
import { type ExperimentResults, type Group, setName, VERSION } from "./results.ts";
import type { Trainer } from "./trainer.ts";

/** A line of `points` points with `classes` classes. */
export interface LineSet {
  readonly points: number;
  readonly classes: number;
}

/** The paper's data sets: the one of the main text first. */
export const LINE_SETS: readonly LineSet[] = [
  { points: 3, classes: 2 },
  { points: 10, classes: 2 },
  { points: 10, classes: 10 },
];

/** What may be varied; ERM is always among the laws. */
export interface AlternatingLineOptions {
  /** Number of seeds, 0 to seeds - 1. */
  readonly seeds: number;
  /** Beta(alpha, alpha) for each. */
  readonly alphas: readonly number[];
  readonly steps: number;
  readonly granularity: Granularity;
  readonly pairing: Pairing;
}

/** The paper's own setting, with alpha = 1024 from its two-moons study. */
export const ALTERNATING_LINE_DEFAULTS: AlternatingLineOptions = {
  seeds: 10,
  alphas: [1, 32, 128, 1024],
  steps: 5000,
  granularity: "batch",
  pairing: "uniform",
};

const HIDDEN = 512;
const LEARNING_RATE = 1e-3;
const EVALUATE_EVERY = 50;

/** How far an experiment is. */
export interface ExperimentProgress {
  /** What trains now, in words. */
  readonly label: string;
  /** Steps done of the population that trains now. */
  readonly step: number;
  readonly steps: number;
  /** Of the whole experiment's work, 0 to 1. */
  readonly fraction: number;
}

/** The population of one data set: all laws, ERM first, and of each all seeds. */
export function linePopulation(
  set: LineSet,
  { seeds, alphas, steps, granularity, pairing }: AlternatingLineOptions,
): TrainConfig {
  const data = alternatingLine(set);
  return {
    data,
    model: mlp([1, HIDDEN, set.classes]),
    optimizer: adam({ learningRate: LEARNING_RATE }),
    steps,
    batch: "full",
    evaluateEvery: EVALUATE_EVERY,
    probePoints: data.points,
    runs: grid({
      seed: range(seeds),
      mixing: [erm(), ...alphas.map((alpha) => mixup(beta(alpha), { granularity, pairing }))],
    }),
  };
}

/**
 * Trains the whole experiment, in a page or in Node, and compares it with the published numbers.
 * @throws AbortError (the signal's reason) when stopped; the trainer's errors as they are.
 */
export async function runAlternatingLine(
  trainer: Trainer,
  options: Partial<AlternatingLineOptions> = {},
  onProgress: (progress: ExperimentProgress) => void = () => {},
  signal?: AbortSignal,
): Promise<ExperimentResults> {
  const settled = { ...ALTERNATING_LINE_DEFAULTS, ...options };
  const started = performance.now();
  const populations = LINE_SETS.map((set) => linePopulation(set, settled));
  const work = populations.map(workOf);
  const total = work.reduce((sum, part) => sum + part, 0);
  const groups: Group[] = [];
  let done = 0;
  for (const [i, set] of LINE_SETS.entries()) {
    const training = trainer.train(populations[i], { signal });
    const report = (step: number) => {
      const fraction = (done + (work[i] * step) / settled.steps) / total;
      onProgress({ label: setName(set), step, steps: settled.steps, fraction });
    };
    try {
      const result = await follow(training, report);
      if (result.stopped) throw signal?.reason ?? new DOMException("The training was stopped.", "AbortError");
      groups.push(
        ...groupRuns({ ...set, seeds: settled.seeds, steps: result.step }, [null, ...settled.alphas], result),
      );
    } finally {
      training.destroy();
    }
    done += work[i];
  }
  return {
    experiment: "alternating-line",
    version: VERSION,
    config: describe(settled),
    backend: trainer.backend,
    adapter: trainer.adapter,
    groups,
    references: checkReferences(groups),
    elapsedSeconds: (performance.now() - started) / 1000,
  };
}

/** The result, with every step on the way reported. */
async function follow(training: Training, report: (step: number) => void): Promise<TrainingResult> {
  const watch = async () => {
    report(0);
    for await (const { step } of training) report(step);
  };
  const [result] = await Promise.all([training.result, watch()]);
  report(result.step);
  return result;
}

/**
 * Arithmetic of a population up to a factor: each point goes forward and back, and Adam visits every
 * parameter.
 */
function workOf({ data, model, steps, runs }: TrainConfig): number {
  return runs.length * steps * parameterLayout(model).size * (3 * data.size + 10);
}

/** The config as `results.json` states it. */
function describe(options: AlternatingLineOptions): ExperimentResults["config"] {
  return {
    sets: LINE_SETS.map(({ points, classes }) => ({ points, classes, model: [1, HIDDEN, classes] })),
    activation: "relu",
    loss: "softmax-cross-entropy",
    optimizer: adam({ learningRate: LEARNING_RATE }),
    batch: "full",
    evaluateEvery: EVALUATE_EVERY,
    ...options,
    seeds: range(options.seeds),
  };
}
