/**
 * What is reported, and what a report is made of. A report knows of an experiment no more than this.
 *
 * Not here: how figures are drawn (`figure.ts`, `draw.ts`) and files are written (`cli/files/output.ts`).
 */

import type { Figure } from "./figure.ts";
import type { ExperimentResults } from "./results.ts";

/** What an experiment is called. */
export interface Subject {
  /** Name of the command and of the folder. */
  readonly name: string;
  /** One line for the help. */
  readonly summary: string;
  /** Heading of its report. */
  readonly title: string;
}

/** A CSV file. */
export interface CsvFile {
  readonly name: string;
  readonly text: string;
}

/** How the results `R` of something are shown. Prose is HTML in which `h_ε` and `J*` are typeset. */
export interface Reported<R extends ExperimentResults> {
  /** What it is about. */
  readonly introduction: string;
  /** What was learnt, in one sentence that is made from the numbers and says no more than they do. */
  learnt(results: R): string;
  /** The first is the one that shows what was learnt. */
  figures(results: R): Figure[];
  csv(results: R): CsvFile[];
  /** The body of its report, without the first figure: figures, observations, tables. */
  sections(results: R, figures: readonly Figure[]): string;
}
