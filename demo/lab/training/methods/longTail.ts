/**
 * A long tail as an experiment: digits of which some are rare, a first stage as usual, then the classifier alone, with and without
 * smoothed labels. Pure.
 *
 * Not here: training it (`tailTraining.ts`).
 */

import { digitsDataset } from "../../../../src/experiments/digits.ts";
import type { ImageSources } from "../../../../src/experiments/images/settings.ts";
import { longTailSplit } from "../../../../src/experiments/long-tail/data.ts";
import { secondStage } from "../../../../src/experiments/long-tail/paths.ts";
import { adam, constantLambda, erm, mlp, range } from "../../../../src/index.ts";
import type { LabConfig } from "../../state/fields.ts";
import type { Experiment, Group } from "../experiment.ts";
import { tailQuantities } from "../measured/quantities.ts";
import { shortNumber } from "../mixings.ts";
import { NO_PROBES } from "../probes.ts";

/** Test images of each draw. */
const TEST = 600;
/** Steps of the second stage at which it is measured: about six a decade. */
const STOPS_PER_DECADE = 6;

/** @throws ConfigError without the digits, and where there are not so many. */
export function longTailExperiment(
  { largest, imbalance, units, smoothing, steps, retrain, way, seeds, firstSeed }: LabConfig,
  { digits }: ImageSources,
): Experiment {
  const data = digitsDataset(digits);
  const labels = data.labels!;
  const splits = range(seeds, firstSeed).map((seed) =>
    longTailSplit(data, { seed, largest, imbalance, test: TEST }),
  );
  const path = (delta: number) =>
    splits.map((split) => ({
      ...secondStage({ name: "fast-0", label: "", optimizer: way, smoothing: delta }, split, labels),
      frozen: ["layers.0"],
    }));
  const group = (kind: "erm" | "mixup", delta: number, g: number): Group => {
    const name = `Labels ${delta === 0 ? "as they are" : `smoothed, δ = ${shortNumber(delta)}`}`;
    const short = `δ = ${shortNumber(delta)}`;
    return { kind, mixing: erm(), name, short, firstRun: g * seeds, runs: seeds };
  };
  const count = Math.ceil(Math.log10(retrain) * STOPS_PER_DECADE);
  const stops = range(count + 1).map((k) => Math.round(retrain ** (count === 0 ? 1 : k / count)));
  const runs = splits.map((split, s) => ({
    seed: firstSeed + s,
    mixing: erm(),
    train: split.splits.training,
  }));
  return {
    law: constantLambda(1),
    classNames: range(data.targetSize).map(String),
    picture: "long-tail",
    probe: NO_PROBES,
    quantities: tailQuantities(),
    isTested: true,
    groups: [group("erm", 0, 0), group("mixup", smoothing, 1)],
    steps: steps + retrain,
    longTail: {
      splits,
      labels,
      before: steps,
      stops: [...new Set(stops)],
      changes: [...path(0), ...path(smoothing)],
    },
    train: {
      data,
      model: mlp([data.dimensions, units, data.targetSize]),
      optimizer: adam({ learningRate: 1e-3 }),
      steps,
      batch: "full",
      // Both groups begin with the same nets.
      runs: [...runs, ...runs],
    },
  };
}
