/**
 * Weights of training points as an experiment: draws of two groups in the plane whose training labels are wrong in opposite ways, a
 * logistic model with all weights 1 and one whose weights are learnt. Pure.
 *
 * Not here: training it (`fairTraining.ts`).
 */

import { type FairDraw, fairDraw } from "../../../../src/experiments/fair-weights/data.ts";
import { rateGaps } from "../../../../src/experiments/fair-weights/fairness.ts";
import { type FairParts, partsOf, RATES } from "../../../../src/experiments/fair-weights/problem.ts";
import { selectRows, stacked } from "../../../../src/experiments/splits.ts";
import { ConfigError, constantLambda, erm, mlp, type RunConfig, range, sgd } from "../../../../src/index.ts";
import type { LabConfig } from "../../state/fields.ts";
import { stopsOf } from "../domains/mixtures.ts";
import type { Experiment, Group } from "../experiment.ts";
import { fairQuantities } from "../measured/quantities.ts";
import { NO_PROBES } from "../probes.ts";

/** Features that are drawn: the plane. */
const FEATURES = 2;
/** Clean test points of each draw. */
const TEST_POINTS = 2000;
/** Looks of a whole training. */
const LOOKS = 200;

/** @throws ConfigError where a group has no member in a class among the clean points. */
export function fairWeightsExperiment({ points, grouped, steps, seeds, firstSeed }: LabConfig): Experiment {
  const draws = range(seeds, firstSeed).map((seed) => {
    const draw = fairDraw({ seed, training: points, grouped, test: TEST_POINTS, features: FEATURES });
    return { draw, parts: checkedParts(draw, seed) };
  });
  const { data, splits } = stacked(
    draws.map(({ draw }) => ({
      data: selectRows(draw.data, draw.splits.training),
      splits: { training: Uint32Array.from(range(points)) },
    })),
  );
  const model = mlp([data.dimensions, 1], { bias: false });
  const parameters = {
    "layers.0.weight": { shape: [1, data.dimensions], data: new Float32Array(data.dimensions) },
  };
  const runs = splits.map(
    ({ training }, d): RunConfig => ({ seed: firstSeed + d, mixing: erm(), train: training, parameters }),
  );
  const group = (kind: "erm" | "mixup", name: string, short: string, g: number): Group => ({
    ...{ kind, mixing: erm(), name, short, firstRun: g * seeds, runs: seeds },
  });
  return {
    law: constantLambda(1),
    classNames: ["0", "1"],
    picture: "fair-weights",
    probe: NO_PROBES,
    quantities: fairQuantities(TEST_POINTS),
    isTested: true,
    groups: [group("erm", "ERM", "ERM", 0), group("mixup", "Learnt weights", "Learnt", 1)],
    steps,
    fairWeights: { draws, stops: stopsOf(steps, Math.min(steps, LOOKS)) },
    train: {
      data,
      model,
      loss: "logistic",
      optimizer: sgd({ learningRate: RATES.learningRate }),
      steps,
      batch: "full",
      // Weights of the second group's runs change from round to round.
      runs: [...runs, ...runs],
    },
  };
}

/** The parts of a draw, in each of whose clean ones both groups have members in both classes. */
function checkedParts(draw: FairDraw, seed: number): FairParts {
  const parts = partsOf(draw);
  try {
    for (const part of [parts.grouped, parts.test]) rateGaps(part.labels, part);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const text = error.message.replace(/^groups: /, "");
    throw new ConfigError("grouped", `in the draw of seed ${seed} ${text} Give more clean points.`);
  }
  return parts;
}
