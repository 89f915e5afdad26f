/**
 * Collisions drawn: how the nearest distances are spread, what more mixtures change, and the nearest mixtures.
 *
 * Not here: tables and sentences (`report.ts`).
 */

import * as Plot from "@observablehq/plot";
import { draw } from "../../report/draw.ts";
import { COLOURS, type Figure } from "../../report/figure.ts";
import { curvePanels } from "../../report/panels.ts";
import { showNumber } from "../../report/reportParts.ts";
import { counted } from "../../report/words.ts";
import type { CollisionMetric } from "../../theory/collisions/collisionPlan.ts";
import type { CollisionRow, CollisionsResults, Split } from "./results.ts";

export const METRIC_NAMES: Record<CollisionMetric, string> = { euclidean: "Euclidean", angular: "Angular" };
const SPLIT_NAMES: Record<Split, string> = { train: "training images", test: "test images" };
export const DIGITS: Record<CollisionMetric, number> = { euclidean: 2, angular: 4 };

/** For each metric: nearest mixtures, distribution, and what more mixtures change. */
export function collisionsFigures(results: Pick<CollisionsResults, "rows" | "classNames">): Figure[] {
  const metrics = [...new Set(results.rows.map(({ metric }) => metric))];
  return metrics.flatMap((metric) => {
    const rows = results.rows.filter((row) => row.metric === metric);
    const found = rows.filter(({ quantiles }) => quantiles.length > 0);
    if (found.length === 0) return [];
    return [
      distanceFigure(metric, found),
      nearestFigure(metric, rows, results.classNames),
      growthFigure(metric, found),
    ];
  });
}

const IMAGE = 64;

/** Rows of images: one of another class, the nearest mixture, and what it was mixed from. */
function nearestFigure(
  metric: CollisionMetric,
  rows: readonly CollisionRow[],
  names: readonly string[],
): Figure {
  const alpha = Math.max(...rows.map((row) => row.alpha));
  const shown = rows.filter((row) => row.alpha === alpha);
  const heads = ["image", "mixture", "= λ times", "+ (1 − λ) times"];
  return draw({
    name: `nearest-${metric}`,
    title: `The nearest mixtures of other classes, ${METRIC_NAMES[metric]}, α = ${alpha}`,
    caption:
      "Left the distance between image and mixture. Seed 0, one epoch of mixtures; each pair of images once. No axes: rows are " +
      "ordered by distance.",
    description: shown
      .map(
        ({ split, nearest }) =>
          `${SPLIT_NAMES[split]}: ${nearest.map(({ query, distance }) => `${names[query.label]} ${distance.toFixed(DIGITS[metric])}`).join(", ")}`,
      )
      .join("; "),
    rows: [
      {
        panels: shown.map(({ split, nearest }) => {
          const cells = nearest.flatMap(({ lambda, query, first, partner, mixture }, row) =>
            [
              { image: query.image, text: names[query.label] },
              { image: mixture, text: `λ = ${lambda.toFixed(3)}` },
              { image: first.image, text: names[first.label] },
              { image: partner.image, text: names[partner.label] },
            ].map((cell, column) => ({ ...cell, column, row })),
          );
          return {
            title: `Nearest ${SPLIT_NAMES[split]}`,
            options: {
              width: 60 + 90 * heads.length,
              height: 40 + 92 * Math.max(nearest.length, 1),
              marginLeft: 52,
              marginRight: 4,
              marginTop: 26,
              marginBottom: 10,
              x: { domain: [-0.5, heads.length - 0.5], axis: null },
              y: { domain: [-0.42, Math.max(nearest.length, 1) - 0.42], reverse: true, axis: null },
              marks: [
                Plot.text(heads, { x: (_, i) => i, text: (head) => head, frameAnchor: "top", dy: -14 }),
                Plot.text(nearest, {
                  x: () => -0.5,
                  y: (_, i) => i,
                  text: ({ distance }) => distance.toFixed(DIGITS[metric]),
                  textAnchor: "end",
                  dx: -4,
                }),
                Plot.image(cells, {
                  x: "column",
                  y: "row",
                  src: "image",
                  width: IMAGE,
                  height: IMAGE,
                  imageRendering: "pixelated",
                }),
                Plot.text(cells, { x: "column", y: "row", text: "text", dy: IMAGE / 2 + 10 }),
              ],
            },
          };
        }),
      },
    ],
  });
}

