/**
 * Self-Evolution (arXiv 2305.13547) in small: labels smoothed by the net's own predictions before they are mixed, and easy points
 * mixed first, on five digits a class, beside ERM, plain label smoothing and plain Mixup. The paper has texts and a pretrained
 * encoder; here are its pieces without either.
 *
 * Not here: which points a set has (`data.ts`), what is expected (`checks.ts`), pictures and tables (`report.ts`).
 */

import { checkWord } from "../../check.ts";
import type { ImageSplits } from "../../data/imageSplits.ts";
import { ConfigError } from "../../errors.ts";
import { beta } from "../../mixing/laws.ts";
import { erm, mixup } from "../../mixing/mixing.ts";
import { calibration } from "../../model/metrics/calibration.ts";
import { easyPart, logitMargins, probabilityMargins } from "../../model/metrics/margins.ts";
import { mlp } from "../../model/nets.ts";
import { adam } from "../../model/optimizer.ts";
import { spread } from "../../numeric/spread.ts";
import { range } from "../../population/grid.ts";
import type { RunConfig } from "../../population/population.ts";
import type { Evaluation } from "../../training/evaluation.ts";
import { VERSION } from "../../version.ts";
import { digitsDataset } from "../digits.ts";
import { defineExperiment, type ExperimentOptions, type OnProgress } from "../experiment.ts";
import { trainStretch } from "../stretch.ts";
import type { Trainer } from "../trainer.ts";
import { selfEvolutionChecks } from "./checks.ts";
import { fewShotSplit } from "./data.ts";
import {
  ARM_NAMES,
  type ArmName,
  type Measures,
  type SelfEvolutionArm,
  type SelfEvolutionResults,
  type SelfEvolutionRun,
} from "./results.ts";

export interface SelfEvolutionOptions extends Pick<ExperimentOptions, "seeds" | "steps"> {
  /** The ways of training, in any order. */
  readonly ways: readonly ArmName[];
  /** Test points of each set, of those that are left. */
  readonly test: number;
  /** The digits; the command line reads them. */
  readonly digits?: ImageSplits;
}

export const SELF_EVOLUTION_DEFAULTS: SelfEvolutionOptions = {
  seeds: 16,
  steps: 300,
  ways: ARM_NAMES,
  test: 1747,
};

const PER_CLASS = 5;
const HIDDEN = 128;
const LEARNING_RATE = 1e-3;
const ALPHA = 0.5;
/** a of y' = (1 - a) y + a p, in which p are the net's own predictions. */
const OWN_SHARE = 0.3;
const SMOOTHING = 0.1;
const EASY_SHARE = 0.5;
/** Parts of the steps at which the easy half alone begins and ends to be trained on: steps 75 and 190 of 300. */
const EASY_FROM = 75 / 300;
const EASY_UNTIL = 190 / 300;

/** Seed by seed, all ways share training points and first weights. */
const MIXING = mixup(beta(ALPHA), { granularity: "sample" });

interface Arm {
  readonly name: ArmName;
  readonly label: string;
  readonly run: Omit<RunConfig, "seed" | "train">;
  /** By which margins of its training points a run chooses the easy half; absent where it does not. */
  readonly margins?: typeof logitMargins;
}

const DISTILLED = { mixing: MIXING, selfDistillation: OWN_SHARE };
const ARMS: readonly Arm[] = [
  { name: "erm", label: "ERM", run: { mixing: erm() } },
  {
    name: "smoothing",
    label: `label smoothing ${SMOOTHING}`,
    run: { mixing: erm(), labelSmoothing: SMOOTHING },
  },
  { name: "mixup", label: "Mixup", run: { mixing: MIXING } },
  { name: "self-distilled", label: "+ own predictions", run: DISTILLED },
  { name: "easy-first", label: "+ easy first", run: DISTILLED, margins: logitMargins },
  {
    name: "easy-by-probability",
    label: "+ easy first, by probability",
    run: DISTILLED,
    margins: probabilityMargins,
  },
];

/**
 * First and last step (excluded) of the easy half.
 * @throws ConfigError for so few steps that one of the three parts has none.
 */
