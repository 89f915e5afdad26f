/**
 * The command `bench`: builds the static site, opens its comparison page in a headless browser, lets it compare, prints
 * the table and writes the JSON. What the page shows to a visitor and what this prints is computed by the same code.
 *
 * Not here: what is compared and how (`src/bench/`), the page (`demo/compare/`), comparing without a browser (`here.ts`),
 * tables of files that others measured (`collect.ts`).
 */

import { mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright";
import { build } from "vite";
import { siteConfig } from "../../../tools/siteConfig.ts";
import type { BenchProgress, ComparisonRequest } from "../../bench/comparison.ts";
import { resultJson } from "../../bench/format.ts";
import type { BenchResult } from "../../bench/result.ts";
import { ConfigError, MixupError } from "../../errors.ts";
import { chooseBackend } from "../backends/backend.ts";
import { ensureBrowser, hasGpu, launchBrowser, launchOptions } from "../backends/browser.ts";
import { collectProblems } from "../backends/openedPage.ts";
import { serveFolder } from "../backends/siteServer.ts";
import { writeWhole } from "../files/wholeFiles.ts";
import { progressBar } from "../progress.ts";
import { type BenchArguments, enginesOn, HELP, parseBenchArguments } from "./arguments.ts";
import { collect, PERFORMANCE_PAGE } from "./collect.ts";
import { benchHere } from "./here.ts";
import { benchTable } from "./table.ts";

const EXIT = { done: 0, failed: 1, misunderstood: 2 } as const;

/** Runs the command; returns the exit code. */
export async function main(commandLine: readonly string[]): Promise<number> {
  try {
    const wanted = parseBenchArguments(commandLine);
    if (wanted.help) {
      process.stdout.write(HELP);
      return EXIT.done;
    }
    if (wanted.collect !== undefined) {
      const files = await collect(wanted.collect);
      say(`Written: ${PERFORMANCE_PAGE}, with ${files} file${files === 1 ? "" : "s"} of measurements`);
      return EXIT.done;
    }
    await checkWritable(wanted.out);
    const result = await measure(wanted);
    process.stdout.write(`\n${benchTable(result)}\n`);
    await writeWhole(wanted.out, resultJson(result));
    say(`Written: ${wanted.out}`);
    const entries = result.workloads.flatMap((workload) => workload.entries);
    const wrong = entries.some(({ correct }) => correct === false);
    return entries.some(({ status }) => status === "measured") && !wrong ? EXIT.done : EXIT.failed;
  } catch (error) {
    const known = error instanceof MixupError;
    say(known ? error.message : error instanceof Error ? (error.stack ?? error.message) : String(error));
    return error instanceof ConfigError ? EXIT.misunderstood : EXIT.failed;
  }
}

/** Builds the site into a temporary folder and serves it while `use` runs. */
async function inBuiltSite<T>(use: (url: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "mixup-webgpu-"));
  try {
    say("Building the comparison page.");
    await build({
      ...siteConfig(["compare.html"], folder),
      configFile: false,
      logLevel: "error",
    });
    const { server, url } = await serveFolder(folder);
    try {
      return await use(url);
    } finally {
      server.close();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Compares where it is asked for. */
async function measure(wanted: BenchArguments): Promise<BenchResult> {
  const { backend, ...request } = wanted;
  if (backend === "browser") return inBuiltSite((url) => measureInBrowser(url, wanted));
  const chosen = await chooseBackend(backend);
  // A software adapter is the same in a browser, which has the other engines, too.
  if (chosen === "browser" || (backend === "auto" && chosen !== "cpu" && chosen.isFallback))
    return inBuiltSite((url) => measureInBrowser(url, wanted));
  const native = chosen === "cpu" ? undefined : chosen;
  const bar = progressBar(process.stderr);
  try {
    const engines = enginesOn(native === undefined ? "cpu" : "native", request.engines);
    return await benchHere({ ...request, engines }, native, ({ fraction, doing }) =>
      bar.update({ label: doing, step: 0, steps: 0, fraction }),
    );
  } finally {
    bar.close();
  }
}

/** Compares in a browser. Where the real GPU offers no adapter, once more with software rendering. */
async function measureInBrowser(url: string, wanted: BenchArguments): Promise<BenchResult> {
  const executable = ensureBrowser(say);
  const attempt = async (gpu: boolean) => {
    const browser = await launchBrowser(executable, launchOptions(executable, { gpu }));
    try {
      const page = await browser.newPage();
      return await runPage(page, url, wanted, gpu);
    } finally {
      await browser.close();
    }
  };
  const result = await attempt(hasGpu());
  if (result !== undefined) return result;
  say("The browser offers no WebGPU adapter for this GPU: trying software rendering.");
  return (await attempt(false))!;
}

/** The page's result; undefined if there is no adapter and there may be one with software rendering. */
async function runPage(
  page: Page,
  url: string,
  { workloads, engines, settings, crossovers }: BenchArguments,
  gpu: boolean,
): Promise<BenchResult | undefined> {
  const problems = collectProblems(page);
  const bar = progressBar(process.stderr);
  try {
    await page.exposeFunction("reportBenchProgress", ({ fraction, doing }: BenchProgress) =>
      bar.update({ label: doing, step: 0, steps: 0, fraction }),
    );
    await page.goto(`${url}compare.html`);
    await page
      .waitForFunction(() => globalThis.runBench !== undefined)
      .catch(() => {
        throw new Error(`The page did not load.\n${problems.join("\n")}`);
      });
    if (gpu && !(await page.evaluate(async () => (await navigator.gpu?.requestAdapter()) != null)))
      return undefined;
    const request: ComparisonRequest = { workloads, engines, settings, crossovers };
    const crashed = new Promise<never>((_, reject) => {
      page.on("crash", () => reject(new Error("The browser's page crashed.")));
    });
    return await Promise.race([page.evaluate((request) => globalThis.runBench!(request), request), crashed]);
  } finally {
    bar.close();
  }
}

/**
 * Before minutes of work turn out to have nowhere to go.
 * @throws ConfigError with path `--out`.
 */
async function checkWritable(file: string): Promise<void> {
  try {
    await (await open(file, "a")).close();
  } catch (cause) {
    throw new ConfigError("--out", `can't write "${file}": ${(cause as Error).message}`, { cause });
  }
}

/** To the person, not to the pipe. */
function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
