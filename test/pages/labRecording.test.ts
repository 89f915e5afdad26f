/**
 * The lab's recordings: opened, one grows and can be looked at from its first step on; alpha, step and ε are dragged without a
 * training; the second visit opens from the store; a lost device or a dead worker costs nothing that was recorded.
 */

import type { Page } from "playwright";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  closeClean,
  downloaded,
  exportedJson,
  finished,
  type LabPage,
  LabServer,
  poll,
} from "./labServer.ts";

let lab: LabServer;
beforeAll(async () => {
  lab = await LabServer.start();
}, 120_000);
afterAll(() => lab?.stop());

const SHORT = "#v=2&units=32&steps=200&seeds=3";

/** Puts a slider at a stop, as a finger would. */
async function drag(page: Page, slider: string, stop: number): Promise<void> {
  await page.locator(slider).evaluate((input: HTMLInputElement, value) => {
    input.value = String(value);
    input.dispatchEvent(new Event("input", { bubbles: true }));
  }, stop);
}

const text = (page: Page, selector: string) => page.locator(selector).first().textContent();
const session = (page: Page) => page.locator("#lab").getAttribute("data-session");
const mixupLine = (page: Page) => page.locator("#picture path.mean.mixup").first().getAttribute("d");

/** Counts what a page asks of its worker, and whether panels were ever empty since. */
async function watch(page: Page): Promise<() => Promise<boolean>> {
  await page.evaluate(() => {
    const state = window as unknown as { wasBlank: boolean };
    state.wasBlank = false;
    const look = () => {
      const lines = [...document.querySelectorAll("#picture .panel path.mean")];
      if (lines.length === 0 || lines.some((line) => !line.getAttribute("d"))) state.wasBlank = true;
      requestAnimationFrame(look);
    };
    look();
  });
  return () => page.evaluate(() => (window as unknown as { wasBlank: boolean }).wasBlank);
}

