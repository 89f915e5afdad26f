/**
 * The lab when things go wrong: the worker dies, the GPU process crashes, there is no WebGPU or no adapter. The
 * GPU process crashes last: after a second crash Chrome would give no adapter any more.
 */

import type { BrowserContext, Page } from "playwright";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { LabConfig } from "../../demo/lab/state/fields.ts";
import { labExperiment } from "../../demo/lab/training/labExperiment.ts";
import { openDevice, train } from "../../src/index.ts";
import { closeClean, type Exported, exportedJson, finished, LabServer, poll } from "./labServer.ts";

let lab: LabServer;
/** What a training that nobody disturbs ends in. */
let expected: Exported["runs"];

beforeAll(async () => {
  lab = await LabServer.start();
  const straight = await lab.open(LONG);
  await finished(straight.page, 90_000);
  expected = (await exportedJson(straight.page)).runs;
  await closeClean(straight);
}, 120_000);
afterAll(() => lab?.stop());

const LONG = "#v=1&units=32&steps=15000&seeds=2";

async function reached(page: Page, step: number): Promise<void> {
  const done = async () => Number((await page.locator("#step-count").textContent())!.split(" ")[1]);
  await poll(done).toBeGreaterThan(step);
}

it("goes on from the last checkpoint when its worker dies, to the same bits", async () => {
  const opened = await lab.open(LONG);
  const { page } = opened;
  await reached(page, 100);
  // A pause makes a checkpoint for safe keeping, as the lab does by itself every few seconds.
  await page.locator("#play").click();
  await page.locator('#lab[data-status="paused"]').waitFor();
  await page.locator("#play").click();
  await page.locator('#lab[data-status="running"]').waitFor();
  await page.workers()[0].evaluate(() => {
    setTimeout(() => {
      throw new Error("planted");
    });
  });
  await poll(() => page.locator("#notice-text").textContent()).toMatch(/crashed .*planted.* from step [1-9]/);
  await finished(page, 90_000);
  expect((await exportedJson(page)).runs).toEqual(expected);
  await page.context().close();
});

/** Puts code before the worker's own. */
function patchWorker(code: string): (context: BrowserContext) => Promise<void> {
  return async (context) => {
    await context.route(/\/demo\/lab\/worker\.ts/, async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, body: `${code}\n${await response.text()}` });
    });
  };
}

it.each([
  ["no-webgpu", 'Object.defineProperty(navigator, "gpu", { value: undefined });', "navigator.gpu is missing"],
  ["no-adapter", "navigator.gpu.requestAdapter = async () => null;", "found no adapter"],
  [
    "an error",
    'navigator.gpu.requestAdapter = async () => { throw new DOMException("blocked", "NotSupportedError"); };',
    "found no adapter",
  ],
])("says what is missing and trains on the CPU, as the library does: %s", async (_, code, message) => {
  const opened = await lab.open("#v=1&units=16&steps=40&seeds=2", { prepare: patchWorker(code) });
  const { page } = opened;
  await finished(page);
  expect(await page.locator("#notice-text").textContent()).toContain(message);
  expect(await page.locator("#adapter").textContent()).toBe("CPU, float64");
  const json = await exportedJson(page);
  expect(json.backend).toBe("cpu");
  const device = await openDevice({ backend: "cpu" });
  const { curves, runs } = await train(device, labExperiment(json.config as unknown as LabConfig).train)
    .result;
  json.runs.forEach((run, r) => {
    expect(run.error).toEqual(curves.runs[r].error.map(Math.fround));
    run.loss.forEach((loss, e) => {
      expect(loss).toBeCloseTo(curves.runs[r].loss[e], 6);
    });
    run.atTrainingPoints.forEach((value, n) => {
      const grid = runs[r].probabilities.length / 2 - 3;
      expect(value).toBeCloseTo(runs[r].probabilities[2 * (grid + n) + 1], 5);
    });
  });
  await closeClean(opened);
});

it("goes on when the GPU process crashes, to the same bits", async () => {
  const { page } = await lab.open(LONG);
  await reached(page, 300);
  const session = await lab.browser.newBrowserCDPSession();
  await session.send("Browser.crashGpuProcess").catch(() => {});
  await finished(page, 90_000);
  expect(await page.locator("#notice-text").textContent()).toContain("The GPU was lost");
  expect((await exportedJson(page)).runs).toEqual(expected);
  await page.context().close();
});
