/**
 * The lab in a real browser: every preset trains, and what it exports is what the library trains; links, own data,
 * checkpoints and exports go out and in; it is accessible and keeps its hands off other origins.
 */

import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "playwright";
import { describe, expect, it } from "vitest";
import {
  closeClean,
  downloaded,
  type Exported,
  exportedJson,
  finished,
  goTo,
  poll,
  sharedLab,
} from "./labServer.ts";

const { lab, page } = await sharedLab("#v=1&units=8&steps=10&seeds=1");

/** Follows a link within the page and waits for the end of its training. */
const go = (hash: string) => goTo(page, hash);

const SMALL = "units=32&steps=60&seeds=2";

interface Trained {
  curves: { step: number[]; runs: { error: number[]; loss: number[]; trainingLoss: number[] }[] };
  probabilities: number[][];
}

/**
 * The same state trained by the library in the same browser, on the same adapter. As text: the test's own transformer
 * would replace `import()` by what no page knows.
 */
function trainedByLibrary(page: Page, config: Exported["config"]): Promise<Trained> {
  return page.evaluate(`(async (config) => {
    const library = await import("/src/index.ts");
    const { labExperiment } = await import("/demo/lab/training/labExperiment.ts");
    const device = await library.openDevice();
    const { curves, runs } = await library.train(device, labExperiment(config).train).result;
    device.destroy();
    return { curves, probabilities: runs.map(({ probabilities }) => Array.from(probabilities)) };
  })(${JSON.stringify(config)})`);
}

describe("presets", () => {
  it.each([
    ["line", `#v=1&${SMALL}`],
    ["moons", `#v=1&preset=moons&points=40&${SMALL}`],
    ["linear", "#v=1&preset=linear&steps=300&seeds=2"],
    ["own", `#v=1&preset=own&own=0,0,0;1,0,1;0,1,2;1,1,0&${SMALL}`],
  ])("%s trains to what the library gives, bit for bit", async (_, hash) => {
    await go(hash);
    const json = await exportedJson(page);
    const { curves, probabilities } = await trainedByLibrary(page, json.config);
    expect(json.backend).toBe("webgpu");
    expect(json.evaluations).toEqual(curves.step);
    const classes = json.config.preset === "own" ? 3 : 2;
    json.runs.forEach((run, r) => {
      for (const name of ["error", "loss", "trainingLoss"] as const) {
        expect(run[name]).toEqual(curves.runs[r][name].map(Math.fround));
      }
      // The last picture is computed from the parameters in float64, the library's by the GPU.
      const shown = [...run.onGrid, ...run.atTrainingPoints];
      shown.forEach((value, i) => {
        const direct = probabilities[r][classes === 2 ? 2 * i + 1 : i];
        expect(Math.abs(value - direct)).toBeLessThan(1e-5);
      });
    });
  });

  it("line shows the paper's failure: ERM at no error, Mixup missing the middle point", async () => {
    await go("#v=1&units=64&steps=1500&seeds=3&rate=0.005");
    const { runs } = await exportedJson(page);
    const middle = (group: string) => {
      const values = runs.filter((run) => run.group.startsWith(group)).map((run) => run.atTrainingPoints[1]);
      return values.reduce((sum, value) => sum + value / values.length, 0);
    };
    expect(middle("ERM")).toBeGreaterThan(0.95);
    expect(middle("Mixup")).toBeLessThan(0.5);
    await expect
      .poll(() => page.locator(".panel-error").allTextContents())
      .toEqual(["error 0 %", expect.stringMatching(/error [1-9]/)]);
    // J* of the paper's data at alpha 32, and theory beside the nets.
    await poll(() => page.locator(".level text").last().textContent()).toBe("J* 0.307");
    expect(await page.locator("path.optimal.mixup").first().getAttribute("d")).not.toBe("");
  });
});

