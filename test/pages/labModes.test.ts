/**
 * What the lab is beside a laboratory, on one page of a browser: undone and redone, with the browser's Back as well; shown in
 * a lecture, in a frame, on a phone.
 */

import { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "playwright";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { downloaded, finished, type LabPage, LabServer, poll } from "./labServer.ts";

const SMALL = "units=8&steps=10&seeds=1&live=1";

let lab: LabServer;
let opened: LabPage;
let page: Page;

beforeAll(async () => {
  lab = await LabServer.start();
  opened = await lab.open(`#v=2&${SMALL}`);
  page = opened.page;
}, 120_000);
afterAll(() => lab?.stop());
afterEach(() => {
  expect(opened.problems).toEqual([]);
});

const hash = () => new URL(page.url()).hash;

it("takes back and brings again whatever was set, by keys and buttons; Back takes back a preset", async () => {
  await finished(page);
  const start = hash();
  await page.getByLabel("Partner", { exact: true }).selectOption("other");
  await poll(hash).toContain("pairing=other");
  const alpha = page.locator("#field-alpha");
  await alpha.fill("4");
  await page.keyboard.press("Enter");
  await poll(hash).toContain("alpha=4");
  await page.getByRole("button", { name: "Two moons" }).click();
  await poll(hash).toBe("#v=2&preset=moons");
  await page.goBack();
  await poll(hash).toBe(`${start.replace("v=2", "v=2&alpha=4&pairing=other")}`);
  await poll(() => page.locator("#story-title").textContent()).toBe("Why Mixup can fail");
  await page.goForward();
  await poll(hash).toBe("#v=2&preset=moons");
  // Undo goes over pages as well.
  await page.keyboard.press("Control+z");
  await poll(hash).toContain("alpha=4&pairing=other");
  // What was undone is heard.
  const heard = await page.evaluateHandle(() => {
    const sentences: (string | null)[] = [];
    const announced = document.querySelector("#announce")!;
    new MutationObserver(() => sentences.push(announced.textContent)).observe(announced, { childList: true });
    return sentences;
  });
  await page.locator("#undo").click();
  await poll(hash).not.toContain("alpha=4");
  expect(await heard.jsonValue()).toContain("α 32.");
  await page.keyboard.press("Control+z");
  await poll(hash).toBe(start);
  expect(await page.locator("#undo").isDisabled()).toBe(true);
  await page.keyboard.press("Control+Shift+z");
  await poll(hash).toContain("pairing=other");
  await page.locator("#redo").click();
  await poll(() => alpha.inputValue()).toBe("4");
  // What is being typed is the browser's to take back.
  await alpha.fill("5");
  await page.keyboard.press("Control+z");
  expect(hash()).toContain("alpha=4");
  await alpha.fill("4");
  await alpha.blur();
  await finished(page);
});

it("draws points into a view that stays, and keeps them and their names beside presets", async () => {
  await page.evaluate((small) => {
    location.hash = `#v=2&preset=own&own=0,0,0;1,1,1&names=cat,dog&${small}`;
  }, SMALL);
  const panel = page.locator(".panel").first();
  const place = async () => Number(await panel.locator(".marker").first().getAttribute("cx")).toFixed(6);
  await poll(() => panel.locator(".marker").count()).toBe(2);
  const before = await place();
  const plot = page.locator("svg.editable").first();
  // Far out, and then right beside a point: both are added, and nothing moves.
  await plot.click({ position: { x: 5, y: 5 } });
  await poll(() => panel.locator(".marker").count()).toBe(3);
  await plot.click({ position: { x: 18, y: 5 } });
  await poll(() => panel.locator(".marker").count()).toBe(4);
  expect(await place()).toBe(before);
  expect(hash()).toContain("names=cat,dog&window=");
  // On a point: it is taken away; and comes back.
  await plot.click({ position: { x: 5, y: 5 } });
  await poll(() => panel.locator(".marker").count()).toBe(3);
  await page.keyboard.press("Control+z");
  await poll(() => panel.locator(".marker").count()).toBe(4);
  await page.locator("#fit-view").click();
  await poll(hash).not.toContain("window=");
  await poll(place).not.toBe(before);
  const own = new URLSearchParams(hash().slice(1)).get("own");
  await page.getByRole("button", { name: "Alternating line" }).click();
  await poll(hash).toBe("");
  await page.getByRole("button", { name: "Your own data" }).click();
  await poll(() => new URLSearchParams(hash().slice(1)).get("own")).toBe(own);
  expect(hash()).toContain("names=cat,dog");
  expect(await page.locator("#legend li").allTextContents()).toEqual(["cat", "dog"]);
});

it("takes a table that is pasted anywhere", async () => {
  await page.evaluate(() => {
    const data = new DataTransfer();
    data.setData("text/plain", "x,y,kind\n3,1,red\n4,2,blue\n");
    document.body.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true }));
  });
  await poll(hash).toContain("own=3,1,0;4,2,1&names=red,blue");
});

