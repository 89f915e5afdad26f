/**
 * `report.html`: an experiment's outcome as one page that needs nothing else: pictures and style are inside,
 * no script runs, nothing is requested. Light and dark as the reader's system; figures stay on light paper.
 *
 * Not here: what an experiment says of itself ({@link Reported}).
 */

import { agreement, comparabilityNote } from "./closingTable.ts";
import { escapeText, type Figure } from "./figure.ts";
import type { Reported, Subject } from "./files.ts";
import { typeset } from "./formulas.ts";
import { figureList } from "./reportParts.ts";
import type { ExperimentResults } from "./results.ts";

/** What a page's report stands beside: the other experiments that were computed with it. */
export interface Neighbours {
  readonly overview: string;
  readonly others: readonly { readonly title: string; readonly href: string }[];
}

/** The page. `computedBy` may add to the adapter, such as the browser's version. */
export function reportHtml(
  { title }: Pick<Subject, "title">,
  reported: Reported<ExperimentResults>,
  results: ExperimentResults,
  figures: readonly Figure[],
  computedBy = "",
  neighbours?: Neighbours,
): string {
  const body = `<h1>${escapeText(title)}</h1>
<p class="learnt">${escapeText(reported.learnt(results))}</p>
${figureList(figures.slice(0, 1))}
<p class="summary">${escapeText(agreement(results.references))} ${escapeText(comparabilityNote(results.references))}</p>
<section class="introduction">
<h2>What this is about</h2>
${reported.introduction}
</section>
${reported.sections(results, figures)}
<section>
<h2>How it was computed</h2>
${setting(results, computedBy)}
</section>`;
  return page(title, `${navigation(neighbours)}${typeset(body)}`);
}

/** Links to the other reports, where there are any. */
function navigation(neighbours: Neighbours | undefined): string {
  if (neighbours === undefined) return "";
  const links = neighbours.others.map(({ title, href }) => `<a href="${href}">${escapeText(title)}</a>`);
  return `<nav><a href="${neighbours.overview}">All experiments</a>${links.map((link) => ` · ${link}`).join("")}</nav>\n`;
}

/** A page around a body: nothing from elsewhere is let in, and no script. */
export function page(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src 'self' data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeText(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
${body}
</main>
</body>
</html>
`;
}

function setting(
  { backend, adapter, config, version, elapsedSeconds }: ExperimentResults,
  computedBy: string,
): string {
  const names = [adapter.vendor, adapter.architecture, adapter.description]
    .filter((name) => name !== "" && name !== backend)
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
const STYLE = `
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
.learnt { font-size: 1.2rem; line-height: 1.45; }
.summary { color: var(--soft); }
nav { font-size: 0.85rem; margin-bottom: 1.6rem; }
figure { margin: 1rem 0 1.4rem; overflow-x: auto; border: 1px solid var(--line); border-radius: 4px; background: #fff; }
figure svg, figure img { display: block; max-width: 100%; height: auto; min-width: 34rem; margin: 0 auto; }
ul { padding-left: 1.1rem; }
.wide { overflow-x: auto; }
table {
  border-collapse: collapse; margin: 1.6rem 0; font-size: 0.88rem;
  font-variant-numeric: tabular-nums lining-nums;
}
/* As wide as what is seen of its table, and standing still where that is scrolled. */
caption {
  text-align: left; color: var(--soft); padding-bottom: 0.4rem;
  position: sticky; left: 0; max-width: min(42rem, calc(100vw - 3rem));
}
th, td { text-align: left; font-weight: 400; padding: 0.28rem 1.6rem 0.28rem 0; vertical-align: baseline; }
thead th { color: var(--soft); }
thead tr, tbody tr:last-child { border-bottom: 1px solid var(--line); }
td, .plain tbody th { white-space: nowrap; }
.references tbody th { min-width: 11rem; }
.agrees { color: var(--good); }
.misses { color: var(--bad); font-weight: 600; }
.open, .source { color: var(--soft); }
.source { white-space: normal; min-width: 16rem; font-size: 0.8rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 0.2rem 1.4rem; font-size: 0.9rem; }
dt { color: var(--soft); }
dd { margin: 0; overflow-wrap: anywhere; }
h1, h2 { overflow-wrap: break-word; }
@media (max-width: 40rem) {
  body { font-size: 16px; }
  main { padding: 1.6rem 1rem 3rem; }
  dl { grid-template-columns: 1fr; }
  /* Figures keep their size, and so stay legible; they are scrolled. */
  figure svg { max-width: none; }
}
@media print {
  :root { color-scheme: light; --paper: #fff; --ink: #000; --soft: #555; --line: #ccc; }
  body { font-size: 10.5pt; }
  main { max-width: none; padding: 0; }
  nav { display: none; }
  h2 { break-after: avoid; }
  figure { break-inside: avoid; border: none; overflow: visible; }
  figure svg { min-width: 0; }
  .wide { overflow: visible; }
  table { font-size: 8pt; }
  caption { max-width: none; break-after: avoid; }
  tbody tr:first-child { break-before: avoid; }
  tr, dt, dd, li { break-inside: avoid; }
  th, td { padding-right: 0.8rem; }
  .plain td, .plain tbody th, .source { white-space: normal; }
  .source { font-size: inherit; }
}
`;
