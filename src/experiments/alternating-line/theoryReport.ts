/** The theory of the alternating line in numbers: a table of what follows from it, and the curves as CSV. Figures: `figures.ts`. */

import { csvTable } from "../../report/csv.ts";
import type { CsvFile } from "../../report/files.ts";
import { showNumber, textTable } from "../../report/reportParts.ts";
import type { LineTheory } from "./results.ts";

/** What the theory says of one data set's nets; nothing if there are none. */
export function lineTheoryTable(theory: readonly LineTheory[]): string {
  if (theory.length === 0) return "";
  return textTable(
    "Theory: least Mixup loss J*, the nets' Mixup loss (nats), and the ε at which h_ε says what the nets say",
    ["", "J*", "nets", "excess", "effective ε at each point (–: at none)"],
    theory.map(({ alpha, optimalLoss, mixupLoss, excessLoss, effectiveEpsilon }) => [
      ...[`Mixup α = ${alpha}`, showNumber(optimalLoss, 4)],
      `${showNumber(mixupLoss.mean, 4)} ± ${showNumber(mixupLoss.std, 4)}`,
      ...[showNumber(excessLoss, 4), effectiveEpsilon.map((epsilon) => showNumber(epsilon)).join(" ")],
    ]),
  );
}

/** The curves: a row for each x. */
export function lineTheoryCsv(theory: readonly LineTheory[]): CsvFile {
  const rows = theory.flatMap(({ points, classes, alpha, x, trained, optimal }) =>
    x.map((at, i) => [
      ...[points, classes, alpha, at, trained.mean[i], trained.std[i]],
      ...optimal.map(({ probability }) => probability[i]),
    ]),
  );
  const columns = ["points", "classes", "alpha", "x", "net_mean", "net_std"];
  const epsilons = theory[0]?.optimal.map(({ epsilon }) => `optimal_${epsilon}`) ?? [];
  return { name: "theory", text: csvTable([...columns, ...epsilons], rows) };
}