async function violations(): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  return violations.map(
    ({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 120)).join(" | ")}`,
  );
}

it("is shown in a lecture, large, and driven by keys alone", async () => {
  await page.goto(`${lab.origin}/demo/lab.html?present#v=2&${SMALL}&alpha=1`);
  await finished(page);
  for (const gone of ["#presets", "#controls", ".take", "#inspector"])
    expect(await page.locator(gone).isVisible()).toBe(false);
  // All of it is in one view.
  const bottom = (await page.locator(".keys").boundingBox())!;
  expect(bottom.y + bottom.height).toBeLessThanOrEqual(800);
  expect(await violations()).toEqual([]);
  await page.keyboard.press("ArrowRight");
  await poll(hash).toContain("alpha=1.6");
  await page.keyboard.press("o");
  await poll(hash).toContain("optimal=0");
  await page.keyboard.press("v");
  await poll(hash).toContain("view=sweep");
  await page.keyboard.press("3");
  await poll(hash).toBe("#v=2&preset=linear");
  await page.keyboard.press("Control+z");
  await poll(hash).toContain("view=sweep");
  await page.keyboard.press("?");
  expect(await page.locator(".keys").isHidden()).toBe(true);
  await page.keyboard.press("Escape");
  await page.waitForURL((url) => url.search === "");
  expect(await page.locator("#controls").isVisible()).toBe(true);
});

it("is one picture and one slider in an article's frame, and leaves the article's history alone", async () => {
  const article = `${lab.origin}/article`;
  const source = `${lab.origin}/demo/lab.html?embed&theme=dark#v=2&${SMALL}`;
  const body = `<html lang="en"><title>An article</title><main><h1>Of Mixup</h1><iframe title="The Mixup lab" width="640" height="480" src="${source}"></iframe></main></html>`;
  await page.route(article, (route) => route.fulfill({ contentType: "text/html", body }));
  await page.goto(article);
  const frame = page.frameLocator("iframe");
  await frame.locator('#lab[data-status="finished"]').waitFor({ timeout: 60_000 });
  expect(await frame.locator(".panel:visible .panel-title > span:first-child").allTextContents()).toEqual([
    "Mixup, λ ~ Beta(32, 32)",
  ]);
  expect(await frame.locator("input:visible, button:visible, select:visible").count()).toBe(1);
  const before = await page.evaluate(() => history.length);
  await frame.locator("#dial-alpha").fill("0");
  const link = frame.locator("#open-lab");
  await poll(() => link.getAttribute("href")).toBe(`${lab.origin}/demo/lab.html#v=2&alpha=0.05&${SMALL}`);
  await poll(() => frame.locator(".panel:visible .panel-title").textContent()).toContain("Beta(0.05, 0.05)");
  expect(await page.evaluate(() => history.length)).toBe(before);
  expect(await frame.locator("html").getAttribute("data-theme")).toBe("dark");
  // Nothing has to be scrolled for.
  expect(
    await frame.locator("html").evaluate(({ scrollHeight, clientHeight }) => scrollHeight - clientHeight),
  ).toBe(0);
  expect(await violations()).toEqual([]);
});

