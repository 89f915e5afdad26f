/**
 * The sweep page as it is hosted: built, served from some path, used in a real browser by pointer and keys, in both themes and on a phone,
 * with its example, with a sweep of 10^5 runs, and with what is no sweep.
 */

import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import type { Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import AxeBuilder from "@axe-core/playwright";
import { type Browser, chromium, type Page } from "playwright";
import { build } from "vite";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ensureBrowser, launchOptions } from "../../src/cli/backends/browser.ts";
import { serveFolder } from "../../src/cli/backends/siteServer.ts";
import { encodeSafetensors } from "../../src/index.ts";
import { FINITE } from "../../src/kernels/population.ts";
import { encodeSealed } from "../../src/model/digest.ts";
import { siteConfig } from "../../tools/siteConfig.ts";

const PATH = "/some/where/deep/";
const [SEEDS, ALPHAS, RATES, E] = [100, 50, 20, 12];

let folder: string;
let server: Server;
let url: string;
let browser: Browser;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "mixup-webgpu-site-"));
  await build({ ...siteConfig(["sweep.html"], folder), configFile: false, logLevel: "error" });
  const linked = merged();
  await writeFile(join(folder, "linked.safetensors"), linked);
  linked[linked.length - 5] ^= 16;
  await writeFile(join(folder, "damaged.safetensors"), linked);
  await writeFile(join(folder, "mixtures.safetensors"), mixtures());
  await writeFile(
    join(folder, "other.safetensors"),
    encodeSafetensors({ a: { shape: [1], data: Float32Array.of(1) } }),
  );
  ({ server, url } = await serveFolder(folder, PATH));
  browser = await chromium.launch(launchOptions(ensureBrowser()));
}, 240_000);

afterAll(async () => {
  await browser?.close();
  server?.close();
  await rm(folder, { recursive: true, force: true });
});

/** What a merged sweep of 10^5 runs says: the error of run i is its alpha's index and a hundredth of its rate's; those of the last rate diverge. */
function merged(): Uint8Array {
  const count = SEEDS * ALPHAS * RATES;
  const alphaOf = (i: number) => Math.floor(i / SEEDS) % ALPHAS;
  const rateOf = (i: number) => Math.floor(i / SEEDS / ALPHAS);
  const error = Float64Array.from({ length: count }, (_, i) =>
    rateOf(i) === RATES - 1 ? Number.NaN : alphaOf(i) + rateOf(i) / 100,
  );
  const curves = Float64Array.from({ length: count * E }, (_, e) => error[Math.floor(e / E)] + 1);
  const description = {
    data: [{ name: "line" }],
    steps: 1000,
    evaluateEvery: 90,
    grid: {
      seed: { from: 5, count: SEEDS },
      mixing: Array.from({ length: ALPHAS }, (_, a) => ({ kind: "mixup", law: { kind: "beta", a: a + 1 } })),
      optimizer: Array.from({ length: RATES }, (_, r) => ({ kind: "adam", learningRate: (r + 1) / 1000 })),
    },
  };
  return encodeSealed(
    {
      failed: {
        shape: [count],
        data: Uint32Array.from({ length: count }, (_, i) => (rateOf(i) === RATES - 1 ? 7 : FINITE)),
      },
      "final.error": { shape: [count], data: error },
      "final.loss": { shape: [count], data: error },
      "curves.error": { shape: [count, E], data: curves },
      "curves.loss": { shape: [count, E], data: curves },
    },
    {
      format: "mixup-webgpu merged sweep 1",
      sweep: "0123456789abcdef".repeat(2),
      description: JSON.stringify(description),
    },
  );
}

/** Two domains in 100 proportions, n : 99 - n, by two seeds: the error of mixture n is n, its losses on the domains are n and -n. */
function mixtures(): Uint8Array {
  const [seeds, count] = [2, 200];
  const proportions = Array.from({ length: count / seeds }, (_, n) => [n, 99 - n]);
  const domains = ["poems", "News"];
  const description = {
    data: [
      { name: "training", domains },
      { name: "validation", domains },
    ],
    evaluateOn: "validation",
    steps: 10,
    grid: { seed: [0, 1], mixing: [{ kind: "erm" }], optimizer: [{ kind: "adam" }], proportions },
  };
  const error = Float64Array.from({ length: count }, (_, i) => Math.floor(i / seeds));
  const losses = Float64Array.from({ length: 2 * count }, (_, i) => (i % 2 === 0 ? 1 : -1) * error[i >> 1]);
  return encodeSealed(
    {
      failed: { shape: [count], data: new Uint32Array(count).fill(FINITE) },
      "final.error": { shape: [count], data: error },
      "domains.loss": { shape: [count, 2], data: losses },
    },
    {
      format: "mixup-webgpu merged sweep 1",
      sweep: "0123456789abcdef".repeat(2),
      description: JSON.stringify(description),
    },
  );
}

