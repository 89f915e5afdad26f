/**
 * The rate experiment drawn: steps to zero of every run, and error curves.
 *
 * Not here: the picture of the midpoints (`midpointFigure.ts`), tables and sentences (`report.ts`).
 */

import * as Plot from "@observablehq/plot";
import { draw } from "../../report/draw.ts";
import { COLOURS, type Figure, type Key } from "../../report/figure.ts";
import { curvePanels, scale, tickFormat } from "../../report/panels.ts";
import { showNumber } from "../../report/reportParts.ts";
import { counted } from "../../report/words.ts";
import { midpointFigure } from "./midpointFigure.ts";
import type { RateGroup, RateResults } from "./results.ts";

/** All runs' steps, curves for each data set, and the picture of the midpoints. */
export function rateFigures({ groups }: Pick<RateResults, "groups">): Figure[] {
  return [stepsFigure(groups), ...setsOf(groups).map(curveFigure), midpointFigure()];
}

export function setsOf(groups: readonly RateGroup[]): RateGroup[][] {
  const names = [...new Set(groups.map(({ set }) => set))];
  return names.map((name) => groups.filter(({ set }) => set === name));
}

/** `ERM`, `α = 1024`, `α = 1024, no self pairs`. */
export function lawName({ family, pairing }: Pick<RateGroup, "family" | "pairing">): string {
  return pairing === "other" ? `${family}, no self pairs` : family;
}

function colourOf({ pairing }: Pick<RateGroup, "pairing">): string {
  if (pairing === null) return COLOURS.base;
  return pairing === "uniform" ? COLOURS.main : COLOURS.third;
}

const KEYS: readonly Key[] = [
  { text: "ERM", mark: "line", colour: COLOURS.base },
  { text: "Mixup", mark: "line", colour: COLOURS.main },
  { text: "Mixup without self pairs", mark: "line", colour: COLOURS.third },
];

function curveFigure(groups: readonly RateGroup[]): Figure {
  const [{ set, points, runs }] = groups;
  const families = [...new Set(groups.filter(({ pairing }) => pairing !== null).map(({ family }) => family))];
  return draw({
    name: `error-${set.replaceAll(" ", "-")}`,
    title: `Training error: ${set}`,
    caption: `Share of the ${points} unmixed points that are misclassified: mean of ${counted(runs.length, "seed")}, band ± 1 standard deviation.`,
    description: groups
      .map((group) => `${lawName(group)} ends at error ${showNumber(group.finalError.mean)}`)
      .join("; "),
    keys: KEYS,
    rows: [
      {
        panels: curvePanels({
          x: { label: "step", log: true, ticks: 3 },
          y: { label: "error", ticks: 5 },
          panels: families.map((family) => ({
            title: family,
            series: groups
              .filter((group) => group.family === family || group.pairing === null)
              .map((group) => ({
                colour: colourOf(group),
                x: group.curve.step,
                y: group.curve.mean,
                spread: group.curve.std,
              })),
          })),
        }),
      },
    ],
  });
}

/** Places of a law's runs above and below its line, so that equal ones show. */
const JITTER = [0, -0.22, 0.22, -0.11, 0.11, -0.33, 0.33];

function stepsFigure(groups: readonly RateGroup[]): Figure {
  const sets = setsOf(groups);
  const [{ runs, steps, curve }] = groups;
  const names = sets[0].map(lawName);
  const beyond = 1.6 * steps;
  const earliest = Math.min(...groups.flatMap((group) => group.runs.map(({ first }) => first ?? steps)));
  const x = {
    label: "step",
    log: true,
    ticks: 3,
    domain: [Math.max(earliest, curve.step[0]) / 1.3, 2 * steps] as const,
  };
  return draw({
    name: "steps-to-zero",
    title: "Steps until no training point is misclassified",
    caption:
      `A dot for each of ${counted(runs.length, "seed")}, a bar at the median. Rings at the right: runs that did not get there ` +
      `within ${tickFormat(steps)} steps.`,
    description: groups.map((group) => `${group.set}, ${lawName(group)}: ${reachedText(group)}`).join("; "),
    keys: KEYS.map((key) => ({ ...key, mark: "dot" as const })),
    rows: [
      {
        panels: sets.map((members, i) => {
          const dots = members.flatMap((group, row) =>
            group.runs.map(({ first }, r) => ({
              x: first ?? beyond,
              y: row + JITTER[r % JITTER.length],
              reached: first !== null,
              colour: colourOf(group),
            })),
          );
          const medians = members.flatMap((group, row) =>
            group.first.median === null ? [] : [{ x: group.first.median, row, colour: colourOf(group) }],
          );
          return {
            title: members[0].set,
            options: {
              width: 230 + (i === 0 ? 130 : 0),
              height: 60 + 26 * names.length,
              marginLeft: i === 0 ? 160 : 30,
              marginRight: 18,
              marginTop: 8,
              marginBottom: 38,
              x: { ...scale(x), grid: true },
              y: {
                domain: [-0.6, names.length - 0.4],
                reverse: true,
                label: null,
                ticks: names.map((_, row) => row),
                tickFormat: (row: number) => (i === 0 ? names[row] : ""),
                tickSize: 0,
              },
              marks: [
                Plot.dot(
                  dots.filter(({ reached }) => reached),
                  { x: "x", y: "y", r: 2.6, fill: ({ colour }) => colour },
                ),
                Plot.dot(
                  dots.filter(({ reached }) => !reached),
                  { x: "x", y: "y", r: 2.6, stroke: ({ colour }) => colour },
                ),
                Plot.ruleX(medians, {
                  x: "x",
                  y1: ({ row }) => row - 0.4,
                  y2: ({ row }) => row + 0.4,
                  stroke: ({ colour }) => colour,
                  strokeWidth: 2,
                }),
              ],
            },
          };
        }),
      },
    ],
  });
}

/** `after 85 steps`, the median over the seeds. */
export function reachedText({ first, reached, runs, steps }: RateGroup): string {
  if (reached === 0) return `not within ${steps} steps`;
  if (first.median === null)
    return `within ${steps} steps in only ${reached} of ${counted(runs.length, "seed")}`;
  const share = reached === runs.length ? "" : ` (${reached} of ${counted(runs.length, "seed")} get there)`;
  return `after ${Math.round(first.median)} steps${share}`;
}
