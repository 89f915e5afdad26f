/**
 * Maps as SVG: panels of coloured cells over two axes, with points and words on top. The picture carries its
 * own colours for light and dark; colours are blends between a few stops that stay apart for every kind of
 * colour vision.
 *
 * Not here: curves (`plot.ts`), which numbers to show.
 */

import { escapeText } from "./plotParts.ts";

/** A tick: where on the axis (0 to 1), and what it says. */
export interface MapTick {
  readonly at: number;
  readonly label: string;
}

export interface MapPanel {
  readonly title: string;
  readonly columns: number;
  readonly rows: number;
  /** Index of a colour for each cell, x fastest, the lowest row first. */
  readonly cells: ArrayLike<number>;
  /** Points of the classes 0 and 1, places from 0 to 1 in both directions, y up. */
  readonly points?: readonly { readonly x: number; readonly y: number; readonly label: number }[];
  /** Words on the map, placed alike. */
  readonly words?: readonly { readonly x: number; readonly y: number; readonly text: string }[];
}

/** Stops `#rrggbb` between which colours are blended. */
interface Palette {
  readonly light: readonly string[];
  readonly dark: readonly string[];
}

/** From nothing over orange to dark (on light paper) or bright (on dark paper). */
export const AMOUNT: Palette = {
  light: ["#f1efe9", "#fdd0a2", "#f16913", "#7f2704"],
  dark: ["#2b2a27", "#6b3410", "#d9691c", "#ffd9a8"],
};

/** Class 0 blue, class 1 orange, paper where neither has it. */
export const VOTE: Palette = {
  light: ["#8fc1e3", "#f7f5ef", "#f5b183"],
  dark: ["#1d5580", "#242320", "#87430f"],
};

export interface HeatMap {
  readonly title: string;
  readonly subtitle: string;
  readonly description: string;
  readonly xLabel: string;
  readonly yLabel: string;
  readonly xTicks: readonly MapTick[];
  readonly yTicks: readonly MapTick[];
  readonly palette: Palette;
  /** Number of colours: cells are 0 to colours - 1. */
  readonly colours: number;
  /** What some colours mean. */
  readonly legend: readonly { readonly colour: number; readonly text: string }[];
  readonly panels: readonly MapPanel[];
  /** Panels in a row. */
  readonly across: number;
  /** Pixels of a panel. */
  readonly width: number;
  readonly height: number;
}

const GAP = { x: 34, y: 40 };
const MARGIN = { left: 70, right: 30, top: 120, bottom: 56 };

