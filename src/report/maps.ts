/**
 * Maps in panels: cells of a few colours over two axes, with points and words on top. Neighbouring cells of a colour are one
 * rectangle, so a map of 10,000 cells is a few hundred marks.
 */

import * as Plot from "@observablehq/plot";
import { COLOURS, type Panel } from "./figure.ts";
import { type Axis, scale } from "./panels.ts";

export interface MapSpec {
  readonly title: string;
  readonly columns: number;
  readonly rows: number;
  /** Index of a colour for each cell, x fastest, the lowest row first. */
  readonly cells: ArrayLike<number>;
  readonly colours: readonly string[];
  /** Axes whose domains are the map's edges. */
  readonly x: Axis & { readonly domain: readonly [number, number] };
  readonly y: Axis & { readonly domain: readonly [number, number] };
  /** Points of classes, in the axes' units. */
  readonly points?: readonly { readonly x: number; readonly y: number; readonly label: number }[];
  /** Words, placed alike. */
  readonly words?: readonly { readonly x: number; readonly y: number; readonly text: string }[];
  readonly width: number;
  readonly height: number;
}

/** Class 0 blue, class 1 orange, paper where neither has it: `count` colours from one to the other. */
export function votePalette(count: number): string[] {
  return blend(["#8fc1e3", "#f7f5ef", "#f5b183"], count);
}

/** From nothing over orange to dark. */
export function amountPalette(count: number): string[] {
  return blend(["#f1efe9", "#fdd0a2", "#f16913", "#7f2704"], count);
}

/** `count` colours at equal steps between stops. */
function blend(stops: readonly string[], count: number): string[] {
  const channels = stops.map((stop) => [1, 3, 5].map((at) => Number.parseInt(stop.slice(at, at + 2), 16)));
  return Array.from({ length: count }, (_, i) => {
    const at = count === 1 ? 0 : (i / (count - 1)) * (stops.length - 1);
    const from = Math.min(Math.floor(at), stops.length - 2);
    const mixed = channels[from].map((value, c) =>
      Math.round(value + (at - from) * (channels[from + 1][c] - value)),
    );
    return `#${mixed.map((value) => value.toString(16).padStart(2, "0")).join("")}`;
  });
}

/** A map as a panel. */
export function mapPanel(spec: MapSpec): Panel {
  const { columns, rows, x, y } = spec;
  const edge = ({ domain: [low, high], log }: MapSpec["x"], part: number) =>
    log ? low * (high / low) ** part : low + (high - low) * part;
  const strips = runsOf(spec).map(({ row, from, to, colour }) => ({
    x1: edge(x, from / columns),
    x2: edge(x, to / columns),
    y1: edge(y, row / rows),
    y2: edge(y, (row + 1) / rows),
    colour,
  }));
  return {
    title: spec.title,
    options: {
      width: spec.width,
      height: spec.height,
      marginLeft: 46,
      marginRight: 16,
      marginTop: 22,
      marginBottom: 38,
      x: scale(x),
      y: scale(y),
      marks: [
        // A hair more than its cells, and sharp edges, so that no seams show; a mark for each colour, which is named once.
        ...spec.colours.map((fill, colour) =>
          Plot.rect(
            strips.filter((strip) => strip.colour === colour),
            { x1: "x1", x2: "x2", y1: "y1", y2: "y2", fill, inset: -0.2, shapeRendering: "crispEdges" },
          ),
        ),
        Plot.dot(spec.points ?? [], {
          x: "x",
          y: "y",
          r: 2.2,
          fill: ({ label }) => (label === 0 ? COLOURS.main : COLOURS.base),
          stroke: "#ffffff",
          strokeWidth: 0.5,
        }),
        Plot.text(spec.words ?? [], {
          x: "x",
          y: "y",
          text: "text",
          fill: COLOURS.ink,
          stroke: "#ffffff",
          strokeWidth: 3,
        }),
      ],
    },
  };
}

/** Runs of equal cells along each row. */
function runsOf({
  columns,
  rows,
  cells,
}: MapSpec): { row: number; from: number; to: number; colour: number }[] {
  const runs: { row: number; from: number; to: number; colour: number }[] = [];
  for (let row = 0; row < rows; row++) {
    let from = 0;
    for (let column = 1; column <= columns; column++) {
      const colour = cells[row * columns + from];
      if (column < columns && cells[row * columns + column] === colour) continue;
      runs.push({ row, from, to: column, colour });
      from = column;
    }
  }
  return runs;
}
