/**
 * Midpoint Mixup (Chidambaram, Wang, Wu, Ge, arXiv 2210.13512), in small: classes with two features each, of which training without
 * Mixup may learn one and stop, while midpoints make a net learn both. At full size images of two channels, too.
 *
 * Not here: the two halves (`featurePart.ts`, `channelPart.ts`), what must come out (`checks.ts`), pictures and tables (`report.ts`).
 */

import type { ImageSplits } from "../../data/imageSplits.ts";
import { ConfigError } from "../../errors.ts";
import { range } from "../../population/grid.ts";
import type { TrainConfig } from "../../training/training.ts";
import { VERSION } from "../../version.ts";
import { defineExperiment, type ExperimentOptions, type OnProgress } from "../experiment.ts";
import { breathe, follow, type Trainer } from "../trainer.ts";
import { channelGroups, channelPopulation } from "./channelPart.ts";
import { channelChecks, midpointChecks } from "./checks.ts";
import { featureGroups, featurePopulation } from "./featurePart.ts";
import { type ChannelGroup, type FeatureSetting, LAWS, type MidpointResults } from "./results.ts";

/** What may be varied. */
export interface MidpointOptions extends Pick<ExperimentOptions, "seeds" | "steps"> {
  readonly setting: Pick<FeatureSetting, "classes" | "filters">;
  /** Seeds of the two-channel images; 0 for none of them. */
  readonly channelSeeds: number;
  readonly epochs?: number;
  /** Grey images; the command line reads them. */
  readonly images?: ImageSplits;
}

/** The theory's model as specified. */
export const MIDPOINT_DEFAULTS: MidpointOptions = {
  seeds: 8,
  steps: 600,
  setting: { classes: 24, filters: 4 },
  channelSeeds: 0,
};

/** Epochs of the two-channel images. */
const EPOCHS = 40;

/**
 * Refuses options that can't be run.
 * @throws ConfigError
 */
function checkMidpoint({ seeds = 1, steps = 1 }: Partial<MidpointOptions>): void {
  if (seeds < 1) throw new ConfigError("--seeds", "none. Give at least one.");
  if (steps < 1) throw new ConfigError("--steps", "none. Give at least one.");
}

/**
 * Trains it all.
 * @throws ConfigError for options that can't be run, and at full size without images; AbortError (the signal's reason) when stopped;
 * the trainer's errors as they are.
 */
export async function runMidpoint(
  trainer: Trainer,
  options: Partial<MidpointOptions> = {},
  onProgress: OnProgress = () => {},
  signal?: AbortSignal,
): Promise<MidpointResults> {
  const settled = { ...MIDPOINT_DEFAULTS, ...options };
  checkMidpoint(settled);
  const { seeds, steps, channelSeeds, epochs = EPOCHS, images } = settled;
  const setting: FeatureSetting = { ...settled.setting, steps };
  const started = performance.now();
  const population = featurePopulation(seeds, setting);
  // Without images the whole of it; with them a small part.
  const share = channelSeeds === 0 ? 0.98 : 0.1;
  const trained = async (label: string, config: TrainConfig, from: number, to: number) => {
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
  const result = await trained("two features", population.config, 0, share);
  const features = await featureGroups(trainer, population, result, setting, signal);
  const errors: (number | null)[][] = [];
  for (let seed = 0; seed < channelSeeds; seed++) {
    await breathe(signal);
    const config = channelPopulation(images, seed, epochs);
    const part = (0.98 - share) / channelSeeds;
    const { runs } = await trained(
      `two-channel images, seed ${seed}`,
      config,
      share + part * seed,
      share + part * (seed + 1),
    );
    errors.push(runs.map(({ error, failure }) => (failure === undefined ? (error ?? null) : null)));
  }
  const channels: ChannelGroup[] = channelGroups(errors);
  const results = {
    experiment: "midpoint",
    version: VERSION,
    config: {
      twoFeatures: { ...setting, optimizer: population.config.optimizer },
      laws: LAWS,
      batch: "full",
      seeds: range(seeds),
      ...(channelSeeds > 0 && { twoChannelImages: { seeds: range(channelSeeds), epochs } }),
    },
    backend: trainer.backend,
    adapter: trainer.adapter,
    features,
    setting,
    channels,
  };
  return {
    ...results,
    references: [...midpointChecks(features, setting), ...channelChecks(channels)],
    elapsedSeconds: (performance.now() - started) / 1000,
  };
}

/** The experiment as the command line knows it. */
export const midpointExperiment = defineExperiment<MidpointOptions, MidpointResults>({
  name: "midpoint",
  summary: "classes with two features: ERM learns one, midpoints both (2210.13512)",
  title: "Midpoint Mixup: learning both features of a class",
  trains: true,
  compares: "expected",
  takes: ["seeds", "steps", "epochs", "data"],
  defaults: MIDPOINT_DEFAULTS,
  brief: { steps: 400, setting: { classes: 16, filters: 4 } },
  full: { channelSeeds: 5 },
  check: checkMidpoint,
  run: runMidpoint,
  report: async () => (await import("./report.ts")).midpointReport,
});
