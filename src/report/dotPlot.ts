/**
 * Single values in groups as SVG: categories side by side, in each the dots of one or more series, a bar at their mean.
 * For few values whose every one counts, such as one a seed. Carries its own colours for light and dark.
 *
 * Not here: curves (`plot.ts`), maps (`heatMap.ts`), which numbers to show.
 */

import { domainFor, escapeText, tickLabel } from "./plotParts.ts";

/** Values of one series, a list for each category; null where there is none. */
export interface DotSeries {
  readonly name: string;
  /** Filled discs, or rings: told apart without colour as well. */
  readonly look: "disc" | "ring";
  readonly values: readonly (readonly (number | null)[])[];
}

export interface DotPanel {
  readonly title: string;
  readonly series: readonly DotSeries[];
}

export interface DotPlot {
  readonly title: string;
  readonly subtitle: string;
  readonly description: string;
  readonly xLabel: string;
  readonly yLabel: string;
  readonly categories: readonly string[];
  readonly yTicks: readonly number[];
  readonly panels: readonly DotPanel[];
}

const HEIGHT = 220;
/** Pixels of a category, and of a series in it. */
const CATEGORY = 66;
const SERIES = 22;
const GAP = 120;
const MARGIN = { left: 80, right: 120, top: 96, bottom: 60 };

/** The whole picture, panels side by side. */
export function dotPlot(plot: DotPlot): string {
  const panelWidth = plot.categories.length * CATEGORY;
  const count = plot.panels.length;
  const width = Math.max(MARGIN.left + count * (panelWidth + GAP) - GAP + MARGIN.right, 620);
  const height = MARGIN.top + HEIGHT + MARGIN.bottom;
  const panels = plot.panels.map(
    (panel, i) =>
      `<g transform="translate(${MARGIN.left + i * (panelWidth + GAP)} ${MARGIN.top})">${drawPanel(plot, panel)}</g>`,
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" class="mx-dots" role="img"`,
    `  width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">`,
    `<title>${escapeText(plot.title)}</title>`,
    `<desc>${escapeText(plot.description)}</desc>`,
    `<style>${STYLE}</style>`,
    `<rect class="mx-paper" width="${width}" height="${height}"/>`,
    text("mx-title", MARGIN.left, 28, plot.title),
    text("mx-soft", MARGIN.left, 48, plot.subtitle),
    ...panels,
    text("mx-soft", width - MARGIN.right, height - 12, plot.xLabel, "end"),
    text("mx-soft", MARGIN.left - 10, MARGIN.top - 12, plot.yLabel, "end"),
    "</svg>\n",
  ].join("\n");
}

function drawPanel({ categories, yTicks }: DotPlot, { title, series }: DotPanel): string {
  const y = domainFor(yTicks, 0, HEIGHT);
  const width = categories.length * CATEGORY;
  const parts = [text("mx-panel", 0, -12, title)];
  for (const tick of yTicks) {
    parts.push(`<path class="mx-grid" d="M0 ${y(tick)}H${width}"/>`);
    parts.push(text("mx-soft mx-tick", -8, y(tick) + 4, tickLabel(tick), "end"));
  }
  categories.forEach((category, c) => {
    parts.push(text("mx-tick", (c + 0.5) * CATEGORY, HEIGHT + 20, category, "middle"));
    const present = series.filter(({ values }) => finite(values[c]).length > 0);
    present.forEach(({ look, values }, s) => {
      const x = (c + 0.5) * CATEGORY + (s - 0.5 * (present.length - 1)) * SERIES;
      const dots = finite(values[c]);
      const place = (i: number) => x + ((i % 3) - 1) * 4;
      const d = dots.map((value, i) => `M${place(i)} ${y(value)}h0`).join("");
      const mean = dots.reduce((a, b) => a + b) / dots.length;
      parts.push(`<path class="mx-${look} mx-dot" d="${d}"/>`);
      if (look === "ring") parts.push(`<path class="mx-hole" d="${d}"/>`);
      parts.push(`<path class="mx-${look} mx-mean" d="M${x - 10} ${y(mean)}h20"/>`);
    });
  });
  return [...parts, ...names(series, y, width)].join("\n");
}

/** Each series' name beside its last mean, moved apart where they would touch. */
function names(series: readonly DotSeries[], y: (value: number) => number, x: number): string[] {
  const labels = series.flatMap(({ name, look, values }) => {
    const last = values.map(finite).findLast((dots) => dots.length > 0);
    return last === undefined ? [] : [{ name, look, y: y(last.reduce((a, b) => a + b) / last.length) }];
  });
  labels.sort((a, b) => b.y - a.y);
  return labels.map((label, i) => {
    if (i > 0) label.y = Math.min(label.y, labels[i - 1].y - 15);
    return text(`mx-name mx-${label.look}`, x + 6, label.y + 4, label.name);
  });
}

function finite(values: readonly (number | null)[]): number[] {
  return values.filter((value): value is number => value !== null && Number.isFinite(value));
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

const STYLE = `
.mx-dots {
  --paper: #fffffc; --ink: #262522; --soft: #75716a; --faint: #e9e7e1; --disc: #0067a5; --ring: #cf5300;
  font-family: "Helvetica Neue", Helvetica, Arial, "DejaVu Sans", sans-serif; font-size: 12px;
}
@media (prefers-color-scheme: dark) {
  .mx-dots {
    --paper: #191917; --ink: #e8e6e0; --soft: #a09c94; --faint: #32312d; --disc: #64b5ec; --ring: #ff9c4a;
  }
}
.mx-dots .mx-paper { fill: var(--paper); }
.mx-dots .mx-title { fill: var(--ink); font-size: 16px; font-weight: 600; }
.mx-dots .mx-panel { fill: var(--ink); font-size: 13px; font-weight: 600; }
.mx-dots .mx-tick { fill: var(--ink); font-size: 11.5px; font-variant-numeric: tabular-nums; }
.mx-dots .mx-soft { fill: var(--soft); }
.mx-dots .mx-grid { stroke: var(--faint); stroke-width: 1; }
.mx-dots .mx-disc { --look: var(--disc); }
.mx-dots .mx-ring { --look: var(--ring); }
.mx-dots .mx-dot { stroke: var(--look); stroke-width: 6.4; stroke-linecap: round; opacity: 0.75; }
.mx-dots .mx-hole { stroke: var(--paper); stroke-width: 3.4; stroke-linecap: round; }
.mx-dots .mx-mean { stroke: var(--look); stroke-width: 2; }
.mx-dots .mx-name { fill: var(--look); font-weight: 600; }
`;
