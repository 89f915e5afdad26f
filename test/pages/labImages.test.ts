/**
 * The lab on images: what rains in, what the nets look at it with, and what they get wrong is on the page and goes out of
 * it; what has no meaning for images says so.
 */

import { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "playwright";
import { afterAll, beforeAll, expect, it } from "vitest";
import {
  closeClean,
  downloaded,
  type Exported,
  exportedJson,
  finished,
  LabServer,
  poll,
} from "./labServer.ts";

let lab: LabServer;
beforeAll(async () => {
  lab = await LabServer.start();
}, 120_000);
afterAll(() => lab?.stop());

const SHORT = "#v=1&preset=digits&points=256&steps=24&seeds=2";

async function reached(page: Page, step: number): Promise<void> {
  const done = async () => Number((await page.locator("#step-count").textContent())!.split(" ")[1]);
  // Kernels of a new net are compiled first.
  await expect.poll(done, { timeout: 60_000 }).toBeGreaterThanOrEqual(step);
}

/** What every canvas of a kind in a panel holds. */
function pixels(page: Page, panel: number, selector: string): Promise<string[]> {
  return page
    .locator(".panel")
    .nth(panel)
    .locator(selector)
    .evaluateAll((all) => all.map((canvas) => (canvas as HTMLCanvasElement).toDataURL()));
}

it("shows batches, filters and misclassified images while it trains", async () => {
  const opened = await lab.open("#v=1&preset=digits&steps=100000&seeds=2");
  const { page } = opened;
  await reached(page, 1);
  const batches = await pixels(page, 0, ".tile-rain");
  // ERM sees the images as they are, Mixup the same batch mixed.
  expect(batches).not.toEqual(await pixels(page, 1, ".tile-rain"));
  const filters = await pixels(page, 1, ".filters canvas");
  expect(filters).toHaveLength(8);
  expect(new Set(filters).size).toBe(8);
  await poll(() => pixels(page, 0, ".tile-rain")).not.toEqual(batches);
  await poll(() => pixels(page, 1, ".filters canvas")).not.toEqual(filters);
  const notes = page.locator(".panel").nth(1).locator(".tile-note");
  expect(await notes.first().textContent()).toMatch(/^Batch of step \d+, λ = 0\.\d{3}$/);
  const label = await page.locator(".filters").nth(1).getAttribute("aria-label");
  expect(label).toMatch(/First layer of Mixup, .* seed 0: 8 filters of 3 by 3; error [\d.]+ %/);
  await closeClean(opened);
});

/** The misclassified images that a panel lists: `5 → 9`, and all that is said of each. */
async function listed(page: Page, panel: number) {
  const items = page.locator(".panel").nth(panel).locator(".misclassified li:not(.empty)");
  return {
    words: await items.allTextContents(),
    titles: await items.evaluateAll((all) => all.map((item) => item.getAttribute("title"))),
  };
}

/** The same from what is exported, all of it. */
function fromExport({ data, runs }: Exported & { data: { labels: number[] } }, group: string) {
  const nets = runs.filter((run) => run.group.startsWith(group));
  return data.labels.flatMap((label, n) => {
    const taken = nets.map(({ atTrainingPoints }) => {
      const row = atTrainingPoints.slice(10 * n, 10 * n + 10);
      return row.indexOf(Math.max(...row));
    });
    const wrong = taken.filter((predicted) => predicted !== label);
    return wrong.length === 0 ? [] : [{ point: n, label, wrong }];
  });
}

it("lists what is misclassified, and trains what the library trains, bit for bit", async () => {
  const opened = await lab.open(SHORT);
  const { page } = opened;
  await finished(page);
  const json = (await exportedJson(page)) as Exported & { data: { labels: number[] } };
  for (const [panel, group] of ["ERM", "Mixup"].entries()) {
    const wrong = fromExport(json, group);
    expect(wrong.length).toBeGreaterThan(24);
    const { words, titles } = await listed(page, panel);
    expect(words).toHaveLength(24);
    for (const [i, title] of titles.entries()) {
      const [, point, label, predicted, nets] = title!
        .match(/^Image (\d+): a (\d), taken for (\d); (\d) of 2 nets wrong$/)!
        .map(Number);
      const known = wrong.find((one) => one.point === point)!;
      expect([known.label, known.wrong.length]).toEqual([label, nets]);
      expect(known.wrong).toContain(predicted);
      expect(words[i]).toBe(`${label} → ${predicted}`);
    }
    const count = await page.locator(".panel").nth(panel).locator("h4 .soft").textContent();
    expect(count).toBe(`${wrong.length} of 256 images, 24 shown`);
  }
  // As text: the test's own transformer would replace `import()` by what no page knows.
  const curves = (await page.evaluate(`(async (config) => {
    const library = await import("/src/index.ts");
    const { labExperiment } = await import("/demo/lab/training/labExperiment.ts");
    const { fetchSources } = await import("/demo/lab/training/sources.ts");
    const device = await library.openDevice();
    const { train } = labExperiment(config, await fetchSources(config));
    const { curves } = await library.train(device, train).result;
    device.destroy();
    return curves;
  })(${JSON.stringify(json.config)})`)) as { step: number[]; runs: Exported["runs"] };
  expect(json.evaluations).toEqual(curves.step);
  json.runs.forEach((run, r) => {
    for (const name of ["error", "loss", "trainingLoss"] as const)
      expect(run[name]).toEqual(curves.runs[r][name].map(Math.fround));
  });

  // An image that is chosen comes under the lens, with the net as its trace has it.
  const item = page.locator(".misclassified li").nth(3);
  const point = (await item.getAttribute("title"))!.match(/\d+/)![0];
  await item.click();
  await poll(() => page.locator("#point").inputValue()).toBe(point);
  expect(await item.getAttribute("class")).toContain("chosen");
  expect(await page.locator("#point-image canvas").count()).toBe(1);
  await page.locator("#net summary").click();
  const rows = await page.locator("#net-rows tr").allTextContents();
  expect(rows).toHaveLength(6);
  expect(rows[0]).toMatch(/^0conv2d\(channels 8, .*\)8×4×40\.weight 8×1×3×3, 0\.bias 8$/);
  await closeClean(opened);
});

it("exports filters and misclassified images with a caption, and checkpoints that go on", async () => {
  const opened = await lab.open(SHORT);
  const { page } = opened;
  await finished(page);
  const svg = (await downloaded(page, "#export-svg")).toString();
  expect(svg.match(/<image /g)!.length).toBeGreaterThan(2 * (8 + 24));
  expect(svg).toContain("misclassified images at step 24");
  expect(svg.replaceAll(/data:[^"]*/g, "")).not.toMatch(/NaN|undefined|var\(/);
  const words = svg.replaceAll(/<[^>]*>/g, " ").replaceAll(/\s+/g, " ");
  expect(words).toContain("CC BY 4.0");
  const straight = await exportedJson(page);
  const file = await downloaded(page, "#save");
  await page.locator("#reset").click();
  await page.locator('#lab[data-status="paused"]').waitFor();
  await page.locator("#open-file").setInputFiles({ name: "a.safetensors", mimeType: "", buffer: file });
  await poll(() => page.locator("#step-count").textContent()).toBe("Step 24 of 24");
  expect((await exportedJson(page)).runs).toEqual(straight.runs);
  await closeClean(opened);
});

it("goes on when its worker dies: another fetches the images again", async () => {
  const { page } = await lab.open("#v=1&preset=digits&steps=60&seeds=1");
  await reached(page, 1);
  await page.workers()[0].evaluate(() => {
    setTimeout(() => {
      throw new Error("planted");
    });
  });
  await poll(() => page.locator("#notice-text").textContent()).toMatch(/crashed .*planted/);
  await finished(page);
  await page.context().close();
});

it("says what could not be fetched, and other experiments go on without it", async () => {
  const { page } = await lab.open(SHORT, {
    // Not the module of that name, which holds the address.
    prepare: async (context) => {
      await context.route(/images-idx3-ubyte\.gz$/, (route) => route.abort());
    },
  });
  await poll(() => page.locator("#notice-text").textContent()).toContain(
    "images-idx3-ubyte.gz could not be fetched",
  );
  await page.evaluate(() => {
    location.hash = "#v=1&units=8&steps=10&seeds=1";
  });
  await finished(page);
  await page.context().close();
});

it.each([
  ["surface", "images have a dimension for every pixel"],
  ["landscape", "computes nets of dense layers"],
])("says why images have no %s", async (view, message) => {
  const opened = await lab.open(`#v=1&preset=digits&steps=2&seeds=1&view=${view}`);
  await poll(() => opened.page.locator(".scene .notice").textContent()).toContain(message);
  await finished(opened.page);
  await closeClean(opened);
});

it("sweeps alpha over filters", async () => {
  const opened = await lab.open("#v=1&preset=digits&steps=2&points=64&view=sweep");
  const { page } = opened;
  await finished(page);
  expect(await page.locator(".sweep .panel").count()).toBe(16);
  expect(await pixels(page, 15, ".filters canvas")).toHaveLength(8);
  expect(await page.locator("#caption").textContent()).toContain("2 nets each, all 32 trained at once");
  await page.getByRole("button", { name: "Open α = 1", exact: true }).click();
  await poll(() => page.url()).toContain("alpha=1");
  await poll(() => page.locator(".pair .panel").count()).toBe(2);
  await closeClean(opened);
});

it.each([
  ["light", 1280],
  ["dark", 390],
] as const)("has no serious accessibility violation: %s, %i px", async (colorScheme, width) => {
  const opened = await lab.open(SHORT, { colorScheme, viewport: { width, height: 800 } });
  const { page } = opened;
  await finished(page);
  await page.locator("#net summary").click();
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
  const { violations } = await new AxeBuilder({ page }).analyze();
  const serious = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
  expect(
    serious.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 120)).join(" | ")}`),
  ).toEqual([]);
  await closeClean(opened);
});
