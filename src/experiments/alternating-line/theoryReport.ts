/** The theory of the alternating line shown: curves beside the nets', and a table of what follows. */

import { csvTable } from "../../report/csv.ts";
import type { CsvFile } from "../../report/files.ts";
import { panelPlot } from "../../report/plot.ts";
import { showNumber, textTable } from "../../report/reportParts.ts";
import { distinctSets, setName } from "../lineSets.ts";
import type { LineFigure } from "./figures.ts";
import type { LineTheory } from "./results.ts";

/**
 * A figure for each data set of two classes: one probability says everything there. A panel for each alpha.
 */
export function lineTheoryFigures(theory: readonly LineTheory[]): LineFigure[] {
  return distinctSets(theory.filter(({ classes }) => classes === 2)).map(({ points, classes }) => {
    const members = theory.filter((one) => one.points === points && one.classes === classes);
    const title = `Mixup-optimal classifier and trained nets, ${setName({ points, classes })}`;
    const svg = panelPlot({
      title,
      subtitle:
        "Probability of class 0 along the line; rings: the right answers. " +
        "Nets: mean of the seeds ± 1 standard deviation.",
      description: members
        .map(({ alpha, effectiveEpsilon: [, atOne], excessLoss }) => {
          const epsilon = atOne === null ? "none" : atOne.toFixed(3);
          const excess = showNumber(excessLoss, 4);
          return `alpha ${alpha}: effective epsilon at point 1 ${epsilon}, excess loss ${excess}`;
        })
        .join("; "),
      xLabel: "x",
      yLabel: "probability",
      xTicks: Array.from({ length: points }, (_, i) => i),
      yTicks: [0, 0.25, 0.5, 0.75, 1],
      rule: 0.5,
      endValues: false,
      marks: "lines",
      panels: members.map(({ alpha, x, trained, optimal }) => ({
        title: `α = ${alpha}`,
        series: [
          { name: "trained nets", look: "main", x, y: trained.mean, spread: trained.std },
          // On many points there is no room for the curve that is nearly the limit.
          ...optimal.slice(points > 4 ? -1 : 0).map(({ epsilon, probability }) => ({
            name: `h_ε, ε = ${epsilon}`,
            look: epsilon === optimal[optimal.length - 1].epsilon ? ("base" as const) : ("third" as const),
            x,
            y: probability,
          })),
          {
            name: "training points",
            look: "other",
            x: Array.from({ length: points }, (_, i) => i),
            y: Array.from({ length: points }, (_, i) => (i % classes === 0 ? 1 : 0)),
          },
        ],
      })),
    });
    return { name: `theory-${points}-points-${classes}-classes`, points, classes, title, svg };
  });
}

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
