/**
 * Digits (claim a): points and labels mixed by one lambda, by two, or labels by a constant. One population trains all laws and
 * splits of the digits.
 */

import type { Dataset } from "../../data/dataset.ts";
import { mlp } from "../../model/nets.ts";
import { adam } from "../../model/optimizer.ts";
import { spread } from "../../numeric/spread.ts";
import { range } from "../../population/grid.ts";
import type { TrainConfig, TrainingResult } from "../../training/training.ts";
import { shareOf, wrongPoints } from "../predictions.ts";
import { randomSplit } from "../splits.ts";
import type { Trainer } from "../trainer.ts";
import { mixingOf } from "./laws.ts";
import type { DigitsGroup, DigitsSetting } from "./results.ts";

/** Training images of a split; the others are its test images. */
const TRAINING = 200;
const LEARNING_RATE = 1e-3;

/** The rows of a seed's split. */
function splitOf(data: Dataset, seed: number) {
  return randomSplit(data, { seed, training: TRAINING }).splits;
}

/** All laws, of each all splits. */
export function digitsPopulation(
  data: Dataset,
  seeds: number,
  { hidden, steps, laws }: DigitsSetting,
): TrainConfig {
  return {
    data,
    model: mlp([data.dimensions, ...hidden, data.targetSize]),
    optimizer: adam({ learningRate: LEARNING_RATE }),
    steps,
    batch: "full",
    runs: laws.flatMap((law) =>
      range(seeds).map((seed) => ({ seed, mixing: mixingOf(law), train: splitOf(data, seed).training })),
    ),
  };
}

/** Accuracies of trained nets, each on the test images of its own split. */
export async function digitsGroups(
  trainer: Trainer,
  { data, model }: TrainConfig,
  { runs }: TrainingResult,
  seeds: number,
  laws: DigitsSetting["laws"],
  signal?: AbortSignal,
): Promise<DigitsGroup[]> {
  const tests = range(seeds).map((seed) => splitOf(data, seed).test);
  const wrong = await wrongPoints(trainer, model, runs, data, signal);
  return laws.map((law, l) => {
    const accuracies = tests.map((rows, seed) => {
      const error = shareOf(wrong[l * seeds + seed], rows);
      return error === null ? null : 1 - error;
    });
    return { law, accuracies, accuracy: spread(accuracies) };
  });
}
