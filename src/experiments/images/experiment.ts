/**
 * The paper's image runs (section 2.4), in small: nets of convolutions on a few hundred images fit them under every law of
 * lambda, however much is mixed, where the alternating line never does. Both are trained here, under the same laws.
 *
 * Not here: nets and data (`settings.ts`), what must come out (`checks.ts`), pictures and tables (`report.ts`).
 */

import type { ImageSplits } from "../../data/imageSplits.ts";
import { alternatingLine } from "../../data/lines.ts";
import { ConfigError } from "../../errors.ts";
import { beta } from "../../mixing/laws.ts";
import { erm, mixup } from "../../mixing/mixing.ts";
import { mlp } from "../../model/nets.ts";
import { adam } from "../../model/optimizer.ts";
import { finiteOrNull } from "../../numeric/spread.ts";
import { grid, range } from "../../population/grid.ts";
import type { TrainConfig } from "../../training/training.ts";
import { VERSION } from "../../version.ts";
import { defineExperiment, type ExperimentOptions, type OnProgress } from "../experiment.ts";
import type { Store } from "../store.ts";
import { follow, type Trainer } from "../trainer.ts";
import { imagesChecks } from "./checks.ts";
import { curveOf, groupOf, recordsOf, testErrors } from "./groups.ts";
import { trainOriginal } from "./original.ts";
import type { ImageGroup, ImagesResults, LineGroup, SettingName } from "./results.ts";
import { type Setting, settingOf } from "./settings.ts";

export interface ImagesOptions extends Pick<ExperimentOptions, "seeds" | "alphas"> {
  readonly settings: readonly SettingName[];
  /** Epochs of every setting; by default each setting's own. */
  readonly epochs?: number;
  /** Fashion-MNIST, and the digits; the command line reads them. */
  readonly images?: ImageSplits;
  readonly digits?: ImageSplits;
}

export const IMAGES_DEFAULTS: ImagesOptions = { seeds: 3, alphas: [1, 32, 1024], settings: ["convnet"] };

const LEARNING_RATE = 1e-3;
/** The line, long enough to be seen not to move. */
const LINE_STEPS = 3000;
const LINE_SEEDS = 3;

/** The population of a setting: ERM, then each law, all seeds of one together. */
export function imagesPopulation(
  { model, data, batch, epochs, evaluateEpochs }: Setting,
  { seeds, alphas, epochs: asked = epochs }: Pick<ImagesOptions, "seeds" | "alphas" | "epochs">,
): TrainConfig {
  const perEpoch = data.size / batch;
  return {
    data,
    model,
    optimizer: adam({ learningRate: LEARNING_RATE }),
    steps: Math.round(asked * perEpoch),
    batch,
    evaluateEvery: Math.round(evaluateEpochs * perEpoch),
    runs: laws(alphas).flatMap((alpha) => grid({ seed: range(seeds), mixing: [mixingOf(alpha)] })),
  };
}

function laws(alphas: readonly number[]): (number | null)[] {
  return [null, ...alphas];
}

function mixingOf(alpha: number | null) {
  return alpha === null ? erm() : mixup(beta(alpha));
}

/**
 * Trains the whole experiment.
 * @throws ConfigError without images, alphas or settings; AbortError (the signal's reason) when stopped; the trainer's errors
 * as they are.
 */
