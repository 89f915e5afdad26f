/**
 * Small multiples as SVG: a row of panels that share their axes, each with a few series. A string in, a
 * string out, so it works without a DOM; the picture carries its own colours for light and dark.
 *
 * Not here: which numbers to show (`figures.ts` and the like), maps (`heatMap.ts`).
 */

import { domainFor, escapeText, type Point, polyline, segments, tickLabel } from "./plotParts.ts";

/** One series of a panel. `y` may have gaps (null). */
export interface Series {
  readonly name: string;
  /**
   * Look: `base` blue and dashed, `main` orange and solid, `third` green and dotted, `other` grey rings
   * without a line.
   */
  readonly look: "base" | "main" | "third" | "other";
  readonly x: readonly number[];
  readonly y: readonly (number | null)[];
  /** Half-height of a band (lines) or whisker (dots) around y. */
  readonly spread?: readonly (number | null)[];
}

export interface Panel {
  readonly title: string;
  readonly series: readonly Series[];
}

export interface PanelPlot {
  readonly title: string;
  /** One line under the title: what the marks mean. */
  readonly subtitle: string;
  /** For readers who don't see the picture. */
  readonly description: string;
  readonly xLabel: string;
  readonly yLabel: string;
  readonly xTicks: readonly number[];
  readonly yTicks: readonly number[];
  /** Whether x is logarithmic. Ticks and values are then above 0. */
  readonly xLog?: boolean;
  /** Whether the last value of each line is written at its end; by default it is. */
  readonly endValues?: boolean;
  /** `lines` for curves with bands; `dots` for values at few places, with whiskers. */
  readonly marks: "lines" | "dots";
  /** A dotted horizontal line; the subtitle says what it means. */
  readonly rule?: number;
  readonly panels: readonly Panel[];
}

const PANEL = { width: 196, height: 150, gapX: 46, gapY: 52, columns: 4 };
const MARGIN = { left: 80, right: 44, top: 120, bottom: 52 };

