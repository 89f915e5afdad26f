/**
 * Merged nets in the lab, in a real browser: two matrices on one scale, cells in words by mouse and keyboard, pausing in both stages;
 * files, figure and accessibility.
 */

import { expect, it } from "vitest";
import { downloaded, expectAccessible, exportedJson, finished, goTo, poll, sharedLab } from "./labServer.ts";

const MERGING = "#v=2&preset=merging&units=8&steps=20&retrain=12&seeds=1";

const { page } = await sharedLab();

const go = (hash: string) => goTo(page, hash);
const matrix = (group: number) => page.locator(".merge-matrix").nth(group);
const cells = (group: number) => matrix(group).locator('[role="gridcell"]');
const values = (group: number) => cells(group).locator(".value").allTextContents();
const reading = () => page.locator(".merging-picture .reading").textContent();

it("has two matrices on one scale, with what was measured in their cells", async () => {
  await go(MERGING);
  const { runs } = await exportedJson(page);
  const pair = (run: number, i: number, j: number) =>
    (runs[run] as unknown as Record<string, number[]>)[`pair_${Math.min(i, j)}_${Math.max(i, j)}`].at(-1)!;
  const seen: { loss: number; light: number }[] = [];
  for (const group of [0, 1]) {
    const shown = await values(group);
    expect(shown).toHaveLength(36);
    shown.forEach((text, at) => {
      const loss = pair(group, Math.floor(at / 6), at % 6);
      expect(Math.abs(Number(text) - loss)).toBeLessThan(loss < 9.995 ? 0.0051 : 0.051);
    });
    const grounds = await cells(group).evaluateAll((all) =>
      all.map((cell) => (cell as HTMLElement).style.background.match(/\d+/g)!.map(Number)),
    );
    grounds.forEach((ground, at) => {
      const light = ground.reduce((sum, value) => sum + value, 0);
      seen.push({ loss: pair(group, Math.floor(at / 6), at % 6), light });
    });
    expect(await matrix(group).locator(".diagonal .alone-word").allTextContents()).toEqual(
      new Array(6).fill("alone"),
    );
    expect(await matrix(group).locator('[scope="row"]').allTextContents()).toEqual([
      ...["plain", "mirrored", "upside down", "transposed", "column rolled", "row rolled"],
    ]);
  }
  // The higher the loss the lighter, on one scale for both; each channel is rounded.
  seen.sort((a, b) => a.loss - b.loss);
  for (let at = 1; at < seen.length; at++)
    expect(seen[at].light).toBeGreaterThanOrEqual(seen[at - 1].light - 3);
  expect(seen.at(-1)!.light).toBeGreaterThan(seen[0].light);
  const ends = (await page.locator(".merge-scale .ends span").allTextContents()).map(Number);
  const all = [...(await values(0)), ...(await values(1))].map(Number);
  expect(ends[0]).toBeLessThanOrEqual(Math.min(...all) + 0.006);
  expect(ends[2]).toBeGreaterThanOrEqual(Math.max(...all) - 0.006);
  expect(await page.locator(".merging .panel-error").allTextContents()).toEqual([
    expect.stringMatching(/^pairs \d/),
    expect.stringMatching(/^pairs \d/),
  ]);
  expect(await page.locator(".chart-title h3").allTextContents()).toEqual([
    "Loss of merged pairs",
    "Loss of the nets alone",
  ]);
});

