/** Collisions shown: how the nearest distances are spread, what more mixtures change, and the nearest mixtures. */

import * as Plot from "@observablehq/plot";
import { csvTable } from "../../report/csv.ts";
import { draw } from "../../report/draw.ts";
import { COLOURS, type Figure } from "../../report/figure.ts";
import type { CsvFile, Reported } from "../../report/files.ts";
import { curvePanels } from "../../report/panels.ts";
import {
  capital,
  counted,
  figureList,
  percent,
  referenceTable,
  section,
  sentenceList,
  showNumber,
  textTable,
} from "../../report/reportParts.ts";
import type { CollisionMetric } from "../../theory/collisions/collisionPlan.ts";
import type { CollisionRow, CollisionsResults, Split } from "./results.ts";

/** What the experiment is about. */
const INTRODUCTION = `<p>Mixup can mislead a classifier where mixtures of two classes land on a
point of a third. Section 2.4 of <em>Towards Understanding the Data Dependency of Mixup-style Training</em>
(<a href="https://arxiv.org/abs/2110.07647">arXiv 2110.07647</a>) asks how near they come on image data: a random part
of the images, one epoch of mixtures of the training images (a partner and a λ from Beta(α, α) for each), and from
each training and test image the distance to the nearest mixture of which neither image is of its class. The smallest
is the estimate of the ε below which Assumption 2.9 holds. Euclidean distances are of normalised pixels; angular ones
are the angle as a share of a half turn.</p>`;

const METRIC_NAMES: Record<CollisionMetric, string> = { euclidean: "Euclidean", angular: "Angular" };
const SPLIT_NAMES: Record<Split, string> = { train: "training images", test: "test images" };
const DIGITS: Record<CollisionMetric, number> = { euclidean: 2, angular: 4 };

/** Train mean and minimum, then test mean and minimum, at alpha 1024, as published. */
const PUBLISHED: readonly [set: string, part: number, metric: CollisionMetric, ...values: number[]][] = [
  ["MNIST", 0.2, "euclidean", 19.7563, 11.4329, 19.7762, 11.897],
  ["CIFAR-10", 0.2, "euclidean", 49.033, 17.7155, 49.0406, 22.1328],
  ["CIFAR-100", 0.2, "euclidean", 36.8402, 12.9358, 37.1337, 15.0756],
  ["MNIST", 0.2, "angular", 0.24889, 0.1391, 0.24685, 0.15954],
  ["CIFAR-10", 0.2, "angular", 0.26273, 0.09674, 0.26309, 0.0874],
  ["CIFAR-100", 0.2, "angular", 0.24821, 0.07016, 0.24485, 0.08186],
];

