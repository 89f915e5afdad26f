/** The over-training experiment reported: what is claimed, what came out, where they differ; tables. */

import { csvTable } from "../../report/csv.ts";
import type { CsvFile, Reported } from "../../report/files.ts";
import { tickFormat } from "../../report/panels.ts";
import { referenceTable, section, sentenceList, showNumber, textTable } from "../../report/reportParts.ts";
import { counted } from "../../report/words.ts";
import { overTrainingFigures } from "./figures.ts";
import { ARM_NAMES, ARMS, type OverTrainingResults } from "./results.ts";
import { farthest, last, meanCurve, median, summarize } from "./summary.ts";

const INTRODUCTION = `<p>Liu, Wang, Guo and Mao (ICLR 2023,
<a href="https://arxiv.org/abs/2303.01475">arXiv 2303.01475</a>) claim: when training with Mixup goes on for long, the test error
falls, then rises again, the more the fewer the data, while that of plain training (ERM) hardly does; the cause is that a mixed label is not
the true label of the mixed point; and going over to ERM at the turn avoids it. They show it on CIFAR and SVHN with residual nets for up
to 1,600 epochs, and explain it with a regression by random features. Here only the regression is computed: its teacher lies in the span of the
features, so that labels of the points are exact and all that is wrong with mixed labels is the mixing. Gradient descent on it has a
closed form, so a million steps cost nothing; the same is trained as a net, its first layer frozen at the features. Formulas are rebuilt
from an account of the paper, not copied from its text, and sizes are ours.</p>`;

/** Errors of every draw and arm; of the trained nets beside the closed form. */
function overTrainingCsv({ draws, steps, trained }: OverTrainingResults): CsvFile[] {
  return [
    {
      name: "curves",
      text: csvTable(
        ["draw", "arm", "step", "error"],
        draws.flatMap((one) =>
          ARMS.flatMap((arm) => one[arm].map((error, k) => [one.seed, arm, steps[k], error])),
        ),
      ),
    },
    {
      name: "trained",
      text: csvTable(
        ["draw", "arm", "step", "error", "closed_form"],
        trained.map(({ seed, arm, step, error, closedForm }) => [seed, arm, step, error, closedForm]),
      ),
    },
  ];
}

/** The claim beside the numbers, in order. */
function learnt(results: OverTrainingResults): string {
  const { draws, steps } = results;
  const { mixup, erm, switched } = summarize(results);
  const long = tickFormat(last(steps));
  return (
    `It is claimed that long training with Mixup hurts and that of ERM does not: here Mixup's test error after ${long} steps is ` +
    `${showNumber(median(mixup), 2)} times its best, ERM's ${showNumber(median(erm), 2)} times, and Mixup up to its best step, then ERM, ends at ` +
    `${showNumber(median(switched), 2)} times ERM's error (medians of ${counted(draws.length, "draw")}); what the claim does not say: ERM's best error is below ` +
    `Mixup's in ${ermBetter(draws)} of them.`
  );
}

/** Draws in which ERM's best error is below Mixup's. */
function ermBetter(draws: OverTrainingResults["draws"]): number {
  return draws.filter(({ erm, mixup }) => Math.min(...erm) < Math.min(...mixup)).length;
}

function outcome(results: OverTrainingResults): string[] {
  const { draws, sizes, trained, steps } = results;
  const { mixup, erm, clean } = summarize(results);
  const up = mixup.filter((ratio) => ratio >= 1.1).length;
  const [fewest, most] = [sizes[0], sizes[sizes.length - 1]];
  const { relative } = farthest(trained);
  const trainedSteps = Math.max(0, ...trained.map(({ step }) => step));
  return [
    `As claimed: Mixup ends at 1.1 times its best error or more in ${up} of ${counted(draws.length, "draw")}; the median of last over best is ` +
      `${showNumber(median(mixup), 2)}, from ${showNumber(Math.min(...mixup), 2)} to ${showNumber(Math.max(...mixup), 2)}; ERM's is ` +
      `${showNumber(median(erm), 2)}, at most ${showNumber(Math.max(...erm), 2)}.`,
    `As claimed: with the teacher's labels at the same midpoints the error goes to ${Number(median(clean).toPrecision(1))} (median), so the labels are the cause, ` +
      "not the points.",
    `${fewest.lastOverBest > most.lastOverBest ? "As claimed" : "Not as claimed"}: with ${fewest.points} points Mixup ends at ${showNumber(fewest.lastOverBest, 2)} times its best ` +
      `error, with ${most.points} at ${showNumber(most.lastOverBest, 2)} times (medians of ${counted(draws.length, "draw")}).`,
    `Not in the claim: ERM's best error is below Mixup's best in ${ermBetter(draws)} of ${counted(draws.length, "draw")}. So nothing here says that Mixup ` +
      "helps before the turn: most of its labels are wrong from the first step on.",
    "Not shown: residual nets on images. Public benchmarks that augment images find no rise on CIFAR-10 within 1,200 epochs and a mild one on CIFAR-100, " +
      "so what holds here need not hold there.",
    "The best step, and with it the switch, is read on the test points, as in the closed form's curves: in use it has to be read on validation points.",
    ...(relative === null
      ? []
      : [
          `Nets trained for ${tickFormat(trainedSteps)} of the ${tickFormat(last(steps))} steps stay within ${relative.toExponential(0)} of the closed form, relative to it; ` +
            "what comes after is the closed form's alone.",
        ]),
  ];
}

function curveTable({ draws, steps }: OverTrainingResults): string {
  const at = [10, 100, 1000, 10_000, 100_000, 1_000_000].map((step) => steps.indexOf(step));
  return textTable(
    `Test error after so many steps, mean of ${counted(draws.length, "draw")}; best: mean of each draw's own; after the switch steps count from there`,
    ["", ...at.map((k) => tickFormat(steps[k])), "best", "last over best, median"],
    ARMS.map((arm) => {
      const curve = meanCurve(draws, arm);
      const bests = draws.map((one) => Math.min(...one[arm]));
      return [
        ARM_NAMES[arm],
        ...at.map((k) => showNumber(curve[k])),
        showNumber(bests.reduce((a, b) => a + b) / draws.length),
        // Of what goes to 0 the ratio says nothing.
        arm === "clean"
          ? "–"
          : showNumber(median(draws.map((one) => last(one[arm]) / Math.min(...one[arm]))), 2),
      ];
    }),
  );
}

function sizeTable({ sizes, draws }: OverTrainingResults): string {
  return textTable(
    `Mixup with fewer and more points, medians of ${counted(draws.length, "draw")}`,
    ["points", "midpoints", "best error", "best step", "last error", "last over best"],
    sizes.map(({ points, best, bestStep, last: end, lastOverBest }) => [
      ...[String(points), tickFormat(points ** 2), showNumber(best), tickFormat(Math.round(bestStep))],
      ...[showNumber(end), showNumber(lastOverBest, 2)],
    ]),
  );
}

export const overTrainingReport: Reported<OverTrainingResults> = {
  introduction: INTRODUCTION,
  learnt,
  figures: overTrainingFigures,
  csv: overTrainingCsv,
  sections: (results) =>
    [
      section("What came out", sentenceList(outcome(results)), curveTable(results), sizeTable(results)),
      section("Expected values", referenceTable(results.references)),
    ].join("\n"),
};
