/** The fair-weights experiment reported: what is claimed, what came out, tables, what was expected. */

import type { Spread } from "../../numeric/spread.ts";
import { csvTable } from "../../report/csv.ts";
import type { CsvFile, Reported } from "../../report/files.ts";
import { referenceTable, section, sentenceList, showNumber, textTable } from "../../report/reportParts.ts";
import { counted } from "../../report/words.ts";
import { MEASURE_NAMES } from "./checks.ts";
import { fairWeightsFigures } from "./figures.ts";
import { type FairWeightsResults, MEASURES } from "./results.ts";

/** What the experiment is about. */
const INTRODUCTION = `<p><em>BiFair: Training Fair Models with Bilevel Optimization</em> (<a href="https://arxiv.org/abs/2106.04757">arXiv
2106.04757</a>) learns a weight for every training point. Inside, a model takes a step on the weighted loss; outside, the weights
descend on a loss that is small where two groups have alike losses within each class, and where losses are small at all. It
claims models that are fair and of use.</p>
<p>Here are points of two groups. In training, 45 % of the positives of group 0 and 30 % of the negatives of group 1 have the wrong
label. <strong>The outer points, 600 whose groups are known, have clean labels</strong>; so have the tests. A logistic model takes a
round for each step of gradient descent, the weights by Adam, clamped at 0 and scaled to their number. The authors take two inner
steps of Adam and do not clamp; their data (Adult, Bank, CelebA) are not here.</p>`;

/** A row for each draw, way and round. */
function fairWeightsCsv({ rounds, runs }: FairWeightsResults): CsvFile[] {
  return [
    {
      name: "rounds",
      text: csvTable(
        ["seed", "round", "way", ...MEASURES, "weight_wrong_labels", "weight_right_labels"],
        runs.flatMap(({ seed, erm, biFair, weights }) =>
          rounds.flatMap((round, k) => [
            [seed, round, "erm", ...MEASURES.map((name) => erm[k][name]), 1, 1],
            [
              ...[seed, round, "learnt-weights", ...MEASURES.map((name) => biFair[k][name])],
              ...[weights.flipped[k], weights.right[k]],
            ],
          ]),
        ),
      ),
    },
  ];
}

function learnt({ last: { erm, biFair }, runs }: FairWeightsResults): string {
  return (
    "The paper claims that learnt weights make a model fair that stays of use; here, with outer points whose labels are clean, the " +
    `gap in true positive rates goes from ${showNumber(erm.opportunity.mean)} to ${showNumber(biFair.opportunity.mean)} and the accuracy from ` +
    `${showNumber(erm.accuracy.mean)} to ${showNumber(biFair.accuracy.mean)}, mean over ${counted(runs.length, "draw")}.`
  );
}

/** Sentences that follow from the numbers alone. */
export function observe({ runs, rounds, differences }: FairWeightsResults): string[] {
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const last = (of: "flipped" | "right") => showNumber(mean(runs.map(({ weights }) => weights[of].at(-1)!)));
  const kept = runs.reduce((sum, run) => sum + run.kept, 0);
  return [
    `${showNumber(100 * mean(runs.map(({ flippedShare }) => flippedShare)), 1)} % of the training labels are wrong. After ` +
      `${counted(rounds[rounds.length - 1], "round")} such points weigh ${last("flipped")} on average, the others ${last("right")}; nobody told which they are.`,
    kept === 0
      ? "Never would all weights have become 0."
      : `In ${counted(kept, "round")} all weights would have become 0; they stayed as they were.`,
    ...differences.map(
      ({ round, largest }) =>
        `Round ${round}: derivatives by differences of losses, in float32 on the device, are within ${largest.toExponential(1)} of the exact ` +
        "ones, over the largest: what a net without exact ones would use.",
    ),
  ];
}

function wayTable({ last, runs }: FairWeightsResults): string {
  const cell = ({ mean, std }: Spread) => `${showNumber(mean)} ± ${showNumber(std)}`;
  return textTable(
    `Mean of ${counted(runs.length, "draw")} ± standard deviation, on clean test points`,
    ["", ...MEASURES.map((name) => MEASURE_NAMES[name])],
    (["erm", "biFair"] as const).map((way) => [
      way === "erm" ? "ERM" : "learnt weights",
      ...MEASURES.map((name) => cell(last[way][name])),
    ]),
  );
}

const DIFFERS = [
  "The outer points are clean: most of what is gained here is that the weights find wrong labels, which a model without groups could gain from clean points, too.",
  "A logistic model and 400 rounds; the paper trains nets on tables and faces, of which users bring CSV files.",
];

export const fairWeightsReport: Reported<FairWeightsResults> = {
  introduction: INTRODUCTION,
  learnt,
  figures: fairWeightsFigures,
  csv: fairWeightsCsv,
  sections: (results) =>
    [
      section("What came out", sentenceList(observe(results)), wayTable(results)),
      section("Where it differs from the paper", sentenceList(DIFFERS)),
      section("Expected values", referenceTable(results.references)),
    ].join("\n"),
};
