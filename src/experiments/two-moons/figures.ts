/**
 * The two moons drawn: the majority's decision as the paper draws it, the votes behind it, and every seed's margin. One
 * row of maps for each way with gradients, one map for each law.
 *
 * Not here: tables and sentences (`report.ts`), how a map is drawn (`report/heatMap.ts`).
 */

import { dotPlot } from "../../report/dotPlot.ts";
import type { Figure } from "../../report/files.ts";
import { type HeatMap, heatMap, type MapGap, type MapPanel, mapTicks, VOTE } from "../../report/heatMap.ts";
import { ticksTo } from "../../report/plotParts.ts";
import { showNumber } from "../../report/reportParts.ts";
import { MOONS_GRID } from "./measures.ts";
import type { MoonsGroup } from "./results.ts";

/** Half the spacing of the grid: a cell reaches that far beyond its grid point. */
const HALF = (MOONS_GRID.points[2] - MOONS_GRID.points[0]) / 2;
const [LOW, HIGH] = [-2 - HALF, 2 + HALF];

/** What stands above the maps of a variant. */
const VARIANT_HEADINGS = {
  cleared: "Gradients cleared after every step",
  accumulated: "Gradients accumulated over all steps, as in the authors’ loop",
};

/** Where there is no map: the authors' loop clears ERM's gradients, so ERM has no second variant. */
const ERM_NOTE: MapGap = { note: ["ERM’s gradients are", "cleared in the", "authors’ loop too"] };

/** For each separation the majority's map, then the votes'; the margins of all separations at the end. */
export function moonsFigures(groups: readonly MoonsGroup[]): Figure[] {
  const maps = bySeparation(groups).flatMap((members) => [majorityFigure(members), voteFigure(members)]);
  return groups.length === 0 ? [] : [...maps, marginFigure(groups)];
}

/** The groups of each separation, in their order. */
export function bySeparation(groups: readonly MoonsGroup[]): MoonsGroup[][] {
  const separations = [...new Set(groups.map(({ separation }) => separation))];
  return separations.map((separation) => groups.filter((group) => group.separation === separation));
}

/** What most nets decide, over the training points of seed 0. `groups` are of one separation. */
export function majorityFigure(groups: readonly MoonsGroup[]): Figure {
  const [{ separation, runs }] = groups;
  const title = `What most nets decide, class separation ${separation}`;
  const svg = heatMap({
    ...common(groups),
    title,
    subtitle: `Majority of ${seeds(runs.length)}, and the training points of seed 0.`,
    description: groups
      .map((group) => `${netName(group)}: training accuracy ${showNumber(group.over.accuracy.mean)}`)
      .join("; "),
    colours: 2,
    legend: [],
    panels: inRows(groups, (group, first) => ({
      // An even split is drawn as class 0.
      cells: group.votes.map((votes) => (2 * votes > group.voters ? 1 : 0)),
      points: placed(group),
      // Written on the map: where the classes lie needs no key.
      words: first
        ? [
            { x: 0.14, y: 0.94, text: "class 1" },
            { x: 0.86, y: 0.06, text: "class 0" },
          ]
        : [],
    })),
  });
  return { name: `majority-separation-${separation}`, title, svg };
}

/** How the seeds vote. `groups` are of one separation. */
export function voteFigure(groups: readonly MoonsGroup[]): Figure {
  const [{ separation, runs }] = groups;
  const title = `How far the nets agree, class separation ${separation}`;
  const svg = heatMap({
    ...common(groups),
    title,
    subtitle: `Share of ${seeds(runs.length)} that decide for each class; faded where they disagree.`,
    description: groups
      .map((group) => `${netName(group)}: all agree on ${percent(group.unanimous)} of the map`)
      .join("; "),
    // An odd number of colours, so that an even split has the middle one.
    colours: 11,
    legend: [
      { colour: 0, text: "all say class 0" },
      { colour: 5, text: "evenly split" },
      { colour: 10, text: "all say class 1" },
    ],
    panels: inRows(groups, (group) => ({
      cells: group.votes.map((votes) => (group.voters === 0 ? 5 : Math.round((10 * votes) / group.voters))),
    })),
  });
  return { name: `votes-separation-${separation}`, title, svg };
}

