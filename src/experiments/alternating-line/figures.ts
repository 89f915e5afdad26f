/**
 * Which numbers of the alternating line are shown how: for each data set, the error while training and the
 * probabilities after it, one panel for each alpha, ERM in each for comparison, as in the paper's Figure 1; and the
 * Mixup-optimal classifier beside the nets.
 */

import { draw } from "../../report/draw.ts";
import { COLOURS, type Figure, type Key } from "../../report/figure.ts";
import { curvePanels, type Series } from "../../report/panels.ts";
import { showNumber } from "../../report/reportParts.ts";
import { counted } from "../../report/words.ts";
import { distinctSets, setName } from "../lineSets.ts";
import { PAPER_PROBABILITIES } from "./published.ts";
import type { Group, LineResults, LineTheory } from "./results.ts";

/** A figure of one data set. */
export interface LineFigure extends Figure {
  readonly points: number;
  readonly classes: number;
}

/** For each data set error curves, probabilities, and where one probability says everything the theory. */
export function lineFigures({ groups, theory }: Pick<LineResults, "groups" | "theory">): LineFigure[] {
  return distinctSets(groups).flatMap(({ points, classes }) => {
    const same = (other: { points: number; classes: number }) =>
      other.points === points && other.classes === classes;
    const members = groups.filter(same);
    const told = classes === 2 ? theory.filter(same) : [];
    const figures = [
      errorFigure(members),
      probabilityFigure(members),
      ...(told.length > 0 ? [theoryFigure(told, members[0].seeds)] : []),
    ];
    return figures.map((figure) => ({ ...figure, points, classes }));
  });
}

const KEYS: readonly Key[] = [
  { text: "ERM", mark: "line", colour: COLOURS.base },
  { text: "Mixup", mark: "line", colour: COLOURS.main },
];

/** Share of points misclassified against the step: mean over the seeds, and a band of one standard deviation. */
function errorFigure(groups: readonly Group[]): Figure {
  const [{ points, classes, seeds }] = groups;
  return draw({
    name: `error-${points}-points-${classes}-classes`,
    title: `Training error, ${setName({ points, classes })}`,
    caption:
      `Share of the ${points} unmixed training points that are misclassified, against the optimizer step: mean of ` +
      `${counted(seeds, "seed")} a law, band ± 1 standard deviation. λ follows Beta(α, α).`,
    description: groups
      .map((group) => `${lawName(group)}${group.alpha ? ` α = ${group.alpha}` : ""} ends at ${show(group)}`)
      .join("; "),
    keys: KEYS,
    rows: [
      {
        panels: curvePanels({
          x: { label: "step", ticks: 3 },
          y: { label: "error", ticks: 5, domain: [0, errorTop(groups)] },
          panels: panelsByAlpha(groups, (group) => [
            {
              colour: colourOf(group),
              x: group.errorCurve.step,
              y: group.errorCurve.mean,
              spread: group.errorCurve.std,
            },
          ]),
        }),
      },
    ],
  });
}

/** The probability that the trained net gives to each point's own class, with the authors' values where there are some. */
function probabilityFigure(groups: readonly Group[]): Figure {
  const [{ points, classes, seeds }] = groups;
  const x = Array.from({ length: points }, (_, i) => i);
  const hasPublished = groups.some((group) => paperProbabilities(group) !== undefined);
  const own = (rows: Group["probabilities"]) => x.map((point) => rows[point][point % classes]);
  return draw({
    name: `probabilities-${points}-points-${classes}-classes`,
    title: `Probability of each point's own class, ${setName({ points, classes })}`,
    caption:
      `Softmax probability after training: mean of ${counted(seeds, "seed")} a law, whiskers ± 1 standard deviation.` +
      (classes === 2 ? " Below the dotted line a point is misclassified." : "") +
      (hasPublished ? " Rings: the authors' published mean of ten seeds." : ""),
    description: `Softmax probability of the right class at each of the ${points} training points, a panel for each alpha.`,
    keys: [
      { text: "ERM", mark: "dot", colour: COLOURS.base },
      { text: "Mixup", mark: "dot", colour: COLOURS.main },
      ...(hasPublished ? [{ text: "Mixup, published", mark: "ring" as const, colour: COLOURS.ink }] : []),
    ],
    rows: [
      {
        panels: curvePanels({
          x: {
            label: "training point",
            ticks: x.length > 5 ? x.filter((i) => i % 3 === 0) : x,
            domain: [-0.4, points - 0.6],
          },
          y: { label: "probability", ticks: [0, 0.25, 0.5, 0.75, 1], domain: [0, 1.02] },
          ...(classes === 2 && { rule: 0.5 }),
          panels: panelsByAlpha(groups, (group) => {
            const published = paperProbabilities(group);
            return [
              {
                colour: colourOf(group),
                marks: "dots",
                x,
                y: own(group.probabilities),
                spread: own(group.probabilitiesStd),
              },
              ...(published ? [{ colour: COLOURS.ink, marks: "rings" as const, x, y: published }] : []),
            ];
          }),
        }),
      },
    ],
  });
}

