/**
 * The pictures: every series, band, label and value is there and where it belongs; text is escaped; gaps stay
 * gaps.
 */

import { expect, test } from "vitest";
import { runAlternatingLine } from "../../src/experiments/alternating-line/experiment.ts";
import { figures } from "../../src/experiments/alternating-line/figures.ts";
import { type PanelPlot, panelPlot } from "../../src/report/plot.ts";
import { polyline, ticksTo } from "../../src/report/plotParts.ts";
import { fakeTrainer } from "../experiments/fakeTrainer.ts";

const PLOT: PanelPlot = {
  title: "A <title> & more",
  subtitle: "what it means",
  description: "for those who don't see it",
  xLabel: "step",
  yLabel: "error",
  xTicks: [0, 50, 100],
  yTicks: [0, 0.5, 1],
  marks: "lines",
  panels: [
    {
      title: "one",
      series: [
        { name: "ERM", look: "base", x: [0, 50, 100], y: [1, 0.5, 0], spread: [0, 0.25, 0] },
        { name: "Mixup", look: "main", x: [0, 50, 100], y: [0, null, 0], spread: [0, null, 0] },
      ],
    },
    { title: "two", series: [{ name: "ERM", look: "base", x: [0, 50, 100], y: [1, 0.5, 0] }] },
  ],
};

/** Path data of the elements of a class. */
const paths = (svg: string, className: string) =>
  [...svg.matchAll(new RegExp(`<path class="${className}" d="([^"]*)"`, "g"))].map(([, d]) => d);

test("a picture has its title, its description, its labels and a key for every series", () => {
  const svg = panelPlot(PLOT);
  expect(svg).toContain("<title>A &lt;title&gt; &amp; more</title>");
  expect(svg).toContain("<desc>for those who don&#39;t see it</desc>");
  expect(svg).not.toContain("<title> &");
  for (const label of ["what it means", "step", "error", "one", "two"])
    expect(svg).toContain(`>${label}</text>`);
  expect(svg.match(/>ERM<\/text>/g)?.length).toBe(1);
  expect(svg.match(/>Mixup<\/text>/g)?.length).toBe(1);
  expect(svg).toContain("prefers-color-scheme: dark");
});

test("lines, bands and gaps lie where the numbers are", () => {
  const svg = panelPlot(PLOT);
  // The key's sample, and one line in each panel.
  const [sample, first, second] = paths(svg, "mx-line mx-base");
  expect(sample).toBe("M0 -4H26");
  expect(first).toBe("M0 0L98 75L196 150");
  expect(second).toBe(first);
  expect(paths(svg, "mx-line mx-main")[1]).toBe("M0 150M196 150");
  expect(paths(svg, "mx-band mx-base")[0]).toBe("M0 0L98 37.5L196 150L196 150L98 112.5L0 0Z");
});

test("values at the ends of lines don't touch", () => {
  const places = [
    ...panelPlot(PLOT).matchAll(/<text class="mx-value mx-(\w+)" x="201" y="([\d.]+)"[^>]*>([\d.]+)</g),
  ];
  expect(places.slice(0, 2).map(([, look, , value]) => [look, value])).toEqual([
    ["base", "0.00"],
    ["main", "0.00"],
  ]);
  expect(Math.abs(Number(places[0][2]) - Number(places[1][2]))).toBeGreaterThanOrEqual(12);
});

test("dots have whiskers that end at the axes, and no value at the end", () => {
  const svg = panelPlot({
    ...PLOT,
    marks: "dots",
    panels: [
      { title: "p", series: [{ name: "a", look: "main", x: [0, 100], y: [1, 0.5], spread: [0.5, 0.5] }] },
    ],
  });
  expect(paths(svg, "mx-whisker mx-main")[0]).toBe("M10 0V75M186 0V150");
  expect(svg.match(/<circle class="mx-dot mx-main"/g)?.length).toBe(3);
  expect(svg).not.toContain('class="mx-value');
});

test("ticks are round and reach the largest value", () => {
  expect(ticksTo(0.34)).toEqual([0, 0.1, 0.2, 0.3, 0.4]);
  expect(ticksTo(0.1)).toEqual([0, 0.02, 0.04, 0.06, 0.08, 0.1]);
  expect(ticksTo(0.97)).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1]);
  expect(ticksTo(0)).toEqual([0, 1]);
});

test("a path breaks where a point is missing", () => {
  expect(polyline([[0, 1], null, [2, 3], [4, 5]])).toBe("M0 1M2 3L4 5");
});

test("there are two pictures for each data set, each with a panel for each alpha", async () => {
  const results = await runAlternatingLine(fakeTrainer(), { seeds: 2, alphas: [1, 32, 77], steps: 100 });
  const all = figures(results);
  expect(all.map(({ name }) => name)).toEqual([
    "error-3-points-2-classes",
    "probabilities-3-points-2-classes",
    "error-10-points-2-classes",
    "probabilities-10-points-2-classes",
    "error-10-points-10-classes",
    "probabilities-10-points-10-classes",
  ]);
  for (const { svg, title } of all) {
    expect(svg).toContain(title.replace("'", "&#39;"));
    for (const alpha of [1, 32, 77]) expect(svg).toContain(`>α = ${alpha}</text>`);
  }
  // 3 panels and the key; published values at alpha 1 and 32 only.
  expect(paths(all[0].svg, "mx-line mx-base").length).toBe(4);
  expect(paths(all[0].svg, "mx-line mx-main").length).toBe(4);
  expect(all[1].svg.match(/<circle class="mx-dot mx-other"/g)?.length).toBe(2 * 3 + 1);
  expect(paths(all[1].svg, "mx-rule").length).toBe(3);
  expect(paths(all[5].svg, "mx-rule").length).toBe(0);
});

test("probabilities shown are those of each point's own class, ours and the published", async () => {
  const results = await runAlternatingLine(fakeTrainer({ probability: () => 0.25 }), {
    seeds: 1,
    alphas: [1],
    steps: 50,
  });
  const { svg } = figures(results)[1];
  const heights = (look: string) =>
    [...svg.matchAll(new RegExp(`mx-dot mx-${look}" cx="[\\d.]+" cy="([-\\d.]+)"`, "g"))]
      .slice(1)
      .map(([, cy]) => Number(cy));
  // Classes 0, 1, 0 with probabilities 0.25, 0.75, 0.25 on an axis of 150 pixels.
  expect(heights("main")).toEqual([112.5, 37.5, 112.5]);
  const published = heights("other");
  for (const [i, p] of [0.99504, 1 - 0.15552, 0.97942].entries())
    expect(published[i]).toBeCloseTo(150 * (1 - p), 0);
});

test("ERM alone makes one panel", async () => {
  const results = await runAlternatingLine(fakeTrainer(), { seeds: 1, alphas: [], steps: 50 });
  expect(figures(results)[0].svg.match(/class="mx-panel"/g)?.length).toBe(1);
});
