/** Collisions shown: how the nearest distances are spread, what more mixtures change, and the nearest mixtures. */

import { csvTable } from "../../report/csv.ts";
import type { CsvFile, Figure } from "../../report/files.ts";
import { imageRows } from "../../report/imageRows.ts";
import { panelPlot } from "../../report/plot.ts";
import {
  figureList,
  referenceTable,
  section,
  sentenceList,
  showNumber,
  textTable,
} from "../../report/reportParts.ts";
import type { CollisionMetric } from "../../theory/collisions/collisionPlan.ts";
import type { CollisionRow, CollisionsResults, Split } from "./results.ts";

/** What the experiment is about. */
export const COLLISIONS_INTRODUCTION = `<p>Mixup can mislead a classifier where mixtures of two classes land on a
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
export function collisionsFigures(results: Pick<CollisionsResults, "rows" | "classNames">): Figure[] {
  const metrics = [...new Set(results.rows.map(({ metric }) => metric))];
  return metrics.flatMap((metric) => {
    const rows = results.rows.filter((row) => row.metric === metric);
    const found = rows.filter(({ quantiles }) => quantiles.length > 0);
    if (found.length === 0) return [];
    return [
      nearestFigure(metric, rows, results.classNames),
      distanceFigure(metric, found),
      growthFigure(metric, found),
    ];
  });
}

function nearestFigure(
  metric: CollisionMetric,
  rows: readonly CollisionRow[],
  names: readonly string[],
): Figure {
  const alpha = Math.max(...rows.map((row) => row.alpha));
  const title = `The nearest mixtures of other classes, ${METRIC_NAMES[metric]}, α = ${alpha}`;
  const blocks = rows
    .filter((row) => row.alpha === alpha)
    .map(({ split, nearest }) => ({
      title: `Nearest ${SPLIT_NAMES[split]}`,
      columns: ["image", "mixture", "= λ times", "+ (1 − λ) times"],
      rows: nearest.map(({ distance, lambda, query, first, partner, mixture }) => ({
        label: distance.toFixed(DIGITS[metric]),
        images: [
          { image: query.image, text: names[query.label] },
          { image: mixture, text: `λ = ${lambda.toFixed(3)}` },
          { image: first.image, text: names[first.label] },
          { image: partner.image, text: names[partner.label] },
        ],
      })),
    }));
  const svg = imageRows({
    title,
    subtitle: "Left, the distance between image and mixture. Seed 0, one epoch; each pair of images once.",
    description: blocks
      .map(
        ({ title, rows }) =>
          `${title}: ${rows.map(({ label, images }) => `${images[0].text} ${label}`).join(", ")}`,
      )
      .join("; "),
    blocks,
  });
  return { name: `nearest-${metric}`, title, svg };
}

function distanceFigure(metric: CollisionMetric, rows: readonly CollisionRow[]): Figure {
  const title = `Nearest mixture of other classes, ${METRIC_NAMES[metric]} distance`;
  const all = rows.flatMap(({ quantiles }) => quantiles);
  const svg = panelPlot({
    title,
    subtitle: "Share of the images that have a mixture within the distance. Seed 0, one epoch.",
    description: rows
      .map((row) => `${rowName(row)}: from ${row.quantiles[0]} to ${row.quantiles.at(-1)}`)
      .join("; "),
    xLabel: "distance",
    yLabel: "share",
    xTicks: roundTicks(Math.min(...all), Math.max(...all)),
    yTicks: [0, 0.25, 0.5, 0.75, 1],
    marks: "lines",
    endValues: false,
    panels: alphasOf(rows).map((alpha) => ({
      title: `α = ${alpha}`,
      series: rows
        .filter((row) => row.alpha === alpha)
        .map(({ split, quantiles }) => ({
          name: SPLIT_NAMES[split],
          look: split === "train" ? ("main" as const) : ("base" as const),
          x: quantiles,
          y: quantiles.map((_, i) => i / (quantiles.length - 1)),
        })),
    })),
  });
  return { name: `distances-${metric}`, title, svg };
}

function growthFigure(metric: CollisionMetric, rows: readonly CollisionRow[]): Figure {
  const title = `More mixtures, ${METRIC_NAMES[metric]} distance`;
  const curves = rows.flatMap(({ epochs, subsets }) => [epochs, subsets]);
  const x = curves.flatMap(({ mixtures }) => mixtures);
  const y = curves.flatMap(({ minimum }) =>
    minimum.flatMap(({ mean, std }) => (mean === null ? [] : [mean - (std ?? 0), mean + (std ?? 0)])),
  );
  const svg = panelPlot({
    title,
    subtitle:
      "Smallest distance: mean over the seeds, band ± 1 standard deviation. The axis does not begin at 0.",
    description: rows
      .map((row) => `${rowName(row)}: ${row.epochs.minimum.map(({ mean }) => showNumber(mean)).join(", ")}`)
      .join("; "),
    xLabel: "mixtures",
    yLabel: "distance",
    xTicks: doublings(Math.min(...x), Math.max(...x)),
    yTicks: roundTicks(Math.min(...y), Math.max(...y)),
    xLog: true,
    marks: "lines",
    endValues: false,
    panels: rows.map((row) => ({
      title: rowName(row),
      series: [
        {
          name: "more images, an epoch each",
          look: "base" as const,
          x: row.subsets.mixtures,
          y: row.subsets.minimum.map(({ mean }) => mean),
          spread: row.subsets.minimum.map(({ std }) => std),
        },
        {
          name: "more epochs of the same images",
          look: "main" as const,
          x: row.epochs.mixtures,
          y: row.epochs.minimum.map(({ mean }) => mean),
          spread: row.epochs.minimum.map(({ std }) => std),
        },
      ],
    })),
  });
  return { name: `minimum-${metric}`, title, svg };
}

function rowName({ alpha, split }: Pick<CollisionRow, "alpha" | "split">): string {
  return `${SPLIT_NAMES[split]}, α = ${alpha}`;
}

function alphasOf(rows: readonly CollisionRow[]): number[] {
  return [...new Set(rows.map(({ alpha }) => alpha))];
}

/** Three to six round ticks that enclose the range. */
function roundTicks(low: number, high: number): number[] {
  const rough = Math.max((high - low) / 4, high * 1e-3, 1e-9);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((step) => step >= rough)!;
  const [first, last] = [Math.floor(low / step), Math.ceil(high / step)];
  return Array.from({ length: last - first + 1 }, (_, i) => Number(((first + i) * step).toPrecision(6)));
}

function doublings(low: number, high: number): number[] {
  const ticks = [low];
  while (ticks[ticks.length - 1] * 4 < high) ticks.push(ticks[ticks.length - 1] * 4);
  return low === high ? [low, 2 * low] : [...ticks, high];
}

/** A row for each law, metric, split and seed; the distributions; the curves. */
export function collisionsCsv({ rows }: CollisionsResults): CsvFile[] {
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
export function collisionsSections(results: CollisionsResults): string {
  const figures = collisionsFigures(results);
  const metrics = [...new Set(results.rows.map(({ metric }) => metric))];
  return [
    ...metrics.map((metric) => {
      const rows = results.rows.filter((row) => row.metric === metric);
      return section(
        `${METRIC_NAMES[metric]} distance`,
        sentenceList(rows.map(observe)),
        figureList(figures.filter(({ name }) => name.endsWith(metric))),
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

function observe({ minimum, mean, metric, ...row }: CollisionRow): string {
  if (minimum.mean === null) return `${rowName(row)}: no mixture of two other classes was drawn.`;
  const digits = DIGITS[metric];
  const verdict = minimum.mean > 0 ? "so no mixture lands on an image of another class" : "a collision";
  return (
    `${rowName(row)}: the nearest mixture is at ${showNumber(minimum.mean, digits)} on average over the seeds, ` +
    `${showNumber((100 * minimum.mean) / mean.mean!, 0)}% of the mean distance; ${verdict}.`
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
