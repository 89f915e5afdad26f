/**
 * The Benefits of Mixup for Feature Learning (Zou, Cao, Li, Gu, arXiv 2303.08433), in small: points and labels may be mixed by
 * different lambdas, rare features are learnt from their mixtures, and early, so that mixing may be switched off.
 *
 * Not here: the two halves (`digitsPart.ts`, `rarePart.ts`), what must come out (`checks.ts`), pictures and tables (`report.ts`).
 */

import type { ImageSplits } from "../../data/imageSplits.ts";
import { ConfigError } from "../../errors.ts";
import { range } from "../../population/grid.ts";
import type { TrainConfig, TrainingResult } from "../../training/training.ts";
import { VERSION } from "../../version.ts";
import { digitsDataset } from "../digits.ts";
import { defineExperiment, type ExperimentOptions, type OnProgress } from "../experiment.ts";
import { breathe, follow, type Trainer } from "../trainer.ts";
import { featureLearningChecks } from "./checks.ts";
import { digitsGroups, digitsPopulation } from "./digitsPart.ts";
import { LAWS } from "./laws.ts";
import { rareGroups, rarePopulation } from "./rarePart.ts";
import type { DigitsGroup, DigitsSetting, FeatureLearningResults, RareSetting } from "./results.ts";

/** What may be varied. `steps` are those of both halves; each has its own otherwise. */
export interface FeatureLearningOptions extends Pick<ExperimentOptions, "seeds"> {
  readonly steps?: number;
  readonly digitsSetting: DigitsSetting;
  readonly rareSetting: RareSetting;
  /** The images; the command line reads them. */
  readonly digits?: ImageSplits;
}

/** Nets of the digits that fit minutes on two cores. */
const SMALL_DIGITS: DigitsSetting = { hidden: [64, 64], steps: 400, laws: LAWS };

/** Rare features as specified: 800 steps of these nets take a software adapter ten minutes and more. */
const WHOLE_RARE: RareSetting = {
  points: 150,
  dimensions: 400,
  filters: 6,
  steps: 800,
  laws: LAWS,
  switches: [200, 400, 600],
};

/** The same regime on a fourteenth of the work. */
export const SMALL_RARE: RareSetting = {
  points: 80,
  dimensions: 160,
  filters: 4,
  steps: 400,
  laws: LAWS,
  switches: [100],
};

export const FEATURE_LEARNING_DEFAULTS: FeatureLearningOptions = {
  seeds: 8,
  digitsSetting: SMALL_DIGITS,
  rareSetting: SMALL_RARE,
};

/**
 * Refuses options that can't be run.
 * @throws ConfigError
 */
function checkFeatureLearning({ seeds = 1, steps, rareSetting }: Partial<FeatureLearningOptions>): void {
  if (seeds < 1) throw new ConfigError("--seeds", "none. Give at least one.");
  const last = Math.max(...(rareSetting?.switches ?? [0]));
  if (steps !== undefined && steps <= last)
    throw new ConfigError("--steps", `${steps}: mixing is switched off after ${last}. Give more.`);
}

/**
 * Trains both halves.
 * @throws ConfigError without digits; AbortError (the signal's reason) when stopped; the trainer's errors as they are.
 */
export async function runFeatureLearning(
  trainer: Trainer,
  options: Partial<FeatureLearningOptions> = {},
  onProgress: OnProgress = () => {},
  signal?: AbortSignal,
): Promise<FeatureLearningResults> {
  const settled = { ...FEATURE_LEARNING_DEFAULTS, ...options };
  checkFeatureLearning(settled);
  const { seeds, steps, digits } = settled;
  const digitsSetting = { ...settled.digitsSetting, ...(steps !== undefined && { steps }) };
  const rareSetting = { ...settled.rareSetting, ...(steps !== undefined && { steps }) };
  const started = performance.now();
  const withDigits = digitsSetting.laws.length > 0;
  const images = withDigits ? digitsPopulation(digitsDataset(digits), seeds, digitsSetting) : undefined;
  onProgress({ label: "data", step: 0, steps: 0, fraction: 0 });
  await breathe(signal);
  const rarePoints = rarePopulation(seeds, rareSetting);
  const work = [images ? workOf(images) : 0, workOf(rarePoints.config)];
  const share = work[0] / (work[0] + work[1]);
  const trained = async (
    label: string,
    config: TrainConfig,
    from: number,
    to: number,
  ): Promise<TrainingResult> => {
    const training = trainer.train(config, { signal });
    const report = (step: number) =>
      onProgress({
        label,
        step,
        steps: config.steps,
        fraction: from + ((to - from) * step) / config.steps,
      });
    try {
      return await follow(training, report, signal);
    } finally {
      training.destroy();
    }
  };
  let digitGroups: DigitsGroup[] = [];
  if (images !== undefined) {
    const onImages = await trained("digits", images, 0, 0.98 * share);
    digitGroups = await digitsGroups(trainer, images, onImages, seeds, digitsSetting.laws, signal);
  }
  const onRare = await trained("rare features", rarePoints.config, 0.98 * share, 0.98);
  const groups = await rareGroups(trainer, rarePoints, onRare, rareSetting, signal);
  const results = {
    experiment: "feature-learning",
    version: VERSION,
    config: {
      digits: images ? { training: 200, ...digitsSetting, optimizer: images.optimizer } : "left out",
      rareFeatures: { ...rareSetting, optimizer: rarePoints.config.optimizer },
      lambda: "U(1/2, 1), one a sample",
      batch: "full",
      seeds: range(seeds),
    },
    backend: trainer.backend,
    adapter: trainer.adapter,
    digits: digitGroups,
    digitsSteps: digitsSetting.steps,
    rare: groups,
    rareSetting,
  };
  return {
    ...results,
    references: featureLearningChecks(results, digitsSetting),
    elapsedSeconds: (performance.now() - started) / 1000,
  };
}

/** Numbers that go through a population's first layer: about in proportion to its time. */
function workOf({ data, model, runs, steps }: TrainConfig): number {
  const [first] = model.layers as readonly { readonly outputs?: number }[];
  return runs.length * steps * (runs[0].train?.length ?? data.size) * data.dimensions * (first.outputs ?? 1);
}

/** The experiment as the command line knows it. */
export const featureLearningExperiment = defineExperiment<FeatureLearningOptions, FeatureLearningResults>({
  name: "feature-learning",
  summary: "rare features learnt from mixtures, with one lambda or two, and early (2303.08433)",
  title: "Features that Mixup learns, and ERM does not",
  trains: true,
  compares: "expected",
  takes: ["seeds", "steps"],
  usesDigits: true,
  defaults: FEATURE_LEARNING_DEFAULTS,
  // Where there is no time for all, the nets stay as they are: without the half that claims least, and the laws that differ least.
  brief: {
    digitsSetting: { ...SMALL_DIGITS, laws: [] },
    rareSetting: { ...SMALL_RARE, laws: ["ERM", "tied"] },
  },
  full: {
    seeds: 16,
    digitsSetting: { hidden: [128, 128], steps: 600, laws: LAWS },
    rareSetting: WHOLE_RARE,
  },
  check: checkFeatureLearning,
  run: runFeatureLearning,
  report: async () => (await import("./report.ts")).featureLearningReport,
});
