/**
 * The published values beside ours, in words: for the terminal, and cell by cell for the report.
 */

import type { Basis, Reference } from "./references.ts";
import type { ExperimentResults } from "./results.ts";

/** What a reference's cells say. */
export interface ReferenceRow {
  /** Without the heading, which stands above. */
  readonly name: string;
  readonly paper: string;
  readonly ours: string;
  readonly verdict: string;
}

/** The cells of one reference. A verdict in brackets is of runs not made as what they are compared with. */
export function referenceRow(reference: Reference): ReferenceRow {
  const { name, heading, expected, tolerance, relation, measured, pass, comparable } = reference;
  const verdict = pass ? "agrees" : "misses";
  // A digit beyond the tolerance; three at least.
  const digits = tolerance === 0 ? 3 : Math.max(3, 1 - Math.floor(Math.log10(tolerance)));
  // 0.05, 0.015, 1e-8.
  const decimals = Number.isInteger(Math.round(tolerance * 1e4) / 100) ? 2 : 3;
  const within = tolerance >= 0.005 ? tolerance.toFixed(decimals) : tolerance.toExponential(0);
  // Of what should be 0 the size is all there is to see.
  const error = expected === 0 && tolerance > 0 && tolerance < 1e-3;
  const show = (value: number) => (error ? Number(value.toPrecision(1)).toString() : value.toFixed(digits));
  return {
    name: name.slice(heading.length).replace(/^[,:] /, ""),
    paper:
      relation !== undefined
        ? `${relation === "at most" ? "≤" : "≥"} ${expected.toFixed(3)}`
        : tolerance === 0
          ? expected.toFixed(3)
          : `${show(expected)} ± ${within}`,
    ours: measured === null ? "-" : show(measured),
    verdict: comparable ? verdict : `(${verdict})`,
  };
}

/** Why some verdicts stand in brackets; empty if none does. */
export function comparabilityNote(references: readonly Reference[]): string {
  const notes = [...new Set(references.filter((reference) => !reference.comparable).map(({ note }) => note))];
  if (notes.length === 0) return "";
  const why = notes.join("; ");
  return (
    `In brackets: not run as what it is compared with (${why}), ` +
    "so neither agreement nor a miss proves anything."
  );
}

/** References that were run as in the paper and miss: what the exit code tells. */
export function misses(references: readonly Reference[]): Reference[] {
  return references.filter(({ comparable, pass }) => comparable && !pass);
}

const BASES: Record<Basis, string> = {
  published: "published by the paper's authors",
  derived: "derived or computed independently",
  repeated: "of an independent repetition",
  recomputed: "computed anew in this run",
};

/** "4 of 4 values published by the paper's authors agree.": how many of what kind agree within their tolerance. */
export function agreement(references: readonly Reference[]): string {
  const comparable = references.filter((reference) => reference.comparable);
  if (comparable.length === 0) return "No reference value can be compared with these runs.";
  const parts = (Object.keys(BASES) as Basis[]).flatMap((basis) => {
    const members = comparable.filter((reference) => reference.basis === basis);
    const agree = members.filter(({ pass }) => pass).length;
    return members.length === 0 ? [] : [`${agree} of ${members.length} values ${BASES[basis]}`];
  });
  return `Within their tolerance agree: ${parts.join("; ")}.`;
}

/**
 * The whole table for a terminal, ending in a line that sums it up. `compares` is where the references come
 * from.
 */
export function closingTable(
  { references }: Pick<ExperimentResults, "references">,
  compares: "published" | "expected" = "published",
): string {
  if (references.length === 0) return `No reference values for these laws.\n`;
  const theirs = compares === "published" ? "paper" : "expected";
  const heads: ReferenceRow = { name: "", paper: theirs, ours: "ours", verdict: "verdict" };
  const all = [heads, ...references.map(referenceRow)];
  const width = (cell: (row: ReferenceRow) => string) => Math.max(...all.map((row) => cell(row).length));
  const [name, paper, ours] = [width((row) => row.name), width((row) => row.paper), width((row) => row.ours)];
  const line = (row: ReferenceRow) =>
    `  ${row.name.padEnd(name)}  ${row.paper.padEnd(paper)}  ${row.ours.padStart(ours)}  ${row.verdict}`;
  const lines = [line(heads)];
  for (const heading of new Set(references.map((reference) => reference.heading))) {
    lines.push(heading);
    lines.push(...references.filter((one) => one.heading === heading).map((one) => line(referenceRow(one))));
  }
  lines.push("");
  if (references.some(({ comparable }) => comparable)) lines.push(agreement(references));
  const note = comparabilityNote(references);
  if (note !== "") lines.push(note);
  return `${lines.join("\n")}\n`;
}
