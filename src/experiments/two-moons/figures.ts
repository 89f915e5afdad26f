/**
 * The two moons drawn: the majority's decision as the paper draws it, the votes behind it, and every seed's margin. One
 * row of maps for each way with gradients, one map for each law.
 *
 * Not here: tables and sentences (`report.ts`), how a map is drawn (`report/maps.ts`).
 */

import * as Plot from "@observablehq/plot";
import { draw } from "../../report/draw.ts";
import { COLOURS, type Figure, type FigureSpec, type PanelRow } from "../../report/figure.ts";
import { type MapSpec, mapPanel, votePalette } from "../../report/maps.ts";
import { scale } from "../../report/panels.ts";
import { percent, showNumber } from "../../report/reportParts.ts";
import { counted } from "../../report/words.ts";
import { MOONS_GRID } from "./measures.ts";
import type { MoonsGroup } from "./results.ts";

/** Half the spacing of the grid: a cell reaches that far beyond its grid point. */
const HALF = (MOONS_GRID.points[2] - MOONS_GRID.points[0]) / 2;
const EDGES = [-2 - HALF, 2 + HALF] as const;

/** What stands above the maps of a variant. */
const VARIANT_HEADINGS = {
  cleared: "Gradients cleared after every step",
  accumulated: "Gradients accumulated over all steps, as in the authors’ loop (which clears ERM’s)",
};

/** The margins of all separations, then for each separation the majority's map and the votes'. */
export function moonsFigures(groups: readonly MoonsGroup[]): Figure[] {
  const maps = bySeparation(groups).flatMap((members) => [majorityFigure(members), voteFigure(members)]);
  return groups.length === 0 ? [] : [marginFigure(groups), ...maps];
}

/** The groups of each separation, in their order. */
export function bySeparation(groups: readonly MoonsGroup[]): MoonsGroup[][] {
  const separations = [...new Set(groups.map(({ separation }) => separation))];
  return separations.map((separation) => groups.filter((group) => group.separation === separation));
}

/** What most nets decide, over the training points of seed 0. `groups` are of one separation. */
function majorityFigure(groups: readonly MoonsGroup[]): Figure {
  const [{ separation, runs }] = groups;
  const colours = votePalette(2);
  return mapsFigure(groups, {
    name: `majority-separation-${separation}`,
    title: `What most nets decide, class separation ${separation}`,
    caption: `Majority of ${counted(runs.length, "seed")} a law, over the training points of seed 0. x and y are the inputs.`,
    description: groups
      .map((group) => `${netName(group)}: training accuracy ${showNumber(group.over.accuracy.mean)}`)
      .join("; "),
    keys: [
      { text: "class 0", mark: "square", colour: colours[0] },
      { text: "class 1", mark: "square", colour: colours[1] },
      { text: "training point of class 0", mark: "dot", colour: COLOURS.main },
      { text: "training point of class 1", mark: "dot", colour: COLOURS.base },
    ],
    colours,
    // An even split is drawn as class 0.
    cells: (group) => group.votes.map((votes) => (2 * votes > group.voters ? 1 : 0)),
    points: (group) =>
      group.labels
        .map((label, n) => ({ x: group.points[2 * n], y: group.points[2 * n + 1], label }))
        .filter(({ x, y }) => Math.max(Math.abs(x), Math.abs(y)) <= EDGES[1]),
  });
}

/** How the seeds vote. `groups` are of one separation. */
function voteFigure(groups: readonly MoonsGroup[]): Figure {
  const [{ separation, runs }] = groups;
  // An odd number of colours, so that an even split has the middle one.
  const colours = votePalette(11);
  return mapsFigure(groups, {
    name: `votes-separation-${separation}`,
    title: `How far the nets agree, class separation ${separation}`,
    caption: `Share of ${counted(runs.length, "seed")} a law that decide for each class; pale where they disagree.`,
    description: groups
      .map((group) => `${netName(group)}: all agree on ${percent(group.unanimous, 1)} of the map`)
      .join("; "),
    keys: [
      { text: "all say class 0", mark: "square", colour: colours[0] },
      { text: "evenly split", mark: "square", colour: colours[5] },
      { text: "all say class 1", mark: "square", colour: colours[10] },
    ],
    colours,
    cells: (group) =>
      group.votes.map((votes) => (group.voters === 0 ? 5 : Math.round((10 * votes) / group.voters))),
  });
}

