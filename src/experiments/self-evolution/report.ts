/** The Self-Evolution experiment reported: what is claimed, what came out, tables, what was expected. */

import type { Spread } from "../../numeric/spread.ts";
import { csvTable } from "../../report/csv.ts";
import type { CsvFile, Reported } from "../../report/files.ts";
import { referenceTable, section, sentenceList, showNumber, textTable } from "../../report/reportParts.ts";
import { counted } from "../../report/words.ts";
import { COMPARED, REPEATED } from "./checks.ts";
import { selfEvolutionFigures } from "./figures.ts";
import type { ArmName, Measures, SelfEvolutionArm, SelfEvolutionResults } from "./results.ts";

/** What the experiment is about. */
const INTRODUCTION = `<p><em>Self-Evolution Learning for Mixup</em> (<a href="https://arxiv.org/abs/2305.13547">arXiv
2305.13547</a>) is made for classifying texts of which few are labelled. It claims that Mixup gains in accuracy and robustness
when easy points are mixed first and hard ones later, and when each label is smoothed with the model's own prediction before it
is mixed: y′ = (1 − a) y + a p, in which p are the probabilities at the unmixed point and no gradient goes through them.</p>
<p>Texts and a pretrained encoder, which the paper trains, are not to be had here. This is its machinery on another task: five
8 x 8 digits of each class, nets of 128 hidden units. A net's own predictions are those of the same step, before the update. Easy
are the half of the points whose own class leads most at a quarter of the steps; in the paper an earlier fine-tuned model says
which. <strong>Reconstructed:</strong> of the paper only the abstract could be read; the margin (own class less the largest
other), the split in halves and a = 0.3 are restated from memory.</p>`;

const MEASURES: readonly (keyof Measures)[] = [
  "accuracy",
  "calibrationError",
  "negativeLogLikelihood",
  "brierScore",
  "confidence",
];

/** A row for each run. */
function selfEvolutionCsv({ arms }: SelfEvolutionResults): CsvFile[] {
  const columns = [
    ...[
      "way",
      "seed",
      "accuracy",
      "calibration_error",
      "negative_log_likelihood",
      "brier_score",
      "confidence",
    ],
    ...["easy_fewest", "easy_most"],
  ];
  const rows = arms.flatMap(({ name, runs }) =>
    runs.map((run) => [
      ...[name, run.seed],
      ...MEASURES.map((measure) => run[measure]),
      ...(run.easyByClass ?? [null, null]),
    ]),
  );
  return [{ name: "runs", text: csvTable(columns, rows) }];
}

/** The accuracies, and whose probabilities are nearest to what they should be. */
function learnt({ arms }: SelfEvolutionResults): string {
  const told = (name: ArmName) => arms.find((arm) => arm.name === name);
  const compared = arms.filter(({ name, over }) => COMPARED.includes(name) && over.accuracy.mean !== null);
  const erm = told("erm");
  // Of what was trained, what has most of the paper's pieces.
  const whole = told("easy-first") ?? told("self-distilled");
  if (compared.length < 2 || erm?.over.accuracy.mean == null || whole?.over.accuracy.mean == null)
    return "Not enough nets ended in finite numbers to say anything.";
  const accuracies = compared.map(({ over }) => over.accuracy.mean!);
  const apart = Math.max(...accuracies) - Math.min(...accuracies);
  return (
    "The paper claims that Mixup with a model’s own predictions in the labels and easy points first classifies better; here, with " +
    `five digits a class, ${compared.length} ways to train are within ${showNumber(apart)} of each other in accuracy ` +
    `(ERM ${showNumber(erm.over.accuracy.mean)}, ${nameOf(whole)} ${showNumber(whole.over.accuracy.mean)}, mean over ` +
    `${counted(erm.runs.length, "set")}), and the calibration error is ${showNumber(erm.over.calibrationError.mean)} with ERM and ` +
    `${showNumber(whole.over.calibrationError.mean)} with ${nameOf(whole)}.` +
    (whole.name === "easy-first" ? "" : " Easy points first were not trained at this size.")
  );
}

