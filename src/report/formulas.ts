/**
 * Formulas in prose, as MathML: every browser draws it, a page needs no font, style or script for it, and it can be read
 * aloud. By KaTeX, when the report is written.
 */

import katex from "katex";

/** What is written in sentences and tables, and what it is. */
const FORMULAS: readonly [written: RegExp, formula: string][] = [
  [/h_ε\(x\)/g, "h_{\\varepsilon}(x)"],
  [/h_ε/g, "h_{\\varepsilon}"],
  [/\bJ\*/g, "J^{*}"],
  [/\bk\*/g, "k^{*}"],
];

const rendered = FORMULAS.map(([written, formula]): [RegExp, string] => [
  written,
  katex.renderToString(formula, { output: "mathml", throwOnError: true }),
]);

/** HTML with its formulas typeset: text only, neither tags nor figures. */
export function typeset(html: string): string {
  return html.replace(/<svg[\s\S]*?<\/svg>|<[^>]*>|[^<]+/g, (part) =>
    part.startsWith("<")
      ? part
      : rendered.reduce((text, [written, math]) => text.replace(written, math), part),
  );
}
