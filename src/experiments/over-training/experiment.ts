/**
 * Over-training with Mixup (Liu, Wang, Guo, Mao, ICLR 2023, arXiv 2303.01475): the test error falls, then rises as a regression by
 * random features goes on to fit the labels of mixed points. In closed form on many draws, and trained on some of them.
 *
 * Not here: draws (`data.ts`), nets (`training.ts`), what must come out (`checks.ts`), pictures and tables (`report.ts`).
 */

import { checkInteger } from "../../check.ts";
import { range } from "../../population/grid.ts";
import { overTrainingCurves } from "../../theory/overTraining/curves.ts";
import { VERSION } from "../../version.ts";
import { defineExperiment, type ExperimentOptions, type OnProgress } from "../experiment.ts";
import { breathe, type Trainer } from "../trainer.ts";
import { overTrainingChecks } from "./checks.ts";
import { overTrainingDraw } from "./data.ts";
import { ARMS, type DrawCurves, type OverTrainingResults, type SizeOutcome } from "./results.ts";
import { last, lastOverBest, median } from "./summary.ts";
import { type TrainedDraw, trainDraws } from "./training.ts";

/** What may be varied: `seeds` are draws, `steps` those of the trained nets. */
export interface OverTrainingRunOptions extends Pick<ExperimentOptions, "seeds" | "steps"> {
  /** Draws that are trained on, the first ones; the others are in closed form only. */
  readonly trained: number;
}

export const OVER_TRAINING_DEFAULTS: OverTrainingRunOptions = { seeds: 30, steps: 1000, trained: 3 };

const POINTS = 20;
/** Fewer and more points, in closed form. */
const OTHER_POINTS = [10, 40];
/** Ten a decade up to a million. */
const STEPS = [...new Set(range(61).map((k) => Math.round(10 ** (k / 10))))];
/** Where nets are measured: two a decade, of the steps above. */
const MEASURED = range(13).map((k) => Math.round(10 ** (k / 2)));

/** Parts of the whole's time. */
const CLOSED_FORM_SHARE = 0.1;
const POINTS_SHARE = 0.15;

function checkOverTraining({ seeds, steps, trained }: Partial<OverTrainingRunOptions>): void {
  if (seeds !== undefined) checkInteger("seeds", seeds, 1, 10_000, "a number of draws");
  if (steps !== undefined) checkInteger("steps", steps, 1, 1e6, "a number of steps");
  if (trained !== undefined) checkInteger("trained", trained, 0, 1000, "a number of draws");
}

/**
 * Computes the whole experiment.
 * @throws ConfigError for numbers of draws and steps that are none; AbortError (the signal's reason) when stopped; the trainer's
 * errors as they are.
 */
export async function runOverTraining(
  trainer: Trainer,
  options: Partial<OverTrainingRunOptions> = {},
  onProgress: OnProgress = () => {},
  signal?: AbortSignal,
): Promise<OverTrainingResults> {
  const settled = { ...OVER_TRAINING_DEFAULTS, ...options };
  checkOverTraining(settled);
  const { seeds, steps } = settled;
  const trainedCount = Math.min(settled.trained, seeds);
  const started = performance.now();
  const closedFormShare = trainedCount === 0 ? 1 : CLOSED_FORM_SHARE;
  const draws: DrawCurves[] = [];
  const chosen: TrainedDraw[] = [];
  const outcomes = new Map([POINTS, ...OTHER_POINTS].map((points) => [points, [] as Outcome[]]));
  for (const seed of range(seeds)) {
    onProgress({ label: "closed form", step: 0, steps: 0, fraction: (closedFormShare * seed) / seeds });
    for (const [points, own] of outcomes) {
      await breathe(signal);
      const draw = overTrainingDraw({ seed, points });
      const curves = overTrainingCurves({ ...draw, steps: STEPS });
      const { mixup, bestStep } = curves;
      own.push({ mixup: [...mixup], bestStep });
      if (points !== POINTS) continue;
      const plain = Object.fromEntries(ARMS.map((arm) => [arm, [...curves[arm]]]));
      draws.push({ seed, bestStep, ...(plain as Pick<DrawCurves, (typeof ARMS)[number]>) });
      if (seed < trainedCount) chosen.push({ seed, draw, curves });
    }
  }
  const report = (label: string, step: number) => {
    const part = label === "points" ? 1 - POINTS_SHARE : 0;
    const share = label === "points" ? POINTS_SHARE : 1 - POINTS_SHARE;
    const fraction = closedFormShare + (1 - closedFormShare) * (part + (share * step) / steps);
    onProgress({ label: `nets on ${label}`, step, steps, fraction });
  };
  const trained =
    trainedCount === 0 ? [] : await trainDraws(trainer, chosen, { steps, at: MEASURED }, report, signal);
  const results = { steps: STEPS, draws, trained };
  return {
    experiment: "over-training",
    version: VERSION,
    config: {
      data: "x ~ N(0, I) in 5 dimensions; labels of a teacher in the span of the features",
      features: "100, relu(W x) / sqrt(100), W ~ N(0, 1)",
      points: POINTS,
      otherPoints: OTHER_POINTS,
      testPoints: 2000,
      mixing: "midpoints of all ordered pairs, a point's with itself included",
      optimizer: "gradient descent from 0 on half the mean squared error, rate 1 / s_max of its own design",
      draws: range(seeds),
      trained: range(trainedCount),
      trainedSteps: steps,
    },
    backend: trainer.backend,
    adapter: trainer.adapter,
    ...results,
    sizes: [...outcomes].map(([points, own]) => sizeOutcome(points, own)).sort((a, b) => a.points - b.points),
    references: overTrainingChecks(results),
    elapsedSeconds: (performance.now() - started) / 1000,
  };
}

interface Outcome {
  readonly mixup: number[];
  readonly bestStep: number;
}

function sizeOutcome(points: number, own: readonly Outcome[]): SizeOutcome {
  return {
    points,
    lastOverBest: median(own.map(({ mixup }) => lastOverBest(mixup))),
    bestStep: median(own.map(({ bestStep }) => bestStep)),
    best: median(own.map(({ mixup }) => Math.min(...mixup))),
    last: median(own.map(({ mixup }) => last(mixup))),
  };
}

/** The experiment as the command line knows it. */
export const overTrainingExperiment = defineExperiment<OverTrainingRunOptions, OverTrainingResults>({
  name: "over-training",
  summary: "Mixup's test error falls and rises again: random features in closed form, and trained",
  title: "Over-training with Mixup",
  trains: true,
  compares: "expected",
  takes: ["seeds", "steps"],
  defaults: OVER_TRAINING_DEFAULTS,
  brief: { steps: 316, trained: 2 },
  full: { seeds: 100, steps: 10_000, trained: 10 },
  check: checkOverTraining,
  run: runOverTraining,
  report: async () => (await import("./report.ts")).overTrainingReport,
});
