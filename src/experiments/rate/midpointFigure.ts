/**
 * Two sets of four points with the same midpoints, and six points that share theirs with no others: what is to be seen
 * of Theorem 2.11, as SVG.
 */

import type { Figure } from "../../report/files.ts";
import { PLOT_STYLE, text } from "../../report/plot.ts";
import { escapeText } from "../../report/plotParts.ts";
import { midpoints, midpointTwin, pointSetsFromMidpoints } from "../../theory/midpoints.ts";
import { drawPoints } from "./midpoints.ts";

const PANEL = { size: 250, gap: 60 };
const MARGIN = { left: 24, top: 128, bottom: 24 };
/** A draw in which points and midpoints lie apart. */
const DRAW = 16;

/** The picture; it takes no results, since its points are fixed. */
export function midpointFigure(): Figure {
  const title = "Which points have these midpoints?";
  const [four, six] = [drawPoints(4, DRAW), drawPoints(6, DRAW)];
  const width = 2 * MARGIN.left + 2 * PANEL.size + PANEL.gap;
  const height = MARGIN.top + PANEL.size + MARGIN.bottom;
  const key = (x: number, shape: string, name: string) =>
    `<g transform="translate(${x} 76)"><g transform="translate(5 -4)">${shape}</g>${text("mx-key", 17, 0, name)}</g>`;
  const description =
    `Four points share their six midpoints with four others. Six points and their 15 midpoints: ` +
    `${pointSetsFromMidpoints(midpoints(six, 2), 2).length} set of points fits.`;
  const svg = [
    `<svg xmlns="http://www.w3.org/2000/svg" class="mx-plot" role="img"`,
    `  width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">`,
    `<title>${escapeText(title)}</title>`,
    `<desc>${escapeText(description)}</desc>`,
    `<style>${PLOT_STYLE}</style>`,
    `<rect class="mx-paper" width="${width}" height="${height}"/>`,
    text("mx-title", MARGIN.left, 28, title),
    text(
      "mx-note",
      MARGIN.left,
      48,
      "All sets of points that fit the crosses, found without knowing whose they are.",
    ),
    key(MARGIN.left, CROSS, "midpoints"),
    key(MARGIN.left + 120, DISC, "points"),
    key(MARGIN.left + 210, RING, "other points with the same midpoints"),
    `<g transform="translate(${MARGIN.left} ${MARGIN.top})">${drawSet("4 points: two sets fit", four)}</g>`,
    `<g transform="translate(${MARGIN.left + PANEL.size + PANEL.gap} ${MARGIN.top})">`,
    drawSet("6 points: no others", six),
    "</g>",
    "</svg>\n",
  ].join("\n");
  return { name: "midpoints", title, svg };
}

const DISC = `<circle class="mx-dot mx-main" r="5"/>`;
const RING = `<circle class="mx-open mx-base" r="6"/>`;
const CROSS = `<path class="mx-cross" d="M-3.5 -3.5L3.5 3.5M-3.5 3.5L3.5 -3.5"/>`;

/** The points, their midpoints, segments between them, and the points' twin if there is one. */
function drawSet(title: string, points: Float64Array): string {
  const twin = points.length === 8 ? midpointTwin(points, 2) : new Float64Array();
  const middles = midpoints(points, 2);
  const all = [...points, ...twin];
  const [xs, ys] = [0, 1].map((k) => all.filter((_, i) => i % 2 === k));
  const [left, right, low, high] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
  // The same scale both ways, the whole in the middle.
  const scale = (PANEL.size - 24) / Math.max(right - left, high - low);
  const place = (values: Float64Array) =>
    Array.from({ length: values.length / 2 }, (_, i) => [
      Math.round(10 * (PANEL.size / 2 + scale * (values[2 * i] - (left + right) / 2))) / 10,
      Math.round(10 * (PANEL.size / 2 - scale * (values[2 * i + 1] - (low + high) / 2))) / 10,
    ]);
  const marks = (values: Float64Array, shape: string) =>
    place(values).map(([x, y]) => `<g transform="translate(${x} ${y})">${shape}</g>`);
  const segments = (values: Float64Array, look: string) => {
    const ends = place(values);
    const lines = ends.flatMap(([x, y], i) => ends.slice(i + 1).map(([u, v]) => `M${x} ${y}L${u} ${v}`));
    return `<path class="mx-segment mx-${look}" d="${lines.join("")}"/>`;
  };
  return [
    text("mx-panel", 0, -12, title),
    segments(twin, "base"),
    segments(points, "main"),
    ...marks(middles, CROSS),
    ...marks(twin, RING),
    ...marks(points, DISC),
  ].join("\n");
}