it("has alpha and the picture in one view of a phone", async () => {
  await page.setViewportSize({ width: 390, height: 844 });
  await page.goto(`${lab.origin}/demo/lab.html#v=2&${SMALL}`);
  await finished(page);
  for (const seen of [
    page.locator(".panel", { hasText: "Mixup" }).locator(".layers"),
    page.locator("#dial-alpha"),
    page.locator("#play"),
  ]) {
    const { x, y, width, height } = (await seen.boundingBox())!;
    expect([x >= 0, y >= 0, x + width <= 390, y + height <= 844]).toEqual([true, true, true, true]);
  }
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
  expect(await violations()).toEqual([]);
  await page.setViewportSize({ width: 1280, height: 800 });
});

it("says what came out, keeps its colours where others are forced, and leaves its controls off paper", async () => {
  expect(await page.locator("#announce").textContent()).toMatch(
    /^Finished\. ERM: error \d+ %\. Mixup, λ ~ Beta\(32, 32\): error \d+ %\.$/,
  );
  await page.emulateMedia({ forcedColors: "active" });
  await page.evaluate((small) => {
    location.hash = `#v=2&preset=moons&points=8&${small}`;
  }, SMALL);
  const ground = page.locator(".panel canvas").first();
  const corner = () =>
    ground.evaluate((canvas: HTMLCanvasElement) => [
      ...canvas.getContext("2d")!.getImageData(4, 4, 1, 1).data,
    ]);
  await poll(async () => (await corner())[3]).toBe(255);
  // Neither black nor white: a class's.
  expect(new Set(await corner()).size).toBeGreaterThan(2);
  expect(await violations()).toEqual([]);
  await page.emulateMedia({ forcedColors: "none", media: "print" });
  for (const gone of ["#controls", "#play", "#dial", "#open-figure"])
    expect(await page.locator(gone).isVisible()).toBe(false);
  for (const kept of ["#story-title", "#print-link", "#caption"])
    expect(await page.locator(kept).isVisible()).toBe(true);
  expect(await page.locator("#print-link").textContent()).toBe(page.url());
  await page.emulateMedia({ media: "screen" });
});

it("gives a link as QR code and frame, and a figure in the size and dress of a paper", async () => {
  await page.goto(`${lab.origin}/demo/lab.html?figure#v=2&${SMALL}`);
  const measure = page.locator(".figure-settings [role=status]");
  await poll(() => measure.textContent()).toMatch(/^174 × \d+ mm; as PNG 2055 × \d+ pixels\.$/);
  await page.locator("#figure-width").fill("85");
  await page.locator("#figure-font").selectOption("serif");
  await page.locator("#figure-title").check();
  await poll(() => measure.textContent()).toMatch(/^85 ×/);
  expect(await violations()).toEqual([]);
  const svg = (await downloaded(page, "#figure-svg")).toString();
  expect(svg.slice(0, 300)).toMatch(
    /^<svg [^>]*width="85mm" height="[\d.]+mm" viewBox="0 0 331.3 \d+" font-family="Times New Roman/,
  );
  expect(svg).toContain("Probability of class 1 at step 10");
  expect(svg).not.toContain("Data: 3 points");
  expect(await page.locator("#figure-text").inputValue()).toContain("Data: 3 points");
  const png = await downloaded(page, "#figure-png");
  // The header's width, and the resolution in dots per metre.
  expect(png.readUInt32BE(16)).toBe(1004);
  expect([png.subarray(37, 41).toString(), png.readUInt32BE(41)]).toEqual(["pHYs", 11811]);
  await page.keyboard.press("Escape");
  await page.locator("#open-share").click();
  const link = await page.locator("#share-link").inputValue();
  expect(link).toBe(page.url().replace("?figure", ""));
  expect(await page.locator("#share-present").inputValue()).toBe(
    link.replace("/demo/lab.html", "/demo/lab.html?present"),
  );
  expect(await page.locator("#share-embed").inputValue()).toContain(
    `src="${link.replace("/demo/lab.html", "/demo/lab.html?embed").replaceAll("&", "&amp;")}"`,
  );
  expect((await page.locator(".qr path").getAttribute("d"))!.length).toBeGreaterThan(3000);
  expect(await violations()).toEqual([]);
  await page.keyboard.press("Escape");
});
