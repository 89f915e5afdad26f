/**
 * The lab's stories in a browser: pointed at, a sentence moves the picture and leaves link and history alone; pressed, it is kept; its
 * terms open what they mean.
 */

import { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "playwright";
import { afterAll, beforeAll, expect, it } from "vitest";
import { closeClean, finished, type LabPage, LabServer, poll } from "./labServer.ts";

const SHORT = "#v=2&units=16&steps=60&seeds=2";

let lab: LabServer;
let opened: LabPage;
let page: Page;
beforeAll(async () => {
  lab = await LabServer.start();
  opened = await lab.open(SHORT);
  page = opened.page;
  await finished(page);
}, 150_000);
afterAll(async () => {
  await closeClean(opened);
  await lab.stop();
});

const shown = () => page.locator(".track-value").first().textContent();
const hash = () => new URL(page.url()).hash;
const look = (words: string) => page.getByRole("button", { name: words, exact: true });
const sentence = (words: string) => page.locator(".sentence", { hasText: words });
const heard = () => page.locator("#announce").textContent();

/** The alphas that are shown from now on. */
const watched = () =>
  page.evaluateHandle(() => {
    const values: (string | null)[] = [];
    const value = document.querySelector(".track-value")!;
    new MutationObserver(() => values.push(value.textContent)).observe(value, { childList: true });
    return values;
  });

it("moves the picture while a sentence is pointed at, and back; neither link nor history nor training change", async () => {
  const session = await page.locator("#lab").getAttribute("data-session");
  await poll(shown).toBe("α = 32");
  const seen = await watched();
  await sentence("At α = 1024").hover();
  await poll(shown).toBe("α = 1024");
  await poll(() => page.locator(".panel-title.mixup span").first().textContent()).toBe(
    "Mixup, λ ~ Beta(1024, 1024)",
  );
  expect(await heard()).toContain("with the wrong label");
  // Longer than after which links follow what is dragged.
  await page.waitForTimeout(500);
  expect(hash()).toBe(SHORT);
  expect(await page.locator("#field-alpha").inputValue()).toBe("32");
  expect(await page.locator("#undo").isDisabled()).toBe(true);
  await page.locator("#story-title").hover();
  await poll(shown).toBe("α = 32");
  const way = await seen.jsonValue();
  expect(way.length).toBeGreaterThan(3);
  expect(way).toContain("α = 1024");
  // From one sentence to the next it does not come back in between.
  await sentence("Mixup at α = 1").hover();
  await poll(shown).toBe("α = 1");
  await page.locator("#story-title").hover();
  await poll(shown).toBe("α = 32");
  expect(await page.locator("#lab").getAttribute("data-session")).toBe(session);
});

it("goes there at once where motion is to be reduced", async () => {
  await page.emulateMedia({ reducedMotion: "reduce" });
  const seen = await watched();
  await sentence("At α = 1024").hover();
  await poll(shown).toBe("α = 1024");
  await page.locator("#story-title").hover();
  await poll(shown).toBe("α = 32");
  expect(await seen.jsonValue()).toEqual(["α = 1024", "α = 32"]);
  await page.emulateMedia({ reducedMotion: null });
});

it("does so for who goes there by keyboard", async () => {
  await look("Mixup at α = 1").focus();
  await page.keyboard.press("Tab");
  expect(await page.evaluate(() => document.activeElement?.textContent)).toBe("its optimum");
  await poll(shown).toBe("α = 32");
  await page.keyboard.press("Tab");
  await poll(shown).toBe("α = 1024");
  await page.keyboard.press("Shift+Tab");
  await poll(shown).toBe("α = 32");
  await poll(heard).toBe("The picture is back where it was.");
  expect(hash()).toBe(SHORT);
});

it("keeps what is pressed, in the link and for undo", async () => {
  await look("At α = 1024").click();
  await poll(hash).toContain("alpha=1024");
  await page.locator("#story-title").hover();
  await page.waitForTimeout(300);
  expect(await shown()).toBe("α = 1024");
  expect(await look("At α = 1024").getAttribute("aria-current")).toBe("true");
  expect(await look("Mixup at α = 1").getAttribute("aria-current")).toBe("false");
  await page.keyboard.press("Control+z");
  await poll(shown).toBe("α = 32");
  await poll(hash).toBe(SHORT);
  expect(await look("At α = 1024").getAttribute("aria-current")).toBe("false");
});

it("explains a term in a popover: by keyboard, with a formula and a link, and back", async () => {
  const term = page.getByRole("button", { name: "What α is" }).first();
  await term.focus();
  await page.keyboard.press("Enter");
  const popover = page.locator(".term-popover:popover-open");
  await popover.waitFor();
  expect(await popover.locator("math mi").allTextContents()).toEqual(["λ", "α", "α"]);
  expect((await popover.locator("math").boundingBox())!.width).toBeGreaterThan(40);
  expect(await popover.locator("a").getAttribute("href")).toBe("./api/documents/theory.html#alpha");
  const box = (await popover.boundingBox())!;
  expect(box.x).toBeGreaterThanOrEqual(0);
  expect(box.x + box.width).toBeLessThanOrEqual(1280);
  expect(box.y).toBeGreaterThan((await term.boundingBox())!.y);
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0].html}`)).toEqual([]);
  await page.keyboard.press("Escape");
  await poll(() => popover.count()).toBe(0);
  expect(await term.evaluate((button) => button === document.activeElement)).toBe(true);
  // Every term's formula is whole.
  const broken = await page.evaluate(`import("/demo/lab/state/terms.ts").then(({ TERMS }) =>
    Object.values(TERMS).map(({ formula }) => "<math>" + formula + "</math>")
      .filter((text) => new DOMParser().parseFromString(text, "application/xml").querySelector("parsererror")))`);
  expect(broken).toEqual([]);
});

it("marks the alpha from which on the optimum fails, and moves the mark with ε", async () => {
  const label = page.locator(".flip-label");
  await poll(() => label.textContent()).toMatch(/fails from α = 11\.7/);
  const at = () => page.locator(".flip").getAttribute("x1").then(Number);
  const before = await at();
  await page.locator("#epsilon").evaluate((input: HTMLInputElement) => {
    input.value = "90";
    input.dispatchEvent(new Event("input"));
  });
  await poll(at).not.toBe(before);
  // At so small an ε it fails later.
  expect(await at()).toBeGreaterThan(before);
  await page.locator("#optimal").uncheck();
  await poll(() => label.isVisible()).toBe(false);
  await page.keyboard.press("Control+z");
  await page.keyboard.press("Control+z");
  await poll(() => label.textContent()).toMatch(/fails from α = 11\.7/);
});

it("is told by keys in a lecture, and not in a frame", async () => {
  await page.goto(`${lab.origin}/demo/lab.html?present${SHORT}`);
  await finished(page);
  await page.keyboard.press("n");
  await poll(hash).toContain("alpha=1&");
  await page.keyboard.press("n");
  await poll(hash).toContain("alpha=1024");
  await page.keyboard.press("p");
  await poll(hash).toContain("alpha=1&");
  expect(await page.locator(".keys").textContent()).toContain("story");
  await page.goto(`${lab.origin}/demo/lab.html?embed${SHORT}`);
  await page.locator("#picture .panel-title.mixup").waitFor();
  expect(await page.locator("#story-comment").isVisible()).toBe(false);
});