function distanceFigure(metric: CollisionMetric, rows: readonly CollisionRow[]): Figure {
  const colour = (split: Split) => (split === "train" ? COLOURS.main : COLOURS.base);
  return draw({
    name: `distances-${metric}`,
    title: `How near the nearest mixture of other classes is, ${METRIC_NAMES[metric]} distance`,
    caption:
      "Share of the images that have a mixture of two other classes within the distance. Seed 0, one epoch of mixtures. " +
      UNITS[metric],
    description: rows
      .map(
        (row) =>
          `${rowName(row)}: from ${showNumber(row.quantiles[0])} to ${showNumber(row.quantiles.at(-1)!)}`,
      )
      .join("; "),
    keys: [...new Set(rows.map(({ split }) => split))].map((split) => ({
      text: SPLIT_NAMES[split],
      mark: "line",
      colour: colour(split),
    })),
    rows: [
      {
        panels: curvePanels({
          x: { label: "distance", ticks: 5 },
          y: { label: "share of images", ticks: [0, 0.25, 0.5, 0.75, 1] },
          width: 280,
          panels: alphasOf(rows).map((alpha) => ({
            title: `α = ${alpha}`,
            series: rows
              .filter((row) => row.alpha === alpha)
              .map(({ split, quantiles }) => ({
                colour: colour(split),
                x: quantiles,
                y: quantiles.map((_, i) => i / (quantiles.length - 1)),
              })),
          })),
        }),
      },
    ],
  });
}

const UNITS: Record<CollisionMetric, string> = {
  euclidean: "Distances are of normalised pixels.",
  angular: "Distances are angles as a share of a half turn.",
};

function growthFigure(metric: CollisionMetric, rows: readonly CollisionRow[]): Figure {
  return draw({
    name: `minimum-${metric}`,
    title: `What more mixtures change, ${METRIC_NAMES[metric]} distance`,
    caption:
      `Smallest distance against the number of mixtures: mean over ${counted(rows[0].minima.length, "seed")}, ` +
      `band ± 1 standard deviation. The axis does not begin at 0. ${UNITS[metric]}`,
    description: rows
      .map((row) => `${rowName(row)}: ${row.epochs.minimum.map(({ mean }) => showNumber(mean)).join(", ")}`)
      .join("; "),
    keys: [
      { text: "more images, an epoch each", mark: "line", colour: COLOURS.base },
      { text: "more epochs of the same images", mark: "line", colour: COLOURS.main },
    ],
    rows: [
      {
        panels: curvePanels({
          x: { label: "mixtures", log: true, ticks: 3 },
          y: { label: "smallest distance", ticks: 5 },
          panels: rows.map((row) => ({
            title: rowName(row),
            series: (["subsets", "epochs"] as const).map((more) => ({
              colour: more === "subsets" ? COLOURS.base : COLOURS.main,
              x: row[more].mixtures,
              y: row[more].minimum.map(({ mean }) => mean),
              spread: row[more].minimum.map(({ std }) => std),
            })),
          })),
        }),
      },
    ],
  });
}

export function rowName({ alpha, split }: Pick<CollisionRow, "alpha" | "split">): string {
  return `${SPLIT_NAMES[split]}, α = ${alpha}`;
}

function alphasOf(rows: readonly CollisionRow[]): number[] {
  return [...new Set(rows.map(({ alpha }) => alpha))];
}