function easySteps(steps: number): [from: number, until: number] {
  const [from, until] = [Math.round(EASY_FROM * steps), Math.round(EASY_UNTIL * steps)];
  if (!(from > 0 && from < until && until < steps))
    throw new ConfigError(
      "steps",
      `${steps}: too few for a part with all, with easy and with all points. Give 4 or more.`,
    );
  return [from, until];
}

function checkedOptions(options: Partial<SelfEvolutionOptions>) {
  const { seeds, steps, ways: names, test, digits } = { ...SELF_EVOLUTION_DEFAULTS, ...options };
  const [from, until] = easySteps(steps);
  names.forEach((name, i) => {
    checkWord(`ways[${i}]`, name, ARM_NAMES, "way");
  });
  const ways = ARMS.filter(({ name }) => names.includes(name));
  if (ways.length === 0) throw new ConfigError("ways", "none. Give at least one.");
  return { seeds, steps, from, until, ways, test, data: digitsDataset(digits) };
}

/**
 * Trains the whole experiment: three populations, since the nets' own predictions cost every run of a population as much again, and
 * the easy halves make smaller batches.
 * @throws ConfigError without digits or for too few steps; AbortError (the signal's reason) when stopped; the trainer's errors
 * as they are.
 */
export async function runSelfEvolution(
  trainer: Pick<Trainer, "backend" | "adapter" | "open">,
  options: Partial<SelfEvolutionOptions> = {},
  onProgress: OnProgress = () => {},
  signal?: AbortSignal,
): Promise<SelfEvolutionResults> {
  const { seeds, steps, from, until, ways, test, data } = checkedOptions(options);
  const started = performance.now();
  const sets = range(seeds).map((seed) => fewShotSplit(data, { seed, perClass: PER_CLASS, test }).splits);
  const model = mlp([data.dimensions, HIDDEN, data.targetSize]);
  const labelsAt = (points: Uint32Array) => Uint32Array.from(points, (n) => data.labels![n]);
  const plain = ways.filter(({ run }) => run.selfDistillation === undefined);
  const distilled = ways.filter((arm) => !plain.includes(arm) && arm.margins === undefined);
  const curricula = ways.filter(({ margins }) => margins !== undefined);

  const trainArms = async (members: readonly Arm[], before: number): Promise<SelfEvolutionArm[]> => {
    const runs = members.flatMap((arm) => range(seeds).map((seed) => ({ arm, seed, points: sets[seed] })));
    const population = trainer.open({
      data,
      model,
      optimizer: adam({ learningRate: LEARNING_RATE }),
      batch: "full",
      runs: runs.map(({ arm, seed, points }) => ({ ...arm.run, seed, train: points.training })),
    });
    const share = members.length / ways.length;
    const stretch = (label: string, count: number) => {
      const done = population.step;
      const report = (step: number) =>
        onProgress({
          label,
          step: done + step,
          steps,
          fraction: before + (share * (done + step)) / steps,
        });
      return trainStretch(population, count, report, signal);
    };
    const easy: (Uint32Array | undefined)[] = [];
    try {
      if (members !== curricula) await stretch("without a curriculum", steps);
      else {
        await stretch("all points", from);
        const evaluations = await population.evaluate();
        runs.forEach(({ arm, points }, r) => {
          const { logits } = evaluations[r];
          const labels = labelsAt(points.training);
          const margins = arm.margins!({ logits, labels, classes: data.targetSize });
          easy[r] = easyPart(margins, EASY_SHARE).map((i) => points.training[i]);
        });
        await population.set(range(runs.length), (r) => ({ train: easy[r] }));
        await stretch("easy points", until - from);
        await population.set(range(runs.length), (r) => ({ train: runs[r].points.training }));
        await stretch("all points again", steps - until);
      }
      const evaluations = await population.evaluate(undefined, {
        points: runs.map(({ points }) => points.test),
      });
      const measured = runs.map(({ seed, points }, r): SelfEvolutionRun => {
        const labels = labelsAt(points.test);
        const chosen = easy[r] && labelsAt(easy[r]);
        return {
          seed,
          ...measures(evaluations[r], labels, data.targetSize),
          easyByClass: extremes(chosen, data.targetSize),
        };
      });
      return members.map(({ name, label }, a) =>
        armOf(name, label, measured.slice(a * seeds, (a + 1) * seeds)),
      );
    } finally {
      population.destroy();
    }
  };

  const arms: SelfEvolutionArm[] = [];
  for (const members of [plain, distilled, curricula].filter(({ length }) => length > 0))
    arms.push(...(await trainArms(members, arms.length / ways.length)));
  return {
    experiment: "self-evolution",
    version: VERSION,
    config: {
      data: `digits, ${PER_CLASS} a class for training, ${sets[0].test.length} for tests, drawn anew for each seed`,
      model: [data.dimensions, HIDDEN, data.targetSize],
      activation: "relu",
      loss: "softmax-cross-entropy",
      optimizer: adam({ learningRate: LEARNING_RATE }),
      batch: "full",
      mixing: `Beta(${ALPHA}, ${ALPHA}), a lambda for each sample, partners uniform`,
      smoothing: SMOOTHING,
      ownPredictions: OWN_SHARE,
      easy: `the half with the largest margins at step ${from}, alone from step ${from} to ${until}`,
      steps,
      seeds: range(seeds),
    },
    backend: trainer.backend,
    adapter: trainer.adapter,
    arms,
    references: selfEvolutionChecks(arms, steps),
    elapsedSeconds: (performance.now() - started) / 1000,
  };
}

