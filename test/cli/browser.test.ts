/** Finding a browser, and the flags it is started with. */

import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { ensureBrowser, findBrowser, launchBrowser, launchOptions } from "../../src/cli/backends/browser.ts";
import { MixupError } from "../../src/errors.ts";

afterEach(() => vi.unstubAllEnvs());

test("MIXUP_BROWSER overrules the search, and is refused where it is no browser", () => {
  const browser = ensureBrowser();
  vi.stubEnv("MIXUP_BROWSER", browser);
  expect(findBrowser()).toBe(browser);
  vi.stubEnv("MIXUP_BROWSER", process.execPath);
  expect(findBrowser).toThrow("does not answer --version as a browser does");
  vi.stubEnv("MIXUP_BROWSER", "/no/such/browser");
  expect(findBrowser).toThrow(MixupError);
  expect(findBrowser).toThrow("/no/such/browser");
});

test("a browser that does not start is one sentence, with what it said", async () => {
  const path = join(await mkdtemp(join(tmpdir(), "mixup-browser-")), "browser");
  await writeFile(path, '#!/bin/sh\necho "no display here" >&2\nexit 1\n', { mode: 0o755 });
  const refused = await launchBrowser(path, launchOptions(path)).catch((error) => error);
  expect(refused).toBeInstanceOf(MixupError);
  expect(refused.message).toBe(
    `The browser ${path} did not start: no display here. Set MIXUP_BROWSER to another one's path, or take --backend cpu.`,
  );
});

test("without a GPU the browser renders in software, with one it does not", () => {
  const software = (gpu: boolean) =>
    launchOptions("browser", { gpu }).args!.some((flag) => flag.includes("swiftshader"));
  expect(software(false)).toBe(true);
  expect(software(true)).toBe(false);
  expect(launchOptions("browser", { gpu: true })).toMatchObject({
    executablePath: "browser",
    headless: true,
  });
});
