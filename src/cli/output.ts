/**
 * An experiment's files: `results.json`, its CSV files, a picture of each figure as SVG and PNG, and
 * `report.html`.
 */

import { access, constants, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { chromium } from "playwright";
import { ConfigError } from "../errors.ts";
import type { Experiment } from "../experiments/experiment.ts";
import type { Figure } from "../report/files.ts";
import { reportHtml } from "../report/report.ts";
import type { ExperimentResults } from "../report/results.ts";
import { findBrowser, launchOptions } from "./browser.ts";

/** PNG pixels per SVG pixel. */
const PNG_SCALE = 2;

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

/**
 * Writes all files; returns the path of the report and the pictures. `report` hears what had to be left out.
 */
export async function writeOutput(
  experiment: Experiment,
  results: ExperimentResults,
  folder: string,
  computedBy: string,
  report: (line: string) => void,
): Promise<{ page: string; pictures: Figure[] }> {
  const pictures = experiment.figures(results);
  const page = join(folder, "report.html");
  await Promise.all([
    writeFile(join(folder, "results.json"), resultsJson(results)),
    writeFile(page, reportHtml(experiment, results, computedBy)),
    ...experiment.csv(results).map(({ name, text }) => writeFile(join(folder, `${name}.csv`), text)),
    ...pictures.map(({ name, svg }) => writeFile(join(folder, `${name}.svg`), svg)),
  ]);
  await writePngs(pictures, folder, report);
  return { page, pictures };
}

/** JSON with a line for each list of numbers, instead of one for each number. */
export function resultsJson(results: ExperimentResults): string {
  const indented = JSON.stringify(results, null, 2);
  const listOfNumbers = /\[\s+((?:(?:null|[-+.\deE]+),?\s+)+)\]/g;
  const onOneLine = (_: string, items: string) => `[${items.trim().replace(/,\s+/g, ", ")}]`;
  return `${indented.replace(listOfNumbers, onOneLine)}\n`;
}

/** A browser draws the SVGs; without one there are no PNGs, and that is said. */
async function writePngs(pictures: Figure[], folder: string, report: (line: string) => void): Promise<void> {
  try {
    const executable = findBrowser();
    if (executable === undefined) {
      report("PNG pictures were left out: it takes a browser to draw them, and there is none.");
      return;
    }
    const browser = await chromium.launch(launchOptions(executable));
    try {
      const page = await browser.newPage({
        deviceScaleFactor: PNG_SCALE,
        colorScheme: "light",
        viewport: { width: 1200, height: 1200 },
      });
      for (const { name, svg } of pictures) {
        await page.setContent(`<!doctype html><body style="margin: 0">${svg}</body>`);
        await page.locator("svg").screenshot({ path: join(folder, `${name}.png`) });
      }
    } finally {
      await browser.close();
    }
  } catch (error) {
    report(`PNG pictures were left out: ${(error as Error).message.split("\n")[0]} The SVGs are complete.`);
  }
}
