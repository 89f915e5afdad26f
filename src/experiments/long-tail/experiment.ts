/**
 * Re-training the classifier of a net that learnt from a long tail, with labels smoothed almost to uniform (LORT, arXiv
 * 2403.00250), in small: digits, 80 of the most frequent class and 2 of the rarest. The first stage trains as usual; then the trunk
 * stays as it is, and copies of the classifier go another way each, measured at several steps.
 *
 * Not here: the data (`data.ts`), where nets are cut (`trunk.ts`), the ways (`paths.ts`), what is expected (`checks.ts`), pictures and tables (`report.ts`).
 */

import { checkInteger, checkWord } from "../../check.ts";
import type { ImageSplits } from "../../data/imageSplits.ts";
import { longTailCounts } from "../../data/longTail.ts";
import { ConfigError } from "../../errors.ts";
import { erm } from "../../mixing/mixing.ts";
import type { NamedTensors } from "../../model/layout.ts";
import { linear, mlp } from "../../model/nets.ts";
import { adam, sgd } from "../../model/optimizer.ts";
import { range } from "../../population/grid.ts";
import { VERSION } from "../../version.ts";
import { digitsDataset } from "../digits.ts";
import { defineExperiment, type ExperimentOptions, type OnProgress } from "../experiment.ts";
import { trainStretch } from "../stretch.ts";
import type { Trainer } from "../trainer.ts";
import { longTailChecks } from "./checks.ts";
import { longTailSplit } from "./data.ts";
import { measureTail, PATHS, secondStage, tailSpreads } from "./paths.ts";
import type { LongTailResults, PathName, TailPath } from "./results.ts";
import { cutNets } from "./trunk.ts";

export interface LongTailOptions extends Pick<ExperimentOptions, "seeds" | "steps"> {
  /** Steps of the second stage at which it is measured, rising; it ends with the last. `steps` are the first stage's. */
  readonly path: readonly number[];
  /** The ways of the second stage that are trained, in any order. */
  readonly ways: readonly PathName[];
  /** Test points of each draw, of those that are left. */
  readonly test: number;
  /** The digits; the command line reads them. */
  readonly digits?: ImageSplits;
}

export const LONG_TAIL_DEFAULTS: LongTailOptions = {
  seeds: 10,
  steps: 400,
  path: [5, 10, 20, 50, 100, 400],
  ways: PATHS.map(({ name }) => name),
  test: 1300,
};

const LARGEST = 80;
const IMBALANCE = 40;
const HIDDEN = 128;
const LEARNING_RATE = 1e-3;

function checkedOptions(options: Partial<LongTailOptions>) {
  const { seeds, steps, path, ways: names, test, digits } = { ...LONG_TAIL_DEFAULTS, ...options };
  if (path.length === 0) throw new ConfigError("path", "no steps. Give at least one.");
  path.forEach((step, i) => {
    checkInteger(`path[${i}]`, step, i === 0 ? 1 : path[i - 1] + 1, 1e6, "a later step than the one before");
  });
  names.forEach((name, i) => {
    checkWord(
      `ways[${i}]`,
      name,
      PATHS.map((way) => way.name),
      "way",
    );
  });
  if (names.length === 0) throw new ConfigError("ways", "none. Give at least one.");
  const ways = PATHS.filter(({ name }) => names.includes(name));
  return { seeds, steps, path, ways, test, data: digitsDataset(digits) };
}

/**
 * Trains the whole experiment: a population of nets, then one of classifiers.
 * @throws ConfigError without digits, for steps that don't rise; Error if a net diverges before its trunk is cut off; AbortError (the signal's reason) when stopped; the trainer's
 * errors as they are.
 */