/** The least margin of each seed, both variants side by side, a panel for each separation. */
export function marginFigure(groups: readonly MoonsGroup[]): Figure {
  const title = "Least margin of every net";
  const alphas = [...new Set(groups.map(({ alpha }) => alpha))];
  const variants = [...new Set(groups.map(({ variant }) => variant))];
  const margins = (group: MoonsGroup | undefined) => group?.runs.map(({ leastMargin }) => leastMargin) ?? [];
  const largest = Math.max(...groups.flatMap((group) => margins(group).map((margin) => margin ?? 0)));
  const svg = dotPlot({
    title,
    subtitle:
      "Of a net’s training points, the least distance to another class. A dot a seed, a bar their mean.",
    description: groups
      .map(
        (group) =>
          `${netName(group)}, separation ${group.separation}: ${showNumber(group.over.leastMargin.mean)}`,
      )
      .join("; "),
    xLabel: "α of Beta(α, α)",
    yLabel: "margin",
    categories: alphas.map((alpha) => (alpha === null ? "ERM" : String(alpha))),
    yTicks: ticksTo(largest),
    panels: bySeparation(groups).map((members) => ({
      title: `class separation ${members[0].separation}`,
      series: variants.map((variant) => ({
        name: variant,
        look: variant === "cleared" ? "disc" : "ring",
        values: alphas.map((alpha) =>
          margins(members.find((group) => group.alpha === alpha && group.variant === variant)),
        ),
      })),
    })),
  });
  return { name: "margins", title, svg };
}

/** A row of panels for each variant; a law's maps stand one above the other. */
function inRows(
  groups: readonly MoonsGroup[],
  draw: (group: MoonsGroup, first: boolean) => Pick<MapPanel, "cells" | "points" | "words">,
): (MapPanel | MapGap)[] {
  const alphas = [...new Set(groups.map(({ alpha }) => alpha))];
  return variantsOf(groups).flatMap((variant) =>
    alphas.map((alpha) => {
      const group = groups.find((one) => one.variant === variant && one.alpha === alpha);
      if (group === undefined) return ERM_NOTE;
      const { columns, rows } = MOONS_GRID;
      const title = alpha === null ? "ERM" : `Mixup, α = ${alpha}`;
      return { title, columns, rows, ...draw(group, group === groups[0]) };
    }),
  );
}

function variantsOf(groups: readonly MoonsGroup[]): MoonsGroup["variant"][] {
  return [...new Set(groups.map(({ variant }) => variant))];
}

function common(groups: readonly MoonsGroup[]) {
  const across = new Set(groups.map(({ alpha }) => alpha)).size;
  const ticks = mapTicks([-2, -1, 0, 1, 2], LOW, HIGH);
  const size = across <= 4 ? 230 : 160;
  return {
    xLabel: "x",
    yLabel: "y",
    xTicks: ticks,
    yTicks: ticks,
    palette: VOTE,
    across,
    rowHeadings: variantsOf(groups).map((variant) => VARIANT_HEADINGS[variant]),
    width: size,
    height: size,
  } satisfies Partial<HeatMap>;
}

/** Points within the map, from 0 to 1. */
function placed({ points, labels }: MoonsGroup) {
  const share = (value: number) => (value - LOW) / (HIGH - LOW);
  return labels
    .map((label, n) => ({ x: share(points[2 * n]), y: share(points[2 * n + 1]), label }))
    .filter(({ x, y }) => x >= 0 && x <= 1 && y >= 0 && y <= 1);
}

/** `Mixup α = 1, gradients cleared`. */
function netName({ alpha, variant }: MoonsGroup): string {
  return alpha === null ? "ERM" : `Mixup α = ${alpha}, gradients ${variant}`;
}

/** A share in percent. */
export function percent(share: number | null): string {
  return share === null ? "–" : `${(100 * share).toFixed(1)}%`;
}

function seeds(count: number): string {
  return count === 1 ? "1 seed" : `${count} seeds`;
}
