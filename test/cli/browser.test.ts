/** Finding a browser, and the flags it is started with. */

import { afterEach, expect, test, vi } from "vitest";
import { ensureBrowser, findBrowser, launchOptions } from "../../src/cli/browser.ts";
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
