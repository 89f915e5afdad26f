/** The lab on a development server in a real browser, for its page tests: opens pages that watch themselves. */

import { join } from "node:path";
import { AxeBuilder } from "@axe-core/playwright";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright";
import { createServer, type ViteDevServer } from "vite";
import { afterAll, afterEach, expect } from "vitest";
import { ensureBrowser, launchOptions } from "../../src/cli/backends/browser.ts";
import { shaderPlugin } from "../../tools/shaderPlugin.ts";

/** A page and what went wrong in it. */
export interface LabPage {
  readonly page: Page;
  /** Console errors, uncaught errors, requests to other origins. */
  readonly problems: string[];
}

export class LabServer {
  private constructor(
    private readonly vite: ViteDevServer,
    readonly browser: Browser,
  ) {}

  static async start(): Promise<LabServer> {
    const vite = await createServer({
      root: join(import.meta.dirname, "../.."),
      configFile: false,
      plugins: [shaderPlugin()],
      logLevel: "error",
      server: { host: "127.0.0.1", port: 0, watch: null },
      optimizeDeps: { noDiscovery: true, include: ["@observablehq/plot", "ml-levenberg-marquardt"] },
    });
    await vite.listen();
    return new LabServer(vite, await chromium.launch(launchOptions(ensureBrowser())));
  }

  async stop(): Promise<void> {
    await this.browser.close();
    await this.vite.close();
  }

  get origin(): string {
    const { port } = this.vite.httpServer!.address() as { port: number };
    return `http://127.0.0.1:${port}`;
  }

  /** Opens the lab at a hash; `prepare` may do something to the context before. */
  async open(
    hash: string,
    {
      prepare,
      engine = "webgpu",
      ...options
    }: {
      prepare?: (context: BrowserContext) => Promise<void>;
      /** What trains; on a software adapter else whichever is faster at that moment. */
      engine?: "webgpu" | "cpu" | "faster";
    } & Parameters<Browser["newContext"]>[0] = {},
  ): Promise<LabPage> {
    const context = await this.browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
    await prepare?.(context);
    const page = await context.newPage();
    const problems: string[] = [];
    page.on("pageerror", (error) => problems.push(error.message));
    page.on("console", (message) => {
      if (message.type() === "error") problems.push(message.text());
    });
    page.on("request", (request) => {
      const url = request.url();
      if (!/^(blob|data):/.test(url) && !url.startsWith(`${this.origin}/`))
        problems.push(`request to ${url}`);
    });
    const address = new URL(`${this.origin}/demo/lab.html${hash}`);
    if (engine !== "faster") address.searchParams.set("engine", engine);
    await page.goto(address.href);
    return { page, problems };
  }
}

/** The lab with one page open for all tests of a file: closed behind them, and after each of them nothing may have gone wrong in it. */
export async function sharedLab(hash = "#v=1&units=8&steps=5&seeds=1") {
  const lab = await LabServer.start();
  afterAll(() => lab.stop());
  const opened = await lab.open(hash);
  afterEach(() => {
    expect(opened.problems).toEqual([]);
  });
  return { lab, opened, page: opened.page };
}

/** Waits until the training has ended. */
export async function finished(page: Page, timeout = 60_000): Promise<void> {
  await page.locator('#lab[data-status="finished"]').waitFor({ timeout });
}

/** Goes to a link within the page, and waits until its training has ended. */
export async function goTo(page: Page, hash: string): Promise<void> {
  const session = await page.locator("#lab").getAttribute("data-session");
  await page.evaluate((hash) => {
    location.hash = "";
    location.hash = hash;
  }, hash);
  await page.locator(`#lab:not([data-session="${session}"])`).waitFor();
  await finished(page);
}

/** Opens a link in a width and theme: nothing is wider than the page, and axe finds nothing serious with all that folds unfolded. */
export async function expectAccessible(
  page: Page,
  hash: string,
  { colorScheme, width }: { colorScheme: "light" | "dark"; width: number },
): Promise<void> {
  await page.emulateMedia({ colorScheme });
  await page.setViewportSize({ width, height: 844 });
  await goTo(page, hash);
  await page.evaluate(() => {
    for (const details of document.querySelectorAll("details")) details.open = true;
  });
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
  const { violations } = await new AxeBuilder({ page }).analyze();
  const serious = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
  const told = serious.map(
    ({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(" | ")}`,
  );
  expect(told).toEqual([]);
  await page.setViewportSize({ width: 1280, height: 800 });
  await page.emulateMedia({ colorScheme: "light" });
}

/** The text of a download that a button gives. */
export async function downloaded(page: Page, button: string): Promise<Buffer> {
  const [file] = await Promise.all([page.waitForEvent("download"), page.locator(button).click()]);
  const chunks: Buffer[] = [];
  for await (const chunk of await file.createReadStream()) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** What the lab exports as JSON, as far as tests look at it. */
export interface Exported {
  config: Record<string, unknown>;
  data: { classNames: string[] };
  backend: string;
  step: number;
  evaluations: number[];
  runs: {
    seed: number;
    group: string;
    error: number[];
    loss: number[];
    trainingLoss: number[];
    atTrainingPoints: number[];
    onGrid: number[];
  }[];
}

export async function exportedJson(page: Page): Promise<Exported> {
  return JSON.parse((await downloaded(page, "#export-json")).toString());
}

/** Closes a page; nothing may have gone wrong in it. */
export async function closeClean({ page, problems }: LabPage): Promise<void> {
  await page.context().close();
  expect(problems).toEqual([]);
}

/** `expect.poll` with the patience that a shared machine needs. */
export function poll<Value>(read: () => Value | Promise<Value>) {
  return expect.poll(read, { timeout: 20_000 });
}
