/**
 * `index.html` and the last lines of a command that computed several experiments: what came out of each, and where its
 * report is.
 */

import { agreement, misses } from "./closingTable.ts";
import { escapeText, type Figure } from "./figure.ts";
import type { Subject } from "./files.ts";
import { typeset } from "./formulas.ts";
import { page } from "./report.ts";
import type { ExperimentResults } from "./results.ts";

/** An experiment that was computed. */
export interface OverviewEntry {
  readonly experiment: Subject;
  readonly results: Pick<ExperimentResults, "references" | "elapsedSeconds">;
  /** In one sentence. */
  readonly learnt: string;
  /** Its first picture, as a file beside its report. */
  readonly figure: Pick<Figure, "name" | "title"> | undefined;
}

/** How the references of one experiment came out, in words. */
export function outcome({ references }: OverviewEntry["results"]): string {
  const comparable = references.filter((reference) => reference.comparable).length;
  if (comparable === 0) return "no value to compare with at this size";
  return `${comparable - misses(references).length} of ${comparable} values agree`;
}

/** A page that leads to every report; each experiment has a folder of its own beside it, named as it is. */
export function overviewHtml(entries: readonly OverviewEntry[]): string {
  const sections = entries.map(({ experiment: { name, title }, results, learnt, figure }) => {
    const look = misses(results.references).length > 0 ? "misses" : "agrees";
    const picture =
      figure === undefined
        ? ""
        : `\n<figure><a href="${name}/report.html"><img src="${name}/${figure.name}.svg" alt="${escapeText(figure.title)}"></a></figure>`;
    return `<section>
<h2><a href="${name}/report.html">${escapeText(title)}</a></h2>
<p>${escapeText(learnt)}</p>
<p class="summary"><span class="${look}">${escapeText(agreement(results.references))}</span> Computed in
${results.elapsedSeconds.toFixed(1)} s. Numbers: <a href="${name}/results.json">results.json</a>.</p>${picture}
</section>`;
  });
  const title = "Experiments of “Towards Understanding the Data Dependency of Mixup-style Training”";
  return page(title, typeset(`<h1>${title}</h1>\n${sections.join("\n")}`));
}

/** The same for a terminal: a line for each experiment. */
export function overviewTable(entries: readonly OverviewEntry[]): string {
  const name = Math.max(...entries.map(({ experiment }) => experiment.name.length));
  return entries
    .map(({ experiment, results }) => `  ${experiment.name.padEnd(name)}  ${outcome(results)}\n`)
    .join("");
}
