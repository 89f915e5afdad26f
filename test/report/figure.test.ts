/** Figures hold what they were given: every cell, every value at its place, every digit of a label, all text escaped. */

import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom";
import { expect, test } from "vitest";
import { draw } from "../../src/report/draw.ts";
import { drawFigure, type FigureStyle, type Panel } from "../../src/report/figure.ts";
import { mapPanel, votePalette } from "../../src/report/maps.ts";
import { curvePanels } from "../../src/report/panels.ts";

const WORDS = { name: "figure", title: "A title", caption: "A caption.", description: "A description." };

/** The drawn figure's only panel. */
function drawn(...panels: Panel[]) {
  const { svg } = draw({ ...WORDS, rows: [{ panels }] });
  return parseHTML(`<html><body>${svg}</body></html>`).document.querySelector("svg svg")!;
}

const numbers = (element: Element, ...names: string[]) =>
  names.map((name) => Number(element.getAttribute(name)));

test("a map's rectangles cover every cell once, in its colour", () => {
  const [columns, rows] = [7, 5];
  const colours = votePalette(3);
  // Runs of one, two and more cells, and a whole row of one colour.
  const cells = Array.from({ length: columns * rows }, (_, i) => (i < 7 ? 2 : ((i * i) >> 2) % 3));
  const axis = (label: string, high: number) => ({ label, domain: [0, high] as const });
  const plot = drawn(
    mapPanel({
      title: "A map",
      ...{
        columns,
        rows,
        cells,
        colours,
        x: axis("x", columns),
        y: axis("y", rows),
        width: 202,
        height: 180,
      },
    }),
  );
  // The panel's margins leave 140 x 120 pixels: cells of 20 x 24.
  const covered: (string | null)[] = Array(columns * rows).fill(null);
  for (const rect of plot.querySelectorAll("rect")) {
    const [x, y, width, height] = numbers(rect, "x", "y", "width", "height");
    const row = rows - 1 - Math.round((y - 22) / 24);
    expect(height).toBeCloseTo(24, 0);
    for (let column = Math.round((x - 46) / 20); column < Math.round((x + width - 46) / 20); column++) {
      expect(covered[row * columns + column]).toBeNull();
      covered[row * columns + column] = rect.getAttribute("fill") ?? rect.parentElement!.getAttribute("fill");
    }
  }
  expect(covered).toEqual(cells.map((cell) => colours[cell]));
});

test("lines go where the numbers are, and break where one is missing", () => {
  const plot = drawn(
    ...curvePanels({
      x: { label: "x", domain: [0, 4] },
      y: { label: "y", domain: [0, 1] },
      panels: [
        { title: "A panel", series: [{ colour: "#123456", x: [0, 1, 2, 3, 4], y: [0, 1, null, 0.5, 1] }] },
      ],
      width: 258,
      height: 220,
    }),
  );
  const line = plot.querySelector('[stroke="#123456"]')!;
  const path = (line.localName === "path" ? line : line.querySelector("path")!).getAttribute("d")!;
  // 200 x 160 pixels within the margins.
  expect(path).toBe("M58,182L108,22M208,102L258,22");
});

test("lengths have two decimals, labels all of theirs", () => {
  const plot = drawn({
    title: "Labels",
    options: {
      width: 300,
      height: 100,
      x: { domain: [0, 7] },
      y: { domain: [0, 7] },
      marks: [
        Plot.text([{ at: 1 / 3 }], { x: "at", y: "at", text: () => "λ = 0.49416", fillOpacity: 0.125 }),
      ],
    },
  });
  const svg = plot.outerHTML;
  expect(svg).toContain(">λ = 0.49416<");
  expect(svg).toContain('fill-opacity="0.125"');
  const lengths = [...svg.matchAll(/ (?:d|x|y|transform)="([^"]*)"/g)].map(([, value]) => value).join(" ");
  expect(lengths).toMatch(/\d\.\d\d\b/);
  expect(lengths).not.toMatch(/\d\.\d{3}/);
});

