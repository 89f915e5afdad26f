/**
 * `report.html`: an experiment's outcome as one page that needs nothing else: pictures and style are inside,
 * no script runs, nothing is requested. Light and dark as the reader's system.
 *
 * Not here: what an experiment says of itself (its `introduction` and `sections`).
 */

import { comparabilityNote, misses } from "./closingTable.ts";
import type { Reported } from "./files.ts";
import { escapeText } from "./plotParts.ts";
import type { ExperimentResults } from "./results.ts";

/** The page. `computedBy` may add to the adapter, such as the browser's version. */
export function reportHtml(
  experiment: Pick<Reported<ExperimentResults>, "title" | "introduction" | "sections">,
  results: ExperimentResults,
  computedBy = "",
): string {
  const title = escapeText(experiment.title);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<style>${REPORT_STYLE}</style>
</head>
<body>
<main>
<h1>${title}</h1>
${experiment.introduction}
<p class="summary">${escapeText(summary(results))}</p>
${experiment.sections(results)}
<h2>How it was computed</h2>
${setting(results, computedBy)}
</main>
</body>
</html>
`;
}

function summary({ references }: ExperimentResults): string {
  const comparable = references.filter((reference) => reference.comparable);
  const agree = comparable.length - misses(references).length;
  const counted =
    comparable.length === 0
      ? "No reference value can be compared with these runs."
      : `${agree} of ${comparable.length} reference values agree with ours within their tolerance.`;
  return `${counted} ${comparabilityNote(references)}`.trim();
}

function setting(
  { backend, adapter, config, version, elapsedSeconds }: ExperimentResults,
  computedBy: string,
): string {
  const names = [adapter.vendor, adapter.architecture, adapter.description]
    .filter((name) => name !== "")
    .join(", ");
  const software = adapter.isFallback
    ? " This is a software adapter: the numbers hold, the time says nothing about GPUs."
    : "";
  const rows: [string, string][] = [
    ["Backend", `${backend} (${names}).${software}`],
    ...(computedBy === "" ? [] : [["Browser", computedBy] as [string, string]]),
    ["Time", `${elapsedSeconds.toFixed(1)} s`],
    ["Version", `mixup-webgpu ${version}`],
    ...Object.entries(config).map(([key, value]): [string, string] => [key, plain(value)]),
  ];
  const terms = rows.map(([key, value]) => `<dt>${escapeText(key)}</dt><dd>${escapeText(value)}</dd>`);
  return `<dl>${terms.join("\n")}</dl>`;
}

/** A config value as one reads it. */
function plain(value: unknown): string {
  if (Array.isArray(value))
    return value.map((item) => (Array.isArray(item) ? item.join("-") : plain(item))).join(", ");
  if (typeof value !== "object" || value === null) return String(value);
  const entries = Object.entries(value).map(
    ([key, item]) => `${key} ${Array.isArray(item) ? item.join("-") : plain(item)}`,
  );
  return `(${entries.join(", ")})`;
}

/** The look of all pages. */
export const REPORT_STYLE = `
:root {
  color-scheme: light dark;
  --paper: #fffffc; --ink: #262522; --soft: #75716a; --line: #dedbd3;
  --good: #2a7a45; --bad: #b3261e; --link: #0067a5;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #191917; --ink: #e8e6e0; --soft: #a09c94; --line: #3a3934;
    --good: #7fc796; --bad: #ff8a80; --link: #64b5ec;
  }
}
body {
  margin: 0; background: var(--paper); color: var(--ink);
  font: 17px/1.55 Charter, "Bitstream Charter", Georgia, "DejaVu Serif", serif;
}
main { max-width: 68rem; margin: 0 auto; padding: 3rem 1.5rem 5rem; }
p, ul, dl { max-width: 42rem; }
a { color: var(--link); }
h1 { font-size: 2rem; font-weight: 500; line-height: 1.2; margin: 0 0 1.2rem; }
h2 { font-size: 1.35rem; font-weight: 500; margin: 3.2rem 0 0.8rem; }
.summary { font-weight: 600; }
figure { margin: 1rem 0 1.4rem; overflow-x: auto; }
figure svg { display: block; max-width: 100%; height: auto; min-width: 40rem; }
ul { padding-left: 1.1rem; }
.wide { overflow-x: auto; }
table {
  border-collapse: collapse; margin: 1.6rem 0; font-size: 0.88rem;
  font-variant-numeric: tabular-nums lining-nums;
}
caption { text-align: left; color: var(--soft); padding-bottom: 0.4rem; }
th, td { text-align: left; font-weight: 400; padding: 0.28rem 1.6rem 0.28rem 0; vertical-align: baseline; }
thead th { color: var(--soft); }
thead tr, tbody tr:last-child { border-bottom: 1px solid var(--line); }
td { white-space: nowrap; }
.agrees { color: var(--good); }
.misses { color: var(--bad); font-weight: 600; }
.open, .source { color: var(--soft); }
.source { white-space: normal; min-width: 16rem; font-size: 0.8rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 0.2rem 1.4rem; font-size: 0.9rem; }
dt { color: var(--soft); }
dd { margin: 0; }
`;