/** The whole picture. */
export function heatMap(map: HeatMap): string {
  const across = Math.min(map.across, map.panels.length);
  const down = Math.ceil(map.panels.length / across);
  const width = Math.max(MARGIN.left + across * (map.width + GAP.x) - GAP.x + MARGIN.right, 620);
  const height = MARGIN.top + down * (map.height + GAP.y) - GAP.y + MARGIN.bottom;
  const panels = map.panels.map((panel, i) => {
    const left = MARGIN.left + (i % across) * (map.width + GAP.x);
    const top = MARGIN.top + Math.floor(i / across) * (map.height + GAP.y);
    const edges = { first: i % across === 0, last: i + across >= map.panels.length };
    return `<g transform="translate(${left} ${top})">${drawPanel(map, panel, edges)}</g>`;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" class="mx-map ${paletteId(map)}" role="img"`,
    `  width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">`,
    `<title>${escapeText(map.title)}</title>`,
    `<desc>${escapeText(map.description)}</desc>`,
    `<style>${style(map)}</style>`,
    `<rect class="mx-paper" width="${width}" height="${height}"/>`,
    text("mx-title", MARGIN.left, 28, map.title),
    text("mx-note", MARGIN.left, 48, map.subtitle),
    ...legend(map),
    ...panels,
    text("mx-note", width - MARGIN.right, height - 12, map.xLabel, "end"),
    text("mx-note", MARGIN.left - 10, MARGIN.top - 12, map.yLabel, "end"),
    "</svg>\n",
  ].join("\n");
}

/** Ticks of a linear or logarithmic axis from `low` to `high`. */
export function mapTicks(values: readonly number[], low: number, high: number, log = false): MapTick[] {
  const scale = log ? Math.log : (value: number) => value;
  return values.map((value) => ({
    at: (scale(value) - scale(low)) / (scale(high) - scale(low)),
    label: value.toLocaleString("en-US", { maximumFractionDigits: 4 }),
  }));
}

function legend({ legend }: HeatMap): string[] {
  let x = MARGIN.left;
  return legend.map(({ colour, text: words }) => {
    const key =
      `<g transform="translate(${x} 76)"><rect class="mx-cell mx-frame mx-c${colour}" y="-11" width="16" ` +
      `height="13"/>${text("mx-key", 22, 0, words)}</g>`;
    x += 22 + words.length * 7 + 18;
    return key;
  });
}

function drawPanel(
  { width, height, xTicks, yTicks, colours }: HeatMap,
  panel: MapPanel,
  { first, last }: { first: boolean; last: boolean },
): string {
  const px = (share: number) => Math.round(share * width * 10) / 10;
  const py = (share: number) => Math.round((1 - share) * height * 10) / 10;
  const [sx, sy] = [width / panel.columns, height / panel.rows];
  const parts = [text("mx-panel", 0, -12, panel.title)];
  parts.push(`<g transform="translate(0 ${height}) scale(${sx} ${-sy})" shape-rendering="crispEdges">`);
  const paths = cellPaths(panel, colours);
  paths.forEach((d, colour) => {
    if (d !== "") parts.push(`<path class="mx-cell mx-c${colour}" d="${d}"/>`);
  });
  parts.push("</g>", `<rect class="mx-frame" width="${width}" height="${height}" fill="none"/>`);
  for (const { at, label } of xTicks) {
    parts.push(`<path class="mx-axis" d="M${px(at)} ${height}v4"/>`);
    if (last) parts.push(text("mx-tick", px(at), height + 18, label, "middle"));
  }
  for (const { at, label } of yTicks) {
    parts.push(`<path class="mx-axis" d="M0 ${py(at)}h-4"/>`);
    if (first) parts.push(text("mx-tick", -8, py(at) + 4, label, "end"));
  }
  for (const { x, y, label } of panel.points ?? []) {
    // A ring for one class and a disc for the other: told apart without colour as well.
    const look = label === 0 ? "mx-zero" : "mx-one";
    parts.push(`<circle class="${look}" cx="${px(x)}" cy="${py(y)}" r="2.6"/>`);
  }
  for (const { x, y, text: words } of panel.words ?? []) {
    parts.push(text("mx-word", px(x), py(y) + 4, words, "middle"));
  }
  return parts.join("\n");
}

/** Path data of each colour: one rectangle for every stretch of equal cells in a row. */
export function cellPaths({ columns, rows, cells }: MapPanel, colours: number): string[] {
  const paths: string[] = Array(colours).fill("");
  for (let row = 0; row < rows; row++) {
    for (let from = 0; from < columns; ) {
      const colour = cells[row * columns + from];
      let to = from + 1;
      while (to < columns && cells[row * columns + to] === colour) to++;
      paths[colour] += `M${from} ${row}h${to - from}v1h${from - to}z`;
      from = to;
    }
  }
  return paths;
}

/** A colour on the way through the stops; `share` from 0 to 1. */
export function blend(stops: readonly string[], share: number): string {
  const place = Math.min(Math.max(share, 0), 1) * (stops.length - 1);
  const from = Math.min(Math.floor(place), stops.length - 2);
  const channel = (stop: string, at: number) => Number.parseInt(stop.slice(1 + 2 * at, 3 + 2 * at), 16);
  const mixed = [0, 1, 2].map((at) => {
    const [a, b] = [channel(stops[from], at), channel(stops[from + 1], at)];
    return Math.round(a + (place - from) * (b - a))
      .toString(16)
      .padStart(2, "0");
  });
  return `#${mixed.join("")}`;
}

function text(
  className: string,
  x: number,
  y: number,
  content: string,
  anchor: "start" | "middle" | "end" = "start",
): string {
  return `<text class="${className}" x="${x}" y="${y}" text-anchor="${anchor}">${escapeText(content)}</text>`;
}

/** A class for pictures of the same colours: in a report each picture's style applies to the whole page. */
function paletteId({ palette, colours }: HeatMap): string {
  return `mx-of-${colours}-${palette.light.join("-").replaceAll("#", "")}`;
}

function style(map: HeatMap): string {
  const { palette, colours } = map;
  const id = paletteId(map);
  const rules = (stops: readonly string[]) =>
    Array.from({ length: colours }, (_, i) => {
      const share = colours === 1 ? 0 : i / (colours - 1);
      return `.${id} .mx-c${i} { fill: ${blend(stops, share)}; }`;
    }).join(" ");
  return `
.mx-map {
  --paper: #fffffc; --ink: #262522; --soft: #75716a; --zero: #004f80; --one: #a83f00;
  font-family: "Helvetica Neue", Helvetica, Arial, "DejaVu Sans", sans-serif; font-size: 12px;
}
${rules(palette.light)}
@media (prefers-color-scheme: dark) {
  .mx-map { --paper: #191917; --ink: #e8e6e0; --soft: #a09c94; --zero: #8fcbf5; --one: #ffb06e; }
  ${rules(palette.dark)}
}
.mx-map .mx-paper { fill: var(--paper); }
.mx-title { fill: var(--ink); font-size: 16px; font-weight: 600; }
.mx-panel { fill: var(--ink); font-size: 12.5px; }
.mx-key { fill: var(--ink); }
.mx-note, .mx-tick { fill: var(--soft); }
.mx-tick { font-size: 11px; font-variant-numeric: tabular-nums; }
.mx-axis, .mx-frame { stroke: var(--soft); stroke-width: 1; }
.mx-zero { fill: none; stroke: var(--zero); stroke-width: 1.4; }
.mx-one { fill: var(--one); stroke: var(--paper); stroke-width: 0.6; }
.mx-word {
  fill: var(--ink); stroke: var(--paper); stroke-width: 3; paint-order: stroke; font-size: 12.5px;
}
`;
}
