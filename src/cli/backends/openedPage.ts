/**
 * A page of ours in a headless browser of its own: served, opened, and watched for its end.
 *
 * Not here: what is computed in it (`browserBackend.ts`, `sweep/browserComputer.ts`), flags (`browser.ts`).
 */

import type { Server } from "node:http";
import type { Page } from "playwright";
import { launchBrowser, launchOptions } from "./browser.ts";

/** The pages in which commands compute. */
export type PageName = "page" | "sweepPage";

/** Serves a page in which a command computes: a checkout's from its sources, the package's as it was built. */
export type PageHost = (name: PageName) => Promise<{ server: Server; url: string }>;

/** Milliseconds that a page has to end what it does. */
export const STOP_WAIT = 5000;

export interface OpenedPage {
  readonly page: Page;
  /** What it complained about, for when it does not even load. */
  readonly problems: readonly string[];
  /** Rejects with this sentence when the page has crashed or its browser has ended. */
  readonly gone: Promise<never>;
  /** Ends the browser. */
  close(): Promise<void>;
}

/**
 * Opens a page in a new browser.
 * @param exposed functions of Node that the page calls
 * @throws MixupError for a browser that does not start
 */
export async function openPage(
  executable: string,
  gpu: boolean,
  url: string,
  exposed: Readonly<Record<string, (...values: never[]) => unknown>>,
): Promise<OpenedPage> {
  // Ctrl-C is ours to handle: Playwright's own handlers would end the process before anything is cleaned up.
  const ours = { handleSIGINT: false, handleSIGTERM: false, handleSIGHUP: false };
  const browser = await launchBrowser(executable, { ...launchOptions(executable, { gpu }), ...ours });
  try {
    const page = await browser.newPage();
    const problems = collectProblems(page);
    const gone = new Promise<never>((_, reject) => {
      page.on("crash", () => reject(new Error("The browser's page crashed.")));
      browser.on("disconnected", () => reject(new Error("The browser ended.")));
    });
    // Nobody may be waiting just then.
    gone.catch(() => {});
    for (const [name, call] of Object.entries(exposed)) await page.exposeFunction(name, call);
    await page.goto(url);
    return { page, problems, gone, close: () => browser.close() };
  } catch (error) {
    await browser.close();
    throw error;
  }
}

/** What the page complained about, for when it does not even load. */
export function collectProblems(page: Page): string[] {
  const problems: string[] = [];
  page.on("pageerror", (error) => problems.push(error.stack ?? error.message));
  page.on("console", (message) => {
    if (message.type() === "error") problems.push(message.text());
  });
  page.on("response", async (response) => {
    if (response.status() >= 500) problems.push(`${response.url()}: ${response.statusText()}`);
  });
  return problems;
}