export async function runImages(
  trainer: Trainer,
  options: Partial<ImagesOptions> = {},
  onProgress: OnProgress = () => {},
  signal?: AbortSignal,
  store?: Store,
): Promise<ImagesResults> {
  const { seeds, alphas, settings: names, epochs, images, digits } = { ...IMAGES_DEFAULTS, ...options };
  if (names.length === 0) throw new ConfigError("settings", "none. Give convnet, resnet or digits.");
  const settings = names.map((name) => settingOf(name, { fashion: images, digits }));
  const started = performance.now();
  const groups: ImageGroup[] = [];
  for (const [s, setting] of settings.entries()) {
    if (setting.name === "resnet18") {
      const runs = {
        seeds,
        laws: laws(alphas),
        epochs: epochs ?? setting.epochs,
        learningRate: LEARNING_RATE,
      };
      groups.push(...(await trainOriginal(trainer, setting, runs, onProgress, signal, store)));
      continue;
    }
    const population = imagesPopulation(setting, { seeds, alphas, epochs });
    const training = trainer.train(population, { signal });
    try {
      const report = (step: number) =>
        onProgress({
          label: `${setting.name}, ${population.runs.length} nets`,
          step,
          steps: population.steps,
          fraction: (0.97 * (s + step / population.steps)) / settings.length,
        });
      const result = await follow(training, report, signal);
      const wrong = await testErrors(trainer, setting, result, signal);
      const records = recordsOf(population, result, wrong);
      const done = result.curves.step.map((step) => (step * setting.batch) / setting.data.size);
      groups.push(
        ...laws(alphas).map((alpha, g) =>
          groupOf(setting, alpha, done, records.slice(g * seeds, (g + 1) * seeds)),
        ),
      );
    } finally {
      training.destroy();
    }
  }
  const line = await trainLine(trainer, alphas, signal);
  return {
    experiment: "images",
    version: VERSION,
    config: {
      settings: settings.map(({ name, data, batch, epochs: own }) => ({
        name,
        images: data.size,
        shape: data.shape,
        batch,
        epochs: epochs ?? own,
      })),
      optimizer: adam({ learningRate: LEARNING_RATE }),
      alphas,
      seeds: range(seeds),
      line: { points: 3, classes: 2, model: [1, 512, 2], steps: LINE_STEPS, seeds: LINE_SEEDS },
    },
    backend: trainer.backend,
    adapter: trainer.adapter,
    groups,
    line,
    references: imagesChecks(groups, line),
    elapsedSeconds: (performance.now() - started) / 1000,
  };
}

/** The three-point alternating line under the same laws. */
async function trainLine(
  trainer: Trainer,
  alphas: readonly number[],
  signal?: AbortSignal,
): Promise<LineGroup[]> {
  const training = trainer.train(
    {
      data: alternatingLine({ points: 3, classes: 2 }),
      model: mlp([1, 512, 2]),
      optimizer: adam({ learningRate: LEARNING_RATE }),
      steps: LINE_STEPS,
      batch: "full",
      evaluateEvery: 30,
      runs: laws(alphas).flatMap((alpha) => grid({ seed: range(LINE_SEEDS), mixing: [mixingOf(alpha)] })),
    },
    { signal },
  );
  try {
    const { curves } = await follow(training, () => {}, signal);
    return laws(alphas).map((alpha, g) => ({
      alpha,
      seeds: LINE_SEEDS,
      steps: curves.step,
      error: curveOf(
        range(LINE_SEEDS).map((s) =>
          curves.runs[g * LINE_SEEDS + s].error.map((error) => finiteOrNull(error)),
        ),
      ),
    }));
  } finally {
    training.destroy();
  }
}

/** The experiment as the command line knows it. */
export const imagesExperiment = defineExperiment<ImagesOptions, ImagesResults>({
  name: "images",
  summary: "convolutional nets fit images under every law, where the alternating line fails",
  title: "Images: what Mixup can fit",
  trains: true,
  compares: "expected",
  takes: ["seeds", "alphas", "epochs", "data"],
  usesDigits: true,
  defaults: IMAGES_DEFAULTS,
  // Five seeds as specified, since the repetition itself had no more; alpha 32 stands between the two others in everything.
  brief: { settings: ["digits"], seeds: 5, alphas: [1024] },
  full: {
    settings: ["convnet", "resnet", "digits"],
    seeds: 5,
    alphas: [1, 32, 128, 1024],
  },
  paper: { settings: ["resnet18"], seeds: 5, alphas: [1, 32, 128, 1024] },
  run: runImages,
  report: async () => (await import("./report.ts")).imagesReport,
});
