/**
 * CSV (RFC 4180, `\n` line ends): of any table, and of the alternating line's curves, a row per evaluation.
 * What is not finite is left empty.
 */

import type { LineResults } from "./results.ts";

const COLUMNS = ["points", "classes", "mixing", "alpha", "seed", "step", "error", "loss", "training_loss"];

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

/** A table as CSV. Cells are numbers or words without commas and quotes. */
export function csvTable(
  columns: readonly string[],
  rows: readonly (readonly (string | number | null)[])[],
): string {
  const cell = (value: string | number | null) =>
    value === null || (typeof value === "number" && !Number.isFinite(value)) ? "" : String(value);
  return `${[columns.join(","), ...rows.map((row) => row.map(cell).join(","))].join("\n")}\n`;
}
