/** The linear study shown: cosines against the dimension, scores against alpha, and a table of both. */

import { csvTable } from "../../report/csv.ts";
import type { CsvFile, Figure } from "../../report/files.ts";
import { panelPlot } from "../../report/plot.ts";
import { ticksTo } from "../../report/plotParts.ts";
import {
  figureList,
  referenceTable,
  section,
  sentenceList,
  showNumber,
  textTable,
} from "../../report/reportParts.ts";
import type { LinearCase, LinearResults } from "./results.ts";

/** What the experiment is about. */
export const LINEAR_INTRODUCTION = `<p>A logistic model without bias on linearly separable data. Plain
training (ERM) moves towards the max-margin direction for ever, and its weights grow without bound. Theorem 3.5 of
<em>Towards Understanding the Data Dependency of Mixup-style Training</em>
(<a href="https://arxiv.org/abs/2110.07647">arXiv 2110.07647</a>) says that the minimiser of the Mixup loss
points in that direction too, where every point is a support vector; in many dimensions that is so with high
probability. Here the minimiser is computed exactly, over all pairs and the law of λ. Two things show that the
text leaves out: the minimiser is finite, and with unbalanced classes the directions differ.</p>`;

/** Cosines against the dimension, scores against alpha. */
export function linearFigures({ cases, scoreCurve }: LinearResults): Figure[] {
  return [cosineFigure(cases), scoreFigure(scoreCurve)];
}

function cosineFigure(cases: readonly LinearCase[]): Figure {
  const title = "Mixup's optimum and the max-margin direction";
  const kinds = cases.filter(
    ({ points, positive }, i) =>
      cases.findIndex((other) => other.points === points && other.positive === positive) === i,
  );
  const svg = panelPlot({
    title,
    subtitle:
      "Cosine between the two on Gaussian data, α = 1: mean over the draws, band ± 1 standard deviation.",
    description: cases
      .map(
        (one) => `${kindName(one)} in ${one.dimensions} dimensions: ${showNumber(one.mixup[0].cosine.mean)}`,
      )
      .join("; "),
    xLabel: "dimensions per point",
    yLabel: "cosine",
    xTicks: [1.2, 2, 4, 8, 24],
    yTicks: [0.6, 0.7, 0.8, 0.9, 1],
    xLog: true,
    endValues: false,
    marks: "lines",
    panels: kinds.map((kind) => {
      const same = cases.filter((one) => one.points === kind.points && one.positive === kind.positive);
      const x = same.map(({ points, dimensions }) => dimensions / points);
      return {
        title: kindName(kind),
        series: [
          {
            name: "Mixup's optimum",
            look: "main",
            x,
            y: same.map(({ mixup }) => mixup[0].cosine.mean),
            spread: same.map(({ mixup }) => mixup[0].cosine.std),
          },
          { name: "ERM at loss 1e-8", look: "base", x, y: same.map(({ erm }) => erm.mean) },
        ],
      };
    }),
  });
  return { name: "cosine", title, svg };
}

function scoreFigure(curve: LinearResults["scoreCurve"]): Figure {
  const title = "Mixup's optimum is finite";
  const balanced = curve.filter(({ share }) => share === 0.5);
  const unbalanced = curve.filter(({ share }) => share !== 0.5);
  const x = balanced.map(({ alpha }) => alpha);
  const svg = panelPlot({
    title,
    subtitle: "Scores of the data points where Mixup's loss is least; under ERM they grow for ever.",
    description: `With balanced classes the score is ${balanced
      .map(({ alpha, positive }) => `${positive.toFixed(2)} at α = ${alpha.toPrecision(2)}`)
      .join(", ")}.`,
    xLabel: "α",
    yLabel: "score",
    xTicks: [0.2, 1, 8, 64, 1024],
    yTicks: ticksTo(Math.max(...curve.map(({ positive }) => positive))),
    xLog: true,
    marks: "lines",
    panels: [
      {
        title: "balanced",
        series: [{ name: "both classes, k*", look: "main", x, y: balanced.map(({ positive }) => positive) }],
      },
      {
        title: "7 to 3",
        series: [
          { name: "larger class", look: "base", x, y: unbalanced.map(({ positive }) => positive) },
          { name: "smaller class", look: "third", x, y: unbalanced.map(({ negative }) => negative) },
        ],
      },
    ],
  });
  return { name: "scores", title, svg };
}

