/**
 * What the lab is beside a laboratory, on one page of a browser: undone and redone, with the browser's Back as well.
 */

import type { Page } from "playwright";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { finished, type LabPage, LabServer, poll } from "./labServer.ts";

const SMALL = "units=8&steps=10&seeds=1";

let lab: LabServer;
let opened: LabPage;
let page: Page;

beforeAll(async () => {
  lab = await LabServer.start();
  opened = await lab.open(`#v=1&${SMALL}`);
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
  await poll(hash).toBe("#v=1&preset=moons");
  await page.goBack();
  await poll(hash).toBe(`${start.replace("v=1", "v=1&alpha=4&pairing=other")}`);
  await poll(() => page.locator("#story-title").textContent()).toBe("Why Mixup can fail");
  await page.goForward();
  await poll(hash).toBe("#v=1&preset=moons");
  // Undo goes over pages as well.
  await page.keyboard.press("Control+z");
  await poll(hash).toContain("alpha=4&pairing=other");
  await page.locator("#undo").click();
  await poll(hash).not.toContain("alpha=4");
  expect(await page.locator("#announce").textContent()).toMatch(/α 32|Preparing/);
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
    location.hash = `#v=1&preset=own&own=0,0,0;1,1,1&names=cat,dog&${small}`;
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
