/**
 * Computes shards in a page of a headless browser: one browser and one page for the whole process, another one when it crashed. The page
 * computes and seals the file of a shard; this half brings bytes to and fro, and holds no thread up meanwhile.
 *
 * Not here: the page's half (`sweepPage.ts`).
 */

import type { Server } from "node:http";
import { ConfigError, DeviceLostError, MixupError, WebGpuUnavailableError } from "../../errors.ts";
import type { Store } from "../../experiments/store.ts";
import type { ComputeShardOptions, Partials } from "../../sweep/compute.ts";
import type { ShardComputer } from "../../sweep/computer.ts";
import type { SweepWithFiles } from "../../sweep/data.ts";
import type { ShardRange } from "../../sweep/layout.ts";
import { engineHash, type SweepEngine } from "../../sweep/results.ts";
import { browserVersion, ensureBrowser, hasGpu } from "../backends/browser.ts";
import { type Exchange, openExchange } from "../backends/exchange.ts";
import { type OpenedPage, openPage, type PageHost, STOP_WAIT } from "../backends/openedPage.ts";
import { EXCHANGED, namedPart, type OpenedInPage, type PageError, type PageOutcome } from "./pageProtocol.ts";

/** A page on its way, for what it is asked. */
type Ask<T> = (page: OpenedPage["page"]) => Promise<PageOutcome<T> | undefined>;

/** What is served to the page just now, and what came of it. */
interface Served {
  readonly sweep: SweepWithFiles;
  readonly partials?: Partials;
  shard?: Uint8Array;
  /** What went wrong here, of which the page knows no more than that it did. */
  failure?: unknown;
}

export class BrowserComputer implements ShardComputer {
  private constructor(
    private readonly executable: string,
    private readonly runtime: string,
    private readonly served: { readonly server: Server; readonly url: string },
    private readonly exchange: Exchange,
    private readonly shown: Shown,
    private readonly hasGpu: boolean,
    private opened: OpenedPage | undefined,
    private readonly found: OpenedInPage,
  ) {}

  /**
   * Opens the browser. Where the real GPU offers no adapter, once more with software rendering.
   * @throws MixupError where there is no browser, or none with an adapter
   */
  static async open(host: PageHost, report: (line: string) => void): Promise<BrowserComputer> {
    const executable = ensureBrowser(report);
    const runtime = browserVersion(executable);
    const served = await host("sweepPage");
    const shown = new Shown();
    const exchange = await openExchange([], shown);
    const attempt = (gpu: boolean) => openComputing(executable, gpu, served.url, runtime, shown);
    try {
      let gpu = hasGpu();
      let result = await attempt(gpu);
      if ("error" in result && result.error.noAdapter && gpu) {
        report("The browser offers no WebGPU adapter for this GPU: trying software rendering.");
        gpu = false;
        result = await attempt(gpu);
      }
      if ("error" in result) throw typed(result.error);
      const { opened, found } = result;
      return new BrowserComputer(executable, runtime, served, exchange, shown, gpu, opened, found);
    } catch (error) {
      exchange.close();
      served.server.close();
      throw error;
    }
  }

  get engine(): SweepEngine {
    return this.found.engine;
  }

  get isFallback(): boolean {
    return this.found.isFallback;
  }

  async compute(
    sweep: SweepWithFiles,
    range: ShardRange,
    { signal, partials, checkpointEvery, onSteps }: ComputeShardOptions,
  ): Promise<Uint8Array> {
    signal.throwIfAborted();
    const served: Served = { sweep, partials };
    let closing: NodeJS.Timeout | undefined;
    const stop = () => {
      // What was done is kept, if the page still answers.
      closing = setTimeout(() => void this.shut(), STOP_WAIT);
      this.opened?.page.evaluate(() => globalThis.sweepPage?.stop()).catch(() => {});
    };
    signal.addEventListener("abort", stop);
    this.shown.onSteps = onSteps;
    try {
      const { url } = this.exchange;
      const order = { url, id: sweep.id, range, checkpointEvery };
      const call: Ask<null> = (page) =>
        page.evaluate(
          async ({ url, id, range, checkpointEvery }) =>
            globalThis.sweepPage?.compute(url, id, range, checkpointEvery),
          order,
        );
      await this.ask(served, call, signal);
      if (served.shard === undefined) throw new Error("The page computed a shard and did not send it.");
      return served.shard;
    } catch (error) {
      // A page that was stopped does nothing any more, and fails on the way.
      if (signal.aborted) await this.shut();
      signal.throwIfAborted();
      throw error;
    } finally {
      this.shown.onSteps = undefined;
      signal.removeEventListener("abort", stop);
      clearTimeout(closing);
    }
  }

  measureSpeed(sweep: SweepWithFiles): Promise<number> {
    const order = { url: this.exchange.url, id: sweep.id };
    return this.ask({ sweep }, (page) =>
      page.evaluate(async ({ url, id }) => globalThis.sweepPage?.measureSpeed(url, id), order),
    );
  }

