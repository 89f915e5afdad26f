/**
 * What the reports of all experiments are built from: tables, figures, lists of sentences. Strings of HTML in
 * which everything that comes from outside is escaped.
 */

import { referenceRow } from "./closingTable.ts";
import { escapeText, type Figure } from "./figure.ts";
import type { Reference } from "./references.ts";

/** A section with a heading; `parts` are HTML. */
export function section(heading: string, ...parts: string[]): string {
  const body = parts.filter((part) => part !== "").join("\n");
  return `<section>\n<h2>${escapeText(heading)}</h2>\n${body}\n</section>`;
}

/** Pictures, one below the other. */
export function figureList(figures: readonly Figure[]): string {
  return figures.map(({ name, svg }) => `<figure id="${name}">${svg}</figure>`).join("\n");
}

/** Sentences as a list; nothing if there are none. */
export function sentenceList(sentences: readonly string[]): string {
  if (sentences.length === 0) return "";
  return `<ul>\n${sentences.map((sentence) => `<li>${escapeText(sentence)}</li>`).join("\n")}\n</ul>`;
}

/** Reference values beside ours, with headings where there are several; nothing if there are none. */
export function referenceTable(
  references: readonly Reference[],
  compares: "published" | "expected" = "expected",
): string {
  if (references.length === 0) return "";
  const several = new Set(references.map(({ heading }) => heading)).size > 1;
  const rows = references.map((reference) => {
    const { name, paper, ours, verdict } = referenceRow(reference);
    const whole = several ? reference.name : name;
    const look = !reference.comparable ? "open" : reference.pass ? "agrees" : "misses";
    return [
      `<tr><th scope="row">${escapeText(whole)}</th>`,
      `<td>${escapeText(paper.replaceAll(" ± ", "\u00a0±\u00a0"))}</td><td>${escapeText(ours)}</td>`,
      `<td class="${look}">${escapeText(verdict)}</td>`,
      `<td class="source">${escapeText(reference.source)}</td></tr>`,
    ].join("");
  });
  const caption = compares === "published" ? "Published values and ours" : "Expected values and ours";
  const theirs = compares === "published" ? "paper" : "expected";
  return rowTable(caption, ["", theirs, "ours", "verdict", "source"], rows, "references");
}

/** A table of words and numbers, the first column of each row its head. */
export function textTable(
  caption: string,
  heads: readonly string[],
  rows: readonly (readonly string[])[],
): string {
  const cells = rows.map(
    ([head, ...rest]) =>
      `<tr><th scope="row">${escapeText(head)}</th>` +
      `${rest.map((cell) => `<td>${escapeText(cell)}</td>`).join("")}</tr>`,
  );
  return rowTable(caption, heads, cells);
}

/** A number as tables show it; a dash where there is none. */
export function showNumber(value: number | null, digits = 3): string {
  return value === null || !Number.isFinite(value) ? "–" : value.toFixed(digits);
}

/** A share in percent, as all reports write it. */
export function percent(share: number | null, digits = 0): string {
  return share === null ? "–" : `${(100 * share).toFixed(digits)} %`;
}

function rowTable(
  caption: string,
  heads: readonly string[],
  rows: readonly string[],
  look = "plain",
): string {
  const head = heads
    .map((name) => (name === "" ? "<td></td>" : `<th scope="col">${escapeText(name)}</th>`))
    .join("");
  return `<div class="wide"><table class="${look}">
<caption>${escapeText(caption)}</caption>
<thead><tr>${head}</tr></thead>
<tbody>
${rows.join("\n")}
</tbody>
</table></div>`;
}
