/** Maps: every cell has its colour, ticks and points are where they belong, text is escaped. */

import { expect, test } from "vitest";
import { blend, cellPaths, type HeatMap, heatMap, mapTicks, VOTE } from "../../src/report/heatMap.ts";

const MAP: HeatMap = {
  title: "A <title> & more",
  subtitle: "what it means",
  description: "in words",
  xLabel: "across",
  yLabel: "up",
  xTicks: mapTicks([0, 1], 0, 2),
  yTicks: mapTicks([1, 10], 1, 100, true),
  palette: VOTE,
  colours: 3,
  legend: [{ colour: 2, text: "much" }],
  panels: [
    {
      title: "left",
      columns: 3,
      rows: 2,
      cells: [0, 0, 2, 1, 2, 2],
      points: [
        { x: 0, y: 0, label: 0 },
        { x: 1, y: 1, label: 1 },
      ],
      words: [{ x: 0.5, y: 0.5, text: "1, 3" }],
    },
    { title: "right", columns: 1, rows: 1, cells: [1] },
  ],
  across: 2,
  width: 200,
  height: 100,
};

test("stretches of equal cells are one rectangle, and all cells are covered", () => {
  const panel = { columns: 3, rows: 2, cells: [0, 0, 2, 1, 2, 2] };
  expect(cellPaths(panel, 3)).toEqual(["M0 0h2v1h-2z", "M0 1h1v1h-1z", "M2 0h1v1h-1zM1 1h2v1h-2z"]);
});

test("rectangles go on through the rows where a stretch repeats", () => {
  // Rows 0 0 1, 0 0 1, 0 1 1, 0 0 1.
  const cells = [0, 0, 1, 0, 0, 1, 0, 1, 1, 0, 0, 1];
  expect(cellPaths({ columns: 3, rows: 4, cells }, 2)).toEqual([
    "M0 0h2v2h-2zM0 2h1v1h-1zM0 3h2v1h-2z",
    "M2 0h1v2h-1zM1 2h2v1h-2zM2 3h1v1h-1z",
  ]);
});

test("rows may have headings, and a place may have a note instead of a map", () => {
  const svg = heatMap({
    ...MAP,
    across: 1,
    rowHeadings: ["first", "second"],
    panels: [MAP.panels[0], { note: ["no", "map"] }],
  });
  for (const text of ["first", "second", "no", "map"]) expect(svg).toContain(`>${text}</text>`);
  expect(svg.match(/class="mx-frame" width/g)?.length).toBe(1);
});

test("a map has its title, description, labels, legend and words, escaped", () => {
  const svg = heatMap(MAP);
  expect(svg).toContain("<title>A &lt;title&gt; &amp; more</title>");
  for (const text of ["what it means", "across", "up", "left", "right", "much", "1, 3"])
    expect(svg).toContain(`>${text}</text>`);
  expect(svg).toContain("prefers-color-scheme: dark");
  expect(svg.match(/class="mx-cell mx-c1"/g)?.length).toBe(2);
});

test("points of the two classes differ in more than colour, and y points up", () => {
  const svg = heatMap(MAP);
  expect(svg).toContain('<path class="mx-rim mx-zero" d="M0 100h0"/>');
  expect(svg).toContain('<path class="mx-one mx-inside" d="M200 0h0"/>');
});

test("ticks lie where the scale says, linear and logarithmic", () => {
  expect(mapTicks([0, 1], 0, 2).map(({ at }) => at)).toEqual([0, 0.5]);
  expect(mapTicks([1, 10, 100], 1, 100, true).map(({ at }) => at)).toEqual([0, 0.5, 1]);
});

test("colours are blended between the stops, and held at their ends", () => {
  expect(blend(["#000000", "#ffffff"], 0.5)).toBe("#808080");
  expect(blend(["#000000", "#ff0000", "#0000ff"], 0.75)).toBe("#800080");
  expect(blend(["#102030", "#ffffff"], -1)).toBe("#102030");
  expect(blend(["#102030", "#fefefe"], 2)).toBe("#fefefe");
});

test("pictures with other colours don't share their class", () => {
  const classOf = (svg: string) => svg.match(/class="mx-map ([^"]+)"/)![1];
  expect(classOf(heatMap(MAP))).not.toBe(classOf(heatMap({ ...MAP, colours: 4 })));
});