export async function runLongTail(
  trainer: Pick<Trainer, "backend" | "adapter" | "open" | "predict">,
  options: Partial<LongTailOptions> = {},
  onProgress: OnProgress = () => {},
  signal?: AbortSignal,
): Promise<LongTailResults> {
  const { seeds, steps, path, ways, test, data } = checkedOptions(options);
  const started = performance.now();
  const labels = data.labels!;
  const draws = range(seeds).map((seed) =>
    longTailSplit(data, { seed, largest: LARGEST, imbalance: IMBALANCE, test }),
  );
  const last = path[path.length - 1];
  // A step of the classifiers alone is a tenth of one of whole nets, or less.
  const work = 10 * steps + ways.length * last;
  const whole = trainer.open({
    data,
    model: mlp([data.dimensions, HIDDEN, data.targetSize]),
    optimizer: adam({ learningRate: LEARNING_RATE }),
    batch: "full",
    runs: draws.map(({ splits }, seed) => ({ seed, mixing: erm(), train: splits.training })),
  });
  let stage1: LongTailResults["stage1"]["runs"];
  let nets: NamedTensors[];
  try {
    const first = (step: number) =>
      onProgress({ label: "all of the net", step, steps, fraction: (10 * step) / work });
    await trainStretch(whole, steps, first, signal);
    const begun = await whole.evaluate(undefined, { points: draws.map(({ splits }) => splits.test) });
    stage1 = draws.map((draw, seed) => ({ seed, ...measureTail(begun[seed], draw, labels) }));
    nets = await whole.parameters();
  } finally {
    whole.destroy();
  }
  const lost = stage1.find(({ overall }) => overall === null);
  if (lost !== undefined) throw new Error(`The net of draw ${lost.seed} diverged before its second stage.`);

  const cut = await cutNets(trainer, nets, data, HIDDEN, signal);
  const inDraw = (seed: number, points: Uint32Array) => points.map((n) => seed * data.size + n);
  const runs = ways.flatMap((way) => draws.map((draw, seed) => ({ way, draw, seed })));
  const classifiers = trainer.open({
    data: cut.data,
    model: linear(HIDDEN, data.targetSize),
    optimizer: sgd({ learningRate: LEARNING_RATE }),
    batch: "full",
    runs: runs.map(({ way, draw, seed }) => ({
      ...secondStage(way, draw, labels),
      seed,
      train: inDraw(seed, draw.splits.training),
      parameters: cut.classifiers[seed],
    })),
  });
  try {
    const measured: ReturnType<typeof measureTail>[][] = runs.map(() => []);
    for (const [i, until] of path.entries()) {
      const from = i === 0 ? 0 : path[i - 1];
      const second = (step: number) =>
        onProgress({
          label: "the classifier alone",
          step: from + step,
          steps: last,
          fraction: (10 * steps + ways.length * (from + step)) / work,
        });
      await trainStretch(classifiers, until - from, second, signal);
      const evaluations = await classifiers.evaluate(undefined, {
        points: runs.map(({ draw, seed }) => inDraw(seed, draw.splits.test)),
      });
      runs.forEach(({ draw }, r) => {
        measured[r].push(measureTail(evaluations[r], draw, labels));
      });
    }
    const paths = ways.map(({ name, label }, p): TailPath => {
      const own = measured.slice(p * seeds, (p + 1) * seeds);
      return {
        name,
        label,
        runs: own.map((at, seed) => ({ seed, at })),
        over: path.map((_, i) => tailSpreads(own.map((at) => at[i]))),
      };
    });
    const results = {
      counts: Array.from(
        longTailCounts({ largest: LARGEST, imbalance: IMBALANCE, classes: data.targetSize }),
      ),
      steps: [...path],
      stage1: { runs: stage1, over: tailSpreads(stage1) },
      paths,
    };
    return {
      experiment: "long-tail",
      version: VERSION,
      config: {
        data: `digits, ${results.counts.join(" ")} of the classes in random order, ${test} others for tests, drawn anew for each seed`,
        model: [data.dimensions, HIDDEN, data.targetSize],
        activation: "relu",
        loss: "softmax-cross-entropy",
        batch: "full",
        stage1: `${steps} steps of Adam, learning rate ${LEARNING_RATE}`,
        stage2: "trunk frozen; slow: SGD 0.01; fast: SGD 0.05 with momentum 0.9",
        steps,
        path,
        seeds: range(seeds),
      },
      backend: trainer.backend,
      adapter: trainer.adapter,
      ...results,
      references: longTailChecks(results, steps),
      elapsedSeconds: (performance.now() - started) / 1000,
    };
  } finally {
    classifiers.destroy();
  }
}

/** The experiment as the command line knows it. */
export const longTailExperiment = defineExperiment<LongTailOptions, LongTailResults>({
  name: "long-tail",
  summary: "re-training a classifier with labels smoothed almost to uniform, on a long tail",
  title: "A long tail: the classifier re-trained with over-smoothed labels",
  trains: true,
  compares: "expected",
  takes: ["seeds", "steps"],
  usesDigits: true,
  defaults: LONG_TAIL_DEFAULTS,
  // The slow way and the fast one; the others are variations of them.
  brief: { ways: ["slow-0.98", "fast-0.98"] },
  full: { seeds: 40 },
  check: checkedOptions,
  run: runLongTail,
  report: async () => (await import("./report.ts")).longTailReport,
});