/** A way with pieces of Self-Evolution, in a sentence. */
function nameOf({ name }: SelfEvolutionArm): string {
  return name === "easy-first" ? "all of it" : "the nets’ own predictions in the labels";
}

/** Sentences that follow from the numbers alone. */
export function observe(arms: readonly SelfEvolutionArm[]): string[] {
  const sentences: string[] = [];
  const erm = arms.find(({ name }) => name === "erm");
  for (const arm of arms) {
    const lost = arm.runs.filter(({ accuracy }) => accuracy === null).length;
    if (lost > 0) sentences.push(`${arm.label}: ${lost} of ${counted(arm.runs.length, "run")} diverged.`);
    if (arm === erm || erm === undefined) continue;
    const gains = paired(arm, erm, "accuracy");
    const errors = paired(arm, erm, "calibrationError");
    const { accuracy, confidence } = arm.over;
    if (gains === null || errors === null || accuracy.mean === null || confidence.mean === null) continue;
    const side = confidence.mean < accuracy.mean ? "less" : "more";
    sentences.push(
      `${arm.label}: accuracy ${signed(gains.mean)} ± ${showNumber(gains.error)} (standard error) against ERM on the same sets, ` +
        `calibration error ${signed(errors.mean)} ± ${showNumber(errors.error)}; the nets are ${side} confident ` +
        `(${showNumber(confidence.mean)}) than right (${showNumber(accuracy.mean)}).`,
    );
  }
  const chosen = arms.flatMap(({ runs }) => runs.flatMap(({ easyByClass }) => easyByClass ?? []));
  if (chosen.length > 0) {
    sentences.push(
      `Of a class between ${Math.min(...chosen)} and ${Math.max(...chosen)} of its points are among the easy half; ` +
        "a class without any is left out while that lasts.",
    );
  }
  return sentences;
}

/** Mean difference to another way on the same sets, and its standard error. */
function paired(arm: SelfEvolutionArm, base: SelfEvolutionArm, measure: keyof Measures) {
  const differences = arm.runs.flatMap((run, r) => {
    const [own, other] = [run[measure], base.runs[r]?.[measure] ?? null];
    return own === null || other === null ? [] : [own - other];
  });
  const n = differences.length;
  if (n < 2) return null;
  const mean = differences.reduce((sum, value) => sum + value, 0) / n;
  const variance = differences.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (n - 1);
  return { mean, error: Math.sqrt(variance / n) };
}

function signed(value: number): string {
  return `${value < 0 ? "−" : "+"}${showNumber(Math.abs(value))}`;
}

function armTable(arms: readonly SelfEvolutionArm[]): string {
  const cell = ({ mean, std }: Spread) => `${showNumber(mean)} ± ${showNumber(std)}`;
  return textTable(
    `Mean of ${counted(arms[0].runs.length, "set")} ± standard deviation; beside it the means of an independent repetition, two draws of 16 sets`,
    [
      ...["", "accuracy", "repetition", "calibration error", "repetition"],
      ...["negative log-likelihood", "Brier score", "confidence"],
    ],
    arms.map(({ name, label, over }) => [
      ...[label, cell(over.accuracy), REPEATED[name]?.accuracy ?? "–"],
      ...[cell(over.calibrationError), REPEATED[name]?.calibrationError ?? "–"],
      ...[over.negativeLogLikelihood, over.brierScore, over.confidence].map(cell),
    ]),
  );
}

const DIFFERS = [
  "No benefit of Self-Evolution is claimed by this report. The paper’s gains are of fine-tuned language models that overfit a few " +
    "texts; whether its pieces need such a model, these runs can’t say.",
  "The bounds below come from a repetition with other tools and other random numbers, not from the paper.",
];

export const selfEvolutionReport: Reported<SelfEvolutionResults> = {
  introduction: INTRODUCTION,
  learnt,
  figures: selfEvolutionFigures,
  csv: selfEvolutionCsv,
  sections: ({ arms, references }) =>
    [
      section("What came out", sentenceList(observe(arms)), armTable(arms)),
      section("Where it differs from the paper", sentenceList(DIFFERS)),
      section("Expected values", referenceTable(references)),
    ].join("\n"),
};
