/**
 * The comparison page as it is hosted: the static site is built, served from some path, and used in a real browser. A
 * small comparison runs to its end; its losses are held against the library, its picture against its numbers, its file against what reads such files.
 */

import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import type { Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import AxeBuilder from "@axe-core/playwright";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright";
import { build } from "vite";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  adapterName,
  CEILING_WORDS,
  ceilingText,
  resultFileName,
  significant,
} from "../../src/bench/format.ts";
import { measurementTables } from "../../src/bench/measurements.ts";
import { readBenchResult } from "../../src/bench/readResult.ts";
import { type BenchResult, CEILING_NAMES } from "../../src/bench/result.ts";
import { populationOf, type TrainingWorkload, WORKLOADS } from "../../src/bench/workload.ts";
import { ensureBrowser, launchOptions } from "../../src/cli/backends/browser.ts";
import { serveFolder } from "../../src/cli/backends/siteServer.ts";
import { openDevice } from "../../src/gpu/device.ts";
import { train } from "../../src/training/train.ts";
import { VERSION } from "../../src/version.ts";
import { siteConfig } from "../../tools/siteConfig.ts";

/** Ours, plain loops, and a peer of each make that needs no long compilation. */
const ENGINES = ["mixup-webgpu", "tfjs-wasm", "jax-wasm", "plain"];
const PATH = "/some/where/deep/";

let folder: string;
let server: Server;
let url: string;
let browser: Browser;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "mixup-webgpu-site-"));
  await build({ ...siteConfig(undefined, folder), configFile: false, logLevel: "error" });
  ({ server, url } = await serveFolder(folder, PATH));
  browser = await chromium.launch(launchOptions(ensureBrowser()));
}, 240_000);

afterAll(async () => {
  await browser?.close();
  server?.close();
  await rm(folder, { recursive: true, force: true });
});

/** A page and what went wrong on it: console errors, exceptions, requests to anywhere else. */
async function openPage(hash: string, context?: BrowserContext): Promise<{ page: Page; problems: string[] }> {
  const page = await (context ?? (await browser.newContext())).newPage();
  const problems: string[] = [];
  page.on("pageerror", (error) => problems.push(error.message));
  page.on("console", (message) => {
    if (message.type() === "error") problems.push(message.text());
  });
  page.context().on("request", (request) => {
    const address = request.url();
    if (!address.startsWith(url) && !/^(data|blob):/.test(address)) problems.push(`foreign: ${address}`);
  });
  await page.goto(`${url}compare.html#${hash}`);
  await page.locator("#adapter", { hasText: /^(Software adapter|GPU): / }).waitFor();
  return { page, problems };
}

/** Titles and values of what was measured of the adapter. */
async function facts(page: Page): Promise<string[][]> {
  const entries = await page.locator("#measured > div").all();
  return Promise.all(
    entries.map(async (entry) => [
      (await entry.locator("dt").textContent())!,
      (await entry.locator("dd").first().textContent())!,
    ]),
  );
}