describe("a recording", () => {
  let opened: LabPage;
  let page: Page;
  beforeAll(async () => {
    opened = await lab.open(SHORT);
    page = opened.page;
    await finished(page);
  }, 90_000);
  afterAll(() => closeClean(opened));

  it("shows any alpha, step and ε while they are dragged, without a training and never blank", async () => {
    const before = await session(page);
    const wasBlank = await watch(page);
    const pictures = new Set<string | null>();
    for (let stop = 0; stop < 16; stop++) {
      await drag(page, "#track-alpha", stop);
      const alpha = stop < 4 ? `1/${2 ** (4 - stop)}` : String(2 ** (stop - 4));
      await poll(() => text(page, ".track-value")).toBe(`α = ${alpha}`);
      const name = `Mixup, λ ~ Beta(${2 ** (stop - 4)}, ${2 ** (stop - 4)})`;
      await poll(() => text(page, ".panel-title.mixup span")).toBe(name);
      pictures.add(await mixupLine(page));
    }
    // Beyond some alpha λ is ½, and nets are as good as the same.
    expect(pictures.size).toBeGreaterThan(6);
    await poll(() => page.url()).toContain("alpha=2048");
    expect(await page.locator("#field-alpha").inputValue()).toBe("2048");

    const last = await mixupLine(page);
    await drag(page, "#track-time", 0);
    await poll(() => page.locator("#step-count").textContent()).toBe("Step 0 of 200");
    expect(await mixupLine(page)).not.toBe(last);
    await poll(() => page.url()).toContain("at=0");
    await drag(page, "#track-time", 99);
    await poll(() => mixupLine(page)).toBe(last);
    await poll(() => page.url()).not.toContain("at=");

    const optimal = () => page.locator("#picture path.optimal.mixup").first().getAttribute("d");
    const wide = await optimal();
    await drag(page, "#epsilon", 150);
    await poll(optimal).not.toBe(wide);
    expect(await session(page)).toBe(before);
    expect(await wasBlank()).toBe(false);
  });

  it("is reached by keys, and says what is there", async () => {
    const alpha = page.locator("#track-alpha");
    await drag(page, "#track-alpha", 9);
    await alpha.focus();
    await page.keyboard.press("ArrowLeft");
    await poll(() => alpha.getAttribute("aria-valuetext")).toMatch(/^α = 16, error of Mixup \d/);
    await page.locator("#track-time").press("Home");
    await poll(() => page.locator("#track-time").getAttribute("aria-valuetext")).toBe("step 0");
    await page.locator("#step").click();
    await poll(() => page.locator("#track-time").getAttribute("aria-valuetext")).toContain(
      "step 1, error of ERM",
    );
    await page.locator("#play").click();
    await poll(() => page.locator("#play").textContent()).toBe("Pause");
    // The film ends by itself, at the end.
    await poll(() => page.locator("#play").textContent()).toBe("Play");
    await poll(() => page.locator("#step-count").textContent()).toBe("Step 200 of 200");
  });

  it("holds what the library trains: the same nets, to the halves that are kept", async () => {
    await drag(page, "#track-alpha", 7);
    await poll(() => text(page, ".track-value")).toBe("α = 8");
    await poll(() => page.url()).toContain("alpha=8");
    const json = await exportedJson(page);
    const expected = (await page.evaluate(`(async (config) => {
      const library = await import("/src/index.ts");
      const { labExperiment } = await import("/demo/lab/training/labExperiment.ts");
      const device = await library.openDevice();
      const { curves, runs } = await library.train(device, labExperiment(config).train).result;
      device.destroy();
      return { loss: curves.runs.map(({ loss }) => loss.at(-1)), probabilities: runs.map(({ probabilities }) => Array.from(probabilities)) };
    })(${JSON.stringify(json.config)})`)) as { loss: number[]; probabilities: number[][] };
    expect(json.config.alpha).toBe(8);
    expect(json.runs).toHaveLength(6);
    json.runs.forEach((run, r) => {
      // Measured from the nets before they were rounded.
      expect(run.loss.at(-1)).toBeCloseTo(expected.loss[r], 5);
      [...run.onGrid, ...run.atTrainingPoints].forEach((value, i) => {
        expect(Math.abs(value - expected.probabilities[r][2 * i + 1])).toBeLessThan(2e-3);
      });
    });
    expect((await downloaded(page, "#export-weights")).subarray(8, 1200).toString()).toContain(
      "layers.0.weight",
    );
    await page.locator("#save").click();
    await poll(() => page.locator("#notice-text").textContent()).toContain("Train live");
    await page.locator("#notice-close").click();
  });

  it("shows all alphas at once, in space, and back, from the same nets", async () => {
    const before = await session(page);
    await page.getByRole("button", { name: "α sweep" }).click();
    await poll(() => page.locator(".sweep .panel").count()).toBe(16);
    await drag(page, "#track-time", 30);
    await poll(() => page.locator("#step-count").textContent()).not.toBe("Step 200 of 200");
    await page.getByRole("button", { name: "Open α = 4", exact: true }).click();
    await poll(() => page.locator(".pair .panel").count()).toBe(2);
    await poll(() => text(page, ".track-value")).toBe("α = 4");
    await page.getByRole("button", { name: "Landscape" }).click();
    await page.locator(".scene canvas").waitFor();
    await page.getByRole("button", { name: "Picture", exact: true }).click();
    await poll(() => page.locator(".pair .panel").count()).toBe(2);
    expect(await mixupLine(page)).not.toBe("");
    expect(await session(page)).toBe(before);
  });

  it("says which alpha is the nearest, and trains the one that was asked for", async () => {
    await page.locator("#field-alpha").fill("3.3");
    await page.keyboard.press("Enter");
    await poll(() => page.locator(".tracks-note span").textContent()).toBe(
      "α = 3.3 is not recorded: this is 4, the nearest that is.",
    );
    await page.getByRole("button", { name: "Train α = 3.3 live" }).click();
    await poll(() => page.url()).toContain("alpha=3.3");
    await finished(page);
    await poll(() => text(page, ".panel-title.mixup span")).toBe("Mixup, λ ~ Beta(3.3, 3.3)");
    await page.getByRole("button", { name: "Record all α" }).click();
    await poll(() => page.locator("#track-alpha").isVisible()).toBe(true);
    await finished(page);
  });

  it("opens from the store at the second visit, as it was left", async () => {
    await drag(page, "#track-alpha", 10);
    await drag(page, "#track-time", 60);
    await poll(() => page.url()).toContain("at=");
    await poll(() => page.url()).toContain("alpha=64");
    const [line, step] = [await mixupLine(page), await page.locator("#step-count").textContent()];
    await page.reload();
    // No step is trained: it has ended before one is told.
    await page.evaluate(() => {
      const lab = document.getElementById("lab")!;
      const seen: (string | undefined)[] = [];
      (window as unknown as { seen: typeof seen }).seen = seen;
      new MutationObserver(() => seen.push(lab.dataset.status)).observe(lab, { attributes: true });
    });
    await finished(page);
    expect(await page.evaluate(() => (window as unknown as { seen: string[] }).seen)).not.toContain(
      "running",
    );
    expect(await page.locator("#step-count").textContent()).toBe(step);
    expect(await mixupLine(page)).toBe(line);
  });

  it("becomes a film over alpha, and comes back to what was shown", async () => {
    const [url, line] = [page.url(), await mixupLine(page)];
    const film = await downloaded(page, "#film");
    expect(film.subarray(0, 4).toString("hex")).toBe("1a45dfa3");
    await poll(() => mixupLine(page)).toBe(line);
    expect(page.url()).toBe(url);
    expect(await page.locator("#film").textContent()).toBe("Film");

    // Elsewhere: the lab's page takes no videos.
    const cinema = await page.context().newPage();
    const seen = await cinema.evaluate(async (base64) => {
      const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
      const video = document.createElement("video");
      video.muted = true;
      video.src = URL.createObjectURL(new Blob([bytes], { type: "video/webm" }));
      const canvas = document.createElement("canvas");
      canvas.width = 64;
      canvas.height = 36;
      const context = canvas.getContext("2d", { willReadFrequently: true })!;
      const pictures = new Set<string>();
      const ended = new Promise((resolve) => video.addEventListener("ended", resolve));
      video.addEventListener("timeupdate", () => {
        context.drawImage(video, 0, 0, 64, 36);
        pictures.add(canvas.toDataURL());
      });
      await video.play();
      await ended;
      return { width: video.videoWidth, seconds: video.currentTime, pictures: pictures.size };
    }, film.toString("base64"));
    await cinema.close();
    expect(seen.width).toBe(1280);
    // Fifteen pictures, the first and the last for longer; the encoder rests in between.
    expect(seen.seconds).toBeGreaterThan(4);
    expect(seen.pictures).toBeGreaterThan(3);
  }, 180_000);
});

