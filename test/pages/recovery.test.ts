/**
 * A GPU process that crashes in the middle of a training, for real: the training goes on by itself, and ends in the same
 * bits as one that was left alone. One crash a browser: after the second, Chrome gives no adapter any more.
 */

import { join } from "node:path";
import { type Browser, chromium } from "playwright";
import { createServer, type ViteDevServer } from "vite";
import { afterAll, beforeAll, expect, it } from "vitest";
import { ensureBrowser, launchOptions } from "../../src/cli/backends/browser.ts";
import { shaderPlugin } from "../../tools/shaderPlugin.ts";

const STEPS = 30_000;
let vite: ViteDevServer;
let browser: Browser;

beforeAll(async () => {
  vite = await createServer({
    root: join(import.meta.dirname, "../.."),
    configFile: false,
    plugins: [shaderPlugin()],
    logLevel: "error",
    server: { host: "127.0.0.1", port: 0, hmr: false, ws: false, watch: null },
    optimizeDeps: { noDiscovery: true, include: [] },
  });
  await vite.listen();
  browser = await chromium.launch(launchOptions(ensureBrowser()));
}, 120_000);

afterAll(async () => {
  await browser?.close();
  await vite?.close();
});

async function openPage(onStep: (step: number) => void) {
  const page = await browser.newPage();
  await page.exposeFunction("reportStep", onStep);
  const { port } = vite.httpServer!.address() as { port: number };
  await page.goto(`http://127.0.0.1:${port}/test/pages/recovery.html`);
  await page.waitForFunction(() => globalThis.runTraining !== undefined);
  return page;
}

it("recovers from a crash of the GPU process and ends bit for bit as if nothing had happened", async () => {
  const straightPage = await openPage(() => {});
  const straight = await straightPage.evaluate((steps) => globalThis.runTraining!(steps, () => {}), STEPS);
  expect(straight).toMatchObject({ step: STEPS, generation: 0 });
  await straightPage.close();

  const session = await browser.newBrowserCDPSession();
  let crashed: Promise<unknown> | undefined;
  const page = await openPage((step) => {
    if (step > 2000) crashed ??= session.send("Browser.crashGpuProcess").catch(() => {});
  });
  const recovered = await page.evaluate(
    (steps) => globalThis.runTraining!(steps, (step) => void globalThis.reportStep!(step)),
    STEPS,
  );
  expect(crashed, "the GPU process was crashed on the way").toBeDefined();
  expect(recovered).toEqual({ ...straight, generation: 1 });
});
