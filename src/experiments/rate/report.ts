/** The rate experiment shown: error curves, steps to zero for every run, and what the numbers say. */

import * as Plot from "@observablehq/plot";
import { csvTable } from "../../report/csv.ts";
import { draw } from "../../report/draw.ts";
import { COLOURS, type Figure, type Key } from "../../report/figure.ts";
import type { CsvFile, Reported } from "../../report/files.ts";
import { curvePanels, scale, tickFormat } from "../../report/panels.ts";
import {
  capital,
  counted,
  figureList,
  referenceTable,
  section,
  sentenceList,
  showNumber,
  textTable,
} from "../../report/reportParts.ts";
import { midpointFigure } from "./midpointFigure.ts";
import type { RateGroup, RateResults } from "./results.ts";
import { timesErm } from "./runs.ts";

/** What the experiment is about. */
const INTRODUCTION = `<p>With α = 1024 Mixup shows a net little else than midpoints: of the N mixtures
of an epoch one, in expectation, is of a point with itself. Still, section 2.5 of <em>Towards Understanding the Data
Dependency of Mixup-style Training</em> (<a href="https://arxiv.org/abs/2110.07647">arXiv 2110.07647</a>) observes, the
error on the unmixed points falls nearly as fast as without Mixup (ERM). It asks whether midpoints alone hold the
points, and answers yes: six or more points drawn from a density are determined by their midpoints (Theorem 2.11). That
is about what could be known, not about training. Here nets of 64 hidden units are trained on moons, and on points whose
labels mean nothing; with self pairs as in the paper, without any, and with λ = ½ throughout. Steps to zero error have
no published value: what is said of them below follows from the runs.</p>`;

/** All runs' steps, curves for each data set, and the picture of the midpoints. */
function rateFigures({ groups }: Pick<RateResults, "groups">): Figure[] {
  return [stepsFigure(groups), ...setsOf(groups).map(curveFigure), midpointFigure()];
}