describe("while it is recorded", () => {
  const LONG = "#v=2&units=64&steps=4000&seeds=4";

  it("can be looked at, paused, and goes on after a reload where it was", async () => {
    const opened = await lab.open(LONG);
    const { page } = opened;
    const recorded = async () =>
      Number.parseInt((await page.locator(".track-note").nth(1).textContent()) ?? "", 10);
    await poll(recorded).toBeGreaterThan(30);
    await poll(() => page.locator(".track-note").nth(1).textContent()).toMatch(/^\d+ %, \d+ (s|min) left$/);
    await drag(page, "#track-alpha", 2);
    await drag(page, "#track-time", 5);
    await poll(() => page.locator("#step-count").textContent()).toBe("Step 5 of 4000");
    await poll(() => text(page, ".track-value")).toBe("α = 1/4");
    await page.locator("#play").click();
    await page.locator('#lab[data-status="paused"]').waitFor();
    const before = await recorded();
    await page.reload();
    // It begins with what was kept, a few seconds old at most, and not from nothing.
    await poll(recorded).toBeGreaterThan(Math.min(20, before / 3));
    await closeClean(opened);
  });

  it("goes on from what was kept when its worker dies", async () => {
    const opened = await lab.open(LONG.replace("seeds=4", "seeds=3"));
    const { page } = opened;
    const recorded = async () =>
      Number.parseInt((await page.locator(".track-note").nth(1).textContent()) ?? "", 10);
    await poll(recorded).toBeGreaterThan(20);
    await page.workers()[0].evaluate(() => {
      setTimeout(() => {
        throw new Error("planted");
      });
    });
    await poll(() => page.locator("#notice-text").textContent()).toContain("crashed");
    await poll(recorded).toBeGreaterThan(25);
    await finished(page, 120_000);
    expect(await page.locator("#step-count").textContent()).toBe("Step 4000 of 4000");
    await page.context().close();
  });

  // Last: after a second crash Chrome would give no adapter any more.
  it("goes on when the GPU process crashes", async () => {
    const opened = await lab.open(LONG.replace("seeds=4", "seeds=2"));
    const { page } = opened;
    const recorded = async () =>
      Number.parseInt((await page.locator(".track-note").nth(1).textContent()) ?? "", 10);
    await poll(recorded).toBeGreaterThan(20);
    const crash = await lab.browser.newBrowserCDPSession();
    await crash.send("Browser.crashGpuProcess").catch(() => {});
    await finished(page, 120_000);
    expect(await page.locator("#notice-text").textContent()).toContain("The GPU was lost");
    expect(await page.locator("#step-count").textContent()).toBe("Step 4000 of 4000");
    await page.context().close();
  });
});
