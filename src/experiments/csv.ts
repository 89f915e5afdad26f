/**
 * Every run's curves as CSV (RFC 4180, `\n` line ends), a row per evaluation; what is not finite is left
 * empty.
 */

import type { ExperimentResults } from "./results.ts";

const COLUMNS = ["points", "classes", "mixing", "alpha", "seed", "step", "error", "loss", "training_loss"];

/** `curves.csv`: the columns say what they hold; `alpha` is empty for ERM. */
export function curvesCsv({ groups }: Pick<ExperimentResults, "groups">): string {
  const rows = groups.flatMap(({ points, classes, mixing, alpha, errorCurve, runs }) =>
    runs.flatMap(({ seed, errorCurve: error, lossCurve, trainingLossCurve }) =>
      errorCurve.step.map((step, i) =>
        [points, classes, mixing, alpha, seed, step, error[i], lossCurve[i], trainingLossCurve[i]]
          .map((value) => value ?? "")
          .join(","),
      ),
    ),
  );
  return `${[COLUMNS.join(","), ...rows].join("\n")}\n`;
}
