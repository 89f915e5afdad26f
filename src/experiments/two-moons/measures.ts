/**
 * What is measured of nets trained on two moons: their predictions on a grid, margins, agreement with the
 * nearest neighbour and with the straight line between the moons, and the votes of all seeds.
 */

import type { Dataset } from "../../data/dataset.ts";
import { finiteOrNull, spread } from "../../numeric/spread.ts";
import {
  agreement,
  boundaryDistances,
  gridMargins,
  planeGrid,
  seedAgreement,
} from "../../theory/margins/margins.ts";
import type { RunResult } from "../../training/training.ts";
import type { MoonsGroup, MoonsMeasures, MoonsSetting } from "./results.ts";

/** The paper's grid: 100 x 100 points on [-2, 2]^2. */
export const MOONS_GRID = planeGrid();

/** Names of the measurements, in the order of tables. */
export const MEASURES: readonly (keyof MoonsMeasures)[] = [
  "accuracy",
  "nearestNeighbour",
  "sign",
  "leastMargin",
  "meanMargin",
  "leastDistance",
  "cleanLoss",
  "trainingLoss",
];

/** A net with what it predicts on the grid. */
export interface MoonsNet {
  readonly seed: number;
  readonly measures: MoonsMeasures;
  /** Classes on the grid; absent if it diverged. */
  readonly predictions?: Uint32Array;
}

/**
 * Measures a trained net on its own data: `predictions` are its classes on the grid, `nearest` those of the nearest
 * training points there.
 */
export function measureNet(
  data: Dataset,
  nearest: Uint32Array,
  predictions: Uint32Array,
  { run, error, loss, failure }: Pick<RunResult, "run" | "error" | "loss" | "failure">,
  trainingLoss: number | undefined,
): MoonsNet {
  if (failure !== undefined) {
    const nothing = Object.fromEntries(MEASURES.map((name) => [name, null]));
    return { seed: run.seed, measures: nothing as unknown as MoonsMeasures };
  }
  const margins = gridMargins(data, MOONS_GRID, predictions);
  const distances = boundaryDistances(data, MOONS_GRID, predictions);
  const least = (values: Float64Array) => finiteOrNull(values.reduce((a, b) => Math.min(a, b)));
  // Class 1 lies at negative x.
  const straight = Uint32Array.from(predictions, (_, i) => (MOONS_GRID.points[2 * i] < 0 ? 1 : 0));
  return {
    seed: run.seed,
    predictions,
    measures: {
      accuracy: error === undefined ? null : 1 - error,
      cleanLoss: finiteOrNull(loss),
      trainingLoss: finiteOrNull(trainingLoss),
      nearestNeighbour: agreement(predictions, nearest),
      sign: agreement(predictions, straight),
      leastMargin: least(margins),
      meanMargin: finiteOrNull(margins.reduce((a, b) => a + b) / margins.length),
      leastDistance: least(distances),
    },
  };
}

/** A group of measured nets. `shown` are the data of seed 0, for the pictures. */
export function moonsGroup(setting: MoonsSetting, nets: readonly MoonsNet[], shown: Dataset): MoonsGroup {
  const voting = nets.flatMap(({ predictions }) => (predictions === undefined ? [] : [predictions]));
  const agreed = voting.length === 0 ? undefined : seedAgreement(voting, 2);
  const runs = nets.map(({ seed, measures }) => ({ seed, ...measures }));
  const votes = Array.from({ length: MOONS_GRID.columns * MOONS_GRID.rows }, (_, i) =>
    voting.reduce((sum, predictions) => sum + predictions[i], 0),
  );
  return {
    ...setting,
    runs,
    over: Object.fromEntries(
      MEASURES.map((name) => [name, spread(runs.map((run) => run[name]))]),
    ) as unknown as MoonsGroup["over"],
    voters: voting.length,
    votes,
    unanimous: agreed?.unanimous ?? null,
    contested: agreed?.contested ?? null,
    points: Array.from(shown.points),
    labels: Array.from(shown.labels!),
  };
}