async function violations(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`);
}

describe("a small comparison", () => {
  let page: Page;
  let problems: string[];
  let result: BenchResult;

  beforeAll(async () => {
    const context = await browser.newContext({ permissions: ["clipboard-read", "clipboard-write"] });
    ({ page, problems } = await openPage(`workloads=line&engines=${ENGINES}`, context));
    await page.getByRole("button", { name: "Measure my GPU" }).click();
    await page.getByText("Done.").waitFor({ timeout: 200_000 });
    await page.getByText("Show the JSON here").click();
    result = readBenchResult(await page.getByLabel("The result as JSON").inputValue(), "the page");
  }, 240_000);

  it("measures every engine", () => {
    const [{ name, entries }] = result.workloads;
    expect(name).toBe("line");
    expect(entries.map(({ engine, status, reason }) => [engine, status, reason])).toEqual(
      ENGINES.map((engine) => [engine, "measured", undefined]),
    );
    for (const { millisecondsPerStep: time, firstStepMilliseconds, turns } of entries) {
      expect(time!.p25).toBeGreaterThan(0);
      expect(time!.p25).toBeLessThanOrEqual(time!.median);
      expect(time!.median).toBeLessThanOrEqual(time!.p75);
      expect(firstStepMilliseconds).toBeGreaterThan(0);
      expect(turns).toBe(5);
    }
  });

  it("measures what the adapter can do, and says so with units", async () => {
    const { ceilings, unmeasured, adapter, environment, library } = result;
    for (const what of CEILING_NAMES) expect(ceilings[what], what).toBeGreaterThan(0);
    expect(unmeasured).toEqual([]);
    expect(await facts(page)).toEqual(
      CEILING_NAMES.map((what) => [CEILING_WORDS[what].title, ceilingText(what, ceilings)]),
    );
    expect(ceilingText("emptyDispatchMilliseconds", ceilings)).toMatch(/^[\d.,]+ µs$/);
    expect(library).toBe(VERSION);
    expect(await page.locator("#adapter").textContent()).toContain(adapterName(adapter));
    expect(environment.browser).toMatch(/^\w+ \d+/);
    expect(await page.locator("#identity").textContent()).toContain(environment.browser);
    expect(environment.platform).not.toBe("");
  });

  it("offers the result as one file, which becomes a row of the documentation's tables", async () => {
    const downloading = page.waitForEvent("download");
    await page.getByRole("button", { name: "Download JSON" }).click();
    const download = await downloading;
    expect(download.suggestedFilename()).toBe(resultFileName(result));
    const text = await readFile(await download.path(), "utf8");
    expect(readBenchResult(text, download.suggestedFilename())).toEqual(result);
    const tables = measurementTables([{ address: "mine.json", result }]);
    expect(tables).toContain(`| ${ceilingText("emptyPassMilliseconds", result.ceilings)} |`);
    expect(tables).toContain(significant(result.workloads[0].entries[0].millisecondsPerStep!.median));
    await page.getByRole("button", { name: "Copy", exact: true }).click();
    await page.getByText("Copied.").waitFor();
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(text);
  });

  it("says what a step would take on real GPUs, and that it is an estimate", async () => {
    const { estimate } = result.workloads[0];
    expect(estimate!.milliseconds.map(({ gpu }) => gpu)).toEqual([
      ...["this adapter", "H100", "RTX 4070", "Apple M3"],
    ]);
    await page.getByText("On paper, an estimate: one dispatch for many steps").waitFor();
  });

  it("finds the loss that the library finds, on every engine", async () => {
    const workload = WORKLOADS.line.workload as TrainingWorkload;
    const { data, model, runs } = populationOf(workload);
    const [{ seed, mixing, optimizer }] = runs;
    const device = await openDevice({ backend: "cpu" });
    const { result: trained } = train(device, {
      data,
      model,
      optimizer,
      steps: workload.checkSteps,
      runs: [{ seed, mixing }],
    });
    const expected = (await trained).runs[0].loss!;
    for (const { engine, loss, expectedLoss, correct } of result.workloads[0].entries) {
      expect(expectedLoss, engine).toBeCloseTo(expected, 12);
      expect(loss, engine).toBeCloseTo(expected, 5);
      expect(correct, engine).toBe(true);
    }
  });

  it("counts dispatches where there are any", () => {
    const counts = Object.fromEntries(
      result.workloads[0].entries.map(({ engine, dispatchesPerStep, submitsPerStep, stepsPerTurn }) => [
        engine,
        [dispatchesPerStep! * stepsPerTurn!, submitsPerStep! * stepsPerTurn!],
      ]),
    );
    // The resident executor: a turn is two submits of one dispatch each.
    expect(counts["mixup-webgpu"][0]).toBeCloseTo(2, 9);
    expect(counts["mixup-webgpu"][1]).toBeCloseTo(2, 9);
    for (const engine of ENGINES.slice(1)) expect(counts[engine]).toEqual([0, 0]);
  });

  it("shows in the table what is in the numbers", async () => {
    for (const { engine, loss } of result.workloads[0].entries) {
      const row = page
        .getByRole("row")
        .filter({ has: page.getByRole("rowheader", { name: engine, exact: true }) });
      expect(await row.getByRole("cell").allTextContents()).toEqual(
        expect.arrayContaining([loss!.toFixed(5), "right"]),
      );
    }
  });

  it("is accessible and fits, light and dark, wide and narrow", async () => {
    for (const colorScheme of ["light", "dark"] as const) {
      for (const width of [1280, 390, 360]) {
        await page.emulateMedia({ colorScheme });
        await page.setViewportSize({ width, height: 900 });
        expect(await violations(page), `${colorScheme}, ${width}`).toEqual([]);
        const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        expect(overflow, `${colorScheme}, ${width}`).toBeLessThanOrEqual(0);
      }
    }
  });

  it("complains of nothing and asks nobody else", () => {
    expect(problems).toEqual([]);
  });
});

it("starts, stops and starts again by keyboard, and keeps choices in the address", async () => {
  const { page, problems } = await openPage("workloads=moons&engines=plain&repeats=31");
  const box = page.getByRole("checkbox", { name: "line", exact: false }).first();
  await box.focus();
  await page.keyboard.press("Space");
  await page.waitForURL(/#workloads=line,moons&engines=plain&repeats=31$/);
  const button = page.getByRole("button", { name: "Measure my GPU" });
  await button.focus();
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Stop" }).waitFor();
  await page.keyboard.press("Enter");
  await page.getByText("Stopped. What had been measured is below.").waitFor();
  await button.waitFor();
  for (const name of ["line", "moons"]) {
    await page.locator(`input[value=${name}]`).uncheck();
  }
  expect(await button.isDisabled()).toBe(true);
  expect(problems).toEqual([]);
});

it("keeps what was measured when it is stopped, and offers it", async () => {
  const { page, problems } = await openPage("workloads=line,moons&engines=plain&repeats=31");
  expect(await page.locator("#data").isVisible()).toBe(false);
  await page.getByRole("button", { name: "Measure my GPU" }).click();
  // Its first turns are over once a time is shown.
  await page.locator("tr[data-engine=plain] .median").first().waitFor({ timeout: 60_000 });
  const shown = await facts(page);
  expect(shown).toHaveLength(CEILING_NAMES.length);
  await page.getByRole("button", { name: "Stop" }).click();
  await page.getByText("Stopped. What had been measured is below.").waitFor();
  expect(await facts(page)).toEqual(shown);
  const result = readBenchResult(await page.locator("#json").inputValue(), "the page");
  const [line, moons] = result.workloads.map(({ entries: [entry] }) => entry);
  expect(line).toMatchObject({ status: "measured", correct: true });
  expect(line.turns).toBeLessThan(31);
  expect(moons).toMatchObject({ status: "skipped", reason: "stopped before it was measured" });
  expect(await page.locator("tr[data-engine=plain]").last().textContent()).toContain("stopped before");
  expect(await violations(page)).toEqual([]);
  expect(problems).toEqual([]);
});

it("loses nothing that was measured when the GPU process dies", async () => {
  // One crash a browser: after the second, Chrome gives no adapter any more.
  const own = await chromium.launch(launchOptions(ensureBrowser()));
  try {
    const session = await own.newBrowserCDPSession();
    const hash = "workloads=line&engines=mixup-webgpu,plain&repeats=31";
    const { page } = await openPage(hash, await own.newContext());
    await page.getByRole("button", { name: "Measure my GPU" }).click();
    await page.locator("tr[data-engine=mixup-webgpu] .median").waitFor({ timeout: 60_000 });
    const shown = await facts(page);
    void session.send("Browser.crashGpuProcess").catch(() => {});
    await page.getByText("Done.").waitFor({ timeout: 100_000 });
    const result = readBenchResult(await page.locator("#json").inputValue(), "the page");
    expect(await facts(page)).toEqual(shown);
    const [ours, plain] = result.workloads[0].entries;
    expect(ours).toMatchObject({ status: "measured", correct: true });
    expect(ours.reason).toContain("lost");
    expect(ours.turns).toBeGreaterThan(0);
    expect(ours.turns).toBeLessThan(31);
    await page.getByText(`mixup-webgpu ended after turn ${ours.turns}: `).waitFor();
    expect(plain).toMatchObject({ status: "measured", correct: true, turns: 31 });
  } finally {
    await own.close();
  }
});

it("says what is missing where there is no adapter, and measures the rest", async () => {
  const { args = [], ...options } = launchOptions(ensureBrowser());
  const others = args.filter((flag) => !/gpu|vulkan|swiftshader/i.test(flag));
  const without = await chromium.launch({ ...options, args: [...others, "--disable-gpu"] });
  try {
    const page = await (await without.newContext()).newPage();
    await page.goto(`${url}compare.html#workloads=line&engines=mixup-webgpu,plain`);
    await page.getByText("No WebGPU adapter on this machine").waitFor();
    expect(await violations(page)).toEqual([]);
    await page.getByRole("button", { name: "Measure my GPU" }).click();
    await page.getByText("Done.").waitFor({ timeout: 60_000 });
    const rowOf = (engine: string) => page.locator(`tr[data-engine=${engine}]`);
    expect(await rowOf("mixup-webgpu").textContent()).toContain(
      "failed: This browser has WebGPU but found no adapter",
    );
    expect(await rowOf("plain").textContent()).toContain("right");
    const sentence = page.getByText(
      "Nothing about the adapter could be measured: This browser has WebGPU but",
    );
    expect(await sentence.isVisible()).toBe(true);
    const result = readBenchResult(await page.locator("#json").inputValue(), "the page");
    expect(result.unmeasured.map(({ what }) => what)).toEqual([...CEILING_NAMES]);
    expect(await violations(page)).toEqual([]);
  } finally {
    await without.close();
  }
});

