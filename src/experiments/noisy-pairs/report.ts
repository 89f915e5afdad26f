/** The experiment on noisy pairs reported: what is claimed, what came out, tables, what was expected. */

import { csvTable } from "../../report/csv.ts";
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
import { counted } from "../../report/words.ts";
import { ARM_LABELS, noisyPairsFigures } from "./figures.ts";
import type { ArmName, NoisyPairsResults, PairArm } from "./results.ts";

const INTRODUCTION = `<p><em>SREM</em> (<a href="https://arxiv.org/abs/2312.16478">arXiv 2312.16478</a>) matches images and texts
when a part of the given pairs does not match: such pairs are filtered by their energy among all others, clean ones are weighted by a
swapped entropy of their row and column, and a complementary loss learns from what does not match, too.</p>
<p>Here the pairs are left and right halves of digits, and two in five training pairs have another digit’s right half. Two small towers learn
from them by the symmetric contrastive loss; after a quarter of the steps, and again and again, all training pairs are scored by the
towers as they are, log p + log q of a pair among all, and the two fifths of the lowest scores are left out until the next time. Then each
left half of a test pair looks for its right half among 100. <strong>Formulas are rebuilt from the abstract:</strong> neither code nor full
text of the paper was to be had.</p>`;

function noisyPairsCsv({ arms, steps, filterSteps, scores }: NoisyPairsResults): CsvFile[] {
  return [
    {
      name: "recall",
      text: csvTable(
        ["arm", "step", "recall_at_1"],
        arms.flatMap(({ name, curve }) => curve.map((recall, i) => [name, steps[i], recall])),
      ),
    },
    {
      name: "runs",
      text: csvTable(
        ["arm", "seed", "recall_at_1", "mismatched_share_of_left_out"],
        arms.flatMap(({ name, recalls, precisions }) =>
          recalls.map((recall, seed) => [name, seed, recall, precisions?.[seed] ?? null]),
        ),
      ),
    },
    {
      name: "filters",
      text: csvTable(
        ["arm", "step", "mismatched_share_of_left_out"],
        arms.flatMap(({ name, precisionCurve = [] }) =>
          precisionCurve.map((precision, i) => [name, filterSteps[i], precision]),
        ),
      ),
    },
    ...(scores === undefined
      ? []
      : [
          {
            name: "scores",
            text: csvTable(
              ["from", "to", "matched", "mismatched"],
              scores.matched.map((count, k) => [
                scores.edges[k],
                scores.edges[k + 1],
                count,
                scores.mismatched[k],
              ]),
            ),
          },
        ]),
  ];
}

function armOf(arms: readonly PairArm[], name: ArmName): PairArm {
  return arms.find((arm) => arm.name === name)!;
}

function learnt({ arms }: NoisyPairsResults): string {
  const [clean, noisy, filtered] = (["clean", "noisy", "filtered"] as const).map((name) => armOf(arms, name));
  if (clean.recall.mean === null || noisy.recall.mean === null || filtered.recall.mean === null)
    return "Not enough nets ended in finite numbers to say anything.";
  return (
    `With two in five training pairs mismatched, ${percent(noisy.recall.mean)} of test halves find their other half among 100, where matched pairs alone give ` +
    `${percent(clean.recall.mean)}; towers that leave out pairs of low score get to ${percent(filtered.recall.mean)}, and ${percent(filtered.precision!.mean ?? 0)} of what they leave out ` +
    `does not match (mean over ${counted(clean.recalls.length, "run")}).`
  );
}

/** Sentences that follow from the numbers alone. */
export function observe({ arms }: Pick<NoisyPairsResults, "arms">): string[] {
  return arms.map(({ name, recall, precision, precisionCurve }) => {
    const left =
      precision === undefined
        ? ""
        : `; of what the last filter left out, ${percent(precision.mean)} did not match, of the first ${percent(precisionCurve?.[0] ?? null)}`;
    return `${ARM_LABELS[name]}: R@1 ${showNumber(recall.mean)} ± ${showNumber(recall.std)}${left}.`;
  });
}

const COMPARED = [
  "The paper filters by energies of towers that were trained for energies to mean something; here, without such training, the energy of a pair says little about its match, and what a filter by it does is shown as measured, not as the paper’s result.",
  "No gain is claimed for the complementary loss, nor for weights by swapped entropy.",
  "That two fifths are to be left out is told to the filter, not found by it.",
  "Pairs are whole images in the paper (Flickr30K, MS-COCO, CC152K, pretrained encoders), which are not to be had here.",
];

function armTable({ arms }: NoisyPairsResults): string {
  return textTable(
    "Share of test pairs whose left half finds its right half among 100, and mismatched share of what the last filter left out",
    ["", "R@1", "mismatched of what was left out"],
    arms.map(({ name, recall, precision }) => [
      ARM_LABELS[name],
      `${showNumber(recall.mean)} ± ${showNumber(recall.std)}`,
      precision === undefined ? "–" : `${showNumber(precision.mean)} ± ${showNumber(precision.std)}`,
    ]),
  );
}

export const noisyPairsReport: Reported<NoisyPairsResults> = {
  introduction: INTRODUCTION,
  learnt,
  figures: noisyPairsFigures,
  csv: noisyPairsCsv,
  sections: (results, figures) =>
    [
      section(
        "What came out",
        sentenceList(observe(results)),
        armTable(results),
        figureList(figures.slice(1)),
      ),
      section("Where it differs from the paper", sentenceList(COMPARED)),
      section("Expected values", referenceTable(results.references)),
    ].join("\n"),
};