function setsOf(groups: readonly RateGroup[]): RateGroup[][] {
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

/** Every evaluation, and one row for each run. */
function rateCsv({ groups }: RateResults): CsvFile[] {
  const law = ({ set, family, pairing }: RateGroup) => [set, family.replace(/^.* = /, ""), pairing];
  return [
    {
      name: "curves",
      text: csvTable(
        ["data", "law", "pairing", "seed", "step", "error"],
        groups.flatMap((group) =>
          group.runs.flatMap(({ seed, errorCurve }) =>
            errorCurve.map((error, i) => [...law(group), seed, group.curve.step[i], error]),
          ),
        ),
      ),
    },
    {
      name: "steps",
      text: csvTable(
        ["data", "law", "pairing", "seed", "first_zero", "stays_zero", "points_seen_unmixed", "final_error"],
        groups.flatMap((group) =>
          group.runs.map(({ seed, first, stays, seenUnmixed, finalError }) => [
            ...law(group),
            ...[seed, first, stays, seenUnmixed, finalError],
          ]),
        ),
      ),
    },
  ];
}

/** Steps to zero, then each data set, then midpoints and what was expected. */
function sections(results: RateResults, figures: readonly Figure[]): string {
  const sets = setsOf(results.groups);
  return [
    section("Steps to zero error", sentenceList(sets.map(observeRate))),
    ...sets.map((members, i) =>
      section(capital(members[0].set), figureList([figures[i + 1]]), stepsTable(members)),
    ),
    section("Points from midpoints", figureList([figures[sets.length + 1]]), midpointTable(results)),
    section("Expected values", referenceTable(results.references)),
  ].join("\n");
}

/** How long Mixup with the largest alpha takes beside ERM, on each kind of data. */
function learnt({ groups }: RateResults): string {
  const told = setsOf(groups).map((members) => {
    const erm = members.find(({ pairing }) => pairing === null)!;
    const mixed = members.filter(({ pairing, family }) => pairing === "uniform" && family.startsWith("α"));
    const group = mixed[mixed.length - 1];
    if (group === undefined) return "";
    const ratio = timesErm(group, erm);
    const outcome =
      ratio === null
        ? `does not get there in most runs within ${group.steps} steps`
        : `takes ${ratio.toFixed(1)} times as many steps as ERM`;
    return `on ${group.set} Mixup with ${group.family} ${outcome}`;
  });
  const sentence = told.filter((part) => part !== "").join("; ");
  return sentence === ""
    ? "No law of Mixup was trained."
    : `To fit all training points, ${sentence} (median over ${counted(groups[0].runs.length, "seed")}).`;
}

export const rateReport: Reported<RateResults> = {
  introduction: INTRODUCTION,
  learnt,
  figures: rateFigures,
  csv: rateCsv,
  sections,
};

/** What the runs of one data set say about the paper's observation, as one paragraph. */
export function observeRate(groups: readonly RateGroup[]): string {
  const erm = groups.find(({ pairing }) => pairing === null)!;
  const sentences = [`${capital(erm.set)}: ERM is at zero error ${reachedText(erm)}.`];
  for (const group of groups) {
    const { family, pairing, runs, points } = group;
    if (pairing === "uniform") {
      const without = groups.find((other) => other.family === family && other.pairing === "other")!;
      const unmixed = `having seen ${middle(runs.map((run) => run.seenUnmixed))} of ${points} points unmixed`;
      const seen = group.first.median === null ? "" : `, ${unmixed} by then`;
      sentences.push(
        `Mixup with ${family} ${besideErm(group, erm)}${seen}; without self pairs ${besideErm(without, erm)}.`,
      );
    }
    const diverged = runs.filter(({ failure }) => failure !== null).length;
    if (diverged > 0) sentences.push(`${lawName(group)}: ${diverged} of ${runs.length} runs diverged.`);
  }
  return sentences.join(" ");
}

function besideErm(group: RateGroup, erm: RateGroup): string {
  const ratio = timesErm(group, erm);
  const end =
    group.reached === group.runs.length ? "" : ` (error at the end ${showNumber(group.finalError.mean)})`;
  return `${reachedText(group)}${ratio === null ? "" : `, ${ratio.toFixed(1)} times as long`}${end}`;
}

/** `after 85 steps`, the median over the seeds. */
function reachedText({ first, reached, runs, steps }: RateGroup): string {
  if (reached === 0) return `not within ${steps} steps`;
  if (first.median === null)
    return `within ${steps} steps in only ${reached} of ${counted(runs.length, "seed")}`;
  const share = reached === runs.length ? "" : ` (${reached} of ${counted(runs.length, "seed")} get there)`;
  return `after ${Math.round(first.median)} steps${share}`;
}

function stepsTable(groups: readonly RateGroup[]): string {
  const erm = groups.find(({ pairing }) => pairing === null)!;
  const beyond = `> ${erm.steps}`;
  const show = (value: number | null) => (value === null ? beyond : String(Math.round(value)));
  const range = ({ lower, median, upper }: RateGroup["first"]) =>
    lower === null ? beyond : `${show(median)} (${show(lower)} to ${show(upper)})`;
  return textTable(
    "Steps to zero error: median (quartiles) over the seeds; seen unmixed: distinct points paired with themselves by then",
    ["", "first at zero", "stays there", "runs", "times ERM", "seen unmixed", "last error"],
    groups.map((group) => [
      ...[lawName(group), range(group.first), range(group.stays)],
      `${group.reached} of ${group.runs.length}`,
      showNumber(timesErm(group, erm), 2),
      group.pairing === null
        ? "all"
        : `${middle(group.runs.map((run) => run.seenUnmixed))} of ${group.points}`,
      showNumber(group.finalError.mean),
    ]),
  );
}

function midpointTable({ midpoints }: RateResults): string {
  return textTable(
    "Sets of points that fit the unlabelled midpoints of random points in the plane",
    ["points", "midpoints", "draws", "sets that fit", "largest error of the best"],
    midpoints.map(({ points, draws, fewest, most, error }) => [
      ...[String(points), String((points * (points - 1)) / 2), String(draws)],
      fewest === most ? String(most) : `${fewest} to ${most}`,
      error.toExponential(0),
    ]),
  );
}

/** The median of counts, as a whole number. */
function middle(values: readonly (number | null)[]): string {
  const sorted = values.filter((value) => value !== null).sort((a, b) => a - b);
  return sorted.length === 0 ? "–" : String(Math.round(sorted[Math.floor(sorted.length / 2)]));
}