/** A row for each kind of data and law, and one for each law's free scores. */
export function linearCsv({ cases, scores }: LinearResults): CsvFile[] {
  const cosines = cases.flatMap(
    ({ points, dimensions, positive, mixup, erm, supportVectors, interpolating }) =>
      mixup.map(({ alpha, cosine, least, positiveScore, negativeScore }) => [
        ...[points, dimensions, positive, alpha, cosine.mean, cosine.std, least, erm.mean],
        ...[supportVectors, interpolating, positiveScore, negativeScore],
      ]),
  );
  return [
    {
      name: "cosines",
      text: csvTable(
        [
          ...["points", "dimensions", "class_1", "alpha", "cosine_mean", "cosine_std", "cosine_least"],
          ...["erm_cosine", "support_vectors", "interpolating", "score_1", "score_0"],
        ],
        cosines,
      ),
    },
    {
      name: "scores",
      text: csvTable(
        ["share_1", "alpha", "score_1", "score_0", "loss"],
        scores.map(({ share, alpha, positive, negative, loss }) => [share, alpha, positive, negative, loss]),
      ),
    },
  ];
}

/** Directions, then scores, then what was expected of both. */
export function linearSections(results: LinearResults): string {
  const [cosines, scores] = linearFigures(results);
  return [
    section(
      "Directions",
      figureList([cosines]),
      sentenceList(observe(results.cases)),
      caseTable(results.cases),
    ),
    section(
      "Scores",
      figureList([scores]),
      textTable(
        "Scores of independent points at the minimiser, and its loss in nats",
        ["classes", "α", "class 1", "class 0", "loss"],
        results.scores.map(({ share, alpha, positive, negative, loss }) => [
          ...[share === 0.5 ? "balanced" : "7 to 3", String(alpha)],
          ...[positive, negative, loss].map((value) => value.toFixed(6)),
        ]),
      ),
    ),
    section("Expected values", referenceTable(results.references)),
  ].join("\n");
}

function observe(cases: readonly LinearCase[]): string[] {
  const widest = cases.filter(({ points, dimensions }) => dimensions === 24 * points);
  return widest.map((one) => {
    const [{ cosine, least }] = one.mixup;
    return (
      `${kindName(one)} in ${one.dimensions} dimensions: every point is a support vector in ` +
      `${(100 * one.interpolating).toFixed(0)}% of the draws; mean cosine ${showNumber(cosine.mean, 6)}, ` +
      `least ${showNumber(least, 6)}.`
    );
  });
}

function caseTable(cases: readonly LinearCase[]): string {
  return textTable(
    "Cosines to the max-margin direction, mean (least) over the draws; ERM when its loss falls below 1e-8",
    ["data", "dimensions", "Mixup α = 1", "Mixup α = 32", "ERM", "support vectors", "all are"],
    cases.map((one) => [
      ...[kindName(one), String(one.dimensions)],
      ...one.mixup.map(({ cosine, least }) => `${showNumber(cosine.mean, 5)} (${showNumber(least, 5)})`),
      ...[showNumber(one.erm.mean, 5), one.supportVectors.toFixed(1)],
      `${(100 * one.interpolating).toFixed(0)}%`,
    ]),
  );
}

function kindName({ points, positive }: Pick<LinearCase, "points" | "positive">): string {
  return `${points} points, ${positive} and ${points - positive}`;
}
