/**
 * Learnt weights in the lab, in a real browser: marks as large as they weigh, the lines of both groups, one point in both panels by
 * mouse and keyboard, charts; checkpoints, links, exports and accessibility.
 */

import { beforeAll, describe, expect, it } from "vitest";
import { downloaded, expectAccessible, exportedJson, finished, goTo, poll, sharedLab } from "./labServer.ts";

const FAIR = "#v=2&preset=fair-weights&points=60&grouped=80&steps=60&seeds=2";

const { lab, page } = await sharedLab();

const plots = () => page.locator("#picture .fair-plot");
const readings = () => page.locator(".fair .reading").allTextContents();
/** Scale of each mark. */
const scales = (panel: number) =>
  plots()
    .nth(panel)
    .locator(".weight")
    .evaluateAll((all) =>
      all.map((one) => Number(one.getAttribute("transform")!.match(/scale\((.*)\)/)![1])),
    );

interface WithDraws {
  draws: { weights: number[]; isWrong: boolean[]; groups: number[] }[];
  runs: { opportunity: number[]; accuracy: number[] }[];
}
const exported = async () => (await exportedJson(page)) as unknown as WithDraws;

describe("the picture", () => {
  beforeAll(() => goTo(page, FAIR));

  it("has marks whose area is their weight: all alike of ERM", async () => {
    expect(await scales(0)).toEqual(new Array(60).fill(1));
    const { draws } = await exported();
    (await scales(1)).forEach((scale, n) => {
      expect(scale ** 2).toBeCloseTo(draws[0].weights[n], 1);
    });
    expect(Math.min(...draws[0].weights)).toBeLessThan(0.5);
    // Shapes are groups, crosses wrong labels.
    const { groups, isWrong } = draws[0];
    expect(await plots().nth(1).locator("rect.weight").count()).toBe(groups.filter((g) => g === 1).length);
    const crosses = (await plots().nth(1).locator(".wrong-labels").getAttribute("d"))!;
    expect(crosses.match(/M/g)).toHaveLength(isWrong.filter(Boolean).length);
    expect(await page.locator("#legend li").count()).toBe(7);
  });

  it("has a line and a label for each group, and says accuracy and gap", async () => {
    const { runs } = await exported();
    for (const panel of [0, 1]) {
      for (const group of [0, 1])
        expect(await plots().nth(panel).locator(`.group-line.group-${group}`).getAttribute("d")).toMatch(
          /^M[\d.,-]+L[\d.,-]+$/,
        );
      expect(await plots().nth(panel).locator(".group-label").allTextContents()).toEqual([
        "group 0",
        "group 1",
      ]);
      const said = await page.locator(".fair .panel-error").nth(panel).textContent();
      const [accuracy, gap] = said!.match(/[\d.]+/g)!.map(Number);
      const mean = (key: "accuracy" | "opportunity") =>
        50 * (runs[2 * panel][key].at(-1)! + runs[2 * panel + 1][key].at(-1)!);
      expect(Math.abs(accuracy - mean("accuracy"))).toBeLessThan(0.51);
      expect(Math.abs(gap - mean("opportunity"))).toBeLessThan(0.51);
    }
  });

  it("says of a point what it is, in both panels, by mouse and keyboard", async () => {
    const { draws } = await exported();
    const [{ weights, isWrong, groups }] = draws;
    const lightest = weights.indexOf(Math.min(...weights));
    await plots().nth(1).focus();
    await page.keyboard.press("Home");
    const [erm, learnt] = await readings();
    const label = `Group ${groups[lightest]}, labelled class`;
    expect(erm).toContain(label);
    expect(learnt).toContain(label);
    expect(erm).toContain("weight 1.00");
    expect(learnt).toContain(`weight ${weights[lightest].toFixed(2)}`);
    expect(learnt).toContain(isWrong[lightest] ? "(wrong: it is" : "(right)");
    await page.keyboard.press("ArrowRight");
    await poll(async () => (await readings())[1]).not.toBe(learnt);
    expect(await page.locator(".pointed:visible").count()).toBe(2);
    // The mouse takes over, and the hint is back where it leaves.
    const box = (await plots().nth(0).locator(".weight").nth(5).boundingBox())!;
    await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
    expect((await readings())[0]).toMatch(
      /^Group [01], labelled class [01] \((right|wrong: it is [01])\), weight 1\.00$/,
    );
    await page.mouse.move(2, 2);
    expect((await readings())[0]).toContain("Point at a mark");
  });

  it("has charts over the rounds", async () => {
    const titles = await page.locator("#charts h3").allTextContents();
    expect(titles).toEqual(["Mean weight of points", "Accuracy on clean points", "Gap between the groups"]);
    await page.locator(".weight-chart").focus();
    await page.keyboard.press("ArrowLeft");
    expect(
      await page.locator(".weight-chart").locator("xpath=../..").locator("output").textContent(),
    ).toMatch(/^round 59: wrong 0\.\d\d, right 1\.\d\d$/);
    expect(await page.locator("#adapter").textContent()).toBe("CPU, float64");
  });

  it("refuses too few clean points beside their field", async () => {
    await page.getByLabel("Clean points", { exact: true }).fill("4");
    await page.keyboard.press("Enter");
    await poll(() => page.locator("#field-grouped-note").textContent()).toMatch(/has no member in class/);
    expect(await page.locator("#lab").getAttribute("data-status")).toBe("failed");
    await page.getByLabel("Clean points", { exact: true }).fill("80");
    await page.keyboard.press("Enter");
    await finished(page);
  });
});

