/**
 * `bench --collect FOLDER`: the files of measurements in a folder become tables of `docs/performance.md`, beside the estimates.
 *
 * Not here: what the tables say (`src/bench/measurements.ts`).
 */

import { readdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join, relative, sep } from "node:path";
import { betweenMarks, type Measurement, measurementTables, paperTable } from "../../bench/measurements.ts";
import { readBenchResult } from "../../bench/readResult.ts";
import { ConfigError } from "../../errors.ts";

/** The page that has the tables. */
export const PERFORMANCE_PAGE = "docs/performance.md";

/**
 * Reads all `.json` files of a folder, in the order of their names.
 * @throws ConfigError for a folder that can't be read, or a file that is no measurement
 */
export async function readMeasurements(folder: string, page = PERFORMANCE_PAGE): Promise<Measurement[]> {
  let names: string[];
  try {
    names = (await readdir(folder)).filter((name) => name.endsWith(".json")).sort();
  } catch (cause) {
    throw new ConfigError("--collect", `can't read "${folder}": ${(cause as Error).message}`, { cause });
  }
  const measurements: Measurement[] = [];
  for (const name of names)
    measurements.push({
      address: relative(dirname(page), join(folder, name)).split(sep).join("/"),
      result: readBenchResult(await readFile(join(folder, name), "utf8"), name),
    });
  return measurements;
}

/** The page as it has to be with these measurements. */
export function withTables(text: string, measurements: readonly Measurement[]): string {
  const measured = betweenMarks(text, "measurements", measurementTables(measurements));
  return betweenMarks(measured, "on paper", paperTable());
}

/** Writes the tables into the page; returns how many files they are of. */
export async function collect(folder: string, page = PERFORMANCE_PAGE): Promise<number> {
  const measurements = await readMeasurements(folder, page);
  await writeFile(page, withTables(await readFile(page, "utf8"), measurements));
  return measurements.length;
}
