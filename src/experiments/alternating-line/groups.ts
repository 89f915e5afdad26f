/**
 * From a trained population to groups: the runs that differ only in their seed, with means and spreads over
 * the seeds.
 */

import type { Pairing } from "../../mixing/mixing.ts";
import { finiteOrNull, spread } from "../../numeric/spread.ts";
import type { RunResult, TrainingResult } from "../../training/training.ts";
import type { Group, RunRecord } from "./results.ts";

/** What all groups of one population share. */
export interface GroupSetting {
  readonly points: number;
  readonly classes: number;
  readonly seeds: number;
  readonly steps: number;
}

/**
 * Groups of a population made by `grid({ seed, mixing })`: the runs of one mixing lie together, `seeds` of
 * each. `alphas[g]` names the law of group `g`; null for ERM.
 */
export function groupRuns(
  setting: GroupSetting,
  alphas: readonly (number | null)[],
  { curves, runs }: Pick<TrainingResult, "curves" | "runs">,
): Group[] {
  return alphas.map((alpha, g) => {
    const from = g * setting.seeds;
    const records = runs.slice(from, from + setting.seeds).map((run, r) => {
      const { error, loss, trainingLoss } = curves.runs[from + r];
      const fill = (values: readonly number[]) => curves.step.map((_, i) => finiteOrNull(values[i]));
      return runRecord(run, setting, fill(error), fill(loss), fill(trainingLoss));
    });
    const { granularity, pairing } = runs[from].run.mixing;
    return {
      ...setting,
      mixing: alpha === null ? "erm" : "mixup",
      alpha,
      granularity,
      // As the settings have it.
      pairing: pairing as Pairing,
      ...summary(records, curves.step),
    };
  });
}

function runRecord(
  { run, error, loss, probabilities, failure }: RunResult,
  { points, classes }: GroupSetting,
  errorCurve: (number | null)[],
  lossCurve: (number | null)[],
  trainingLossCurve: (number | null)[],
): RunRecord {
  return {
    seed: run.seed,
    finalError: finiteOrNull(error),
    loss: finiteOrNull(loss),
    errorCurve,
    lossCurve,
    trainingLossCurve,
    probabilities: table(points, classes, (point, c) => finiteOrNull(probabilities[point * classes + c])),
    failure: failure === undefined ? null : { step: failure.step, message: failure.message },
  };
}

function summary(records: RunRecord[], step: readonly number[]) {
  const good = records.filter((record) => record.failure === null);
  const errors = step.map((_, i) => spread(good.map((record) => record.errorCurve[i])));
  const [points, classes] = [records[0].probabilities.length, records[0].probabilities[0].length];
  const atPoint = (point: number, c: number) => spread(good.map((record) => record.probabilities[point][c]));
  return {
    finalError: spread(good.map((record) => record.finalError)),
    errorCurve: {
      step: [...step],
      mean: errors.map((error) => error.mean),
      std: errors.map((error) => error.std),
    },
    probabilities: table(points, classes, (point, c) => atPoint(point, c).mean),
    probabilitiesStd: table(points, classes, (point, c) => atPoint(point, c).std),
    runs: records,
  };
}

function table<T>(rows: number, columns: number, cell: (row: number, column: number) => T): T[][] {
  return Array.from({ length: rows }, (_, r) => Array.from({ length: columns }, (_, c) => cell(r, c)));
}
