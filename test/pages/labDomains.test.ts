/**
 * Mixtures of domains in the lab, in a real browser: the triangle, its handle by keyboard, mouse and finger, weights that train nothing
 * anew, policies over time; links, exports and accessibility of them.
 */

import { beforeAll, describe, expect, it } from "vitest";
import { downloaded, expectAccessible, exportedJson, finished, goTo, poll, sharedLab } from "./labServer.ts";

const MIXING = "#v=2&preset=mixing&units=32&steps=60&seeds=1";
const POLICIES = "#v=2&preset=policies&units=8&steps=12&seeds=1";

const { page } = await sharedLab();

const go = (hash: string) => goTo(page, hash);
const handle = () => page.locator("#mixture-handle");
const shares = () => handle().getAttribute("aria-valuetext");
const weighted = async () => Number(await page.locator(".mixture-reading .weighted").textContent());
const session = () => page.locator("#lab").getAttribute("data-session");
const lines = () => page.locator(".levels > g path").getAttribute("d");

describe("the triangle of mixtures", () => {
  // All of these look at one training: none of them may begin another.
  beforeAll(() => go(MIXING));

  it("is filled by what nets have", async () => {
    expect(await page.locator(".simplex .mixture").count()).toBe(25);
    expect(await page.locator(".simplex .mixture.waits").count()).toBe(0);
    const fills = await page
      .locator(".simplex .mixture")
      .evaluateAll((all) => all.map((one) => one.getAttribute("fill")));
    expect(new Set(fills).size).toBeGreaterThan(3);
    expect((await lines())!.length).toBeGreaterThan(100);
    expect(await page.locator(".law-chart").count()).toBe(3);
    expect(await page.locator(".law-chart .held-out").count()).toBe(30);
    expect(await page.locator(".mixture-reading > .small").textContent()).toMatch(
      /^Of the variance at 10 held-out mixtures the laws explain -?\d/,
    );
  });

  it("has a handle that follows the keyboard, and goes into the link without training anew", async () => {
    const before = await session();
    expect(await handle().getAttribute("role")).toBe("slider");
    expect(await shares()).toBe("first 50 %, second 25 %, third 25 %");
    await handle().focus();
    await page.keyboard.press("ArrowRight");
    expect(await shares()).toBe("first 48 %, second 27 %, third 25 %");
    await poll(() => page.url()).toContain("firstShare=0.48&secondShare=0.27");
    await page.keyboard.press("PageUp");
    expect(await shares()).toContain("third 35 %");
    await page.keyboard.press("Home");
    expect(await shares()).toBe("first 33 %, second 33 %, third 33 %");
    const equal = await weighted();
    await page.keyboard.press("End");
    expect(await weighted()).toBeLessThanOrEqual(equal);
    const [best, value] = await page
      .locator(".named-mixtures button")
      .first()
      .evaluate((button) => Array.from(button.children, ({ textContent }) => textContent).slice(1));
    // The handle stands at thousandths; both texts are rounded to percents.
    const percents = (text: string) => (text.match(/\d+/g) ?? []).map(Number);
    const named = percents(best!);
    percents((await shares())!).forEach((share, k) => {
      expect(Math.abs(share - named[k])).toBeLessThanOrEqual(1);
    });
    expect((await weighted()).toFixed(2)).toBe(value);
    // It stays within the triangle.
    for (let press = 0; press < 12; press++) await page.keyboard.press("PageUp");
    expect(await shares()).toBe("first 0 %, second 0 %, third 100 %");
    await page.locator(".named-mixtures button").nth(1).click();
    expect(await shares()).toBe("first 33 %, second 33 %, third 33 %");
    expect(await session()).toBe(before);
    // What was done by the handle is undone.
    await page.locator("#undo").click();
    await poll(shares).not.toBe("first 33 %, second 33 %, third 33 %");
    expect(await session()).toBe(before);
  });

  it("moves to what a sentence speaks of, and back; nothing is trained, and the link stays", async () => {
    const [before, url, own, drawn] = [await session(), page.url(), await shares(), await lines()];
    await page.locator("#story-comment .look").nth(1).hover();
    await poll(shares).toBe("first 100 %, second 0 %, third 0 %");
    await page.locator("#story-comment .look").nth(2).hover();
    await poll(lines).not.toBe(drawn);
    expect(await shares()).toBe(own);
    await page.mouse.move(2, 2);
    await poll(lines).toBe(drawn);
    expect([await session(), page.url()]).toEqual([before, url]);
    await page.locator("#story-comment .look").nth(0).click();
    await poll(shares).toBe("first 33 %, second 33 %, third 33 %");
    expect(await session()).toBe(before);
    expect(page.url()).toContain("firstShare=0.33");
  });

  it("is drawn anew as weights are set, and nothing is trained", async () => {
    const [before, drawn] = [await session(), await lines()];
    await page.getByLabel("First domain", { exact: true }).fill("1");
    await page.keyboard.press("Enter");
    await page.getByLabel("Second domain", { exact: true }).fill("0");
    await page.keyboard.press("Enter");
    await page.getByLabel("Third domain", { exact: true }).fill("0");
    await page.keyboard.press("Enter");
    await poll(() => page.url()).toContain("firstWeight=1&secondWeight=0&thirdWeight=0");
    expect(await lines()).not.toBe(drawn);
    expect(await page.locator(".mixture-losses tbody tr").first().textContent()).toMatch(
      /^first\d+ %.*1\.00$/,
    );
    // One domain alone is best learnt alone.
    expect(await page.locator(".mixing .panel-error").textContent()).toContain("best 100 / 0 / 0 %");
    expect(await session()).toBe(before);
    expect(await page.locator("#lab").getAttribute("data-status")).toBe("finished");
  });

  it("lets a mouse drag from anywhere, and a finger the knob", async () => {
    const box = (await page.locator(".simplex svg").boundingBox())!;
    const at = (x: number, y: number) => [box.x + x * box.width, box.y + y * box.height] as const;
    const url = page.url();
    await page.mouse.move(...at(0.5, 0.5));
    await page.mouse.down();
    const seen = new Set<string | null>();
    for (const [x, y] of [
      [0.5, 0.4],
      [0.6, 0.7],
      [0.3, 0.8],
      [0.99, 0.99],
    ] as const) {
      await page.mouse.move(...at(x, y));
      seen.add(await shares());
    }
    expect(seen.size).toBe(4);
    // Beyond the corner is the corner.
    expect(await shares()).toBe("first 0 %, second 100 %, third 0 %");
    expect(page.url()).toBe(url);
    await page.mouse.up();
    await poll(() => page.url()).toContain("firstShare=0&secondShare=1");

    await page.keyboard.press("Home");
    const knob = (await page.locator("#mixture-handle .knob").boundingBox())!;
    const [x, y] = [knob.x + knob.width / 2, knob.y + knob.height / 2];
    const devtools = await page.context().newCDPSession(page);
    const touch = (type: "touchStart" | "touchMove" | "touchEnd", dy: number) =>
      devtools.send("Input.dispatchTouchEvent", {
        type,
        touchPoints: type === "touchEnd" ? [] : [{ x, y: y + dy }],
      });
    await touch("touchStart", 0);
    for (const dy of [-10, -40, -80]) await touch("touchMove", dy);
    await touch("touchEnd", -80);
    const third = async () => Number((await shares())!.match(/third (\d+)/)![1]);
    await poll(third).toBeGreaterThan(38);
  });

  it("stands before any net has taken a step", async () => {
    await page.locator("#reset").click();
    await page.locator('#lab[data-status="paused"]').waitFor();
    expect(await page.locator(".simplex .mixture.waits").count()).toBe(25);
    expect(await page.locator(".corner .image rect").count()).toBeGreaterThan(40);
    expect(await page.locator(".named-mixtures button:disabled").count()).toBe(2);
  });
});

