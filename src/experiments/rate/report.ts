/** The rate experiment shown: error curves, steps to zero for every run, and what the numbers say. */

import { csvTable } from "../../report/csv.ts";
import type { CsvFile, Figure } from "../../report/files.ts";
import { panelPlot, type Series } from "../../report/plot.ts";
import { ticksTo } from "../../report/plotParts.ts";
import {
  figureList,
  referenceTable,
  section,
  sentenceList,
  showNumber,
  textTable,
} from "../../report/reportParts.ts";
import { stepsPlot, stepTicks } from "../../report/stepsPlot.ts";
import { midpointFigure } from "./midpointFigure.ts";
import type { RateGroup, RateResults } from "./results.ts";
import { timesErm } from "./runs.ts";

/** What the experiment is about. */
export const RATE_INTRODUCTION = `<p>With α = 1024 Mixup shows a net little else than midpoints: of the N mixtures
of an epoch one, in expectation, is of a point with itself. Still, section 2.5 of <em>Towards Understanding the Data
Dependency of Mixup-style Training</em> (<a href="https://arxiv.org/abs/2110.07647">arXiv 2110.07647</a>) observes, the
error on the unmixed points falls nearly as fast as without Mixup (ERM). It asks whether midpoints alone hold the
points, and answers yes: six or more points drawn from a density are determined by their midpoints (Theorem 2.11). That
is about what could be known, not about training. Here nets of 64 hidden units are trained on moons, and on points whose
labels mean nothing; with self pairs as in the paper, without any, and with λ = ½ throughout. Steps to zero error have
no published value: what is said of them below follows from the runs.</p>`;

/** All runs' steps, curves for each data set, and the picture of the midpoints. */
export function rateFigures({ groups }: Pick<RateResults, "groups">): Figure[] {
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

function lookOf({ pairing }: Pick<RateGroup, "pairing">): Exclude<Series["look"], "other"> {
  if (pairing === null) return "base";
  return pairing === "uniform" ? "main" : "third";
}

function curveFigure(groups: readonly RateGroup[]): Figure {
  const [{ set, points, steps, runs, curve }] = groups;
  const title = `Training error: ${set}`;
  const families = [...new Set(groups.filter(({ pairing }) => pairing !== null).map(({ family }) => family))];
  const tops = groups.flatMap(({ curve: { mean, std } }) =>
    mean.map((value, i) => (value ?? 0) + (std[i] ?? 0)),
  );
  const series = (group: RateGroup, name: string): Series => ({
    name,
    look: lookOf(group),
    x: group.curve.step,
    y: group.curve.mean,
    spread: group.curve.std,
  });
  const svg = panelPlot({
    title,
    subtitle: `Share of the ${points} unmixed points: mean of ${seedCount(runs.length)}, band ± 1 standard deviation.`,
    description: groups
      .map((group) => `${lawName(group)} ends at error ${showNumber(group.finalError.mean)}`)
      .join("; "),
    xLabel: "step",
    yLabel: "error",
    xTicks: stepTicks(curve.step[0], Math.max(steps, curve.step[0] + 1)),
    xLog: true,
    yTicks: ticksTo(Math.min(Math.max(...tops, 0.1), 1)),
    marks: "lines",
    panels: families.map((family) => ({
      title: family,
      series: groups
        .filter((group) => group.family === family || group.pairing === null)
        .map((group) =>
          series(group, { base: "ERM", main: "Mixup", third: "Mixup without self pairs" }[lookOf(group)]),
        ),
    })),
  });
  return { name: `error-${set.replaceAll(" ", "-")}`, title, svg };
}

function stepsFigure(groups: readonly RateGroup[]): Figure {
  const sets = setsOf(groups);
  const [first] = groups;
  const title = "Steps until no training point is misclassified";
  const earliest = Math.min(...groups.flatMap(({ runs }) => runs.map((run) => run.first ?? first.steps)));
  const from = Math.max(10 ** Math.floor(Math.log10(earliest)), first.curve.step[0]);
  const svg = stepsPlot({
    title,
    subtitle: `A dot for each of ${seedCount(first.runs.length)}, a bar at the median; rings: not within ${first.steps.toLocaleString("en-US")} steps.`,
    description: groups.map((group) => `${group.set}, ${lawName(group)}: ${reachedText(group)}`).join("; "),
    rows: sets[0].map((group) => ({
      name: lawName(group),
      look: lookOf(group),
      begins: group.pairing !== "other",
    })),
    ticks: stepTicks(from, Math.max(first.steps, from + 1)),
    panels: sets.map((members) => ({
      title: members[0].set,
      steps: members.map(({ runs }) => runs.map((run) => run.first)),
      medians: members.map((group) => group.first.median),
    })),
  });
  return { name: "steps-to-zero", title, svg };
}

/** Every evaluation, and one row for each run. */
export function rateCsv({ groups }: RateResults): CsvFile[] {
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
export function rateSections(results: RateResults): string {
  const figures = rateFigures(results);
  const sets = setsOf(results.groups);
  return [
    section("Steps to zero error", figureList([figures[0]]), sentenceList(sets.map(observeRate))),
    ...sets.map((members, i) =>
      section(capital(members[0].set), figureList([figures[i + 1]]), stepsTable(members)),
    ),
    section("Points from midpoints", figureList([figures[sets.length + 1]]), midpointTable(results)),
    section("Expected values", referenceTable(results.references)),
  ].join("\n");
}

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
  if (first.median === null) return `within ${steps} steps in only ${reached} of ${seedCount(runs.length)}`;
  const share = reached === runs.length ? "" : ` (${reached} of ${seedCount(runs.length)} get there)`;
  return `after ${Math.round(first.median)} steps${share}`;
}

function stepsTable(groups: readonly RateGroup[]): string {
  const erm = groups.find(({ pairing }) => pairing === null)!;
  const beyond = `> ${erm.steps}`;
  const show = (value: number | null) => (value === null ? beyond : String(Math.round(value)));
  const range = ({ lower, median, upper }: RateGroup["first"]) =>
    `${show(median)} (${show(lower)} to ${show(upper)})`;
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

function seedCount(count: number): string {
  return count === 1 ? "1 seed" : `${count} seeds`;
}

function capital(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1);
}
