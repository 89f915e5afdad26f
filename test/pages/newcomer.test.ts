/**
 * A newcomer's way through the lab, from the front page to a figure: open, drag alpha, see why it fails, draw points of one's own,
 * send a link, take a figure. Not here: what each of these does in every case (the other tests of pages).
 */

import { afterAll, beforeAll, expect, it } from "vitest";
import { closeClean, downloaded, finished, LabServer, poll } from "./labServer.ts";

let lab: LabServer;
beforeAll(async () => {
  lab = await LabServer.start();
}, 120_000);
afterAll(() => lab?.stop());

it("leads from the front page to a figure of one's own", async () => {
  const opened = await lab.open("#v=2&units=16&steps=40&seeds=2");
  const { page } = opened;
  await page.goto(`${lab.origin}/demo/index.html`);
  await page.getByRole("link", { name: "Open the lab" }).click();
  const shown = () => page.locator(".track-value").first().textContent();
  await poll(shown).toBe("α = 32");
  // The picture is there before anything is recorded, and there is nothing to press first.
  await page.locator("#picture path.mean.mixup").first().waitFor();
  await poll(() => page.locator("#lab").getAttribute("data-status")).toBe("running");

  // Drag alpha to its right end, while the recording grows.
  const slider = (await page.locator("#track-alpha").boundingBox())!;
  const middle = slider.y + slider.height / 2;
  await page.mouse.move(slider.x + slider.width / 2, middle);
  await page.mouse.down();
  await page.mouse.move(slider.x + slider.width - 2, middle, { steps: 5 });
  await page.mouse.up();
  await poll(shown).toBe("α = 2048");
  await poll(() => page.url()).toContain("alpha=2048");

  // Why it fails: a sentence moves the picture, a word says what it means.
  await page.locator(".sentence", { hasText: "land on the middle one" }).hover();
  await poll(shown).toBe("α = 1024");
  await page.getByRole("button", { name: "land on the middle one" }).click();
  await poll(() => page.locator(".term-popover:popover-open math").count()).toBe(1);
  await page.keyboard.press("Escape");

  // Points of one's own: one more, of the other class.
  await page.getByRole("button", { name: "Your own data" }).click();
  const markers = () => page.locator(".panel").first().locator(".marker").count();
  const before = await poll(markers).toBeGreaterThan(1).then(markers);
  await page
    .locator("svg.editable")
    .first()
    .click({ position: { x: 30, y: 30 } });
  await poll(markers).toBe(before + 1);
  await poll(() => page.url()).toContain("preset=own");

  // The link is all that a colleague needs.
  await page.locator("#open-share").click();
  const link = await page.locator("#share-link").inputValue();
  await page.keyboard.press("Escape");
  const other = await page.context().newPage();
  await other.goto(link);
  await poll(() => other.locator(".panel").first().locator(".marker").count()).toBe(before + 1);
  await other.close();

  await finished(page, 120_000);
  await page.locator("#open-figure").click();
  await poll(() => page.locator(".figure-settings [role=status]").textContent()).toMatch(/mm; as PNG/);
  const svg = (await downloaded(page, "#figure-svg")).toString();
  expect(svg).toContain("Decision regions");
  await page.keyboard.press("Escape");
  await closeClean(opened);
}, 300_000);
