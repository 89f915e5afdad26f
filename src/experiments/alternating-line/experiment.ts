/**
 * The paper's failure case (section 2.3): points 0, 1, 2, ... on a line with alternating classes, where Mixup
 * with a large alpha can't fit its own training data. One population per data set: all laws and all seeds
 * train together.
 *
 * Not here: published numbers (`published.ts`), pictures and files (`figures.ts`, `report.ts`,
 * `csv.ts`).
 */

import { alternatingLine } from "../../data/lines.ts";
import { beta } from "../../mixing/laws.ts";
import { erm, mixup } from "../../mixing/mixing.ts";
import { parameterLayout } from "../../model/layout.ts";
import { mlp } from "../../model/nets.ts";
import { adam } from "../../model/optimizer.ts";
import { grid, range } from "../../population/grid.ts";
import type { TrainConfig } from "../../training/training.ts";
import { VERSION } from "../../version.ts";
import { defineExperiment, type ExperimentOptions, type OnProgress } from "../experiment.ts";
import { type LineSet, setName } from "../lineSets.ts";
import { breathe, follow, type Trainer } from "../trainer.ts";
import { checkReferences, lineTheoryReferences } from "./checks.ts";
import { groupRuns } from "./groups.ts";
import type { Group, LineResults, LineTheory } from "./results.ts";
import { lineTheory } from "./theory.ts";

/** The paper's data sets: the one of the main text first. */
export const LINE_SETS: readonly LineSet[] = [
  { points: 3, classes: 2 },
  { points: 10, classes: 2 },
  { points: 10, classes: 10 },
];

/** The paper's own setting, with alpha = 1024 from its two-moons study. */
export const ALTERNATING_LINE_DEFAULTS: ExperimentOptions = {
  seeds: 10,
  alphas: [1, 32, 128, 1024],
  steps: 5000,
  granularity: "batch",
  pairing: "uniform",
};

const HIDDEN = 512;
const LEARNING_RATE = 1e-3;
const EVALUATE_EVERY = 50;

/** The population of one data set: all laws, ERM first, and of each all seeds. */
export function linePopulation(
  set: LineSet,
  { seeds, alphas, steps, granularity, pairing }: ExperimentOptions,
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
  options: Partial<ExperimentOptions> = {},
  onProgress: OnProgress = () => {},
  signal?: AbortSignal,
): Promise<LineResults> {
  const settled = { ...ALTERNATING_LINE_DEFAULTS, ...options };
  const started = performance.now();
  const populations = LINE_SETS.map((set) => linePopulation(set, settled));
  const work = populations.map(workOf);
  const total = work.reduce((sum, part) => sum + part, 0);
  const groups: Group[] = [];
  const theory: LineTheory[] = [];
  let done = 0;
  for (const [i, set] of LINE_SETS.entries()) {
    const training = trainer.train(populations[i], { signal });
    const report = (step: number) => {
      const fraction = (done + (work[i] * step) / settled.steps) / total;
      onProgress({ label: setName(set), step, steps: settled.steps, fraction });
    };
    try {
      const result = await follow(training, report, signal);
      const setting = { ...set, seeds: settled.seeds, steps: result.step };
      const trained = groupRuns(setting, [null, ...settled.alphas], result);
      groups.push(...trained);
      for (const [g, group] of trained.entries()) {
        if (group.mixing === "erm") continue;
        const runs = result.runs.slice(g * settled.seeds, (g + 1) * settled.seeds);
        theory.push(lineTheory(group, populations[i].model, runs));
        await breathe(signal);
      }
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
    theory,
    references: [...checkReferences(groups), ...lineTheoryReferences(theory, groups)],
    elapsedSeconds: (performance.now() - started) / 1000,
  };
}

/**
 * Arithmetic of a population up to a factor: each point goes forward and back, and Adam visits every
 * parameter.
 */
function workOf({ data, model, steps, runs }: TrainConfig): number {
  return runs.length * steps * parameterLayout(model).size * (3 * data.size + 10);
}

/** The config as `results.json` states it. */
function describe(options: ExperimentOptions): LineResults["config"] {
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

/** The experiment as the command line knows it. As one of all it trains four seeds instead of ten. */
export const alternatingLineExperiment = defineExperiment<ExperimentOptions, LineResults>({
  name: "alternating-line",
  summary: "points on a line with alternating classes: Mixup's failure case",
  title: "Alternating lines: Mixup's failure case",
  trains: true,
  compares: "published",
  takes: ["seeds", "alphas", "steps", "granularity", "pairing"],
  defaults: ALTERNATING_LINE_DEFAULTS,
  brief: { seeds: 4 },
  run: runAlternatingLine,
  report: async () => (await import("./report.ts")).lineReport,
});