/** Curves along the line; a panel for each alpha. */
function theoryFigure(members: readonly LineTheory[], seeds: number): Figure {
  const [{ points, classes, optimal }] = members;
  // On many points there is no room for the curve that is nearly the limit.
  const shown = optimal.map(({ epsilon }) => epsilon).slice(points > 4 ? -1 : 0);
  const look = (epsilon: number) => (epsilon === shown[shown.length - 1] ? COLOURS.base : COLOURS.third);
  const corners = Array.from({ length: points }, (_, i) => i);
  return draw({
    name: `theory-${points}-points-${classes}-classes`,
    title: `The Mixup-optimal classifier h_ε and the trained nets, ${setName({ points, classes })}`,
    caption:
      "Probability of class 0 along the line: what h_ε says, in closed form, and what the nets say, mean of " +
      `${counted(seeds, "seed")} with a band of ± 1 standard deviation. ` +
      "Rings are the right answers at the training points.",
    description: members
      .map(({ alpha, effectiveEpsilon: [, atOne], excessLoss }) => {
        const epsilon = atOne === null ? "none" : atOne.toFixed(3);
        return `alpha ${alpha}: effective epsilon at point 1 ${epsilon}, excess loss ${showNumber(excessLoss, 4)}`;
      })
      .join("; "),
    keys: [
      { text: "trained nets", mark: "line", colour: COLOURS.main },
      ...shown.map((epsilon) => ({
        text: `h_ε, ε = ${epsilon}`,
        mark: "dashed" as const,
        colour: look(epsilon),
      })),
      { text: "training points", mark: "ring", colour: COLOURS.ink },
    ],
    rows: [
      {
        panels: curvePanels({
          x: { label: "x", ticks: corners.length > 5 ? corners.filter((i) => i % 3 === 0) : corners },
          y: { label: "probability of class 0", ticks: [0, 0.25, 0.5, 0.75, 1], domain: [-0.02, 1.02] },
          rule: 0.5,
          panels: members.map(({ alpha, x, trained, optimal }) => ({
            title: `α = ${alpha}`,
            series: [
              { colour: COLOURS.main, x, y: trained.mean, spread: trained.std },
              ...optimal
                .filter(({ epsilon }) => shown.includes(epsilon))
                .map(({ epsilon, probability }) => ({
                  colour: look(epsilon),
                  marks: "dashed" as const,
                  x,
                  y: probability,
                })),
              {
                colour: COLOURS.ink,
                marks: "rings",
                x: corners,
                y: corners.map((i) => (i % classes === 0 ? 1 : 0)),
              },
            ],
          })),
        }),
      },
    ],
  });
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
function panelsByAlpha(groups: readonly Group[], series: (group: Group) => Series[]) {
  const base = groups.filter((group) => group.mixing === "erm").flatMap(series);
  const mixed = groups.filter((group) => group.mixing === "mixup");
  if (mixed.length === 0) return [{ title: "ERM", series: base }];
  return mixed.map((group) => ({ title: `α = ${group.alpha}`, series: [...base, ...series(group)] }));
}

function errorTop(groups: readonly Group[]): number {
  const tops = groups.flatMap(({ errorCurve: { mean, std } }) =>
    mean.map((value, i) => (value ?? 0) + (std[i] ?? 0)),
  );
  return Math.min(Math.max(...tops, 0.1), 1);
}

function colourOf({ mixing }: Group): string {
  return mixing === "erm" ? COLOURS.base : COLOURS.main;
}

function lawName({ mixing }: Group): string {
  return mixing === "erm" ? "ERM" : "Mixup";
}

function show({ finalError }: Group): string {
  return finalError.mean === null ? "no finite number" : finalError.mean.toFixed(3);
}