describe("state", () => {
  it("is in the link, and a link brings it back", async () => {
    await go(`#v=1&${SMALL}&alpha=8&firstSeed=3`);
    await page.getByLabel("Learning rate", { exact: true }).fill("0.01");
    await page.keyboard.press("Enter");
    await poll(() => page.url()).toContain("rate=0.01");
    await finished(page);
    const hash = new URL(page.url()).hash;
    const first = await exportedJson(page);
    expect(first.config).toMatchObject({ alpha: 8, firstSeed: 3, rate: 0.01, units: 32 });
    await go("#v=1&steps=1&seeds=1&units=8");
    await go(hash);
    expect((await exportedJson(page)).runs).toEqual(first.runs);
  });

  it("refuses what a link or a field should not say, and says so", async () => {
    await go(`#v=1&${SMALL}&alpha=-4&evil=<img src=x>`);
    await poll(() => page.locator("#notice-text").textContent()).toContain("alpha:");
    expect(await page.locator("#notice-text").textContent()).toContain('"evil" is no setting');
    await page.getByLabel("Steps", { exact: true }).fill("-5");
    await page.keyboard.press("Enter");
    await expect
      .poll(() => page.locator("#field-steps-note").textContent())
      .toContain("Give an integer from 1");
    expect(page.url()).toContain("steps=60");
  });

  it("pauses, takes exact single steps, and goes through a checkpoint file", async () => {
    await go(`#v=1&${SMALL}`);
    await page.locator("#reset").click();
    await page.locator('#lab[data-status="paused"]').waitFor();
    for (let step = 1; step <= 3; step++) {
      await page.locator("#step").click();
      await poll(() => page.locator("#step-count").textContent()).toBe(`Step ${step} of 60`);
    }
    const file = await downloaded(page, "#save");
    await page.locator("#play").click();
    await finished(page);
    const straight = await exportedJson(page);
    await go("#v=1&preset=moons&points=20&units=8&seeds=1&steps=20");
    await page.locator("#open-file").setInputFiles({ name: "a.safetensors", mimeType: "", buffer: file });
    await poll(() => page.locator("#step-count").textContent()).toBe("Step 3 of 60");
    await page.locator("#play").click();
    await finished(page);
    const resumed = await exportedJson(page);
    expect(resumed.config).toEqual(straight.config);
    expect(resumed.runs).toEqual(straight.runs);
    const broken = { name: "b.safetensors", mimeType: "", buffer: Buffer.from("no checkpoint") };
    await page.locator("#open-file").setInputFiles(broken);
    await poll(() => page.locator("#notice-text").textContent()).toContain("safetensors");
  });
});

describe("own data", () => {
  it("come from CSV, good and bad, from clicks and from keys", async () => {
    await go("#v=1&preset=own&units=16&steps=20&seeds=1");
    await page.locator("#csv").fill("x,y,class\n0,0,a\n1,zwei,b");
    await page.locator("#csv-use").click();
    expect(await page.locator("#csv-note").textContent()).toContain(
      'Row 3, column 2: "zwei" is not a number',
    );
    expect(page.url()).not.toContain("own=0");
    await page.locator("#csv-file").setInputFiles({
      name: "good.csv",
      mimeType: "text/csv",
      buffer: Buffer.from("x,y,class\n0,0,a\n1,1,b\n1,0,b\n"),
    });
    await poll(() => page.url()).toContain("own=0,0,0;1,1,1;1,0,1");
    await poll(() => page.locator(".panel").first().locator(".marker").count()).toBe(3);
    await finished(page);
    expect(await page.locator("#csv-note").textContent()).toContain("1 header row");
    expect(await page.locator("#legend li").allTextContents()).toEqual(["a", "b"]);
    expect((await exportedJson(page)).data.classNames).toEqual(["a", "b"]);

    const plot = page.locator("svg.editable").first();
    await plot.click({ position: { x: 20, y: 20 } });
    await poll(() => page.locator(".panel").first().locator(".marker").count()).toBe(4);
    await plot.focus();
    for (const key of ["3", "ArrowUp", "ArrowUp", "ArrowUp", "Enter"]) await page.keyboard.press(key);
    await poll(() => page.url()).toMatch(/own=[^&]*,2&/);
    await poll(() => page.locator(".panel").first().locator(".marker").count()).toBe(5);
    await finished(page);
    // The keyboard is still in the picture that was made anew.
    expect(await plot.evaluate((element) => element === document.activeElement)).toBe(true);
    expect((await exportedJson(page)).runs[0].atTrainingPoints).toHaveLength(5 * 3);
    // Another choice of columns is taken at once, and no digit is lost.
    await page.locator("#csv").fill("a;b;c;kind\n20231;1,5;0,25;red\n20232;2,5;0,75;blue");
    await page.locator("#csv-use").click();
    await poll(() => page.url()).toContain("own=20231,1.5,0;20232,2.5,1");
    await page.locator("#csv-y").selectOption({ label: "c" });
    await poll(() => page.url()).toContain("own=20231,0.25,0;20232,0.75,1&names=red,blue");
    await page.getByRole("button", { name: "Clear" }).click();
    await poll(() => page.locator("#caption").textContent()).toContain("No points yet");
  });
});

it("exports metrics, weights and plots", async () => {
  await go(`#v=1&preset=moons&points=20&${SMALL}`);
  const csv = (await downloaded(page, "#export-csv")).toString().trim().split("\n");
  expect(csv[0]).toBe("run,seed,group,step,error,loss,training_loss");
  expect(csv).toHaveLength(1 + 4 * 60);
  const weights = await downloaded(page, "#export-weights");
  expect(weights.subarray(8, 1200).toString()).toContain("layers.0.weight");
  const svg = (await downloaded(page, "#export-svg")).toString();
  expect(svg).toContain("data:image/png;base64,");
  expect(svg).not.toContain("var(--");
  const png = await downloaded(page, "#export-png");
  expect(png.subarray(1, 4).toString()).toBe("PNG");
});

