/** The experiment on mixing laws reported: what is claimed, what came out, tables, what was expected. */

import { csvTable } from "../../report/csv.ts";
import type { CsvFile, Reported } from "../../report/files.ts";
import { referenceTable, section, sentenceList, showNumber, textTable } from "../../report/reportParts.ts";
import { counted } from "../../report/words.ts";
import { mixingLawFigures } from "./figures.ts";
import type { ChosenMixture, MixingLawResults } from "./results.ts";

const INTRODUCTION = `<p><em>Data Mixing Laws</em> (<a href="https://arxiv.org/abs/2403.16952">arXiv 2403.16952</a>) finds that the loss
on domain i of a net that was trained on proportions r of several domains is c<sub>i</sub> + k<sub>i</sub>
exp(Σ<sub>j</sub> t<sub>ij</sub> r<sub>j</sub>): a few small runs predict the losses of all mixtures, and the best of them.</p>
<p>Here are digits in three domains that have nothing to do with each other, each under a permutation of the pixels of its own; every sample
of a run draws its domain by the run’s proportions. Nets of 48 hidden units are trained on mixtures drawn uniformly, all of them in one
population; the laws are fitted to two thirds of the mixtures and judged by the others. Then the mixture that is best by the laws is trained,
with nets of other seeds, beside equal shares and the weights of the loss themselves. Proportions sum to 1, so that k and t are not determined
by themselves: of t only its differences are told.</p>`;

const NAMES: Readonly<Record<ChosenMixture["name"], string>> = {
  best: "named by the laws",
  uniform: "equal shares",
  weights: "the weights themselves",
};

function shares(proportions: readonly number[]): string {
  return proportions.map((share) => showNumber(share, 2)).join(" / ");
}

function mixingLawCsv({ mixtures, domains, chosen }: MixingLawResults): CsvFile[] {
  return [
    {
      name: "mixtures",
      text: csvTable(
        [
          ...domains.map((d) => `share_${d}`),
          "used_for",
          ...domains.flatMap((d) => [`loss_${d}`, `std_${d}`]),
        ],
        mixtures.map(({ proportions, isFitted, losses }) => [
          ...proportions,
          isFitted ? "fit" : "judgement",
          ...losses.flatMap(({ mean, std }) => [mean, std]),
        ]),
      ),
    },
    {
      name: "chosen",
      text: csvTable(
        ["mixture", ...domains.map((d) => `share_${d}`), "predicted", "measured", "std"],
        chosen.map(({ name, proportions, predicted, measured }) => [
          name,
          ...proportions,
          predicted,
          measured.mean,
          measured.std,
        ]),
      ),
    },
  ];
}

function learnt({ laws, mixtures }: MixingLawResults): string {
  if (laws.some(({ explained, explainedByPlane }) => explained === null || explainedByPlane === null))
    return "Not enough nets ended in finite numbers to say anything.";
  const held = mixtures.filter(({ isFitted }) => !isFitted).length;
  return (
    "The paper claims that losses are exponential in the proportions of a mixture, so that a few runs predict the rest; here, at " +
    `${held} mixtures that the laws were not fitted to, they explain ${laws.map(({ explained }) => showNumber(explained, 2)).join(", ")} of the variance ` +
    `of three domains’ losses, where planes explain ${laws.map(({ explainedByPlane }) => showNumber(explainedByPlane, 2)).join(", ")}.`
  );
}

/** Sentences that follow from the numbers alone. */
export function observe({ laws, chosen }: Pick<MixingLawResults, "laws" | "chosen">): string[] {
  const at = (name: ChosenMixture["name"]) => chosen.find((mixture) => mixture.name === name)!;
  const [best, uniform, weights] = [at("best"), at("uniform"), at("weights")];
  const sentences = [
    `The laws err by ${laws.map(({ error }) => showNumber(error)).join(", ")} nats on average at the mixtures that judge them.`,
  ];
  if (best.measured.mean === null || uniform.measured.mean === null || weights.measured.mean === null)
    return sentences;
  const hopeful = best.measured.mean - best.predicted;
  const gain = weights.measured.mean - best.measured.mean;
  return [
    ...sentences,
    `At the mixture that they name, ${shares(best.proportions)}, they predict ${showNumber(best.predicted)} and nets have ${showNumber(best.measured.mean)}: ` +
      `${showNumber(Math.abs(hopeful))} too ${hopeful > 0 ? "hopeful" : "cautious"}.`,
    gain > (best.measured.std ?? 0)
      ? `It is better than the weights themselves by ${showNumber(gain)}, and than equal shares by ${showNumber(uniform.measured.mean - best.measured.mean)}.`
      : `It does not beat the obvious mixture: the weights themselves have ${showNumber(weights.measured.mean)}, equal shares ${showNumber(uniform.measured.mean)}.`,
  ];
}

const COMPARED = [
  "The paper’s own nets are language models of 70 million to 1 billion parameters on the Pile and RedPajama; its claim that 48 % of the steps are saved needs them, and is not made here.",
  "Its laws over steps and sizes of models, nested in this one, are not built.",
  "Samples draw their domains independently, by keyed random numbers; within a domain points come in keyed epoch orders.",
];

function lawTable({ laws, domains }: MixingLawResults): string {
  return textTable(
    "The laws, and what they explain of the held-out losses (R²)",
    ["", "c", "k", ...domains.map((d) => `t of ${d}`), "R²", "R² of a plane", "mean error"],
    laws.map(({ domain, c, k, slopes, explained, explainedByPlane, error }) => [
      `${domain} domain`,
      ...[c, k, ...slopes].map((value) => showNumber(value)),
      ...[explained, explainedByPlane, error].map((value) => showNumber(value)),
    ]),
  );
}

function chosenTable({ chosen, config }: MixingLawResults): string {
  const seeds = Number(config.chosenSeeds);
  return textTable(
    `Weighted loss of what was trained in the end, mean over ${counted(seeds, "seed")} ± deviation`,
    ["", "mixture", "predicted", "measured"],
    chosen.map(({ name, proportions, predicted, measured }) => [
      NAMES[name],
      shares(proportions),
      showNumber(predicted),
      `${showNumber(measured.mean)} ± ${showNumber(measured.std)}`,
    ]),
  );
}

export const mixingLawsReport: Reported<MixingLawResults> = {
  introduction: INTRODUCTION,
  learnt,
  figures: mixingLawFigures,
  csv: mixingLawCsv,
  sections: (results) =>
    [
      section("What came out", sentenceList(observe(results)), lawTable(results), chosenTable(results)),
      section("Where it differs from the paper", sentenceList(COMPARED)),
      section("Expected values", referenceTable(results.references)),
    ].join("\n"),
};
