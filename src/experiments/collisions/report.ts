/** Collisions reported: figures and observations by metric, tables, what was expected. */

import { csvTable } from "../../report/csv.ts";
import type { Figure } from "../../report/figure.ts";
import type { CsvFile, Reported } from "../../report/files.ts";
import {
  figureList,
  percent,
  referenceTable,
  section,
  sentenceList,
  showNumber,
  textTable,
} from "../../report/reportParts.ts";
import { capital, counted } from "../../report/words.ts";
import type { CollisionMetric } from "../../theory/collisions/collisionPlan.ts";
import { collisionsFigures, DIGITS, METRIC_NAMES, rowName } from "./figures.ts";
import type { CollisionRow, CollisionsResults } from "./results.ts";

/** What the experiment is about. */
const INTRODUCTION = `<p>Mixup can mislead a classifier where mixtures of two classes land on a
point of a third. Section 2.4 of <em>Towards Understanding the Data Dependency of Mixup-style Training</em>
(<a href="https://arxiv.org/abs/2110.07647">arXiv 2110.07647</a>) asks how near they come on image data: a random part
of the images, one epoch of mixtures of the training images (a partner and a λ from Beta(α, α) for each), and from
each training and test image the distance to the nearest mixture of which neither image is of its class. The smallest
is the estimate of the ε below which Assumption 2.9 holds. Euclidean distances are of normalised pixels; angular ones
are the angle as a share of a half turn.</p>`;

/** Train mean and minimum, then test mean and minimum, at alpha 1024, as published. */
const PUBLISHED: readonly [set: string, part: number, metric: CollisionMetric, ...values: number[]][] = [
  ["MNIST", 0.2, "euclidean", 19.7563, 11.4329, 19.7762, 11.897],
  ["CIFAR-10", 0.2, "euclidean", 49.033, 17.7155, 49.0406, 22.1328],
  ["CIFAR-100", 0.2, "euclidean", 36.8402, 12.9358, 37.1337, 15.0756],
  ["MNIST", 0.2, "angular", 0.24889, 0.1391, 0.24685, 0.15954],
  ["CIFAR-10", 0.2, "angular", 0.26273, 0.09674, 0.26309, 0.0874],
  ["CIFAR-100", 0.2, "angular", 0.24821, 0.07016, 0.24485, 0.08186],
];

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