it("lets both engines train for a moment on a software adapter, and says which is the faster one", async () => {
  const own = await lab.open(`#v=1&preset=moons&points=20&units=8&steps=400&seeds=1`, { engine: "faster" });
  await finished(own.page);
  const badge = own.page.locator("#adapter");
  const { backend } = await exportedJson(own.page);
  expect(await badge.textContent()).toMatch(
    backend === "cpu" ? /^CPU, float64 · faster here$/ : /software adapter$/,
  );
  const title = (await badge.getAttribute("title")) ?? "";
  const [gpu, cpu] = [...title.matchAll(/([\d,]+)(?= net-steps| by the CPU)/g)].map(([rate]) =>
    Number(rate.replaceAll(",", "")),
  );
  expect(cpu > gpu).toBe(backend === "cpu");
  await closeClean(own);
});

it("sweeps alpha, and opens the one that is chosen", async () => {
  await go("#v=1&view=sweep&units=8&steps=20");
  expect(await page.locator(".sweep .panel").count()).toBe(16);
  expect((await exportedJson(page)).runs).toHaveLength(128);
  await page.getByRole("button", { name: "Open α = 4", exact: true }).click();
  await poll(() => page.url()).toContain("alpha=4");
  await poll(() => page.locator(".pair .panel").count()).toBe(2);
  await finished(page);
});

it.each([
  ["surface", "#v=1&preset=linear&steps=20&seeds=1&view=surface"],
  ["landscape", "#v=1&steps=20&seeds=1&units=8&view=landscape"],
])("draws the %s on the GPU", async (_, hash) => {
  await go(hash);
  const canvas = page.locator(".scene canvas");
  // Many colours: a picture, not a background.
  const colors = async () => {
    const picture = (await canvas.screenshot()).toString("base64");
    return page.evaluate(async (base64) => {
      const image = new Image();
      image.src = `data:image/png;base64,${base64}`;
      await image.decode();
      const canvas = document.createElement("canvas");
      [canvas.width, canvas.height] = [image.width, image.height];
      const context = canvas.getContext("2d")!;
      context.drawImage(image, 0, 0);
      return new Set(new Uint32Array(context.getImageData(0, 0, image.width, image.height).data.buffer)).size;
    }, picture);
  };
  await poll(colors).toBeGreaterThan(200);
  const before = await canvas.screenshot();
  await canvas.focus();
  for (let i = 0; i < 5; i++) await page.keyboard.press("ArrowLeft");
  await poll(async () => before.equals(await canvas.screenshot())).toBe(false);
  expect(await page.locator(".scene .notice").isHidden()).toBe(true);
});

describe("for everybody", () => {
  it.each([
    ["light", 1280, `#v=1&${SMALL}`],
    ["dark", 1280, `#v=1&preset=own&${SMALL}`],
    ["light", 360, `#v=1&preset=moons&points=20&${SMALL}`],
    ["dark", 1280, "#v=1&view=sweep&units=4&steps=5"],
  ] as const)("has no serious accessibility violation: %s, %i px, %s", async (colorScheme, width, hash) => {
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize({ width, height: 800 });
    await go(hash);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
    const { violations } = await new AxeBuilder({ page }).analyze();
    const serious = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
    const told = serious.map(
      ({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 120)).join(" | ")}`,
    );
    expect(told).toEqual([]);
  });

  it("pauses while its tab is hidden and goes on from the same step", async () => {
    await page.evaluate(() => {
      location.hash = "#v=1&steps=100000&seeds=1&units=32";
    });
    await page.locator('#lab[data-status="running"]').waitFor();
    const hide = (hidden: boolean) =>
      page.evaluate((hidden) => {
        Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
        document.dispatchEvent(new Event("visibilitychange"));
      }, hidden);
    await hide(true);
    await page.locator('#lab[data-status="paused"]').waitFor();
    await page.waitForTimeout(400);
    const step = (await exportedJson(page)).step;
    await page.waitForTimeout(500);
    expect((await exportedJson(page)).step).toBe(step);
    await hide(false);
    await page.locator('#lab[data-status="running"]').waitFor();
    await poll(async () => (await exportedJson(page)).step).toBeGreaterThan(step);
  });
});

it("shows the link, selected, where the page may not write to the clipboard", async () => {
  // As on a page served by http to a machine in the local network.
  const other = await lab.open(`#v=1&${SMALL}`, {
    prepare: async (context) => {
      await context.addInitScript(() => Object.defineProperty(navigator, "clipboard", { value: undefined }));
    },
  });
  await other.page.locator("#copy-link").click();
  const link = other.page.locator("#link");
  await poll(() => link.inputValue()).toBe(other.page.url());
  expect(
    await link.evaluate((input: HTMLInputElement) => [input.selectionStart, input.selectionEnd]),
  ).toEqual([0, other.page.url().length]);
  expect(await other.page.locator("#notice-text").textContent()).toContain("The link is selected");
  expect(other.problems).toEqual([]);
  await other.page.context().close();
});

it.each(["index.html", "lab.html", "compare.html", "sweep.html"])(
  "%s opened from disk says that it has to be served",
  async (name) => {
    const disk = await lab.browser.newPage();
    await disk.goto(pathToFileURL(join(import.meta.dirname, "../../demo", name)).href);
    const said = disk.getByText("Serve the folder it is in");
    await poll(() => said.isVisible()).toBe(true);
    await disk.close();
  },
);
