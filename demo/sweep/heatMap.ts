/** Cells of two axes as a picture, one rectangle each, with labels as far as they fit. */

import { colourOf, inkOn, themeColour } from "./colours.ts";
import type { Axis, Cells } from "./mergedSweep.ts";
import { short } from "./words.ts";

const HEIGHT = { cell: 40, least: 160, most: 520 } as const;
const FONT = "12px system-ui, sans-serif";
/** Room for the labels of columns below, and of rows at the left at most. */
const BELOW = 40;
const LEFT = 120;

export interface Place {
  readonly column: number;
  readonly row: number;
}

/** Where the cells are, in CSS pixels. */
export interface MapLayout {
  readonly left: number;
  readonly width: number;
  readonly height: number;
  readonly columns: number;
  readonly rows: number;
}

/** Draws the map; returns where its cells are. */
export function drawMap(
  canvas: HTMLCanvasElement,
  cells: Cells,
  across: Axis | undefined,
  down: Axis | undefined,
): MapLayout {
  const { columns, rows } = cells;
  const width = canvas.parentElement!.clientWidth;
  const height = Math.min(Math.max(rows * HEIGHT.cell, HEIGHT.least), HEIGHT.most);
  const context = sized(canvas, width, height + BELOW);
  const names = down?.values ?? [];
  const widest = Math.max(0, ...names.slice(0, 200).map((name) => context.measureText(name).width));
  const left = Math.min(widest + 12, LEFT, width / 3);
  const layout: MapLayout = { left, width: width - left, height, columns, rows };
  context.imageSmoothingEnabled = false;
  context.drawImage(picture(cells), left, 0, layout.width, height);
  context.textBaseline = "middle";
  numbers(context, layout, cells);
  labels(context, layout, across, down);
  return layout;
}

/** A pixel for each cell. */
function picture({ columns, rows, mean, least, most }: Cells): OffscreenCanvas {
  const blank = themeColour("rule")
    .match(/[\d.]+/g)!
    .map(Number);
  const pixels = new ImageData(columns, rows);
  for (let cell = 0; cell < mean.length; cell++) {
    const value = mean[cell];
    const share = most > least ? (value - least) / (most - least) : 0.5;
    const [red, green, blue] = Number.isNaN(value) ? blank : colourOf(share);
    pixels.data.set([red, green, blue, 255], 4 * cell);
  }
  const small = new OffscreenCanvas(columns, rows);
  small.getContext("2d")!.putImageData(pixels, 0, 0);
  return small;
}

/** The numbers of the cells, where they fit. */
function numbers(
  context: CanvasRenderingContext2D,
  { left, width, height }: MapLayout,
  { columns, rows, mean, runs, least, most }: Cells,
): void {
  const [cellWidth, cellHeight] = [width / columns, height / rows];
  if (cellWidth < 40 || cellHeight < 18) return;
  const soft = themeColour("ink-soft");
  context.textAlign = "center";
  for (let cell = 0; cell < mean.length; cell++) {
    const value = mean[cell];
    const isThere = !Number.isNaN(value);
    context.fillStyle = isThere
      ? inkOn(colourOf(most > least ? (value - least) / (most - least) : 0.5))
      : soft;
    const text = isThere ? short(value) : runs[cell] > 0 ? "∞" : "–";
    const [column, row] = [cell % columns, Math.floor(cell / columns)];
    context.fillText(text, left + (column + 0.5) * cellWidth, (row + 0.5) * cellHeight);
  }
}

/** Frames around cells, on a canvas of their own over the map, so that pointing draws nothing else. */
export function drawMarks(
  canvas: HTMLCanvasElement,
  { left, width, height, columns, rows }: MapLayout,
  marks: readonly { readonly place: Place | undefined; readonly colour: string }[],
): void {
  const context = sized(canvas, left + width, height + BELOW);
  const [cellWidth, cellHeight] = [width / columns, height / rows];
  const paper = themeColour("paper");
  for (const { place, colour } of marks) {
    if (place === undefined) continue;
    const edge = [left + place.column * cellWidth, place.row * cellHeight, cellWidth, cellHeight] as const;
    for (const [thick, stroke] of [
      [5, paper],
      [2.5, colour],
    ] as const) {
      context.lineWidth = thick;
      context.strokeStyle = stroke;
      context.strokeRect(...edge);
    }
  }
}

function labels(
  context: CanvasRenderingContext2D,
  { left, width, height, columns, rows }: MapLayout,
  across: Axis | undefined,
  down: Axis | undefined,
): void {
  context.fillStyle = themeColour("ink-soft");
  const [cellWidth, cellHeight] = [width / columns, height / rows];
  if (down !== undefined) {
    context.textAlign = "right";
    const step = Math.ceil(16 / cellHeight);
    for (let row = 0; row < rows; row += step)
      context.fillText(fitted(context, down.values[row], left - 10), left - 6, (row + 0.5) * cellHeight);
  }
  if (across === undefined) return;
  context.textAlign = "center";
  const widest = Math.max(...across.values.slice(0, 200).map((name) => context.measureText(name).width));
  const step = Math.ceil(Math.min(widest + 8, 80) / cellWidth);
  for (let column = 0; column < columns; column += step) {
    const text = fitted(context, across.values[column], Math.max(step * cellWidth - 4, 20));
    const half = context.measureText(text).width / 2;
    context.fillText(text, Math.min(left + (column + 0.5) * cellWidth, left + width - half), height + 14);
  }
}

function fitted(context: CanvasRenderingContext2D, text: string, width: number): string {
  let kept = text;
  while (kept.length > 1 && context.measureText(kept).width > width) kept = `${kept.slice(0, -2)}…`;
  return kept;
}

/** The cell at a point of the canvas. */
export function placeAt(
  { left, width, height, columns, rows }: MapLayout,
  x: number,
  y: number,
): Place | undefined {
  const column = Math.floor(((x - left) / width) * columns);
  const row = Math.floor((y / height) * rows);
  return column >= 0 && column < columns && row >= 0 && row < rows ? { column, row } : undefined;
}

/** A canvas of so many CSS pixels, sharp on every screen, and empty. */
export function sized(canvas: HTMLCanvasElement, width: number, height: number): CanvasRenderingContext2D {
  const ratio = devicePixelRatio;
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  canvas.style.height = `${height}px`;
  const context = canvas.getContext("2d")!;
  context.scale(ratio, ratio);
  context.font = FONT;
  return context;
}