it("pauses, and goes on from a checkpoint, to the same numbers", async () => {
  await goTo(page, FAIR);
  const straight = await exported();
  await page.locator("#reset").click();
  await page.locator('#lab[data-status="paused"]').waitFor();
  expect(await scales(1)).toEqual(new Array(60).fill(1));
  await page.locator("#step").click();
  await poll(() => page.locator("#step-count").textContent()).toBe("Step 1 of 60");
  const file = await downloaded(page, "#save");
  await page.locator("#play").click();
  await finished(page);
  expect(await exported()).toEqual(straight);
  await page.locator("#open-file").setInputFiles({ name: "a.safetensors", mimeType: "", buffer: file });
  await poll(() => page.locator("#step-count").textContent()).toBe("Step 1 of 60");
  await page.locator("#play").click();
  await finished(page);
  expect(await exported()).toEqual(straight);
  const csv = (await downloaded(page, "#export-csv")).toString().split("\n");
  expect(csv[0]).toBe("run,seed,group,step,accuracy,opportunity,odds,weight_wrong,weight_right");
});

it("goes on from the last checkpoint when its worker dies, to the same numbers", async () => {
  const long = FAIR.replace("steps=60", "steps=200");
  await goTo(page, long);
  const straight = await exported();
  const other = await lab.open(long);
  const count = () => other.page.locator("#step-count").textContent();
  await poll(async () => Number((await count())!.split(" ")[1])).toBeGreaterThan(5);
  // A pause makes a checkpoint for safe keeping, as the lab does by itself every few seconds.
  await other.page.locator("#play").click();
  await other.page.locator('#lab[data-status="paused"]').waitFor();
  await other.page.locator("#play").click();
  await other.page.locator('#lab[data-status="running"]').waitFor();
  await other.page.workers()[0].evaluate(() => {
    setTimeout(() => {
      throw new Error("planted");
    });
  });
  await poll(() => other.page.locator("#notice-text").textContent()).toMatch(
    /crashed .*planted.* from step [1-9]/,
  );
  await finished(other.page);
  expect(await exportedJson(other.page)).toEqual(await exportedJson(page));
  expect(((await exportedJson(other.page)) as unknown as WithDraws).draws).toEqual(straight.draws);
  await other.page.context().close();
});

it("is a figure", async () => {
  await goTo(page, FAIR);
  const svg = (await downloaded(page, "#export-svg")).toString();
  expect(svg.replaceAll(/data:[^"]*/g, "")).not.toMatch(/var\(|NaN|undefined|Infinity|&nbsp;/);
  const text = svg.replaceAll(/<[^>]*>/g, "\n").replaceAll(/\n+/g, " ");
  for (const word of [
    "Learnt weights: accuracy",
    "wrong labels",
    "the area of a mark is its weight",
    "wrong label",
  ])
    expect(text).toContain(word);
  expect(text).toMatch(/Data: .* Net: .* Seeds 0 to 1/);
});

it.each([
  ["light", 1440],
  ["dark", 390],
] as const)("has no serious accessibility violation: %s, %i px", async (colorScheme, width) => {
  await expectAccessible(page, FAIR, { colorScheme, width });
});
