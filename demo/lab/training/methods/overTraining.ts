/**
 * Over-training as an experiment: nets whose first layer is frozen at random features, trained by plain gradient descent on all
 * pairs of points, so that they walk along the closed form. Pure.
 *
 * ERM is the same batch of all pairs with nothing mixed, every point once with each: so it trains beside Mixup, and may follow it.
 */

import {
  ConfigError,
  constantLambda,
  type Mixing,
  mixup,
  mlp,
  type RunConfig,
  regressionDataset,
  sgd,
} from "../../../../src/index.ts";
import type { LabConfig } from "../../state/fields.ts";
import { EVALUATIONS, type Experiment, type Group } from "../experiment.ts";
import { relativeQuantities } from "../measured/quantities.ts";
import { NO_PROBES } from "../probes.ts";
import { overTrainingStudy } from "./closedForm.ts";

/** All pairs of more points would be trained on for minutes. */
const MOST_POINTS = 60;

const PAIRS = { pairing: "all-pairs" } as const;

/** @throws ConfigError for too many points. */
export function overTrainingExperiment({
  points: N,
  dataSeed,
  firstSeed,
  seeds,
  steps,
  switchAt,
}: LabConfig): Experiment {
  if (N > MOST_POINTS)
    throw new ConfigError("points", `${N} make ${N * N} pairs a step. Give at most ${MOST_POINTS} here.`);
  const { study, draws } = overTrainingStudy(dataSeed, { count: N, first: firstSeed, draws: seeds });
  const { features, teacher, testPoints } = study.base;
  const { dimensions } = features;
  const [M, scale] = [teacher.length, Math.sqrt(teacher.length)];
  const law = constantLambda(0.5);
  const erm = mixup(constantLambda(1), PAIRS);
  const mixed = mixup(law, PAIRS);
  const common = {
    frozen: ["layers.0"],
    // relu is homogeneous: the features' scale goes into the layer.
    parameters: {
      "layers.0.weight": {
        shape: [M, dimensions],
        data: Float32Array.from(features.weights, (weight) => weight / scale),
      },
      "layers.1.weight": { shape: [1, M], data: new Float32Array(M) },
    },
  };
  // The first draw's nets are trained: a net of each kind. Squared error is not halved in the engine, so the rate is.
  const [{ points, targets }] = draws;
  const rate = (arm: "erm" | "mixup") => draws[0].learningRate(arm) / 2;
  const run = (arm: "erm" | "mixup", mixing: Mixing): RunConfig => ({
    ...common,
    seed: firstSeed,
    mixing,
    optimizer: sgd({ learningRate: rate(arm) }),
  });
  const arms: (Pick<Group, "kind" | "name" | "short" | "mixing"> & { run: RunConfig })[] = [
    { kind: "erm", name: "ERM", short: "ERM", mixing: erm, run: run("erm", erm) },
    {
      ...{ kind: "mixup", name: "Mixup, all midpoints", short: "Mixup", mixing: mixed },
      run: run("mixup", mixed),
    },
  ];
  if (switchAt > 0) {
    const name = `Mixup, ERM from step ${switchAt.toLocaleString("en")}`;
    // Nets that are not trained so far are Mixup's.
    const phases = switchAt < steps ? [{ from: switchAt, mixing: erm, learningRate: rate("erm") }] : [];
    const switched = { ...run("mixup", mixed), phases };
    arms.push({ kind: "plain", name, short: "then ERM", mixing: mixed, run: switched });
  }
  const groups = arms.map(({ run: _, ...arm }, g): Group => ({ ...arm, firstRun: g, runs: 1 }));
  return {
    law,
    classNames: [],
    picture: "over-training",
    probe: NO_PROBES,
    quantities: relativeQuantities(study.variance),
    isTested: true,
    groups,
    steps,
    overTraining: { draws, switchAt },
    train: {
      data: regressionDataset({
        points,
        targets,
        dimensions,
        outputs: 1,
      }),
      model: mlp([dimensions, M, 1], { bias: false }),
      optimizer: sgd({ learningRate: 1 }),
      steps,
      batch: "full",
      evaluateEvery: Math.max(1, Math.round(steps / EVALUATIONS)),
      evaluationData: regressionDataset({
        points: testPoints,
        targets: study.targets,
        dimensions,
        outputs: 1,
      }),
      runs: arms.map((arm) => arm.run),
    },
  };
}