/** For each metric: nearest mixtures, distribution, and what more mixtures change. */
function collisionsFigures(results: Pick<CollisionsResults, "rows" | "classNames">): Figure[] {
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

function rowName({ alpha, split }: Pick<CollisionRow, "alpha" | "split">): string {
  return `${SPLIT_NAMES[split]}, α = ${alpha}`;
}

function alphasOf(rows: readonly CollisionRow[]): number[] {
  return [...new Set(rows.map(({ alpha }) => alpha))];
}

/** A row for each law, metric, split and seed; the distributions; the curves. */
function collisionsCsv({ rows }: CollisionsResults): CsvFile[] {
  const key = ({ alpha, metric, split }: CollisionRow) => [alpha, metric, split];
  return [
    {
      name: "collisions",
      text: csvTable(
        ["alpha", "metric", "split", "seed", "images", "minimum", "mean"],
        rows.flatMap((row) =>
          row.minima.map((minimum, seed) => [...key(row), seed, row.images, minimum, row.means[seed]]),
        ),
      ),
    },
    {
      name: "distances",
      text: csvTable(
        ["alpha", "metric", "split", "share", "distance"],
        rows.flatMap((row) =>
          row.quantiles.map((distance, i) => [...key(row), i / (row.quantiles.length - 1), distance]),
        ),
      ),
    },
    {
      name: "minimum",
      text: csvTable(
        ["alpha", "metric", "split", "more", "mixtures", "minimum_mean", "minimum_std"],
        rows.flatMap((row) =>
          (["epochs", "subsets"] as const).flatMap((more) =>
            row[more].mixtures.map((mixtures, i) => {
              const { mean, std } = row[more].minimum[i];
              return [...key(row), more, mixtures, mean, std];
            }),
          ),
        ),
      ),
    },
  ];
}

/** Figures and observations by metric, then tables. */
function sections(results: CollisionsResults, figures: readonly Figure[]): string {
  const metrics = [...new Set(results.rows.map(({ metric }) => metric))];
  return [
    ...metrics.map((metric) => {
      const rows = results.rows.filter((row) => row.metric === metric);
      return section(
        `${METRIC_NAMES[metric]} distance`,
        sentenceList(rows.map(observe)),
        figureList(figures.slice(1).filter(({ name }) => name.endsWith(metric))),
        ourTable(metric, rows),
      );
    }),
    section(
      "Published values",
      textTable(
        "The paper's numbers at α = 1024. They are of other data than Fashion-MNIST, for which none are published",
        ["data", "part", "metric", "train mean", "train min", "test mean", "test min"],
        PUBLISHED.map(([set, part, metric, ...values]) => [
          ...[set, String(part), METRIC_NAMES[metric]],
          ...values.map((value) => value.toFixed(DIGITS[metric])),
        ]),
      ),
      "<p>Minima of splits of different size are not comparable: of more images some are nearer.</p>",
    ),
    section("Expected values", referenceTable(results.references)),
  ].join("\n");
}

/** How near the nearest mixture of all came, in the first metric at the largest alpha. */
function learnt({ rows, dataName }: CollisionsResults): string {
  const alpha = Math.max(...rows.map((row) => row.alpha));
  const row = rows.find((one) => one.alpha === alpha && one.split === "train")!;
  if (row.minimum.mean === null || row.mean.mean === null)
    return "No mixture of two other classes was drawn.";
  const share = percent(row.minimum.mean / row.mean.mean);
  const lands = row.minimum.mean > 0 ? "no mixture of an epoch lands on" : "a mixture lands on";
  return (
    `On ${dataName} ${lands} an image of another class: with α = ${alpha} the nearest comes to ${share} of the mean ` +
    `${METRIC_NAMES[row.metric]} distance of the nearest mixtures, on average over ${counted(row.minima.length, "seed")}.`
  );
}

export const collisionsReport: Reported<CollisionsResults> = {
  introduction: INTRODUCTION,
  learnt,
  figures: collisionsFigures,
  csv: collisionsCsv,
  sections,
};

function observe({ minimum, mean, metric, ...row }: CollisionRow): string {
  if (minimum.mean === null) return `${capital(rowName(row))}: no mixture of two other classes was drawn.`;
  const digits = DIGITS[metric];
  const verdict = minimum.mean > 0 ? "so no mixture lands on an image of another class" : "a collision";
  return (
    `${capital(rowName(row))}: the nearest mixture is at ${showNumber(minimum.mean, digits)} on average over the seeds, ` +
    `${percent(minimum.mean / mean.mean!)} of the mean distance; ${verdict}.`
  );
}

function ourTable(metric: CollisionMetric, rows: readonly CollisionRow[]): string {
  const show = ({ mean, std }: CollisionRow["mean"]) =>
    mean === null ? "–" : `${showNumber(mean, DIGITS[metric])} ± ${showNumber(std, DIGITS[metric])}`;
  return textTable(
    "Distance to the nearest mixture of an epoch, mean ± standard deviation over the seeds",
    ["", "images", "minimum", "mean"],
    rows.map((row) => [rowName(row), String(row.images), show(row.minimum), show(row.mean)]),
  );
}
