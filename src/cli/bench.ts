/**
 * The command `bench`: how long a step of a population takes beside plain loops, measured turn by turn in one page of a
 * headless browser. Quote the ratio, not the times: both shared the machine with whatever else it did.
 *
 * Not here: what is measured (`benchPage.ts`).
 */

import { readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { parseArgs } from "node:util";
import { chromium } from "playwright";
import type { ViteDevServer } from "vite";
import type { BenchResult } from "./benchPage.ts";
import { ensureBrowser, launchOptions } from "./browser.ts";

const HELP = `npm run bench -- [--repeats N] [--out FILE]

Times one step of 40 nets 1-512-2 (10 seeds x 4 laws) on WebGPU and in a plain TypeScript loop, in turns.

  --repeats N   turns of each engine (default 15)
  --out FILE    also write the result as JSON
`;

/** Runs the command; returns the exit code. */
export async function main(commandLine: readonly string[], vite: ViteDevServer): Promise<number> {
  let repeats: number;
  let out: string | undefined;
  try {
    const options = {
      repeats: { type: "string" },
      out: { type: "string" },
      help: { type: "boolean" },
    } as const;
    const { values } = parseArgs({ args: [...commandLine], options });
    if (values.help) {
      process.stdout.write(HELP);
      return 0;
    }
    repeats = Number(values.repeats ?? 15);
    if (!Number.isInteger(repeats) || repeats < 1 || repeats > 10_000) {
      throw new Error(
        `--repeats: ${values.repeats} is not a number of turns. Give an integer from 1 to 10000.`,
      );
    }
    out = values.out;
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`);
    return 2;
  }
  const result = await measure(vite, repeats);
  process.stdout.write(table(result));
  if (out !== undefined) await writeFile(out, `${JSON.stringify(result, null, 2)}\n`);
  return 0;
}

async function measure(vite: ViteDevServer, repeats: number): Promise<BenchResult> {
  const html = await readFile(new URL("./benchPage.html", import.meta.url));
  const server = createServer((request, response) => {
    if (request.url === "/") response.setHeader("content-type", "text/html; charset=utf-8").end(html);
    else vite.middlewares(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const browser = await chromium.launch(launchOptions(ensureBrowser()));
  try {
    const page = await browser.newPage();
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    await page.waitForFunction(() => globalThis.runBench !== undefined);
    return await page.evaluate((repeats) => globalThis.runBench!(repeats), repeats);
  } finally {
    await browser.close();
    server.close();
  }
}

/** The result for a terminal: times, and each engine's speed as a multiple of the plain loop's. */
export function table({ adapter, workloads }: BenchResult): string {
  const lines = [
    `${adapter.vendor} ${adapter.architecture}${adapter.isFallback ? " (software adapter)" : ""}`,
  ];
  for (const { name, entries } of workloads) {
    const plain = entries.find(({ engine }) => engine === "plain")!;
    lines.push(
      "",
      `${name.padEnd(14)} ms/step (p25 to p75)        of it GPU   first submit   dispatches/step   loss     speed`,
    );
    for (const entry of entries) {
      const { median, p25, p75 } = entry.millisecondsPerStep;
      const gpu = entry.gpuMillisecondsPerStep;
      lines.push(
        [
          entry.engine.padEnd(14),
          `${median.toFixed(3)} (${p25.toFixed(3)} to ${p75.toFixed(3)})`.padEnd(27),
          (gpu === null ? "-" : gpu.toFixed(3)).padEnd(11),
          `${entry.firstStepMilliseconds.toFixed(0)} ms`.padEnd(14),
          entry.dispatchesPerStep.toFixed(4).padEnd(17),
          entry.loss.toFixed(4).padEnd(8),
          `${(plain.millisecondsPerStep.median / median).toFixed(2)} x plain`,
        ].join(" "),
      );
    }
  }
  return `${lines.join("\n")}\n`;
}
