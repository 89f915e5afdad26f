/** The merging experiment reported: what is claimed, what came out, tables, what was expected. */

import { csvTable } from "../../report/csv.ts";
import type { CsvFile, Reported } from "../../report/files.ts";
import {
  figureList,
  referenceTable,
  section,
  sentenceList,
  showNumber,
  textTable,
} from "../../report/reportParts.ts";
import { counted } from "../../report/words.ts";
import { PROXY_LABELS, sizeName } from "./checks.ts";
import { mergingFigures } from "./figures.ts";
import type { MergingResults, ProxyName, SizeResults } from "./results.ts";

const INTRODUCTION = `<p><em>Scalable Data Ablation Approximations for Language Models through Modular Training and Merging</em>
(<a href="https://arxiv.org/abs/2410.15661">arXiv 2410.15661</a>) asks what data are worth together without training a net on every
combination: nets are trained on single parts, all from one start, and the average of their parameters stands for the net that would
have been trained on their union. So n trainings answer for 2<sup>n</sup> combinations.</p>
<p>Here the parts are digits in six domains: as they are, mirrored, upside down, transposed, rolled by a column, by a row. A net that
learnt plain digits is forked, once for each domain and once for each set of domains; nets of sets take as many more steps as they
have domains. Two other predictions stand beside the merged nets: nets merged from starts of their own, and the mean of the single
nets’ losses, for which nothing is merged. Truth and prediction are the losses on each domain’s validation images; how well they go
together over all sets is Pearson’s coefficient.</p>`;

const PROXIES: readonly ProxyName[] = ["shared", "losses", "own"];

function mergingCsv({ sizes, domains }: MergingResults): CsvFile[] {
  return [
    {
      name: "losses",
      text: csvTable(
        [
          "domains_of_set",
          "seed",
          "set",
          "domain",
          "truth",
          "merged_one_start",
          "merged_own_starts",
          "mean_of_losses",
        ],
        sizes.flatMap(({ size, draws }) =>
          draws.flatMap(({ seed, subsets }) =>
            subsets.flatMap(({ domains: members, truth, proxies }) =>
              domains.map((domain, u) => [
                ...[size, seed, members.map((m) => domains[m]).join(" + "), domain],
                ...[truth[u], proxies.shared[u], proxies.own[u], proxies.losses[u]],
              ]),
            ),
          ),
        ),
      ),
    },
  ];
}

function learnt({ sizes }: MergingResults): string {
  const told = sizes.flatMap(({ size, pearson, draws }) =>
    pearson.shared.mean === null || pearson.own.mean === null || pearson.losses.mean === null
      ? []
      : [
          `for ${sizeName(size)} ${showNumber(pearson.shared.mean)} from one start, ${showNumber(pearson.own.mean)} from starts of their own ` +
            `and ${showNumber(pearson.losses.mean)} for the mean of the losses (${counted(draws.length, "draw")})`,
        ],
  );
  if (told.length === 0) return "Not enough nets ended in finite numbers to say anything.";
  return (
    "The paper claims that the mean of nets trained on single parts of the data scores like a net trained on their union; here their losses correlate, " +
    `mean over six domains, with Pearson’s coefficient ${told.join("; ")}.`
  );
}

/** Sentences that follow from the numbers alone. */
export function observe({ sizes, domains }: Pick<MergingResults, "sizes" | "domains">): string[] {
  return sizes.flatMap(({ size, draws }) => {
    const means = domains.map((_, u) => {
      const own = draws.flatMap(({ correlations }) => correlations.shared.pearson[u] ?? []);
      return own.length === 0 ? null : own.reduce((sum, value) => sum + value, 0) / own.length;
    });
    const known = means.filter((mean) => mean !== null);
    if (known.length === 0) return [];
    const worst = means.indexOf(Math.min(...known));
    const levels = draws.flatMap(({ subsets }) =>
      subsets.flatMap(({ truth, proxies }) =>
        truth.flatMap((value, u) =>
          value === null || proxies.shared[u] === null ? [] : [proxies.shared[u] / value],
        ),
      ),
    );
    const ratio = levels.toSorted((a, b) => a - b)[Math.floor(levels.length / 2)];
    return [
      `${sizeName(size)}: predicted worst is “${domains[worst]}”, ${showNumber(means[worst])}.`,
      `${sizeName(size)}: the merged net’s loss is ${showNumber(ratio, 2)} times that of the net trained on the union (median of all sets and domains): ` +
        "a merged net ranks sets, its loss is not theirs.",
    ];
  });
}

const COMPARED = [
  "The truth is a net from the same start in all three comparisons, whatever the merged nets began with.",
  "Sets are trained on their points in keyed epoch orders, every domain as often; nothing is mixed.",
  "The paper’s own nets are language models of 130 million to 1 billion parameters on two corpora; they are not to be had here.",
];

function correlationTable({ sizes, domains }: MergingResults, kind: "pearson" | "spearman"): string {
  const name = kind === "pearson" ? "Pearson’s" : "Spearman’s";
  const cell = ({ draws }: SizeResults, proxy: ProxyName, u: number) => {
    const own = draws.flatMap(({ correlations }) => correlations[proxy][kind][u] ?? []);
    return showNumber(own.length === 0 ? null : own.reduce((sum, value) => sum + value, 0) / own.length);
  };
  return textTable(
    `${name} coefficient of proxy and truth, mean over ${counted(sizes[0].draws.length, "draw")}`,
    ["", ...domains, "mean ± deviation over draws"],
    sizes.flatMap((results) =>
      PROXIES.map((proxy) => [
        `${sizeName(results.size)}: ${PROXY_LABELS[proxy]}`,
        ...domains.map((_, u) => cell(results, proxy, u)),
        `${showNumber(results[kind][proxy].mean)} ± ${showNumber(results[kind][proxy].std)}`,
      ]),
    ),
  );
}

export const mergingReport: Reported<MergingResults> = {
  introduction: INTRODUCTION,
  learnt,
  figures: mergingFigures,
  csv: mergingCsv,
  sections: (results, figures) =>
    [
      section(
        "What came out",
        sentenceList(observe(results)),
        figureList(figures.slice(1)),
        correlationTable(results, "pearson"),
        correlationTable(results, "spearman"),
      ),
      section("Where it differs from the paper", sentenceList(COMPARED)),
      section("Expected values", referenceTable(results.references)),
    ].join("\n"),
};
