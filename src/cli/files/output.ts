/**
 * An experiment's files: `results.json`, its CSV files, a picture of each figure as SVG and PNG, and
 * `report.html`.
 */

import { access, constants, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { ConfigError } from "../../errors.ts";
import type { Experiment } from "../../experiments/experiment.ts";
import { toPng } from "../../report/draw.ts";
import type { Figure } from "../../report/figure.ts";
import { type Neighbours, reportHtml } from "../../report/report.ts";
import type { ExperimentResults } from "../../report/results.ts";
import { writeFolder } from "./wholeFiles.ts";

/**
 * Makes the folder, before minutes of work turn out to have nowhere to go.
 * @throws ConfigError with path `--out`.
 */
export async function prepareFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
    await access(folder, constants.W_OK);
  } catch (cause) {
    throw new ConfigError("--out", `can't write to "${folder}": ${(cause as Error).message}`, { cause });
  }
}

/** What was written, for who goes on with it. */
export interface Written {
  /** Path of the report. */
  readonly page: string;
  readonly figures: readonly Figure[];
  readonly learnt: string;
  /** Whether there are PNGs. */
  readonly pictures: boolean;
}

/**
 * Writes all files, or none where there is no room for all; the same on every backend, and without a browser.
 * @throws MixupError that says which file could not be written, and why
 */
export async function writeOutput(
  experiment: Experiment,
  results: ExperimentResults,
  folder: string,
  computedBy: string,
  neighbours?: Neighbours,
): Promise<Written> {
  const reported = await experiment.report();
  const figures = reported.figures(results);
  const page = join(folder, "report.html");
  const pngs = await Promise.all(figures.map(({ svg }) => toPng(svg)));
  await writeFolder(folder, [
    ...reported.csv(results).map(({ name, text }) => ({ name: `${name}.csv`, data: text })),
    ...figures.map(({ name, svg }) => ({ name: `${name}.svg`, data: svg })),
    ...figures.flatMap(({ name }, i) => (pngs[i] ? [{ name: `${name}.png`, data: pngs[i] }] : [])),
    { name: "results.json", data: resultsJson(results) },
    { name: "report.html", data: reportHtml(experiment, reported, results, figures, computedBy, neighbours) },
  ]);
  return {
    page,
    figures,
    learnt: reported.learnt(results),
    pictures: pngs.every((png) => png !== undefined),
  };
}

/** JSON with a line for each list of numbers, instead of one for each number. */
export function resultsJson(results: ExperimentResults): string {
  const indented = JSON.stringify(results, null, 2);
  const listOfNumbers = /\[\s+((?:(?:null|[-+.\deE]+),?\s+)+)\]/g;
  const onOneLine = (_: string, items: string) => `[${items.trim().replace(/,\s+/g, ", ")}]`;
  return `${indented.replace(listOfNumbers, onOneLine)}\n`;
}
