/**
 * The theory's model (arXiv 2210.13512): nets of patches with a polynomial ReLU on draws of {@link twoFeatures}. One population
 * trains all laws and draws; what is tested is drawn once, for all.
 */

import { polynomialRelu } from "../../model/layers/activation.ts";
import { sgd } from "../../model/optimizer.ts";
import { finiteOrNull, spread } from "../../numeric/spread.ts";
import { range } from "../../population/grid.ts";
import type { TrainConfig, TrainingResult } from "../../training/training.ts";
import { FROZEN, type PatchNetOptions, patchNet, patchParameters } from "../patches.ts";
import { shareOf, wrongPoints } from "../predictions.ts";
import { selectRows, stacked } from "../splits.ts";
import type { Trainer } from "../trainer.ts";
import { twoFeatures } from "./data.ts";
import { mixingOf } from "./laws.ts";
import { type FeatureGroup, type FeatureRun, type FeatureSetting, LAWS } from "./results.ts";

const LEARNING_RATE = 20;
const DEVIATION = 0.05;
const DEGREE = 3;
/** A feature is learnt where more of its points than this are recognised. */
const LEARNT = 0.9;
const EVALUATIONS = 24;
/** Seed of the test points, which no run has. */
const TEST_SEED = 0xffffffff;

/** Points of one feature each: those of class k's feature f lie together. */
function testPoints({ classes }: FeatureSetting) {
  const { data, splits, feature } = twoFeatures({ seed: TEST_SEED, classes, perClass: 1 });
  return { data: selectRows(data, splits.singleFeature), feature };
}

/** The population, and the training points of each draw. */
export interface FeaturePopulation {
  readonly config: TrainConfig;
  readonly training: readonly Uint32Array[];
}

/** All laws, of each all draws. */
export function featurePopulation(seeds: number, setting: FeatureSetting): FeaturePopulation {
  const { classes, filters, steps } = setting;
  const net: PatchNetOptions = {
    patches: 4,
    dimensions: 2 * classes,
    classes,
    filters,
    activation: polynomialRelu({ degree: DEGREE, threshold: 1 / classes }),
  };
  const draws = range(seeds).map((seed) => {
    const { data, splits } = twoFeatures({ seed, classes, perFeature: 1 });
    return { data: selectRows(data, splits.training), splits: { training: splits.training } };
  });
  const { data, splits } = stacked(draws);
  const first = range(seeds).map((seed) => patchParameters(net, { seed, deviation: DEVIATION }));
  const config: TrainConfig = {
    data,
    model: patchNet(net),
    optimizer: sgd({ learningRate: LEARNING_RATE }),
    steps,
    batch: "full",
    evaluateEvery: Math.max(1, Math.round(steps / EVALUATIONS)),
    evaluationData: testPoints(setting).data,
    runs: LAWS.flatMap((law) =>
      range(seeds).map((seed) => ({
        seed,
        mixing: mixingOf(law),
        train: splits[seed].training,
        frozen: FROZEN,
        parameters: first[seed],
      })),
    ),
  };
  return { config, training: splits.map((draw) => draw.training) };
}

/** What became of the runs. */
export async function featureGroups(
  trainer: Trainer,
  { config, training }: FeaturePopulation,
  { curves, runs }: TrainingResult,
  setting: FeatureSetting,
  signal?: AbortSignal,
): Promise<FeatureGroup[]> {
  const seeds = training.length;
  const test = testPoints(setting);
  const wrong = await wrongPoints(trainer, config.model, runs, test.data, signal);
  const wrongTraining = await wrongPoints(trainer, config.model, runs, config.data, signal);
  return LAWS.map((law, l) => {
    const own = range(seeds).map((seed): FeatureRun => {
      const r = l * seeds + seed;
      const trainingError = shareOf(wrongTraining[r], training[seed]);
      return {
        seed,
        errorCurve: curves.step.map((_, i) => finiteOrNull(curves.runs[r].error[i])),
        error: finiteOrNull(runs[r].error),
        both: bothLearnt(wrong[r], test.data.labels!, test.feature, setting.classes),
        trainingAccuracy: trainingError === null ? null : 1 - trainingError,
        failure: runs[r].failure?.step ?? null,
      };
    });
    const over = curves.step.map((_, i) => spread(own.map(({ errorCurve }) => errorCurve[i])));
    return {
      law,
      curve: {
        step: [...curves.step],
        mean: over.map(({ mean }) => mean),
        std: over.map(({ std }) => std),
      },
      error: spread(own.map((run) => run.error)),
      both: spread(own.map((run) => run.both)),
      trainingAccuracy: spread(own.map((run) => run.trainingAccuracy)),
      runs: own,
    };
  });
}

/** Share of the classes of which each of the two features is learnt. */
export function bothLearnt(
  wrong: Uint8Array | null,
  labels: ArrayLike<number>,
  feature: ArrayLike<number>,
  classes: number,
): number | null {
  if (wrong === null) return null;
  const right = new Float64Array(2 * classes);
  const count = new Float64Array(2 * classes);
  for (let n = 0; n < wrong.length; n++) {
    const at = 2 * labels[n] + feature[n];
    count[at]++;
    right[at] += 1 - wrong[n];
  }
  const isLearnt = (at: number) => right[at] > LEARNT * count[at];
  return range(classes).filter((c) => isLearnt(2 * c) && isLearnt(2 * c + 1)).length / classes;
}