test("text is escaped wherever it stands", () => {
  const hostile = `<b>&"`;
  const { svg } = draw({
    name: "figure",
    title: hostile,
    caption: hostile,
    description: hostile,
    keys: [{ text: hostile, mark: "dot", colour: "#000000" }],
    rows: [
      {
        heading: hostile,
        panels: curvePanels({
          x: { label: hostile },
          y: { label: hostile },
          panels: [{ title: hostile, series: [] }],
        }),
      },
    ],
  });
  expect(svg).not.toContain("<b>");
  // Nine places: the title stands in the head and above the figure.
  expect(svg.match(/&lt;b&gt;&amp;/g)?.length).toBe(9);
});

test("a row without panel titles leaves no room for them, and no-break spaces keep words together", () => {
  const options = { width: 300, height: 100, x: { domain: [0, 1] }, marks: [Plot.ruleX([0.5])] };
  const [titled, bare] = ["A panel", ""].map(
    (title) =>
      draw({
        ...WORDS,
        caption: "λ\u00a0~\u00a0Beta(1,\u00a01) ".repeat(30).trim(),
        rows: [{ panels: [{ title, options }] }],
      }).svg,
  );
  const height = (svg: string) => Number(/ height="(\d+)"/.exec(svg)![1]);
  expect(height(titled) - height(bare)).toBe(20);
  expect(bare).not.toMatch(/>\s*<\/text>/);
  const lines = bare.split("\n").filter((line) => line.includes("λ"));
  expect(lines.length).toBeGreaterThan(2);
  for (const line of lines) expect(line).toMatch(/>λ.*Beta\(1,\u00a01\)<\/text>$/);
});

test("a curve may have more values than a call has arguments", () => {
  const x = Array.from({ length: 300_000 }, (_, i) => i);
  const [panel] = curvePanels({
    x: { label: "x" },
    y: { label: "y" },
    panels: [{ title: "A panel", series: [{ colour: "#000000", x, y: x }] }],
  });
  expect(panel.options.x?.domain).toEqual([0, 299_999]);
});

test("a figure of a given width keeps its text, shrinks its plots with their images, and puts them below each other", () => {
  const { document } = parseHTML("<html><body></body></html>");
  const panel = (title: string): Panel => ({
    title,
    options: {
      width: 262,
      height: 260,
      marginLeft: 46,
      marginRight: 16,
      marginTop: 22,
      marginBottom: 38,
      x: { domain: [0, 1] },
      y: { domain: [0, 1] },
      marks: [Plot.image([0.5], { x: (x) => x, y: (y) => y, src: () => "data:,", width: 200, height: 200 })],
    },
  });
  const spec = { ...WORDS, keys: [], rows: [{ panels: [panel("One"), panel("Two")] }] };
  const at = (style: FigureStyle) => {
    const { svg } = drawFigure(document as unknown as Document, spec, style);
    const root = parseHTML(`<html><body>${svg}</body></html>`).document.querySelector("svg")!;
    const plots = [...root.querySelectorAll("svg")].map((plot) => numbers(plot, "x", "y", "width", "height"));
    const words = [...root.querySelectorAll("svg > text")].map((text) => text.textContent);
    return { root, plots, words, image: numbers(root.querySelector("image")!, "x", "y", "width", "height") };
  };
  // 11 units of text in 8 points: 1 mm is 72 / 25.4 * 11 / 8 units.
  const wide = at({ width: 174, textSize: 8, without: ["title", "caption"] });
  expect(wide.root.getAttribute("width")).toBe("174mm");
  expect(wide.root.getAttribute("viewBox")).toMatch(/^0 0 678\.19 /);
  expect(wide.words).toEqual(["One", "Two"]);
  const side = (678.19 - 8 - 2 * 62) / 2;
  for (const [, , width, height] of wide.plots) {
    expect(width).toBeCloseTo(62 + side, 1);
    expect(height).toBeCloseTo(60 + side, 1);
  }
  // Within the margins, all of it.
  [46, 22, side, side].forEach((length, i) => {
    expect(wide.image[i]).toBeCloseTo(length, 1);
  });
  const narrow = at({ width: 50, textSize: 8, font: 'A "b"', without: ["axes"] });
  expect(narrow.plots).toHaveLength(2);
  expect(narrow.plots[1][1]).toBeGreaterThan(narrow.plots[0][1] + narrow.plots[0][3]);
  expect(narrow.words.slice(0, 1)).toEqual(["A title"]);
  expect(narrow.root.getAttribute("font-family")).toBe('A "b"');
  expect(narrow.root.querySelector('[aria-label="x-axis tick"]')).toBeNull();
});