describe("policies", () => {
  const tops = (panel: number) =>
    page
      .locator(".policies")
      .nth(panel)
      .locator(".area")
      .evaluateAll((all) =>
        all.map((area) => {
          const ys = [...area.getAttribute("d")!.matchAll(/,([\d.]+)/g)].map(([, y]) => Number(y));
          return [Math.min(...ys), Math.max(...ys)];
        }),
      );

  it("are areas upon each other that fill the picture; equal shares are level", async () => {
    await go(POLICIES);
    const equal = await tops(0);
    const height = equal[0][1] - equal[3][0];
    equal.forEach(([top, bottom]) => {
      expect((bottom - top) / height).toBeCloseTo(0.25, 2);
    });
    const bandit = await tops(1);
    expect(bandit[0][1]).toBeCloseTo(equal[0][1], 1);
    expect(bandit[3][0]).toBeCloseTo(equal[3][0], 1);
    expect(bandit).not.toEqual(equal);
    expect(await page.locator(".policies .label").last().textContent()).toMatch(/^random labels \d+$/);
    await page.getByLabel("Reward", { exact: true }).selectOption("exp3");
    await finished(page);
    await poll(() => page.url()).toContain("reward=exp3");
    await poll(() => page.locator(".policies .panel-title").last().textContent()).toContain("exp3");
    await page.getByLabel("Last domain", { exact: true }).selectOption("noise");
    await finished(page);
    await poll(() => page.locator(".policies .label").last().textContent()).toMatch(/^noisy inputs \d+$/);
    expect(await page.locator(".chart-title").first().textContent()).toContain("Loss on all 4 domains");
  });

  it("pause, and go on from a checkpoint, to the same numbers", async () => {
    await go(POLICIES);
    const straight = await exportedJson(page);
    await page.locator("#reset").click();
    await page.locator('#lab[data-status="paused"]').waitFor();
    await page.locator("#step").click();
    await poll(() => page.locator("#step-count").textContent()).toBe("Step 1 of 12");
    const file = await downloaded(page, "#save");
    await page.locator("#play").click();
    await finished(page);
    expect((await exportedJson(page)).runs).toEqual(straight.runs);
    await page.locator("#open-file").setInputFiles({ name: "a.safetensors", mimeType: "", buffer: file });
    await poll(() => page.locator("#step-count").textContent()).toBe("Step 1 of 12");
    await page.locator("#play").click();
    await finished(page);
    expect((await exportedJson(page)).runs).toEqual(straight.runs);
    const csv = (await downloaded(page, "#export-csv")).toString().split("\n");
    expect(csv[0]).toBe("run,seed,group,step,loss,share_0,share_1,share_2,share_3");
  });
});

it.each([
  ["mixtures", MIXING, ["all third", "held out", "predicted by the laws, nats", "Star: the best mixture"]],
  ["policies", POLICIES, ["random labels", "share of the policy (%)", "Equal shares"]],
] as const)("%s as a figure", async (_, hash, words) => {
  await go(hash);
  const svg = (await downloaded(page, "#export-svg")).toString();
  expect(svg.replaceAll(/data:[^"]*/g, "")).not.toMatch(/var\(|NaN|undefined|Infinity|&nbsp;/);
  const text = svg.replaceAll(/<[^>]*>/g, "\n").replaceAll(/\n+/g, "\n");
  for (const word of words) expect(text.replaceAll("\n", " ")).toContain(word);
  expect(text.replaceAll("\n", " ")).toMatch(/Data: .* Net: .* Seeds? 0/);
});

it.each([
  ["light", 1440, MIXING],
  ["dark", 390, MIXING],
  ["dark", 1440, POLICIES],
  ["light", 390, POLICIES],
] as const)("has no serious accessibility violation: %s, %i px, %s", async (colorScheme, width, hash) => {
  await expectAccessible(page, hash, { colorScheme, width });
});
