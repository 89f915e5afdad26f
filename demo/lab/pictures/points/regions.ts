/**
 * What nets say of the plane: class colours as a painted ground, and the lines between classes, from probabilities at the
 * probe grid. The same for the page and for what is exported.
 *
 * Not here: panels (`planePanel.ts`), axes and captions of exports.
 */

import { html, painter } from "../../page/dom.ts";
import { levelSegments } from "../../page/geometry.ts";
import { type Palette, paintRegions, paintSigned } from "../../page/palette.ts";
import type { Experiment, Group } from "../../training/experiment.ts";
import { gridSize, type ProbeGrid } from "../../training/probes.ts";
import { channels } from "../../training/protocol.ts";

/** Of labels: what is least and largest. */
export interface Range {
  readonly low: number;
  readonly high: number;
}

/** Signs wear their colour in full beyond a range: points of the ends are seen on their ground. */
const FIELD_LIMIT = 1.5;

/** Of numbers. */
export function rangeOf(values: ArrayLike<number>): Range {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let i = 0; i < values.length; i++) {
    low = Math.min(low, values[i]);
    high = Math.max(high, values[i]);
  }
  return { low, high };
}

/** -1 at the low end of a range, 1 at the high one. */
export function inRange(value: number, { low, high }: Range): number {
  return high > low ? (2 * (value - low)) / (high - low) - 1 : 0;
}

/** The colour of a number within a range, as a point wears it. */
export function fieldColour(value: number, range: Range, { classes, paper }: Palette): string {
  const place = Math.min(1, Math.max(-1, inRange(value, range)));
  const [r, g, b] = paper.map((from, c) =>
    Math.round(from + (classes[place > 0 ? 1 : 0][c] - from) * Math.abs(place)),
  );
  return `rgb(${r} ${g} ${b})`;
}

/** Level lines of outputs at a grid, at each of some levels: segments in grid units. */
export function fieldSegments(
  values: ArrayLike<number>,
  { columns, rows }: ProbeGrid,
  levels: readonly number[],
): number[] {
  return levels.flatMap((level) => levelSegments(columns, rows, (i) => values[i], level));
}

/** A grid of probabilities, or of outputs, as smooth ground. */
export class Ground {
  private readonly pixels = html("canvas");
  private readonly image: ImageData;

  constructor(private readonly probe: ProbeGrid) {
    this.pixels.width = probe.columns;
    this.pixels.height = probe.rows;
    this.image = new ImageData(probe.columns, probe.rows);
  }

  /** Fills `width * height` units of a canvas with mean probabilities `[M, K]`. */
  paint(
    context: CanvasRenderingContext2D,
    { width, height }: { width: number; height: number },
    mean: ArrayLike<number>,
    classes: number,
    palette: Palette,
  ): void {
    paintRegions(this.image.data, this.probe, mean, classes, palette);
    this.put(context, { width, height });
  }

  /** The same with outputs of a regression `[M]`: colours of signs around the middle of a range. */
  paintField(
    context: CanvasRenderingContext2D,
    size: { width: number; height: number },
    outputs: ArrayLike<number>,
    range: Range,
    palette: Palette,
  ): void {
    const { columns, rows } = this.probe;
    // The grid's first row is at the bottom, an image's on top.
    const values = Float64Array.from({ length: columns * rows }, (_, i) => {
      const row = rows - 1 - Math.floor(i / columns);
      return inRange(outputs[row * columns + (i % columns)], range);
    });
    paintSigned(this.image.data, values, FIELD_LIMIT, palette);
    this.put(context, size);
  }

  private put(context: CanvasRenderingContext2D, { width, height }: { width: number; height: number }): void {
    painter(this.pixels).putImageData(this.image, 0, 0);
    context.imageSmoothingEnabled = true;
    context.imageSmoothingQuality = "low";
    // Grid points are the corners of the picture, pixels have a width: half of one hangs over on each side.
    const { columns, rows } = this.probe;
    const [w, h] = [width / (columns - 1), height / (rows - 1)];
    context.drawImage(this.pixels, -w / 2, -h / 2, width + w, height + h);
  }
}

/** Probabilities at the grid of each net of a group, `[M * K]`; those that diverged are left out. */
export function netsOf(
  probabilities: Float32Array,
  { train, probe }: Experiment,
  group: Group,
): Float32Array[] {
  const { dimensions, targetSize } = train.data;
  const K = channels(targetSize);
  const stride = (probe.points.length / dimensions) * K;
  return Array.from({ length: group.runs }, (_, r) => {
    const from = (group.firstRun + r) * stride;
    return probabilities.subarray(from, from + gridSize(probe) * K);
  }).filter((values) => Number.isFinite(values[0]));
}

/** Their mean, entry by entry. */
export function meanOfNets(nets: readonly Float32Array[]): Float64Array {
  const mean = new Float64Array(nets[0]?.length ?? 0);
  for (const values of nets) for (let i = 0; i < mean.length; i++) mean[i] += values[i] / nets.length;
  return mean;
}

/** Lines between classes of one net's probabilities at the grid `[M, K]`: segments in grid units. */
export function boundarySegments(
  values: ArrayLike<number>,
  { columns, rows }: ProbeGrid,
  classes: number,
): number[] {
  if (classes === 2) return levelSegments(columns, rows, (i) => values[i], 0.5);
  return Array.from({ length: classes }, (_, c) => {
    const lead = (i: number) => {
      let best = Number.NEGATIVE_INFINITY;
      for (let k = 0; k < classes; k++) if (k !== c) best = Math.max(best, values[i * classes + k]);
      return values[i * classes + c] - best;
    };
    return levelSegments(columns, rows, lead, 0);
  }).flat();
}