/** The least margin of each seed, both variants side by side, a panel for each separation. */
function marginFigure(groups: readonly MoonsGroup[]): Figure {
  const alphas = [...new Set(groups.map(({ alpha }) => alpha))];
  const variants = variantsOf(groups);
  const shift = (variant: MoonsGroup["variant"]) =>
    variants.length < 2 ? 0 : variant === "cleared" ? -0.16 : 0.16;
  const nameOf = (alpha: number | null) => (alpha === null ? "ERM" : String(alpha));
  const largest = Math.max(...groups.flatMap(({ runs }) => runs.map(({ leastMargin }) => leastMargin ?? 0)));
  return draw({
    name: "margins",
    title: "Least margin of every net",
    caption:
      "Of a net’s training points, the least distance to a place that it gives to the other class, on the grid: a dot for each " +
      `of ${counted(groups[0].runs.length, "seed")}, a bar at their mean.`,
    description: groups
      .map(
        (group) =>
          `${netName(group)}, separation ${group.separation}: ${showNumber(group.over.leastMargin.mean)}`,
      )
      .join("; "),
    keys: variants.map((variant) => ({
      text: `gradients ${variant}`,
      mark: variant === "cleared" ? "dot" : "ring",
      colour: variant === "cleared" ? COLOURS.main : COLOURS.base,
    })),
    rows: [
      {
        panels: bySeparation(groups).map((members, i) => {
          const dots = members.flatMap(({ runs, alpha, variant }) =>
            runs.flatMap(({ leastMargin }) =>
              leastMargin === null
                ? []
                : [{ x: alphas.indexOf(alpha) + shift(variant), y: leastMargin, variant }],
            ),
          );
          const means = members.flatMap(({ over, alpha, variant }) =>
            over.leastMargin.mean === null
              ? []
              : [{ x: alphas.indexOf(alpha) + shift(variant), y: over.leastMargin.mean, variant }],
          );
          const colour = ({ variant }: { variant: MoonsGroup["variant"] }) =>
            variant === "cleared" ? COLOURS.main : COLOURS.base;
          return {
            title: `class separation ${members[0].separation}`,
            options: {
              width: 70 + Math.max(70 * alphas.length, 190),
              height: 240,
              marginLeft: 52,
              marginRight: 14,
              marginTop: 22,
              marginBottom: 38,
              x: {
                domain: [-0.6, alphas.length - 0.4],
                ticks: alphas.map((_, at) => at),
                tickFormat: (at: number) => nameOf(alphas[at]),
                label: "α of Beta(α, α)",
                labelArrow: "none",
              },
              y: {
                ...scale({ label: "least margin", ticks: 5, domain: [0, largest * 1.05 || 1] }),
                grid: true,
                ...(i > 0 && { label: null }),
              },
              marks: [
                Plot.link(means, {
                  x1: ({ x }) => x - 0.14,
                  x2: ({ x }) => x + 0.14,
                  y1: "y",
                  y2: "y",
                  stroke: colour,
                  strokeWidth: 2,
                }),
                Plot.dot(
                  dots.filter(({ variant }) => variant === "cleared"),
                  { x: "x", y: "y", r: 2.8, fill: colour, fillOpacity: 0.7 },
                ),
                Plot.dot(
                  dots.filter(({ variant }) => variant !== "cleared"),
                  { x: "x", y: "y", r: 2.8, stroke: colour },
                ),
              ],
            },
          };
        }),
      },
    ],
  });
}

/** Maps of one separation: a row for each variant, in which a law's maps stand one above the other. */
function mapsFigure(
  groups: readonly MoonsGroup[],
  {
    colours,
    cells,
    points,
    ...spec
  }: Omit<FigureSpec, "rows"> & {
    colours: readonly string[];
    cells(group: MoonsGroup): number[];
    points?(group: MoonsGroup): MapSpec["points"];
  },
): Figure {
  const alphas = [...new Set(groups.map(({ alpha }) => alpha))];
  const size = alphas.length <= 4 ? 250 : 190;
  const axis = (label: string) => ({ label, domain: EDGES, ticks: [-2, -1, 0, 1, 2] });
  const rows = variantsOf(groups).map((variant): PanelRow => {
    const members = alphas.map((alpha) =>
      groups.find((one) => one.variant === variant && one.alpha === alpha),
    );
    return {
      heading: VARIANT_HEADINGS[variant],
      panels: members.map((group) =>
        group === undefined
          ? undefined
          : mapPanel({
              title: group.alpha === null ? "ERM" : `Mixup, α = ${group.alpha}`,
              columns: MOONS_GRID.columns,
              rows: MOONS_GRID.rows,
              cells: cells(group),
              points: points?.(group),
              colours,
              x: axis("x"),
              y: axis("y"),
              width: size,
              height: size + 10,
            }),
      ),
    };
  });
  return draw({ ...spec, rows });
}

function variantsOf(groups: readonly MoonsGroup[]): MoonsGroup["variant"][] {
  return [...new Set(groups.map(({ variant }) => variant))];
}

/** `Mixup α = 1, gradients cleared`. */
function netName({ alpha, variant }: MoonsGroup): string {
  return alpha === null ? "ERM" : `Mixup α = ${alpha}, gradients ${variant}`;
}
