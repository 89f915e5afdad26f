/**
 * What the lab exports as plots: figures that can go into a paper as they are, from both themes, and again the same. Not
 * here: numbers and weights (`lab.test.ts`), how figures are drawn (`report/figure.test.ts`).
 */

import { parseHTML } from "linkedom";
import type { Page } from "playwright";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { downloaded, finished, goTo, type LabPage, LabServer, poll } from "./labServer.ts";

let lab: LabServer;
let opened: LabPage;
let page: Page;

beforeAll(async () => {
  lab = await LabServer.start();
  opened = await lab.open("#v=1&units=8&steps=10&seeds=1");
  page = opened.page;
}, 120_000);
afterAll(() => lab?.stop());
afterEach(() => {
  expect(opened.problems).toEqual([]);
});

const go = (hash: string) => goTo(page, hash);

/** A plot's file, checked for what each must have. */
async function exported(plot: string) {
  await page.locator("#export-plot").selectOption(plot);
  const svg = (await downloaded(page, "#export-svg")).toString();
  // Only what every viewer knows, and no number that is none.
  expect(svg.replaceAll(/data:[^"]*/g, "")).not.toMatch(
    /var\(|<style|(?:class|style)="|currentColor|NaN|undefined|Infinity|<script|&nbsp;/,
  );
  const valid = await page.evaluate(
    (svg) => new DOMParser().parseFromString(svg, "image/svg+xml").querySelector("parsererror") === null,
    svg,
  );
  expect(valid).toBe(true);
  const root = parseHTML(`<html><body>${svg}</body></html>`).document.querySelector("svg")!;
  expect(root.querySelector("rect")!.getAttribute("fill")).toBe("#ffffff");
  expect(root.querySelector("title")!.textContent).not.toBe("");
  const words = [...root.querySelectorAll("text")].map((text) => text.textContent).join("\n");
  // The caption says what was set.
  expect(words.replaceAll("\n", " ")).toMatch(/Data: .* Net: .* (?:Adam|SGD), .* Mixup: .* Seeds? 0/);
  return { svg, root, words };
}

const axes = (root: Element) => root.querySelectorAll('[aria-label="x-axis label"]').length;
const SMALL = "units=16&steps=40&seeds=2";

it("brings the plotting library only when a plot is exported", async () => {
  let plotting = 0;
  page.on("request", (request) => {
    if (request.url().includes("observablehq")) plotting++;
  });
  await page.reload();
  await finished(page);
  expect(plotting).toBe(0);
  await exported("error");
  expect(plotting).toBeGreaterThan(0);
});

it.each([
  ["line", `#v=1&${SMALL}`, /Probability of class 1/, 0],
  ["line of three classes", `#v=1&points=5&classes=3&${SMALL}`, /Probability of each class/, 0],
  ["plane", `#v=1&preset=moons&points=20&optimal=1&${SMALL}`, /Decision regions/, 2],
] as const)("exports the picture: %s", async (_, hash, title, images) => {
  await go(hash);
  // The Mixup-optimal classifier comes a moment later.
  await poll(() => page.locator("path.optimal").last().getAttribute("d")).not.toBe("");
  const { svg, root, words } = await exported("picture");
  expect(words).toMatch(title);
  for (const key of [
    "mean of 2 nets",
    "one net",
    "Mixup-optimal",
    "training point of class 1",
    "misclassified",
  ])
    expect(words).toContain(key);
  expect(axes(root)).toBe(2);
  expect(root.querySelectorAll("image").length).toBe(images);
  // No chance is in it, and no theme.
  await page.emulateMedia({ colorScheme: "dark" });
  expect((await exported("picture")).svg).toBe(svg);
  await page.emulateMedia({ colorScheme: "light" });
});

it("exports curves with units, legend and what the band is", async () => {
  await go(`#v=1&${SMALL}`);
  for (const [plot, label] of [
    ["error", "error (%)"],
    ["loss", "loss (nats)"],
    ["training-loss", "training loss (nats)"],
  ]) {
    const { root, words } = await exported(plot);
    expect(axes(root)).toBe(1);
    for (const word of [label, "step", "ERM", "Mixup, λ ~ Beta(32, 32)"]) expect(words).toContain(word);
    expect(words.replaceAll("\n", " ")).toContain("band: from the least of them to the largest");
    if (plot === "training-loss") expect(words).toContain("J* = 0.307");
  }
});

it("exports a sweep as one picture, and its chart", async () => {
  await go("#v=1&view=sweep&units=4&steps=5");
  expect(axes((await exported("picture")).root)).toBe(16);
  const { root, words } = await exported("sweep");
  expect(axes(root)).toBe(1);
  for (const word of ["error (%)", "α", "2048", "mean of 8 nets", "least to largest"])
    expect(words).toContain(word);
});

it.each([
  ["surface", "#v=1&preset=linear&steps=20&seeds=1&view=surface", ["x", "y", "probability", "probability 1"]],
  [
    "landscape",
    "#v=1&steps=20&seeds=1&units=8&view=landscape",
    ["first direction", "second direction", "loss (nats)", "loss 0"],
  ],
])("exports the %s as it is turned", async (view, hash, labels) => {
  await go(hash);
  const { svg, root, words } = await exported("scene");
  for (const label of labels) expect(words.split("\n")).toContain(label);
  expect(words).toContain("at step 20");
  // A picture, not a background.
  expect(root.querySelector("image")!.getAttribute("href")!.length).toBeGreaterThan(20_000);
  await page.locator(".scene canvas").focus();
  for (let i = 0; i < 5; i++) await page.keyboard.press("ArrowLeft");
  expect((await exported("scene")).svg).not.toBe(svg);
  const [file] = await Promise.all([page.waitForEvent("download"), page.locator("#export-png").click()]);
  expect(file.suggestedFilename()).toBe(`mixup-lab-${view}.png`);
});

it("exports no 3-D view where there is none", async () => {
  await go("#v=1&units=8&steps=5&seeds=1&view=surface");
  expect(await page.locator("#export-plot option").allTextContents()).toEqual([
    "Plot: Error",
    "Plot: Loss",
    "Plot: Training loss",
  ]);
});

it("says which nets diverged, and draws what is left", async () => {
  await go("#v=1&optimizer=sgd&rate=10&layers=3&activation=gelu&units=64&steps=60&seeds=3");
  await poll(() => page.locator("#notice-text").textContent()).toContain("diverged");
  for (const [plot, fate] of [
    ["picture", "shown where they stopped"],
    ["loss", "left out from there on"],
  ])
    expect((await exported(plot)).words.replaceAll("\n", " ")).toMatch(
      new RegExp(`(?:One net|\\d nets) diverged: ${fate}`),
    );
  await page.locator("#notice-close").click();
});

it("pins what is shown beside what is shown next, with its numbers and its link", async () => {
  await go(`#v=1&alpha=1&${SMALL}`);
  await page.locator("#pin").click();
  await go(`#v=1&alpha=64&${SMALL}`);
  await page.locator("#pin").click();
  const pins = page.locator("#pins li");
  await poll(() => pins.count()).toBe(2);
  expect(await pins.locator("a").allTextContents()).toEqual([
    expect.stringMatching(/^Why Mixup can fail · .*α 1 · .*step 40$/),
    expect.stringMatching(/^Why Mixup can fail · .*α 64 · .*step 40$/),
  ]);
  for (const text of await pins.allTextContents())
    expect(text).toMatch(/Error: ERM [\d.]+ %, Mixup [\d.]+ %Loss: ERM [\d.e-]+, Mixup [\d.e-]+/);
  const narrowest = () =>
    pins
      .locator("img")
      .evaluateAll((all) => Math.min(...all.map((image) => (image as HTMLImageElement).naturalWidth)));
  await poll(narrowest).toBeGreaterThan(100);
  await pins.first().locator("a").click();
  await poll(() => page.url()).toContain("alpha=1&");
  await finished(page);
  await pins.first().getByRole("button").click();
  await poll(() => pins.count()).toBe(1);
  expect(await pins.locator("a").textContent()).toContain("α 64");
});