/** All null for a net that diverged. */
function measures({ loss, logits }: Evaluation, labels: Uint32Array, classes: number): Measures {
  if (!Number.isFinite(loss)) {
    return {
      accuracy: null,
      calibrationError: null,
      negativeLogLikelihood: null,
      brierScore: null,
      confidence: null,
    };
  }
  const of = calibration({ logits, labels, classes });
  const confident = of.bins.reduce((sum, { count, confidence }) => sum + count * (confidence ?? 0), 0);
  return {
    accuracy: of.accuracy,
    calibrationError: of.expectedCalibrationError,
    negativeLogLikelihood: of.negativeLogLikelihood,
    brierScore: of.brierScore,
    confidence: confident / labels.length,
  };
}

/** How many of the points the class of the fewest and of the most has. */
function extremes(labels: Uint32Array | undefined, classes: number): [number, number] | null {
  if (labels === undefined) return null;
  const counts = new Array<number>(classes).fill(0);
  for (const label of labels) counts[label]++;
  return [Math.min(...counts), Math.max(...counts)];
}

/** The runs of a way with means and deviations over those that did not diverge. */
export function armOf(name: ArmName, label: string, runs: SelfEvolutionRun[]): SelfEvolutionArm {
  const over = (measure: keyof Measures) => spread(runs.map((run) => run[measure]));
  return {
    name,
    label,
    runs,
    over: {
      accuracy: over("accuracy"),
      calibrationError: over("calibrationError"),
      negativeLogLikelihood: over("negativeLogLikelihood"),
      brierScore: over("brierScore"),
      confidence: over("confidence"),
    },
  };
}

/** The experiment as the command line knows it. */
export const selfEvolutionExperiment = defineExperiment<SelfEvolutionOptions, SelfEvolutionResults>({
  name: "self-evolution",
  summary: "few-shot Mixup with a net's own predictions in the labels, easy points first",
  title: "Self-Evolution: own predictions in the labels, easy points first",
  trains: true,
  compares: "expected",
  takes: ["seeds", "steps"],
  usesDigits: true,
  defaults: SELF_EVOLUTION_DEFAULTS,
  // Without the curricula, the dearest: their runs see all points, the easy half, and all again, each with predictions of their own.
  brief: { seeds: 10, ways: ["erm", "smoothing", "mixup", "self-distilled"] },
  full: { seeds: 64 },
  check: checkedOptions,
  run: runSelfEvolution,
  report: async () => (await import("./report.ts")).selfEvolutionReport,
});