it("has a strict policy, and loads no peer before it is asked to", async () => {
  const { page } = await openPage("");
  const policy = await page.locator('meta[http-equiv="Content-Security-Policy"]').getAttribute("content");
  expect(policy).toContain("default-src 'none'");
  expect(policy).not.toMatch(/unsafe-inline|'unsafe-eval'|https?:|\*/);
  const loaded = await page.evaluate(() =>
    performance.getEntriesByType("resource").map(({ name }) => name.split("/").at(-1)!),
  );
  expect(loaded.filter((name) => /tfjs|jax|wasm|^dist/.test(name))).toEqual([]);
  const files = await readdir(folder);
  expect(files).toEqual(
    expect.arrayContaining(["index.html", "lab.html", "compare.html", "sweep.html", "assets"]),
  );
});

describe("the site around it", () => {
  it("says on its front page what this is, moves its picture by alpha, and leads on", async () => {
    const page = await (await browser.newContext({ reducedMotion: "reduce" })).newPage();
    const problems: string[] = [];
    page.on("console", (message) => message.type() === "error" && problems.push(message.text()));
    page.on("request", (request) => {
      if (!request.url().startsWith(url)) problems.push(`request to ${request.url()}`);
    });
    await page.goto(url);
    expect(await page.locator("h1").textContent()).toBe("See when Mixup fails, and why.");
    const verdict = page.locator("#verdict");
    await expect
      .poll(() => verdict.textContent())
      .toBe("38 % sure of the orange point: Mixup gets it wrong.");
    expect(await page.locator(".plot .miss").isVisible()).toBe(true);
    await page.getByLabel("α").focus();
    await page.keyboard.press("Home");
    expect(await verdict.textContent()).toMatch(/^9\d % sure of the orange point: right\.$/);
    expect(await page.locator(".plot .miss").isVisible()).toBe(false);
    expect(await violations(page)).toEqual([]);
    const doors = page.locator(".door");
    expect(await doors.evaluateAll((all) => all.map((door) => door.getAttribute("href")))).toEqual([
      "./lab.html",
      "./compare.html",
      "./api/index.html",
    ]);
    // Links from when the lab stood here.
    await page.goto(`${url}?embed#v=1&preset=moons&steps=1`);
    await page.waitForURL((to) => to.href.startsWith(`${url}lab.html?embed#v=`));
    expect(new URL(page.url()).hash).toMatch(/^#v=\d&preset=moons&steps=1/);
    expect(problems).toEqual([]);
    await page.context().close();
  });

  it("opens without a network after the first visit", async () => {
    const own = await serveFolder(folder, PATH);
    const page = await (await browser.newContext()).newPage();
    await page.goto(`${own.url}lab.html#v=1&units=8&steps=10&seeds=1`);
    const size = await page.evaluate(async () => {
      const { active } = await navigator.serviceWorker.ready;
      if (active?.state !== "activated")
        await new Promise((resolve) => active?.addEventListener("statechange", resolve));
      const [name] = await caches.keys();
      const kept = await (await caches.open(name)).matchAll();
      const sizes = await Promise.all(kept.map(async (file) => (await file.arrayBuffer()).byteLength));
      return sizes.reduce((sum, bytes) => sum + bytes, 0);
    });
    // Not the engines that ours is compared with.
    expect(size).toBeLessThan(1_600_000);
    own.server.closeAllConnections();
    await new Promise((resolve) => own.server.close(resolve));
    await page.reload();
    await page.locator('#lab[data-status="finished"]').waitFor({ timeout: 60_000 });
    await page.locator("#open-figure").click();
    await page.locator(".figure-preview[src]").waitFor();
    await page.goto(own.url);
    await page.getByText("See when Mixup fails").waitFor();
    await page.goto(`${own.url}lab.html?embed#v=1&preset=digits&steps=1&seeds=1`);
    await page.locator('#lab[data-status="finished"]').waitFor({ timeout: 60_000 });
    await page.context().close();
  });
});
