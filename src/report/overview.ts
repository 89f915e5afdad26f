/**
 * `index.html` and the last lines of a command that computed several experiments: what came out of each, and where its
 * report is.
 */

import { misses } from "./closingTable.ts";
import type { Figure, Reported } from "./files.ts";
import { escapeText } from "./plotParts.ts";
import { REPORT_STYLE } from "./report.ts";
import type { ExperimentResults } from "./results.ts";

/** An experiment that was computed. */
export interface OverviewEntry {
  readonly experiment: Pick<Reported<ExperimentResults>, "name" | "title" | "summary">;
  readonly results: Pick<ExperimentResults, "references" | "elapsedSeconds">;
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
  const sections = entries.map(({ experiment: { name, title, summary }, results, figure }) => {
    const missed = misses(results.references).length > 0;
    const picture =
      figure === undefined
        ? ""
        : `\n<figure><a href="${name}/report.html"><img src="${name}/${figure.name}.svg" alt="${escapeText(figure.title)}"></a></figure>`;
    return `<section>
<h2><a href="${name}/report.html">${escapeText(title)}</a></h2>
<p>${escapeText(summary[0].toUpperCase() + summary.slice(1))}. <span class="${missed ? "misses" : "agrees"}">${outcome(results)}</span>, computed in
${results.elapsedSeconds.toFixed(1)} s. Numbers: <a href="${name}/results.json">results.json</a>.</p>${picture}
</section>`;
  });
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Experiments</title>
<style>${REPORT_STYLE}
figure img { max-width: 100%; height: auto; }
</style>
</head>
<body>
<main>
<h1>Experiments of “Towards Understanding the Data Dependency of Mixup-style Training”</h1>
${sections.join("\n")}
</main>
</body>
</html>
`;
}

/** The same for a terminal: a line for each experiment. */
export function overviewTable(entries: readonly OverviewEntry[]): string {
  const name = Math.max(...entries.map(({ experiment }) => experiment.name.length));
  return entries
    .map(({ experiment, results }) => `  ${experiment.name.padEnd(name)}  ${outcome(results)}\n`)
    .join("");
}
