/**
 * What browser and system a result comes from, as far as a browser tells: its name, no more than it says to every page.
 *
 * Not here: the adapter (`src/bench/adapterSurvey.ts`).
 */

import type { Environment } from "../../src/bench/result.ts";

/** What is looked at of a page's `navigator`; only browsers of Chromium's family have brands. */
export interface BrowserWords {
  readonly userAgent: string;
  readonly hardwareConcurrency: number;
  readonly userAgentData?: {
    readonly brands: readonly { readonly brand: string; readonly version: string }[];
    readonly platform: string;
  };
}

/** The environment of a page. */
export function environmentOf(browser: BrowserWords, crossOriginIsolated: boolean, date: Date): Environment {
  const { userAgent, hardwareConcurrency, userAgentData } = browser;
  return {
    userAgent,
    browser: brandOf(userAgentData?.brands ?? []) ?? nameIn(userAgent),
    platform: userAgentData?.platform || systemIn(userAgent),
    hardwareConcurrency,
    crossOriginIsolated,
    date: date.toISOString(),
  };
}

/** The most telling brand: the list has one that is no browser, and most name Chromium beside themselves. */
function brandOf(brands: readonly { brand: string; version: string }[]): string | undefined {
  const real = brands.filter(({ brand }) => !/\bnot\b/i.test(brand.replace(/[^a-z]/gi, " ")));
  const own = real.find(({ brand }) => brand !== "Chromium") ?? real[0];
  return own && `${own.brand} ${own.version}`;
}

function nameIn(userAgent: string): string {
  const firefox = userAgent.match(/Firefox\/(\d+)/);
  if (firefox) return `Firefox ${firefox[1]}`;
  const safari = userAgent.match(/Version\/([\d.]+).*Safari/);
  return safari ? `Safari ${safari[1]}` : "";
}

function systemIn(userAgent: string): string {
  const systems = {
    Windows: /Windows/,
    Android: /Android/,
    iOS: /iPhone|iPad/,
    macOS: /Mac OS/,
    Linux: /Linux/,
  };
  return Object.entries(systems).find(([, pattern]) => pattern.test(userAgent))?.[0] ?? "";
}
