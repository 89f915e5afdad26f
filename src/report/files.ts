/**
 * What is reported, and what a report is made of. A report knows of an experiment no more than this.
 *
 * Not here: how figures are drawn (`plot.ts` and its like) and files are written (`cli/output.ts`).
 */

import type { ExperimentResults } from "./results.ts";

/** A picture with the stem of its file. */
export interface Figure {
  readonly name: string;
  readonly title: string;
  readonly svg: string;
}

/** A CSV file. */
export interface CsvFile {
  readonly name: string;
  readonly text: string;
}

/** How the results `R` of something are shown. */
export interface Reported<R extends ExperimentResults> {
  /** Name of the command and of the folder. */
  readonly name: string;
  /** One line for the help. */
  readonly summary: string;
  /** Heading of its report. */
  readonly title: string;
  /** What it is about, as HTML. */
  readonly introduction: string;
  /** Whether its references were published by the paper's authors, or derived and computed independently. */
  readonly compares: "published" | "expected";
  figures(results: R): Figure[];
  csv(results: R): CsvFile[];
  /** The body of its report, as HTML: figures, observations, tables. */
  sections(results: R): string;
}
