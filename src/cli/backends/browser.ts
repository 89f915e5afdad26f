/**
 * The browser for tests, the reproduce command and benchmarks: which one, with which flags, and how to get
 * one where there is none. The only place that knows launch flags.
 */

import { execFileSync, type StdioOptions, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { stripVTControlCharacters } from "node:util";
import type { Browser, BrowserType, LaunchOptions } from "playwright";
import { MixupError } from "../../errors.ts";

/**
 * Playwright's Chromium, loaded when it is needed: the package does not bring it.
 * @throws MixupError that says how to install it.
 */
export function chromium(): BrowserType {
  try {
    return createRequire(import.meta.url)("playwright").chromium;
  } catch (cause) {
    throw new MixupError(
      "Playwright is not installed: npm install playwright. Without a browser: --backend cpu.",
      {
        cause,
      },
    );
  }
}

/** Where Chrome, Chromium and Edge live, in the order in which they are tried. */
const KNOWN_BROWSERS = [
  "/usr/bin/google-chrome",
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/microsoft-edge",
  "/snap/bin/chromium",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
  "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
  "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
  "C:\\Program Files (x86)\\Google\\Chrome\\Application\\chrome.exe",
  "C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe",
];

/**
 * Software rendering that gives compute and a working WebGPU canvas. Fewer flags give compute but a GPU
 * process that dies when a canvas presents.
 */
const SOFTWARE_FLAGS = [
  "--enable-unsafe-webgpu",
  "--enable-gpu",
  "--ignore-gpu-blocklist",
  "--use-angle=swiftshader",
  "--enable-unsafe-swiftshader",
  "--enable-features=Vulkan",
  "--use-vulkan=swiftshader",
  // Pages are painted by the processor itself: by a software GPU it takes three times as long.
  "--disable-gpu-rasterization",
];

/** A real GPU: nothing but WebGPU itself, which Linux still hides behind flags. */
const HARDWARE_FLAGS =
  process.platform === "linux"
    ? ["--enable-unsafe-webgpu", "--enable-features=Vulkan", "--ignore-gpu-blocklist"]
    : [];

/** No background traffic, no first-run pages. */
const QUIET_FLAGS = [
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/**
 * Path of an installed browser, or undefined. `MIXUP_BROWSER` overrules.
 * @throws MixupError if that is set to what does not exist.
 */
export function findBrowser(): string | undefined {
  const chosen = process.env.MIXUP_BROWSER;
  if (chosen !== undefined && chosen !== "") {
    if (existsSync(chosen)) {
      if (isBrowser(chosen)) return chosen;
      throw new MixupError(
        `MIXUP_BROWSER is "${chosen}", which does not answer --version as a browser does. Set it to a browser's path, or unset it.`,
      );
    }
    throw new MixupError(
      `MIXUP_BROWSER is "${chosen}", and there is no such file. Set it to a browser's path, or unset it.`,
    );
  }
  const own = chromium().executablePath();
  return [...KNOWN_BROWSERS, own].find((path) => path !== "" && existsSync(path));
}

/** Whether a program names itself and a version when asked, as every browser but those of Windows does. */
function isBrowser(path: string): boolean {
  if (process.platform === "win32") return true;
  try {
    const stdio: StdioOptions = ["ignore", "pipe", "ignore"];
    return /\w+ [\d.]+/.test(execFileSync(path, ["--version"], { encoding: "utf8", stdio, timeout: 20_000 }));
  } catch {
    return false;
  }
}

/**
 * Path of a browser, installed if need be: by Playwright, or by apt as root on Debian.
 * @throws MixupError that names the command to run by hand.
 */
export function ensureBrowser(
  report: (line: string) => void = (line) => process.stderr.write(`${line}\n`),
): string {
  const found = findBrowser();
  if (found !== undefined) return found;
  report("No Chrome, Chromium or Edge found: installing one.");
  const attempts: [string, string[]][] = [["npx", ["--no-install", "playwright", "install", "chromium"]]];
  if (process.platform === "linux" && process.getuid?.() === 0 && existsSync("/usr/bin/apt-get")) {
    // First where it applies: Playwright's own download needs libraries that a bare Debian lacks.
    attempts.unshift([
      "sh",
      ["-c", "apt-get update -q && apt-get install -qy --no-install-recommends chromium fonts-dejavu-core"],
    ]);
  }
  for (const [command, args] of attempts) {
    report(`> ${command} ${args.join(" ")}`);
    spawnSync(command, args, { stdio: ["ignore", "ignore", "inherit"], shell: process.platform === "win32" });
    const installed = findBrowser();
    if (installed !== undefined) return installed;
  }
  throw new MixupError(
    "No browser could be installed. Install Chrome, Chromium or Edge (for instance with " +
      "`npx playwright install chromium` or `apt-get install chromium`), or set MIXUP_BROWSER to its path.",
  );
}

/**
 * Whether this machine seems to have a GPU that a headless browser can use. Linux tells; elsewhere there is
 * one.
 */
export function hasGpu(): boolean {
  return process.platform !== "linux" || existsSync("/dev/dri/renderD128") || existsSync("/dev/nvidia0");
}

/** Playwright launch options for a browser with WebGPU: the real GPU where there is one, else software. */
export function launchOptions(
  executablePath: string,
  { gpu = hasGpu() }: { gpu?: boolean } = {},
): LaunchOptions {
  return {
    executablePath,
    headless: true,
    args: [...QUIET_FLAGS, ...(isRoot() ? ["--no-sandbox"] : []), ...(gpu ? HARDWARE_FLAGS : SOFTWARE_FLAGS)],
  };
}

/**
 * Starts a browser.
 * @throws MixupError that says in a sentence which one did not start, and what it said.
 */
export async function launchBrowser(executablePath: string, options: LaunchOptions): Promise<Browser> {
  try {
    return await chromium().launch(options);
  } catch (cause) {
    if (cause instanceof MixupError) throw cause;
    throw new MixupError(
      `The browser ${executablePath} did not start: ${lastWords((cause as Error).message)} Set MIXUP_BROWSER to another one's path, ` +
        "or take --backend cpu.",
      { cause },
    );
  }
}

/** What a browser said before it ended, out of Playwright's account of it. */
function lastWords(message: string): string {
  const plain = stripVTControlCharacters(message)
    .split("\n")
    .map((line) => line.trim());
  const said = plain
    .map((line) => line.match(/\[err\] (.*)/)?.[1])
    .filter((line) => line !== undefined && line !== "");
  const words = (said.at(-1) ?? plain[0]).slice(0, 200);
  return /[.!?]$/.test(words) ? words : `${words}.`;
}

/** The browser's name and version, for reports. */
export function browserVersion(executablePath: string): string {
  // There `--version` opens a window.
  if (process.platform === "win32") return executablePath;
  try {
    // Debian's start script complains on stderr about things that are no concern of ours.
    const stdio: StdioOptions = ["ignore", "pipe", "ignore"];
    return execFileSync(executablePath, ["--version"], { encoding: "utf8", stdio, timeout: 10_000 }).trim();
  } catch {
    return executablePath;
  }
}

/** Chromium refuses its sandbox to root. */
function isRoot(): boolean {
  return process.getuid?.() === 0;
}
