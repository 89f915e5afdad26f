/**
 * Stories of methods and digits in a browser: what a sentence speaks of stands out while it is pointed at, and the rest is back afterwards;
 * pressed, it is kept in the link without training anew. A switch and a bandwidth are looked at before they are trained.
 */

import { describe, expect, it } from "vitest";
import type { PresetName } from "../../demo/lab/state/fields.ts";
import { partsOf, type Sentence, STORIES } from "../../demo/lab/state/stories.ts";
import { finished, goTo, poll, sharedLab } from "./labServer.ts";

const { page } = await sharedLab();

/** As small as they may be: what is spoken of is there, however it is trained. */
const SMALL = {
  digits: "points=16&batch=16&steps=12&seeds=1",
  "over-training": "points=8&steps=12&seeds=2",
  "c-mixup": "points=12&units=8&steps=12&seeds=1",
  "two-lambdas": "points=12&units=8&steps=12&seeds=1",
  "long-tail": "units=8&steps=12&retrain=8&seeds=1",
  policies: "units=8&steps=12&seeds=1",
  "fair-weights": "points=60&grouped=80&steps=12&seeds=1",
  merging: "units=8&steps=12&retrain=8",
} as const satisfies Partial<Record<PresetName, string>>;

const linkOf = (preset: keyof typeof SMALL) => `#v=2&preset=${preset}&${SMALL[preset]}`;
const session = () => page.locator("#lab").getAttribute("data-session");
const hash = () => new URL(page.url()).hash;
const leave = () => page.locator("#story-title").hover();
const button = ({ text }: Sentence) =>
  page.getByRole("button", { name: partsOf(text).find(({ kind }) => kind === "look")!.text, exact: true });

/** How much is seen of each part: the least and the most opacity of the elements that wear a name, as they are painted. */
function seen(name: string) {
  return page.evaluate((part) => {
    const opacity = (element: Element): number =>
      Number(getComputedStyle(element).opacity) *
      (element.parentElement === null ? 1 : opacity(element.parentElement));
    const all = [...document.querySelectorAll("[data-part]")];
    const own = all.filter((element) => element.matches(`[data-part~="${part}"]`)).map(opacity);
    return { own, least: Math.min(...all.map(opacity)) };
  }, name);
}

describe.each(Object.keys(SMALL) as (keyof typeof SMALL)[])("%s", (preset) => {
  it("shows what each sentence speaks of, and what else there is afterwards", async () => {
    await goTo(page, linkOf(preset));
    const before = await session();
    const told = STORIES[preset].filter(({ look }) => look?.emphasis !== undefined);
    expect(told.length).toBeGreaterThan(0);
    for (const sentence of told) {
      await button(sentence).hover();
      // As faint as one thing is, never fainter for lying within another.
      await poll(async () => (await seen(sentence.look!.emphasis!)).least).toBeCloseTo(0.2, 5);
      const { own } = await seen(sentence.look!.emphasis!);
      expect(own.length).toBeGreaterThan(0);
      expect(Math.min(...own)).toBe(1);
      await leave();
      await poll(async () => (await seen("")).least).toBe(1);
    }
    expect(hash()).toBe(linkOf(preset));
    expect(await session()).toBe(before);
  });
});

it("keeps a part that is pressed, until it is pressed again", async () => {
  const own = linkOf("long-tail");
  await goTo(page, own);
  const before = await session();
  const rare = STORIES["long-tail"].find(({ look }) => look?.emphasis === "rare")!;
  await button(rare).click();
  await poll(hash).toBe(`${own}&emphasis=rare`);
  await leave();
  // As long as after which a look that was not kept is left.
  await page.waitForTimeout(300);
  expect((await seen("frequent")).own).not.toContain(1);
  expect(await button(rare).getAttribute("aria-current")).toBe("true");
  await page.keyboard.press("Control+z");
  await poll(hash).toBe(own);
  await poll(async () => (await seen("")).least).toBe(1);
  await page.keyboard.press("Control+y");
  await poll(hash).toBe(`${own}&emphasis=rare`);
  await button(rare).click();
  await poll(hash).toBe(own);
  await leave();
  await poll(async () => (await seen("")).least).toBe(1);
  expect(await session()).toBe(before);
});

it("stands out in what is opened by a link, and disturbs nothing where there is no such part", async () => {
  await goTo(page, `${linkOf("merging")}&emphasis=transposed`);
  expect((await seen("transposed")).own).toHaveLength(20);
  expect((await seen("mirrored")).own.filter((opacity) => opacity < 1)).toHaveLength(16);
  await goTo(page, `${linkOf("merging")}&emphasis=junk`);
  expect((await seen("")).least).toBe(1);
});

it("is told by keys in a lecture, with all of the picture behind the last part", async () => {
  const present = new URL(page.url());
  present.searchParams.set("present", "");
  present.hash = linkOf("long-tail");
  await page.goto(present.href);
  await finished(page);
  for (const part of ["counts", "rare", "frequent", undefined, "counts"]) {
    await page.keyboard.press("n");
    await poll(hash).toBe(`${linkOf("long-tail")}${part === undefined ? "" : `&emphasis=${part}`}`);
  }
  await page.keyboard.press("p");
  await poll(hash).toBe(linkOf("long-tail"));
  expect(await page.locator("#announce").textContent()).toBe("All of the picture is shown.");
  present.searchParams.delete("present");
  await page.goto(present.href);
});

it("moves the handle of over-training, and trains with it what is pressed", async () => {
  const own = linkOf("over-training");
  await goTo(page, own);
  const before = await session();
  const at = () => page.locator("#step-handle").getAttribute("aria-valuenow");
  const late = STORIES["over-training"].find(({ look }) => look?.switchAt === 100_000)!;
  expect(await at()).toBe("316");
  await button(late).hover();
  await poll(at).toBe("100000");
  expect(await page.locator(".over-training ~ .reading").textContent()).toContain("ERM from step 100,000");
  await leave();
  await poll(at).toBe("316");
  expect(await session()).toBe(before);
  expect(hash()).toBe(own);
  await button(late).click();
  await poll(session).not.toBe(before);
  expect(hash()).toContain("switchAt=100000");
  await leave();
  await page.waitForTimeout(300);
  expect(await at()).toBe("100000");
});

it("moves the bandwidth of partners, and back", async () => {
  await goTo(page, linkOf("c-mixup"));
  const before = await session();
  const value = () => page.locator(".kernel-slider output").textContent();
  const [any] = STORIES["c-mixup"];
  expect(await value()).toBe("0.1");
  await button(any).hover();
  await poll(value).toBe("2");
  expect(await page.locator("#kernel-bandwidth").inputValue()).toBe("100");
  expect(await page.locator("#field-bandwidth").inputValue()).toBe("0.1");
  await leave();
  await poll(value).toBe("0.1");
  expect(await session()).toBe(before);
});