async function openPage(
  hash = "",
  options: Parameters<Browser["newContext"]>[0] = {},
): Promise<{ page: Page; problems: string[] }> {
  const page = await (
    await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options })
  ).newPage();
  const problems: string[] = [];
  page.on("pageerror", (error) => problems.push(error.message));
  page.on("console", (message) => {
    if (message.type() === "error") problems.push(message.text());
  });
  page.context().on("request", (request) => {
    const address = request.url();
    if (!address.startsWith(url) && !/^(data|blob):/.test(address)) problems.push(`foreign: ${address}`);
  });
  await page.goto(`${url}sweep.html${hash}`);
  return { page, problems };
}

const violations = async (page: Page) =>
  (await new AxeBuilder({ page }).analyze()).violations.map(
    ({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`,
  );

describe("the example", () => {
  it.each([
    ["light", { colorScheme: "light" }],
    ["dark", { colorScheme: "dark" }],
    ["on a phone", { viewport: { width: 390, height: 844 }, hasTouch: true }],
  ] as const)("%s: fits, is accessible, and answers to keys", async (_, options) => {
    const { page, problems } = await openPage("", options);
    await page.getByText("The example: 210 runs").waitFor();
    await page.getByText("law erm, learning rate 0.0003: error 0").waitFor();
    expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(
      0,
    );
    expect(await violations(page)).toEqual([]);
    await page.locator("#map").focus();
    for (const key of ["ArrowRight", "ArrowDown", "Enter", "ArrowRight", "ArrowLeft", "ArrowUp"])
      await page.keyboard.press(key);
    await page.getByText("Kept, in grey: law beta(0.5), learning rate 0.001").waitFor();
    await page.getByText(/^law beta\(0\.5\), learning rate 0\.0003: error .*6 runs$/).waitFor();
    await page.keyboard.press("Escape");
    await expect.poll(() => page.locator("#kept").textContent()).toBe("");
    expect(problems).toEqual([]);
    await page.context().close();
  });

  it("shows other numbers over other axes", async () => {
    const { page } = await openPage();
    await page.getByLabel("Shown", { exact: true }).selectOption("Loss");
    await page.getByLabel("Down", { exact: true }).selectOption("seed");
    await page.getByText("Loss at the end, over law (across) and seed (down)").waitFor();
    await page.getByText(/^law erm, seed 0: loss .* ± .*, 5 runs$/).waitFor();
    await page.getByLabel("learning rate", { exact: true }).selectOption("0.01");
    await page.getByText(/^law erm, seed 0: loss \S+, 1 run$/).waitFor();
    await page.context().close();
  });
});

it("gathers mixtures that are too many for a cell each, and shows losses by domain", async () => {
  const { page, problems } = await openPage("#file=mixtures.safetensors");
  // 0, 1 ... 4 of 99 are below a twentieth.
  const first = "proportion of poems 0 to 0.05, proportion of News";
  await page.getByText(`${first} 0 to 0.05: no run`).waitFor();
  await page.locator("#map").focus();
  for (let i = 0; i < 19; i++) await page.keyboard.press("ArrowDown");
  await page.getByText(`${first} 0.95 to 1: error 2 ± 1.49, 10 runs`).waitFor();
  await page.getByLabel("Shown", { exact: true }).selectOption("Loss on News");
  await page.locator("#map").focus();
  for (let i = 0; i < 19; i++) await page.keyboard.press("ArrowDown");
  await page.getByText(`${first} 0.95 to 1: loss on News -2 ± 1.49, 10 runs`).waitFor();
  expect(problems).toEqual([]);
  await page.context().close();
});

describe("10^5 runs, by a link and by a dropped file", () => {
  it("are summed rightly, and stay fluid", async () => {
    const { page, problems } = await openPage("#file=linked.safetensors", {
      viewport: { width: 1280, height: 1200 },
    });
    await page.getByText("linked.safetensors: 100,000 runs, sweep 01234567").waitFor();
    await page.getByText("law beta(1), learning rate 0.001: error 0 ± 0, 100 runs").waitFor();
    const map = (await page.locator("#map").boundingBox())!;
    // The last row is of runs that diverged.
    await page.mouse.move(map.x + map.width - 5, map.y + map.height - 40 - 5);
    await page
      .getByText("law beta(50), learning rate 0.02: no number, 100 runs, 100 of them diverged")
      .waitFor();
    await page.mouse.move(map.x + map.width - 5, map.y + 5);
    await page.getByText("law beta(50), learning rate 0.001: error 49 ± 0, 100 runs").waitFor();
    // Seeds across: 5,000 cells, each of which is pointed at in turn.
    await page.getByLabel("Down", { exact: true }).selectOption("seed");
    await page.getByText("law beta(1), seed 5:").waitFor();
    // Pointing draws frames and curves, and sums or paints none of the cells again.
    const painted = await page.evaluate(async () => {
      let painted = 0;
      const { drawImage } = CanvasRenderingContext2D.prototype;
      CanvasRenderingContext2D.prototype.drawImage = function (...values: unknown[]) {
        painted++;
        return drawImage.apply(this, values as never);
      };
      const map = document.querySelector("#map")!;
      const { left, top, width } = map.getBoundingClientRect();
      for (let i = 0; i < 60; i++) {
        const clientX = left + 150 + (i * (width - 200)) / 60;
        map.dispatchEvent(new PointerEvent("pointermove", { clientX, clientY: top + 20 + 4 * i }));
        await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve, 0)));
      }
      return painted;
    });
    expect(painted).toBe(0);
    await page.getByText(/^law beta\(\d\d\), seed \d+: error/).waitFor();
    expect(problems).toEqual([]);
    await page.context().close();
  });

  it("a file that is chosen replaces what is shown; what is none is said to be none", async () => {
    const { page } = await openPage();
    await page.getByText("The example: 210 runs").waitFor();
    await page.locator("#file").setInputFiles(join(folder, "other.safetensors"));
    await page
      .getByRole("alert")
      .getByText("other.safetensors can't be shown: file: is no merged sweep")
      .waitFor();
    await page.locator("#file").setInputFiles(join(folder, "linked.safetensors"));
    await page.getByText("linked.safetensors: 100,000 runs").waitFor();
    expect(await page.getByRole("alert").isVisible()).toBe(false);
    const names = await page.evaluateHandle(async () => {
      const transfer = new DataTransfer();
      transfer.items.add(new File([new Uint8Array(3)], "dropped.bin"));
      return transfer;
    });
    await page.dispatchEvent("main", "drop", { dataTransfer: names });
    await page.getByRole("alert").getByText("dropped.bin can't be shown").waitFor();
    await page.context().close();
  });

  it("a file that is not what was written is not shown; what was shown before stays, by its name", async () => {
    const { page, problems } = await openPage("#file=linked.safetensors");
    await page.getByText("linked.safetensors: 100,000 runs").waitFor();
    await page.locator("#file").setInputFiles(join(folder, "damaged.safetensors"));
    await page
      .getByRole("alert")
      .getByText("damaged.safetensors can't be shown: file.sha256: the file is not what was written")
      .waitFor();
    await page.getByText("linked.safetensors: 100,000 runs").waitFor();
    expect(problems).toEqual([]);
    await page.context().close();
  });

  it.each([
    ["#file=https://example.org/a.safetensors", "only files of this site"],
    ["#file=missing.safetensors", "there is no such file (404)"],
  ])("%s is refused in a sentence", async (hash, message) => {
    const { page, problems } = await openPage(hash);
    await page.getByRole("alert").getByText(message).waitFor();
    expect(problems.filter((problem) => !problem.includes("404"))).toEqual([]);
    await page.context().close();
  });
});

it("has a strict policy, and ships its example", async () => {
  const { page } = await openPage();
  const policy = await page.locator('meta[http-equiv="Content-Security-Policy"]').getAttribute("content");
  expect(policy).toContain("default-src 'none'");
  expect(policy).not.toMatch(/unsafe-inline|unsafe-eval|https?:|\*/);
  expect((await readdir(join(folder, "assets"))).filter((name) => name.endsWith(".safetensors")).length).toBe(
    1,
  );
});
