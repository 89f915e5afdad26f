/** The two moons shown: the majority's decision as the paper draws it, the votes behind it, and tables. */

import { csvTable } from "./csv.ts";
import type { CsvFile, Figure } from "./experiment.ts";
import { type HeatMap, heatMap, mapTicks, VOTE } from "./heatMap.ts";
import { MEASURES, MOONS_GRID, type MoonsGroup } from "./moonsGroups.ts";
import { figureList, referenceTable, section, sentenceList, showNumber, textTable } from "./reportParts.ts";
import type { Spread } from "./results.ts";
import type { TwoMoonsResults } from "./twoMoons.ts";

/** What the experiment is about. */
export const MOONS_INTRODUCTION = `<p>Two half circles with noise, pulled apart until a straight strip lies
between them. Section 3.1 of <em>Towards Understanding the Data Dependency of Mixup-style Training</em>
(<a href="https://arxiv.org/abs/2110.07647">arXiv 2110.07647</a>) argues that Mixup can move the decision
boundary away from the data, towards the nearest neighbour's. Nets of 500 hidden units are trained with and
without Mixup (without: ERM), each seed on points of its own. The paper's maps show the majority of the seeds,
which hides how far they disagree: here both are drawn. Gradients are cleared after each step; the loop
behind the paper's figure does not clear them, so its ragged boundaries are not to be expected here.</p>`;

/** Half the spacing of the grid: a cell reaches that far beyond its grid point. */
const HALF = (MOONS_GRID.points[2] - MOONS_GRID.points[0]) / 2;
const [LOW, HIGH] = [-2 - HALF, 2 + HALF];

/** For each separation and variant the majority's map, then the votes'. */
export function moonsFigures({ groups }: Pick<TwoMoonsResults, "groups">): Figure[] {
  return settings(groups).flatMap((members) => [majorityFigure(members), voteFigure(members)]);
}

function settings(groups: readonly MoonsGroup[]): MoonsGroup[][] {
  const names = [...new Set(groups.map(settingName))];
  return names.map((name) => groups.filter((group) => settingName(group) === name));
}

function majorityFigure(groups: readonly MoonsGroup[]): Figure {
  const seeds = groups[0].runs.length;
  const title = `What most nets decide: ${settingName(groups[0])}`;
  const svg = heatMap({
    ...common(groups),
    title,
    subtitle: `Majority of ${seeds === 1 ? "1 seed" : `${seeds} seeds`}, and the training points of seed 0.`,
    description: describe(groups),
    colours: 2,
    legend: [
      { colour: 0, text: "class 0 (rings)" },
      { colour: 1, text: "class 1 (discs)" },
    ],
    panels: groups.map((group) => ({
      ...panel(group),
      cells: group.votes.map((votes) => (2 * votes > group.voters ? 1 : 0)),
      points: placed(group),
    })),
  });
  return { name: `majority-${fileName(groups[0])}`, title, svg };
}

function voteFigure(groups: readonly MoonsGroup[]): Figure {
  const title = `How far the nets agree: ${settingName(groups[0])}`;
  const voters = Math.max(...groups.map((group) => group.voters), 1);
  const svg = heatMap({
    ...common(groups),
    title,
    subtitle: "Share of the seeds that decide for each class; pale where they disagree.",
    description: groups
      .map((group) => `${lawName(group)}: all agree on ${percent(group.unanimous)} of the map`)
      .join("; "),
    // An odd number of colours, so that an even split has the middle one.
    colours: 11,
    legend: [
      { colour: 0, text: "all class 0" },
      { colour: 5, text: "split" },
      { colour: 10, text: "all class 1" },
    ],
    panels: groups.map((group) => ({
      ...panel(group),
      cells: group.votes.map((votes) => Math.round((10 * votes) / (group.voters || voters))),
    })),
  });
  return { name: `votes-${fileName(groups[0])}`, title, svg };
}

function common(groups: readonly MoonsGroup[]) {
  const ticks = mapTicks([-2, -1, 0, 1, 2], LOW, HIGH);
  return {
    xLabel: "x",
    yLabel: "y",
    xTicks: ticks,
    yTicks: ticks,
    palette: VOTE,
    across: Math.min(groups.length, 4),
    width: 240,
    height: 240,
  } satisfies Partial<HeatMap>;
}

