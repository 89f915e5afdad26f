/** The demo page in a real browser: it trains to the end, and shows what the paper found. */

import { join } from "node:path";
import { chromium } from "playwright";
import { createServer } from "vite";
import { expect, it } from "vitest";
import { shaderPlugin } from "../../shaders/link.ts";
import { ensureBrowser, launchOptions } from "../../src/cli/browser.ts";

it("trains, and shows ERM at no error and strong Mixup at one point of three", async () => {
  const vite = await createServer({
    root: join(import.meta.dirname, "../.."),
    configFile: false,
    plugins: [shaderPlugin()],
    logLevel: "error",
    server: { host: "127.0.0.1", port: 0 },
    optimizeDeps: { noDiscovery: true, include: [] },
  });
  await vite.listen();
  const browser = await chromium.launch(launchOptions(ensureBrowser()));
  try {
    const page = await browser.newPage();
    const problems: string[] = [];
    page.on("pageerror", (error) => problems.push(error.message));
    page.on("console", (message) => {
      if (message.type() === "error") problems.push(message.text());
    });
    const { port } = vite.httpServer!.address() as { port: number };
    await page.goto(`http://127.0.0.1:${port}/demo/`);
    await page.getByText("Done.").waitFor({ timeout: 110_000 });
    const cells = await page.locator("#laws td").allTextContents();
    expect(cells.filter((_, i) => i % 3 === 0)).toEqual(["erm", "beta(1)", "beta(32)", "beta(128)"]);
    const errors = cells.filter((_, i) => i % 3 === 1).map(Number);
    expect(errors[0]).toBe(0);
    expect(errors[1]).toBeLessThan(0.1);
    expect(errors[2]).toBeGreaterThan(0.2);
    expect(errors[3]).toBeGreaterThan(0.2);
    expect(problems).toEqual([]);
  } finally {
    await browser.close();
    await vite.close();
  }
});
