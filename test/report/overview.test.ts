/** The page and the lines that lead to several experiments' reports. */

import { expect, test } from "vitest";
import { type OverviewEntry, outcome, overviewHtml, overviewTable } from "../../src/report/overview.ts";
import { check } from "../../src/report/references.ts";

const reference = (measured: number, differences: string[] = []) =>
  check({
    heading: "h",
    what: "w",
    expected: 1,
    tolerance: 0.1,
    measured,
    source: "s",
    basis: "derived",
    differences,
  });

function entry(name: string, references: OverviewEntry["results"]["references"]): OverviewEntry {
  return {
    experiment: { name, title: `About <${name}>`, summary: "what it is" },
    results: { references, elapsedSeconds: 12.34 },
    learnt: "h_ε fails.",
    figure: { name: "first", title: "A & B" },
  };
}

const entries = [
  entry("good", [reference(1), reference(1.05), reference(9, ["fewer seeds"])]),
  entry("bad", [reference(2), reference(1)]),
  { ...entry("open", [reference(1, ["fewer seeds"])]), figure: undefined },
];

test("only what was run as what it is compared with counts", () => {
  expect(entries.map(({ results }) => outcome(results))).toEqual([
    "2 of 2 values agree",
    "1 of 2 values agree",
    "no value to compare with at this size",
  ]);
  expect(overviewTable(entries).split("\n")).toEqual([
    "  good  2 of 2 values agree",
    "  bad   1 of 2 values agree",
    "  open  no value to compare with at this size",
    "",
  ]);
});

test("the page links every report and shows its first picture, escaped", () => {
  const html = overviewHtml(entries);
  for (const { experiment } of entries)
    expect(html).toContain(`<h2><a href="${experiment.name}/report.html">`);
  expect(html).toContain("About &lt;good&gt;");
  expect(html.match(/<img src="good\/first.svg" alt="A &amp; B">/g)!.length).toBe(1);
  expect(html.match(/<img/g)!.length).toBe(2);
  expect(html.match(/class="misses"/g)!.length).toBe(1);
  expect(html.match(/<mi>ε<\/mi>/g)!.length).toBe(3);
  expect(html).toContain("default-src 'none'");
  expect(html.replaceAll("http://www.w3.org", "")).not.toMatch(/https?:/);
});