  bytesOfRun(sweep: SweepWithFiles): Promise<number> {
    const order = { url: this.exchange.url, id: sweep.id };
    return this.ask({ sweep }, (page) =>
      page.evaluate(async ({ url, id }) => globalThis.sweepPage?.bytesOfRun(url, id), order),
    );
  }

  /** Ends the browser; the next call starts another one. */
  recover(): Promise<void> {
    return this.shut();
  }

  async close(): Promise<void> {
    await this.shut();
    this.exchange.close();
    this.served.server.close();
    this.served.server.closeAllConnections();
  }

  private async shut(): Promise<void> {
    const { opened } = this;
    this.opened = undefined;
    await opened?.close();
  }

  /** @throws what went wrong in the page, typed; DeviceLostError where the page or its browser is gone */
  private async ask<T>(served: Served, call: Ask<T>, signal?: AbortSignal): Promise<T> {
    const opened = await this.reopened();
    // A page that was opened meanwhile was not told.
    signal?.throwIfAborted();
    this.shown.served = served;
    try {
      const outcome = await answered(opened, call);
      if (served.failure !== undefined) throw served.failure;
      if ("error" in outcome) throw typed(outcome.error);
      return outcome.value;
    } catch (error) {
      // Its page may be as good as new, and may not: after some losses Chrome gives no adapter any more.
      if (error instanceof DeviceLostError) await this.shut();
      throw error;
    } finally {
      this.shown.served = undefined;
    }
  }

  private async reopened(): Promise<OpenedPage> {
    if (this.opened !== undefined) return this.opened;
    const { executable, runtime, served, shown } = this;
    const opening = openComputing(executable, this.hasGpu, served.url, runtime, shown);
    // It started before: what keeps it from that now is as if it were lost once more.
    const result = await opening.catch((cause: Error) => {
      throw new DeviceLostError("unknown", cause.message.split("\n")[0], { cause });
    });
    if ("error" in result) throw typed(result.error);
    if (engineHash(result.found.engine) !== engineHash(this.engine)) {
      await result.opened.close();
      throw new DeviceLostError("unknown", "The browser came back with another adapter.");
    }
    this.opened = result.opened;
    return result.opened;
  }
}

/** The exchange's half in Node: what the page reads and writes. */
class Shown implements Store {
  served: Served | undefined;
  onSteps: ((netSteps: number) => void) | undefined;

  async read(name: string): Promise<Uint8Array | undefined> {
    return this.note(async ({ sweep, partials }) => {
      if (name === EXCHANGED.description) return new TextEncoder().encode(JSON.stringify(sweep.description));
      const part = namedPart(name);
      return part === undefined ? sweep.readFile(name) : partials?.read(part);
    });
  }

  async write(name: string, bytes: Uint8Array): Promise<void> {
    await this.note(async (served) => {
      const part = namedPart(name);
      if (part !== undefined) await served.partials?.write(part, bytes);
      else served.shard = new Uint8Array(bytes);
    });
  }

  private async note<T>(use: (served: Served) => Promise<T>): Promise<T> {
    const { served } = this;
    if (served === undefined) throw new Error("Nothing is asked of the page.");
    try {
      return await use(served);
    } catch (error) {
      served.failure ??= error;
      throw error;
    }
  }
}

/** A new browser whose page has opened its device, or why it has not. */
async function openComputing(
  executable: string,
  gpu: boolean,
  url: string,
  runtime: string,
  shown: Shown,
): Promise<{ opened: OpenedPage; found: OpenedInPage } | { error: PageError }> {
  const opened = await openPage(executable, gpu, url, {
    reportSteps: (netSteps: number) => shown.onSteps?.(netSteps),
  });
  let outcome: PageOutcome<OpenedInPage>;
  try {
    outcome = await answered(opened, (page) =>
      page.evaluate(async (runtime) => globalThis.sweepPage?.open(runtime), runtime),
    );
  } catch (error) {
    await opened.close();
    throw error;
  }
  if ("value" in outcome) return { opened, found: outcome.value };
  await opened.close();
  return outcome;
}

/** @throws DeviceLostError where the page or its browser is gone */
async function answered<T>({ page, gone, problems }: OpenedPage, call: Ask<T>): Promise<PageOutcome<T>> {
  let outcome: PageOutcome<T> | undefined;
  try {
    outcome = await Promise.race([call(page), gone]);
  } catch (cause) {
    // What goes wrong in the page itself is an outcome.
    const [message] = (cause as Error).message.split("\n");
    throw new DeviceLostError("unknown", message, { cause });
  }
  if (outcome === undefined) throw new Error(`The page did not load.\n${problems.join("\n")}`);
  return outcome;
}

/** An error of the page as what it was there. */
function typed({ name, message, stack, path, lost, noAdapter }: PageError): Error {
  if (path !== undefined)
    return new ConfigError(path, path === "" ? message : message.slice(path.length + 2));
  if (noAdapter)
    return new WebGpuUnavailableError("no-adapter", `${message} For this command: --backend cpu.`);
  if (lost !== undefined)
    return new DeviceLostError(lost, message.replace(/^The GPU device was lost \([^)]*\)\. /, ""));
  return stack === undefined
    ? Object.assign(new MixupError(message), { name })
    : Object.assign(new Error(message), { name, stack });
}
