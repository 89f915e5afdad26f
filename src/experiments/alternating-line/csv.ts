/**
 * `curves.csv` of the alternating line: a row per evaluation of every run.
 */

import { csvTable } from "../../report/csv.ts";
import type { LineResults } from "./results.ts";
export const COLUMNS = [
  "points",
  "classes",
  "mixing",
  "alpha",
  "seed",
  "step",
  "error",
  "loss",
  "training_loss",
];

/** `curves.csv`: the columns say what they hold; `alpha` is empty for ERM. */
export function curvesCsv({ groups }: Pick<LineResults, "groups">): string {
  const rows = groups.flatMap(({ points, classes, mixing, alpha, errorCurve, runs }) =>
    runs.flatMap(({ seed, errorCurve: error, lossCurve, trainingLossCurve }) =>
      errorCurve.step.map((step, i) => [
        points,
        classes,
        mixing,
        alpha,
        seed,
        step,
        error[i],
        lossCurve[i],
        trainingLossCurve[i],
      ]),
    ),
  );
  return csvTable(COLUMNS, rows);
}
