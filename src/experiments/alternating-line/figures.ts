/**
 * Which numbers of an experiment are shown how: for each data set, the error while training and the
 * probabilities after it, one panel for each alpha, ERM in each for comparison, as in the paper's Figure 1.
 */

import type { Figure } from "../../report/files.ts";
import { type Panel, panelPlot, type Series } from "../../report/plot.ts";
import { ticksTo } from "../../report/plotParts.ts";
import { distinctSets, setName } from "../lineSets.ts";
import { PAPER_PROBABILITIES } from "./published.ts";
import type { Group, LineResults } from "./results.ts";

/** A figure of one data set. */
export interface LineFigure extends Figure {
  readonly points: number;
  readonly classes: number;
}

/** Two figures for each data set: error curves and probabilities. */
export function figures({ groups }: Pick<LineResults, "groups">): LineFigure[] {
  return distinctSets(groups).flatMap(({ points, classes }) => {
    const members = groups.filter((group) => group.points === points && group.classes === classes);
    return [errorFigure(members), probabilityFigure(members)];
  });
}

/**
 * Share of points misclassified against the step: mean over the seeds, and a band of one standard deviation.
 */
function errorFigure(groups: readonly Group[]): LineFigure {
  const [{ points, classes, seeds, errorCurve }] = groups;
  const tops = groups.flatMap((group) =>
    group.errorCurve.mean.map((mean, i) => (mean ?? 0) + (group.errorCurve.std[i] ?? 0)),
  );
  const title = `Training error, ${setName({ points, classes })}`;
  const lastStep = errorCurve.step[errorCurve.step.length - 1];
  const svg = panelPlot({
    title,
    subtitle: `Mean of ${seeds} seeds, band ± 1 standard deviation.`,
    description:
      `Share of the ${points} training points that are misclassified, against the training step, ` +
      "one panel for each alpha. " +
      groups
        .map((group) => `${seriesName(group)}${group.alpha ? ` ${group.alpha}` : ""} ends at ${show(group)}`)
        .join("; "),
    xLabel: "step",
    yLabel: "error",
    xTicks: [0, lastStep / 2, lastStep],
    yTicks: ticksTo(Math.min(Math.max(...tops, 0.1), 1)),
    marks: "lines",
    panels: panelsByAlpha(groups, (group) => [
      {
        name: seriesName(group),
        look: group.mixing === "erm" ? "base" : "main",
        x: group.errorCurve.step,
        y: group.errorCurve.mean,
        spread: group.errorCurve.std,
      },
    ]),
  });
  return { name: `error-${points}-points-${classes}-classes`, points, classes, title, svg };
}

/**
 * Probability that the trained net gives to each point's own class, with the authors' values where there are
 * some.
 */
function probabilityFigure(groups: readonly Group[]): LineFigure {
  const [{ points, classes, seeds }] = groups;
  const title = `Probability of each point's own class, ${setName({ points, classes })}`;
  const x = Array.from({ length: points }, (_, i) => i);
  const svg = panelPlot({
    title,
    subtitle:
      `Mean of ${seeds} seeds, whiskers ± 1 standard deviation.` +
      (classes === 2 ? " Below the dotted line a point is misclassified." : ""),
    description:
      `Softmax probability of the right class at each of the ${points} training points after training, ` +
      "one panel for each alpha.",
    xLabel: "training point",
    yLabel: "probability",
    xTicks: x,
    yTicks: [0, 0.25, 0.5, 0.75, 1],
    marks: "dots",
    rule: classes === 2 ? 0.5 : undefined,
    panels: panelsByAlpha(groups, (group) => {
      const own = (rows: Group["probabilities"]) => x.map((point) => rows[point][point % classes]);
      const ours: Series = {
        name: seriesName(group),
        look: group.mixing === "erm" ? "base" : "main",
        x,
        y: own(group.probabilities),
        spread: own(group.probabilitiesStd),
      };
      const published = paperProbabilities(group);
      return published ? [ours, { name: "Mixup, published", look: "other", x, y: published }] : [ours];
    }),
  });
  return { name: `probabilities-${points}-points-${classes}-classes`, points, classes, title, svg };
}

/** The authors' probabilities of each point's own class, or undefined. */
function paperProbabilities({ points, classes, alpha }: Group): number[] | undefined {
  const published = PAPER_PROBABILITIES.find(
    (entry) => entry.points === points && entry.classes === classes && entry.alpha === alpha,
  );
  return published?.values.map((value, point) =>
    published.of === "class 0" && point % classes !== 0 ? 1 - value : value,
  );
}

/** A panel for each alpha, with ERM's series beside Mixup's; a single panel if there is nothing but ERM. */
function panelsByAlpha(groups: readonly Group[], series: (group: Group) => Series[]): Panel[] {
  const base = groups.filter((group) => group.mixing === "erm").flatMap(series);
  const mixed = groups.filter((group) => group.mixing === "mixup");
  if (mixed.length === 0) return [{ title: "ERM", series: base }];
  return mixed.map((group) => ({ title: `α = ${group.alpha}`, series: [...base, ...series(group)] }));
}

function seriesName({ mixing }: Group): string {
  return mixing === "erm" ? "ERM" : "Mixup";
}

function show({ finalError }: Group): string {
  return finalError.mean === null ? "no finite number" : finalError.mean.toFixed(3);
}