/** The whole picture. Panels stand four in a row. */
export function panelPlot(plot: PanelPlot): string {
  const columns = Math.min(PANEL.columns, plot.panels.length);
  const rows = Math.ceil(plot.panels.length / columns);
  // Narrow pictures still need room for their title and legend.
  const width = Math.max(MARGIN.left + columns * (PANEL.width + PANEL.gapX) - PANEL.gapX + MARGIN.right, 620);
  const height = MARGIN.top + rows * (PANEL.height + PANEL.gapY) - PANEL.gapY + MARGIN.bottom;
  const panels = plot.panels.map((panel, i) => {
    const left = MARGIN.left + (i % columns) * (PANEL.width + PANEL.gapX);
    const top = MARGIN.top + Math.floor(i / columns) * (PANEL.height + PANEL.gapY);
    const last = i + columns >= plot.panels.length;
    return `<g transform="translate(${left} ${top})">${drawPanel(plot, panel, i % columns === 0, last)}</g>`;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" class="mx-plot" role="img"`,
    `  width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">`,
    `<title>${escapeText(plot.title)}</title>`,
    `<desc>${escapeText(plot.description)}</desc>`,
    `<style>${PLOT_STYLE}</style>`,
    `<rect class="mx-paper" width="${width}" height="${height}"/>`,
    text("mx-title", MARGIN.left, 28, plot.title),
    text("mx-note", MARGIN.left, 48, plot.subtitle),
    ...legend(plot),
    ...panels,
    text("mx-label", width - MARGIN.right, height - 12, plot.xLabel, "end"),
    text("mx-label", MARGIN.left - 10, MARGIN.top - 12, plot.yLabel, "end"),
    "</svg>\n",
  ].join("\n");
}

/** Keys for the distinct series, on one line. */
function legend({ panels, marks }: PanelPlot): string[] {
  const all = panels.flatMap((panel) => panel.series);
  const distinct = all.filter((series, i) => all.findIndex((other) => other.name === series.name) === i);
  let x = MARGIN.left;
  return distinct.map(({ name, look }) => {
    const sample =
      (look === "other" ? "" : `<path class="mx-line mx-${look}" d="M0 -4H26"/>`) +
      (marks === "dots" || look === "other" ? mark(look, [13, -4]) : "");
    const key = `<g transform="translate(${x} 76)">${sample}${text("mx-key", 33, 0, name)}</g>`;
    // Fonts differ between machines: 7 a character is wide enough for all of them.
    x += 33 + name.length * 7 + 18;
    return key;
  });
}

function drawPanel(plot: PanelPlot, { title, series }: Panel, first: boolean, last: boolean): string {
  const y = domainFor(plot.yTicks, 0, PANEL.height);
  const scale = plot.xLog ? Math.log : (value: number) => value;
  const linear = domainFor(plot.xTicks.map(scale), PANEL.width, 0);
  const x = (value: number) => linear(scale(value));
  const inset = plot.marks === "dots" ? 10 : 0;
  const atX = (value: number) => inset + (x(value) * (PANEL.width - 2 * inset)) / PANEL.width;
  const place = (values: Series) =>
    values.y.map((v, i): Point | null => (v === null ? null : [atX(values.x[i]), y(v)]));
  const [bottom, top] = [y(plot.yTicks[0]), y(plot.yTicks[plot.yTicks.length - 1])];
  const parts = [text("mx-panel", 0, -12, title)];
  for (const tick of plot.yTicks) {
    parts.push(`<path class="mx-grid" d="M0 ${y(tick)}H${PANEL.width}"/>`);
    if (first) parts.push(text("mx-tick", -8, y(tick) + 4, tickLabel(tick), "end"));
  }
  for (const tick of plot.xTicks) {
    parts.push(`<path class="mx-axis" d="M${atX(tick)} ${bottom}v4"/>`);
    if (last) parts.push(text("mx-tick", atX(tick), bottom + 18, tickLabel(tick), "middle"));
  }
  if (plot.rule !== undefined) {
    parts.push(`<path class="mx-rule" d="M0 ${y(plot.rule)}H${PANEL.width}"/>`);
  }
  // Bands first, so that no band hides another series' line.
  for (const one of series) parts.push(drawSpread(plot.marks, one, atX, y, [top, bottom]));
  for (const one of series) {
    const points = place(one);
    if (one.look !== "other") {
      const thin = plot.marks === "dots" ? " mx-thin" : "";
      parts.push(`<path class="mx-line mx-${one.look}${thin}" d="${polyline(points)}"/>`);
    }
    if (plot.marks === "dots" || one.look === "other")
      parts.push(...points.filter((p) => p !== null).map((p) => mark(one.look, p)));
  }
  if (plot.marks === "lines" && plot.endValues !== false) {
    const lines = series.filter(({ look }) => look !== "other");
    parts.push(...endLabels(lines, place));
  }
  return parts.join("\n");
}

/** The band around a line, or the whiskers of dots, cut off at the axes. */
function drawSpread(
  marks: PanelPlot["marks"],
  { look, x, y, spread }: Series,
  atX: (value: number) => number,
  atY: (value: number) => number,
  [top, bottom]: [number, number],
): string {
  if (spread === undefined) return "";
  const clip = (pixel: number) => Math.min(Math.max(pixel, top), bottom);
  const edge = (sign: number) =>
    y.map((value, i): Point | null => {
      const half = spread[i];
      return value === null || half === null ? null : [atX(x[i]), clip(atY(value + sign * half))];
    });
  const [upper, lower] = [edge(1), edge(-1)];
  if (marks === "dots") {
    const whiskers = upper.map((p, i) => (p === null ? "" : `M${p[0]} ${p[1]}V${lower[i]![1]}`));
    return `<path class="mx-whisker mx-${look}" d="${whiskers.join("")}"/>`;
  }
  const below = segments(lower);
  const bands = segments(upper).map((part, i) => `${polyline([...part, ...below[i].toReversed()])}Z`);
  return `<path class="mx-band mx-${look}" d="${bands.join("")}"/>`;
}

/** The last value of each line, written at its end; moved apart where they would touch. */
function endLabels(series: readonly Series[], place: (series: Series) => (Point | null)[]): string[] {
  const labels = series.flatMap((one) => {
    const last = one.y.findLastIndex((value) => value !== null);
    return last < 0 ? [] : [{ look: one.look, value: one.y[last]!, y: place(one)[last]![1] }];
  });
  labels.sort((a, b) => b.y - a.y);
  return labels.map(({ look, value, y }, i) => {
    const free = i === 0 ? y : Math.min(y, labels[i - 1].y - 12);
    labels[i].y = free;
    return text(`mx-value mx-${look}`, PANEL.width + 5, free + 4, value.toFixed(2));
  });
}

function mark(look: Series["look"], [x, y]: Point): string {
  return `<circle class="mx-dot mx-${look}" cx="${x}" cy="${y}" r="${look === "other" ? 5.5 : 3}"/>`;
}

/** A line of text. */
export function text(
  className: string,
  x: number,
  y: number,
  content: string,
  anchor: "start" | "middle" | "end" = "start",
): string {
  return `<text class="${className}" x="${x}" y="${y}" text-anchor="${anchor}">${escapeText(content)}</text>`;
}

/** For every picture of class `mx-plot`. Blue and orange stay apart for every kind of colour vision; dashes and solid lines also without colour. */
export const PLOT_STYLE = `
.mx-plot {
  --paper: #fffffc; --ink: #262522; --soft: #75716a; --faint: #e9e7e1; --base: #0067a5; --main: #cf5300;
  --third: #00745a;
  font-family: "Helvetica Neue", Helvetica, Arial, "DejaVu Sans", sans-serif; font-size: 12px;
}
@media (prefers-color-scheme: dark) {
  .mx-plot {
    --paper: #191917; --ink: #e8e6e0; --soft: #a09c94; --faint: #32312d; --base: #64b5ec; --main: #ff9c4a;
    --third: #56c9a5;
  }
}
.mx-paper { fill: var(--paper); }
.mx-title { fill: var(--ink); font-size: 16px; font-weight: 600; }
.mx-panel { fill: var(--ink); font-size: 12.5px; }
.mx-key { fill: var(--ink); }
.mx-label, .mx-note, .mx-tick { fill: var(--soft); }
.mx-tick, .mx-value { font-size: 11px; font-variant-numeric: tabular-nums; }
.mx-grid { stroke: var(--faint); stroke-width: 1; }
.mx-axis { stroke: var(--soft); stroke-width: 1; }
.mx-rule { stroke: var(--soft); stroke-width: 1; stroke-dasharray: 1 3; }
.mx-base { --look: var(--base); }
.mx-main { --look: var(--main); }
.mx-third { --look: var(--third); }
.mx-other { --look: var(--soft); }
.mx-line { fill: none; stroke: var(--look); stroke-width: 1.7; stroke-linejoin: round; }
.mx-line.mx-base { stroke-dasharray: 5 3; }
.mx-line.mx-third { stroke-dasharray: 1.5 2.5; }
.mx-thin { stroke-width: 1; opacity: 0.55; }
.mx-band { fill: var(--look); opacity: 0.16; }
.mx-whisker { stroke: var(--look); stroke-width: 1.2; }
.mx-dot { fill: var(--look); }
.mx-dot.mx-other { fill: none; stroke: var(--look); stroke-width: 1.2; }
.mx-value { fill: var(--look); }
.mx-open { fill: none; stroke: var(--look); stroke-width: 1.3; }
.mx-median { stroke: var(--look); stroke-width: 2.2; }
.mx-beyond { fill: var(--faint); opacity: 0.55; }
.mx-segment { fill: none; stroke: var(--look); stroke-width: 0.8; opacity: 0.4; }
.mx-cross { stroke: var(--ink); stroke-width: 1.6; }
`;
