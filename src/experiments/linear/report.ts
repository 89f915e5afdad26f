/** The linear study shown: cosines against the dimension, scores against alpha, and a table of both. */

import { csvTable } from "../../report/csv.ts";
import { draw } from "../../report/draw.ts";
import { COLOURS, type Figure } from "../../report/figure.ts";
import type { CsvFile, Reported } from "../../report/files.ts";
import { curvePanels } from "../../report/panels.ts";
import {
  figureList,
  percent,
  referenceTable,
  section,
  sentenceList,
  showNumber,
  textTable,
} from "../../report/reportParts.ts";
import { counted } from "../../report/words.ts";
import type { LinearCase, LinearResults } from "./results.ts";

/** What the experiment is about. */
const INTRODUCTION = `<p>A logistic model without bias on linearly separable data. Plain
training (ERM) moves towards the max-margin direction for ever, and its weights grow without bound. Theorem 3.5 of
<em>Towards Understanding the Data Dependency of Mixup-style Training</em>
(<a href="https://arxiv.org/abs/2110.07647">arXiv 2110.07647</a>) says that the minimiser of the Mixup loss
points in that direction too, where every point is a support vector; in many dimensions that is so with high
probability. Here the minimiser is computed exactly, over all pairs and the law of λ. Two things show that the
text leaves out: the minimiser is finite, and with unbalanced classes the directions differ.</p>`;

/** Cosines against the dimension, scores against alpha. */
function linearFigures({ cases, scoreCurve, config }: LinearResults): Figure[] {
  return [cosineFigure(cases, (config.draws as readonly number[]).length), scoreFigure(scoreCurve)];
}

function cosineFigure(cases: readonly LinearCase[], draws: number): Figure {
  const kinds = cases.filter(
    ({ points, positive }, i) =>
      cases.findIndex((other) => other.points === points && other.positive === positive) === i,
  );
  return draw({
    name: "cosine",
    title: "Mixup's optimum and the max-margin direction",
    caption:
      `Cosine between the two on Gaussian data, α = 1: mean over ${counted(draws, "draw")} of the data, band ± 1 standard ` +
      "deviation. ERM: plain gradient descent when its loss first falls below 1e-8.",
    description: cases
      .map(
        (one) => `${kindName(one)} in ${one.dimensions} dimensions: ${showNumber(one.mixup[0].cosine.mean)}`,
      )
      .join("; "),
    keys: [
      { text: "Mixup's optimum", mark: "line", colour: COLOURS.main },
      { text: "ERM at loss 1e-8", mark: "line", colour: COLOURS.base },
    ],
    rows: [
      {
        panels: curvePanels({
          x: { label: "dimensions per point", log: true, ticks: [1.2, 2, 4, 8, 24] },
          y: { label: "cosine", ticks: 5 },
          panels: kinds.map((kind) => {
            const same = cases.filter((one) => one.points === kind.points && one.positive === kind.positive);
            const x = same.map(({ points, dimensions }) => dimensions / points);
            return {
              title: kindName(kind),
              series: [
                {
                  colour: COLOURS.main,
                  x,
                  y: same.map(({ mixup }) => mixup[0].cosine.mean),
                  spread: same.map(({ mixup }) => mixup[0].cosine.std),
                },
                { colour: COLOURS.base, x, y: same.map(({ erm }) => erm.mean) },
              ],
            };
          }),
        }),
      },
    ],
  });
}

function scoreFigure(curve: LinearResults["scoreCurve"]): Figure {
  const balanced = curve.filter(({ share }) => share === 0.5);
  const unbalanced = curve.filter(({ share }) => share !== 0.5);
  const x = balanced.map(({ alpha }) => alpha);
  return draw({
    name: "scores",
    title: "Mixup's optimum is finite",
    caption:
      "Scores of linearly independent data points where Mixup's loss is least, against α of Beta(α, α); under ERM they grow " +
      "for ever. Computed exactly, without draws.",
    description: `With balanced classes the score is ${balanced
      .map(({ alpha, positive }) => `${positive.toFixed(2)} at α = ${alpha.toPrecision(2)}`)
      .join(", ")}.`,
    keys: [
      { text: "both classes, balanced", mark: "line", colour: COLOURS.main },
      { text: "larger class, 7 to 3", mark: "line", colour: COLOURS.base },
      { text: "smaller class", mark: "line", colour: COLOURS.third },
    ],
    rows: [
      {
        panels: curvePanels({
          x: { label: "α", log: true, ticks: [1, 8, 64, 1024] },
          y: { label: "score", ticks: 5 },
          width: 270,
          panels: [
            {
              title: "balanced",
              series: [{ colour: COLOURS.main, x, y: balanced.map(({ positive }) => positive) }],
            },
            {
              title: "7 to 3",
              series: [
                { colour: COLOURS.base, x, y: unbalanced.map(({ positive }) => positive) },
                { colour: COLOURS.third, x, y: unbalanced.map(({ negative }) => negative) },
              ],
            },
          ],
        }),
      },
    ],
  });
}

/** A row for each kind of data and law, and one for each law's free scores. */
function linearCsv({ cases, scores }: LinearResults): CsvFile[] {
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
function sections(results: LinearResults, [, scores]: readonly Figure[]): string {
  return [
    section("Directions", sentenceList(observe(results.cases)), caseTable(results.cases)),
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

/** How near Mixup's optimum is to the max-margin direction where the theorem's assumption holds most often. */
function learnt({ cases }: LinearResults): string {
  const balanced = cases.filter(({ points, positive }) => 2 * positive === points);
  const widest = balanced.toSorted(
    (one, other) => other.dimensions / other.points - one.dimensions / one.points,
  )[0];
  const { cosine } = widest.mixup[0];
  return (
    `With balanced classes in ${widest.dimensions} dimensions, where every one of the ${widest.points} points is a support ` +
    `vector in ${(100 * widest.interpolating).toFixed(0)} % of the draws, the minimiser of the Mixup loss has a cosine of ` +
    `${showNumber(cosine.mean, 4)} to the max-margin direction on average, and finite weights.`
  );
}

export const linearReport: Reported<LinearResults> = {
  introduction: INTRODUCTION,
  learnt,
  figures: linearFigures,
  csv: linearCsv,
  sections,
};

function observe(cases: readonly LinearCase[]): string[] {
  const widest = cases.filter(({ points, dimensions }) => dimensions === 24 * points);
  return widest.map((one) => {
    const [{ cosine, least }] = one.mixup;
    return (
      `${kindName(one)} in ${one.dimensions} dimensions: every point is a support vector in ` +
      `${percent(one.interpolating)} of the draws; mean cosine ${showNumber(cosine.mean, 6)}, ` +
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
      percent(one.interpolating),
    ]),
  );
}

function kindName({ points, positive }: Pick<LinearCase, "points" | "positive">): string {
  return `${points} points, ${positive} and ${points - positive}`;
}
