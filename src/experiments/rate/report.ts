/** The rate experiment reported: what the numbers say, tables, what was expected. */

import { csvTable } from "../../report/csv.ts";
import type { Figure } from "../../report/figure.ts";
import type { CsvFile, Reported } from "../../report/files.ts";
import {
  figureList,
  referenceTable,
  section,
  sentenceList,
  showNumber,
  textTable,
} from "../../report/reportParts.ts";
import { capital, counted } from "../../report/words.ts";
import { lawName, rateFigures, reachedText, setsOf } from "./figures.ts";
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
