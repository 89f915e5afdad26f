/**
 * Node's half of the WebGPU backend: serves the page, opens it in a headless browser, and brings progress,
 * results and errors back. The page's half is `page.ts`.
 */

import type { OnProgress } from "../../experiments/experiment.ts";
import type { Store } from "../../experiments/store.ts";
import type { ExperimentResults } from "../../report/results.ts";
import type { PageError, PageOutcome, PageTask } from "../page.ts";
import { browserVersion, ensureBrowser, hasGpu } from "./browser.ts";
import { detach, openExchange } from "./exchange.ts";
import { type OpenedPage, openPage, type PageHost, STOP_WAIT } from "./openedPage.ts";

/** An error that happened in the page, as it was there. */
export class PageFailure extends Error {
  constructor(
    readonly pageError: PageError,
    advice = "",
  ) {
    super(`${pageError.message}${advice}`);
    this.name = pageError.name;
    this.stack = pageError.stack;
  }
}

const NO_ADAPTER_ADVICE = " For this command: --backend cpu.";

/**
 * Runs an experiment in a browser's page. Where the real GPU offers no adapter, once more with software
 * rendering.
 * @throws PageFailure with the page's own error; the signal's reason when stopped.
 */
export async function runInBrowser(
  host: PageHost,
  task: PageTask,
  store: Store,
  onProgress: OnProgress,
  report: (line: string) => void,
  signal: AbortSignal,
): Promise<{ results: ExperimentResults; computedBy: string }> {
  const executable = ensureBrowser(report);
  const { server, url } = await host("page");
  const { value: options, bytes } = detach(task.options);
  const exchange = await openExchange(bytes, store);
  const sent = { ...task, options: options as PageTask["options"] };
  const attempt = (gpu: boolean) => runOnce(executable, gpu, url, sent, exchange.url, onProgress, signal);
  try {
    let outcome = await attempt(hasGpu());
    if ("error" in outcome && outcome.error.noAdapter && hasGpu()) {
      report("The browser offers no WebGPU adapter for this GPU: trying software rendering.");
      outcome = await attempt(false);
    }
    if ("error" in outcome) {
      throw new PageFailure(outcome.error, outcome.error.noAdapter ? NO_ADAPTER_ADVICE : "");
    }
    return { results: outcome.results, computedBy: browserVersion(executable) };
  } finally {
    server.close();
    exchange.close();
  }
}

async function runOnce(
  executable: string,
  gpu: boolean,
  url: string,
  task: PageTask,
  exchange: string,
  onProgress: OnProgress,
  signal: AbortSignal,
): Promise<PageOutcome> {
  signal.throwIfAborted();
  let opened: OpenedPage | undefined;
  let closing: NodeJS.Timeout | undefined;
  const close = () => {
    // What the training under way has done is kept, if the page still answers.
    closing = setTimeout(() => void opened?.close(), STOP_WAIT);
    opened?.page.evaluate(() => globalThis.stopExperiment?.()).catch(() => {});
  };
  signal.addEventListener("abort", close);
  try {
    opened = await openPage(executable, gpu, url, { reportProgress: onProgress });
    signal.throwIfAborted();
    const { page, problems } = opened;
    const gone = opened.gone.catch(({ message }) => {
      throw new Error(`${message} --backend cpu works without a browser.`);
    });
    const outcome = page.evaluate(async ({ task, exchange }) => globalThis.runExperiment?.(task, exchange), {
      task,
      exchange,
    });
    const settled = await Promise.race([outcome, gone]);
    signal.throwIfAborted();
    if (settled === undefined) throw new Error(`The page did not load.\n${problems.join("\n")}`);
    return settled;
  } catch (error) {
    // Closing the browser makes whatever was under way fail; the abort is the reason.
    signal.throwIfAborted();
    throw error;
  } finally {
    signal.removeEventListener("abort", close);
    clearTimeout(closing);
    await opened?.close();
  }
}
