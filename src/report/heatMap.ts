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

/** A place among the panels that has no map; what is said there instead, line by line. */
export interface MapGap {
  readonly note: readonly string[];
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
  readonly panels: readonly (MapPanel | MapGap)[];
  /** Panels in a row. */
  readonly across: number;
  /** What stands above each row of panels. */
  readonly rowHeadings?: readonly string[];
  /** Pixels of a panel. */
  readonly width: number;
  readonly height: number;
}

const GAP = { x: 34, y: 40, heading: 28 };
const MARGIN = { left: 70, right: 30, top: 92, bottom: 56 };
/** Pixels of a legend. */
const LEGEND = 28;

/** The whole picture. */
export function heatMap(map: HeatMap): string {
  const across = Math.min(map.across, map.panels.length);
  const down = Math.ceil(map.panels.length / across);
  const width = Math.max(MARGIN.left + across * (map.width + GAP.x) - GAP.x + MARGIN.right, 620);
  const heading = map.rowHeadings === undefined ? 0 : GAP.heading;
  const mapsTop = MARGIN.top + (map.legend.length === 0 ? 0 : LEGEND);
  const height = mapsTop + down * (map.height + GAP.y + heading) - GAP.y + MARGIN.bottom;
  const rowTop = (row: number) => mapsTop + heading + row * (map.height + GAP.y + heading);
  const panels = map.panels.map((panel, i) => {
    const left = MARGIN.left + (i % across) * (map.width + GAP.x);
    const top = rowTop(Math.floor(i / across));
    const before = i % across === 0 ? undefined : map.panels[i - 1];
    const edges = {
      first: before === undefined || "note" in before,
      last: i + across >= map.panels.length,
    };
    const drawn = "note" in panel ? drawNote(map, panel) : drawPanel(map, panel, edges);
    return `<g transform="translate(${left} ${top})">${drawn}</g>`;
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
    ...(map.rowHeadings ?? []).map((words, row) =>
      text("mx-heading", MARGIN.left, rowTop(row) - 12 - heading, words),
    ),
    ...panels,
    text("mx-note", width - MARGIN.right, height - 12, map.xLabel, "end"),
    text("mx-note", MARGIN.left - 10, rowTop(0) - 12, map.yLabel, "end"),
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

function drawNote({ height }: HeatMap, { note }: MapGap): string {
  const top = height / 2 - 8 * (note.length - 1);
  return note.map((line, i) => text("mx-note", 0, top + 16 * i, line)).join("\n");
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
  // A ring for one class and a disc for the other: told apart without colour as well. Each is a round cap on a line of
  // no length, once for the rim and once for what is inside, so that all points of a class are one path.
  for (const [label, look] of ["zero", "one"].entries()) {
    const points = (panel.points ?? []).filter((point) => point.label === label);
    if (points.length === 0) continue;
    const d = points.map(({ x, y }) => `M${px(x)} ${py(y)}h0`).join("");
    parts.push(`<path class="mx-rim mx-${look}" d="${d}"/>`, `<path class="mx-${look} mx-inside" d="${d}"/>`);
  }
  for (const { x, y, text: words } of panel.words ?? []) {
    parts.push(text("mx-word", px(x), py(y) + 4, words, "middle"));
  }
  return parts.join("\n");
}

/**
 * Path data of each colour: one rectangle for every stretch of equal cells in a row, and for those that repeat in the
 * rows above it.
 */
export function cellPaths({ columns, rows, cells }: Omit<MapPanel, "title">, colours: number): string[] {
  const paths: string[] = Array(colours).fill("");
  /** Rectangles that the next row may go on with, by where their stretch begins. */
  let open = new Map<number, { to: number; colour: number; row: number }>();
  for (let row = 0; row <= rows; row++) {
    const goingOn: typeof open = new Map();
    for (let from = 0; row < rows && from < columns; ) {
      const colour = cells[row * columns + from];
      let to = from + 1;
      while (to < columns && cells[row * columns + to] === colour) to++;
      const below = open.get(from);
      const repeats = below !== undefined && below.to === to && below.colour === colour;
      goingOn.set(from, { to, colour, row: repeats ? below.row : row });
      if (repeats) open.delete(from);
      from = to;
    }
    for (const [from, { to, colour, row: first }] of open)
      paths[colour] += `M${from} ${first}h${to - from}v${row - first}h${from - to}z`;
    open = goingOn;
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
.mx-heading { fill: var(--ink); font-size: 13px; font-weight: 600; }
.mx-rim, .mx-inside { fill: none; stroke-linecap: round; }
.mx-rim { stroke-width: 6; }
.mx-inside { stroke-width: 3.4; }
.mx-rim.mx-zero { stroke: var(--zero); }
.mx-zero.mx-inside, .mx-rim.mx-one { stroke: var(--paper); }
.mx-one.mx-inside { stroke: var(--one); stroke-width: 4.8; }
.mx-word {
  fill: var(--ink); stroke: var(--paper); stroke-width: 3; paint-order: stroke; font-size: 12.5px;
}
`;
}
