/**
 * Nets of single domains and their means as an experiment: six domains of digits, nets from starts of their own beside nets from one
 * start. Pure.
 *
 * Not here: training and merging them (`mergingTraining.ts`).
 */

import { digitsDataset } from "../../../../src/experiments/digits.ts";
import type { ImageSources } from "../../../../src/experiments/images/settings.ts";
import {
  DOMAINS,
  type MergingDraw,
  mergingDraw,
  transformedDigits,
} from "../../../../src/experiments/merging/data.ts";
import { adam, constantLambda, erm, mlp, range } from "../../../../src/index.ts";
import type { LabConfig } from "../../state/fields.ts";
import type { Experiment, Group } from "../experiment.ts";
import { mergingQuantities } from "../measured/quantities.ts";
import { NO_PROBES } from "../probes.ts";
import { stopsOf } from "./mixtures.ts";

/** Images of a draw that nets are trained on, and of the others those that they are measured on; in each domain. */
export const MERGING_IMAGES = { training: 1200, validation: 200 } as const;
/** Learning rates of the two stages. */
export const MERGING_RATES = [1e-3, 3e-4] as const;
const BATCH = 64;
/** Evaluations after the one at the fork. */
const EVALUATIONS = 11;

/** @throws ConfigError without the digits. */
export function mergingExperiment(
  { units, steps, retrain, seeds, firstSeed }: LabConfig,
  { digits }: ImageSources,
): Experiment {
  const images = digitsDataset(digits);
  const data = transformedDigits(images);
  const draws = range(seeds, firstSeed).map((seed): MergingDraw => {
    const { training, validation } = mergingDraw(images, seed, MERGING_IMAGES.training);
    return { training, validation: validation.map((rows) => rows.slice(0, MERGING_IMAGES.validation)) };
  });
  const group = (kind: "erm" | "mixup", name: string, short: string, g: number): Group => ({
    ...{ kind, mixing: erm(), name, short, firstRun: g * seeds, runs: seeds },
  });
  const runs = draws.map(({ training }, d) => ({
    seed: firstSeed + d,
    mixing: erm(),
    train: training[0],
  }));
  return {
    law: constantLambda(1),
    classNames: range(data.targetSize).map(String),
    picture: "merging",
    probe: NO_PROBES,
    quantities: mergingQuantities(DOMAINS, domainPairs(DOMAINS.length)),
    isTested: true,
    groups: [
      group("erm", "Starts of their own", "Own starts", 0),
      group("mixup", "One start", "One start", 1),
    ],
    steps: steps + retrain,
    merging: { domains: DOMAINS, draws, before: steps, stops: stopsOf(retrain, EVALUATIONS) },
    train: {
      data,
      model: mlp([data.dimensions, units, units, data.targetSize]),
      optimizer: adam({ learningRate: MERGING_RATES[0] }),
      steps,
      batch: BATCH,
      // A run that is shown is a draw of a group: as many nets as there are domains.
      runs: [...runs, ...runs],
    },
  };
}

/** All pairs of K domains, each with itself included, `[K (K + 1) / 2]`. */
export function domainPairs(K: number): [number, number][] {
  return range(K).flatMap((i) => range(K - i, i).map((j): [number, number] => [i, j]));
}