function panel(group: MoonsGroup) {
  return { title: lawName(group), columns: MOONS_GRID.columns, rows: MOONS_GRID.rows };
}

/** Points within the map, from 0 to 1. */
function placed({ points, labels }: MoonsGroup) {
  const share = (value: number) => (value - LOW) / (HIGH - LOW);
  return labels
    .map((label, n) => ({ x: share(points[2 * n]), y: share(points[2 * n + 1]), label }))
    .filter(({ x, y }) => x >= 0 && x <= 1 && y >= 0 && y <= 1);
}

/** A row for each net. */
export function moonsCsv({ groups }: TwoMoonsResults): CsvFile[] {
  const columns = ["separation", "gradients", "mixing", "alpha", "seed", ...MEASURES];
  const rows = groups.flatMap(({ separation, variant, alpha, runs }) =>
    runs.map((run) => [
      ...[separation, variant, alpha === null ? "erm" : "mixup", alpha, run.seed],
      ...MEASURES.map((name) => run[name]),
    ]),
  );
  return [{ name: "margins", text: csvTable(columns, rows) }];
}

/** A section for each separation, then what was expected. */
export function moonsSections(results: TwoMoonsResults): string {
  return [
    ...settings(results.groups).map((groups) =>
      section(
        settingName(groups[0]),
        figureList([majorityFigure(groups), voteFigure(groups)]),
        sentenceList(observe(groups)),
        measureTable(groups),
        seedTable(groups),
      ),
    ),
    section("Expected values", referenceTable(results.references)),
  ].join("\n");
}

/** Sentences that follow from the numbers alone. */
export function observe(groups: readonly MoonsGroup[]): string[] {
  const base = groups.find(({ alpha }) => alpha === null);
  return groups.flatMap((group) => {
    const diverged = group.runs.length - group.voters;
    const lost =
      diverged === 0 ? [] : [`${lawName(group)}: ${diverged} of ${group.runs.length} runs diverged.`];
    if (group.alpha === null || base === undefined) return lost;
    const [nearest, margin] = [group.over.nearestNeighbour.mean, group.over.leastMargin.mean];
    const [baseNearest, baseMargin] = [base.over.nearestNeighbour.mean, base.over.leastMargin.mean];
    if (nearest === null || margin === null || baseNearest === null || baseMargin === null) return lost;
    return [
      `${lawName(group)} agrees with the nearest neighbour on ${percent(nearest)} of the map ` +
        `(ERM: ${percent(baseNearest)}); its least margin is ${margin.toFixed(3)} ` +
        `(ERM: ${baseMargin.toFixed(3)}).`,
      ...lost,
    ];
  });
}

function measureTable(groups: readonly MoonsGroup[]): string {
  const cell = ({ mean, std }: Spread) => `${showNumber(mean)} ± ${showNumber(std)}`;
  return textTable(
    "Mean over the seeds ± standard deviation. Margins: from a training point to the other class on the grid",
    [
      ...["", "accuracy", "as 1-NN", "as sign(x)", "least margin", "mean margin"],
      ...["unanimous", "contested", "clean loss"],
    ],
    groups.map((group) => [
      lawName(group),
      ...MEASURES.slice(0, 5).map((name) => cell(group.over[name])),
      ...[showNumber(group.unanimous), showNumber(group.contested), cell(group.over.cleanLoss)],
    ]),
  );
}

function seedTable(groups: readonly MoonsGroup[]): string {
  return textTable(
    "Least margin of each seed",
    ["", ...groups[0].runs.map(({ seed }) => `seed ${seed}`)],
    groups.map((group) => [lawName(group), ...group.runs.map(({ leastMargin }) => showNumber(leastMargin))]),
  );
}

function describe(groups: readonly MoonsGroup[]): string {
  return groups
    .map((group) => `${lawName(group)}: training accuracy ${showNumber(group.over.accuracy.mean)}`)
    .join("; ");
}

function settingName({ separation, variant }: MoonsGroup): string {
  return `separation ${separation}, gradients ${variant}`;
}

function fileName({ separation, variant }: MoonsGroup): string {
  return `separation-${separation}-${variant}`;
}

function lawName({ alpha }: MoonsGroup): string {
  return alpha === null ? "ERM" : `Mixup α = ${alpha}`;
}

function percent(share: number | null): string {
  return share === null ? "–" : `${(100 * share).toFixed(1)}%`;
}
