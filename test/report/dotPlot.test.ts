/** Dots in groups: every value has a mark where the scale says, means have bars, names stand at their series. */

import { expect, test } from "vitest";
import { type DotPlot, dotPlot } from "../../src/report/dotPlot.ts";

const PLOT: DotPlot = {
  title: "A <title>",
  subtitle: "what it means",
  description: "in words",
  xLabel: "kinds",
  yLabel: "size",
  categories: ["a", "b"],
  yTicks: [0, 1, 2],
  panels: [
    {
      title: "panel",
      series: [
        { name: "one", look: "disc", values: [[0, 2, null], [1]] },
        { name: "two", look: "ring", values: [[], [1, 1, 1, 1]] },
      ],
    },
  ],
};

test("every value has its dot, every group its mean, and what is missing is left out", () => {
  const svg = dotPlot(PLOT);
  // 220 pixels for 0 to 2, from the top down; alone in its category, the series stands in the middle.
  expect(svg).toContain('<path class="mx-disc mx-dot" d="M29 220h0M33 0h0"/>');
  expect(svg).toContain('<path class="mx-disc mx-mean" d="M23 110h20"/>');
  // Two series side by side.
  expect(svg).toContain('<path class="mx-disc mx-dot" d="M84 110h0"/>');
  expect(svg).toContain('<path class="mx-ring mx-mean" d="M100 110h20"/>');
  expect(svg.match(/mx-ring mx-dot/g)?.length).toBe(1);
});

test("names stand at the last mean and don't touch", () => {
  const at = (name: string) => Number(dotPlot(PLOT).match(new RegExp(`y="([\\d.]+)"[^>]*>${name}<`))![1]);
  expect(Math.abs(at("one") - at("two"))).toBe(15);
});

test("text is escaped, and there are colours for dark paper", () => {
  expect(dotPlot(PLOT)).toContain("A &lt;title&gt;");
  expect(dotPlot(PLOT)).toContain("prefers-color-scheme: dark");
});