it("says a cell in words, by mouse and by keyboard, in both matrices", async () => {
  expect(await reading()).toMatch(
    /^Mean over the 15 pairs: \d.* nats from starts of their own, \d.* from one start\./,
  );
  await cells(1).nth(9).hover();
  expect(await reading()).toMatch(
    /^Nets of “mirrored” and “transposed”, merged, on images of both: .* Alone, each on its own: \d/,
  );
  expect(await page.locator(".merge-matrix .marked").count()).toBe(2);
  expect(await matrix(0).locator(".named").allTextContents()).toEqual(["transposed", "mirrored"]);
  await page.mouse.move(2, 2);
  expect(await reading()).toMatch(/^Mean over/);

  // One stop of the tabulator key each, and arrows within.
  const inTabOrder = page.locator('.merge-matrix [tabindex="0"]');
  expect(await inTabOrder.count()).toBe(2);
  await inTabOrder.first().focus();
  expect(await reading()).toContain("“plain” and “mirrored”");
  const label = () => page.evaluate(() => document.activeElement!.getAttribute("aria-label"));
  expect(await label()).toBe(`plain and mirrored, merged: ${(await values(0))[1]} nats`);
  await page.keyboard.press("ArrowDown");
  expect(await label()).toBe(`mirrored, alone: ${(await values(0))[7]} nats`);
  expect(await reading()).toContain("The net of “mirrored” alone");
  await page.keyboard.press("End");
  await page.keyboard.press("ArrowRight");
  expect(await label()).toContain("mirrored and row rolled, merged");
  await page.keyboard.press("Tab");
  expect(await page.evaluate(() => document.activeElement!.closest("table")!.ariaLabel)).toBe(
    "Losses of merged nets, one start",
  );
  await page.keyboard.press("Shift+Tab");
  expect(await label()).toContain("mirrored and row rolled, merged");
  await page.locator("#play").focus();
  expect(await reading()).toMatch(/^Mean over/);
});

it("pauses in either stage, and goes on from a checkpoint or with another worker, to the same numbers", async () => {
  await go(MERGING);
  const straight = await exportedJson(page);
  expect(straight.evaluations).toHaveLength(12);
  expect(straight.evaluations[0]).toBe(20);
  await page.locator("#reset").click();
  await page.locator('#lab[data-status="paused"]').waitFor();
  await page.locator("#step").click();
  await poll(() => page.locator("#step-count").textContent()).toBe("Step 1 of 32");
  await poll(reading).toBe("All starts learn plain digits first: step 1 of 20.");
  expect(await page.locator(".merge-matrix .waits").count()).toBe(72);
  const file = await downloaded(page, "#save");
  await page.locator("#play").click();
  await finished(page);
  expect((await exportedJson(page)).runs).toEqual(straight.runs);
  await page.locator("#open-file").setInputFiles({ name: "a.safetensors", mimeType: "", buffer: file });
  await poll(() => page.locator("#step-count").textContent()).toBe("Step 1 of 32");
  await page.locator("#play").click();
  await finished(page);
  expect((await exportedJson(page)).runs).toEqual(straight.runs);
  // The same when its worker dies on the way.
  await page.locator("#reset").click();
  await page.locator('#lab[data-status="paused"]').waitFor();
  await page.locator("#step").click();
  await poll(() => page.locator("#step-count").textContent()).toBe("Step 1 of 32");
  await page.workers()[0].evaluate(() => {
    setTimeout(() => {
      throw new Error("planted");
    });
  });
  await poll(() => page.locator("#notice-text").textContent()).toMatch(/crashed .*planted.* from step 1/);
  await page.locator("#play").click();
  await finished(page);
  expect((await exportedJson(page)).runs).toEqual(straight.runs);
  const csv = (await downloaded(page, "#export-csv")).toString().split("\n");
  expect(csv[0]).toMatch(/^run,seed,group,step,loss,alone,pair_0_0,pair_0_1,.*,pair_4_5,pair_5_5$/);
  expect(csv.filter((line) => line.includes('"One start"'))).toHaveLength(12);
});

it("is a figure", async () => {
  await go(MERGING);
  const svg = (await downloaded(page, "#export-svg")).toString();
  expect(svg).not.toMatch(/var\(|NaN|undefined|Infinity|&nbsp;/);
  const text = svg.replaceAll(/<[^>]*>/g, "\n").replaceAll(/\n+/g, " ");
  for (const word of [
    "Starts of their own",
    "One start",
    "upside down",
    "loss, nats",
    "framed: one net alone",
  ])
    expect(text).toContain(word);
  expect(text).toMatch(/Data: .* Net: 64–8–8–10, ReLU\. .* Seed 0/);
  for (const loss of await values(1)) expect(text).toContain(loss);
});

it.each([
  ["light", 1440],
  ["dark", 390],
] as const)("has no serious accessibility violation: %s, %i px", async (colorScheme, width) => {
  await expectAccessible(page, MERGING, { colorScheme, width });
});
