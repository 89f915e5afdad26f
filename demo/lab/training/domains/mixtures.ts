/**
 * Mixtures of three domains as an experiment: nets on a lattice of proportions, to which laws are fitted, and on others between its
 * points, by which they are judged; all in one population. Pure.
 *
 * Not here: training them (`domainTraining.ts`), the laws (`laws.ts`).
 */

import { digitsDataset } from "../../../../src/experiments/digits.ts";
import type { ImageSources } from "../../../../src/experiments/images/settings.ts";
import { DOMAINS, permutedDigits } from "../../../../src/experiments/mixing-laws/data.ts";
import { adam, constantLambda, erm, mlp, range } from "../../../../src/index.ts";
import type { LabConfig } from "../../state/fields.ts";
import type { Experiment, Group } from "../experiment.ts";
import { mixtureQuantities } from "../measured/quantities.ts";
import { NO_PROBES } from "../probes.ts";

/** Images in each domain; all others are for validation. */
const TRAINING = 1200;
const BATCH = 64;
/** Points of the lattice along a side. */
const SIDE = 5;
/** Evaluations of a whole training. */
const EVALUATIONS = 12;

/** @throws ConfigError without the digits. */
export function mixturesExperiment(
  { dataSeed, units, steps, seeds, firstSeed }: LabConfig,
  { digits }: ImageSources,
): Experiment {
  const { training, validation } = permutedDigits(digitsDataset(digits), dataSeed, TRAINING);
  const { fitted, held } = latticeMixtures(SIDE);
  const mixtures = [...fitted, ...held];
  const groups = mixtures.map((proportions, m): Group => {
    const kind = m < fitted.length ? "erm" : "mixup";
    const name = mixtureText(proportions);
    return { kind, mixing: erm(), name, short: name, firstRun: m * seeds, runs: seeds };
  });
  return {
    law: constantLambda(1),
    classNames: range(training.targetSize).map(String),
    picture: "mixing",
    probe: NO_PROBES,
    quantities: mixtureQuantities(DOMAINS),
    isTested: true,
    groups,
    steps,
    domains: { stops: stopsOf(steps, EVALUATIONS) },
    mixtures: { mixtures, isFitted: mixtures.map((_, m) => m < fitted.length), seed: dataSeed },
    train: {
      data: training,
      evaluationData: validation,
      model: mlp([training.dimensions, units, training.targetSize]),
      optimizer: adam({ learningRate: 1e-3 }),
      steps,
      batch: BATCH,
      runs: mixtures.flatMap((proportions) =>
        range(seeds, firstSeed).map((seed) => ({ seed, mixing: erm(), proportions })),
      ),
    },
  };
}

/** `count` steps from 0 to the last, evenly. */
export function stopsOf(steps: number, count: number): number[] {
  return [...new Set(range(count + 1).map((i) => Math.round((i * steps) / count)))];
}

/**
 * Mixtures of three domains: a lattice of `side` points along each side of the triangle, off its edges by a third of their distance;
 * and the middles of the triangles of it that point up.
 */
export function latticeMixtures(side: number): { fitted: number[][]; held: number[][] } {
  const lattice = (total: number, inset: number) =>
    range(total + 1).flatMap((third) =>
      range(total + 1 - third).map((second) =>
        [total - second - third, second, third].map((count) => (count + inset) / side),
      ),
    );
  return { fitted: lattice(side - 1, 1 / 3), held: lattice(side - 2, 2 / 3) };
}

/** `60 / 20 / 20 %`. */
export function mixtureText(proportions: readonly number[]): string {
  return `${proportions.map((share) => Math.round(100 * share)).join(" / ")} %`;
}
