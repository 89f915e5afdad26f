/**
 * The published values beside ours, in words: for the terminal, and cell by cell for the report.
 */

import { distinctSets, type ExperimentResults, type Reference, setName } from "./results.ts";

/** What a reference's cells say. */
export interface ReferenceRow {
  /** Without the data set, which stands above. */
  readonly name: string;
  readonly paper: string;
  readonly ours: string;
  readonly verdict: string;
}

/** The cells of one reference. A verdict in brackets is of runs that were not made as the paper's. */
export function referenceRow(reference: Reference): ReferenceRow {
  const { name, expected, tolerance, measured, pass, comparable } = reference;
  const verdict = pass ? "agrees" : "misses";
  return {
    name: name.slice(setName(reference).length + 2),
    paper: tolerance === 0 ? expected.toFixed(3) : `${expected.toFixed(3)} ± ${tolerance.toFixed(2)}`,
    ours: measured === null ? "-" : measured.toFixed(3),
    verdict: comparable ? verdict : `(${verdict})`,
  };
}

/** Why some verdicts stand in brackets; empty if none does. */
export function comparabilityNote(references: readonly Reference[]): string {
  const notes = [...new Set(references.filter((reference) => !reference.comparable).map(({ note }) => note))];
  if (notes.length === 0) return "";
  const why = notes.join("; ");
  return `In brackets: not run as in the paper (${why}), so neither agreement nor a miss proves anything.`;
}

/** References that were run as in the paper and miss: what the exit code tells. */
export function misses(references: readonly Reference[]): Reference[] {
  return references.filter(({ comparable, pass }) => comparable && !pass);
}

/** The whole table for a terminal, ending in a line that sums it up. */
export function closingTable({ references }: Pick<ExperimentResults, "references">): string {
  if (references.length === 0) return "No published values for these laws.\n";
  const heads: ReferenceRow = { name: "", paper: "paper", ours: "ours", verdict: "verdict" };
  const all = [heads, ...references.map(referenceRow)];
  const width = (cell: (row: ReferenceRow) => string) => Math.max(...all.map((row) => cell(row).length));
  const [name, paper, ours] = [width((row) => row.name), width((row) => row.paper), width((row) => row.ours)];
  const line = (row: ReferenceRow) =>
    `  ${row.name.padEnd(name)}  ${row.paper.padEnd(paper)}  ${row.ours.padStart(ours)}  ${row.verdict}`;
  const lines = [line(heads)];
  for (const set of distinctSets(references)) {
    lines.push(setName(set));
    lines.push(
      ...references.filter((one) => setName(one) === setName(set)).map((one) => line(referenceRow(one))),
    );
  }
  const comparable = references.filter((reference) => reference.comparable).length;
  const missed = misses(references).length;
  lines.push("");
  if (comparable > 0)
    lines.push(`${comparable - missed} of ${comparable} published values agree within their tolerance.`);
  const note = comparabilityNote(references);
  if (note !== "") lines.push(note);
  return `${lines.join("\n")}\n`;
}
