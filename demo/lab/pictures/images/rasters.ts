/**
 * Small pictures of numbers, a pixel a number: images as the net reads them, and filters. Shown large and unsmoothed.
 *
 * Not here: which of them are shown where (`imagePanel.ts`, `tileRain.ts`).
 */

import type { Dataset } from "../../../../src/index.ts";
import { html, painter } from "../../page/dom.ts";
import { type Palette, paintSigned, paintTones } from "../../page/palette.ts";

/** A canvas of as many pixels as there are numbers. */
export class Raster {
  readonly canvas: HTMLCanvasElement;
  private readonly image: ImageData;

  constructor(width: number, height: number) {
    this.canvas = html("canvas", { width, height, class: "raster", "aria-hidden": "true" });
    this.image = new ImageData(width, height);
  }

  /** Tones from paper to ink. */
  tones(values: ArrayLike<number>, range: { low: number; high: number }, palette: Palette): void {
    paintTones(this.image.data, values, range, palette);
    this.show();
  }

  /** Signs as colours. */
  signed(values: ArrayLike<number>, limit: number, palette: Palette): void {
    paintSigned(this.image.data, values, limit, palette);
    this.show();
  }

  private show(): void {
    painter(this.canvas).putImageData(this.image, 0, 0);
  }
}

/** How images of a data set are made into rasters: all on one scale, so that what is mixed is paler. */
export class ImageRasters {
  private readonly range: { low: number; high: number };
  private readonly channels: number;
  private readonly height: number;
  private readonly width: number;

  /** @throws Error for data that are no images. */
  constructor(private readonly data: Dataset) {
    if (data.shape === undefined) throw new Error("These points are no images.");
    [this.channels, this.height, this.width] = data.shape;
    let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (const value of data.points) {
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
    this.range = { low, high };
  }

  blank(): Raster {
    return new Raster(this.width, this.height);
  }

  /** Paints an image `[channels, height, width]`; channels are averaged. */
  paint(raster: Raster, image: ArrayLike<number>, palette: Palette): void {
    const area = this.height * this.width;
    const grey = Float32Array.from({ length: area }, (_, i) => {
      let sum = 0;
      for (let c = 0; c < this.channels; c++) sum += image[c * area + i];
      return sum / this.channels;
    });
    raster.tones(grey, this.range, palette);
  }

  /** Paints training point n. */
  paintPoint(raster: Raster, n: number, palette: Palette): void {
    const { points, dimensions } = this.data;
    this.paint(raster, points.subarray(n * dimensions, (n + 1) * dimensions), palette);
  }
}

/** Filters `[filters, channels, height, width]` as squares of `height * width` numbers. */
export function filterPlanes(values: Float32Array, shape: readonly number[]): Float32Array[] {
  const area = shape[2] * shape[3];
  return Array.from({ length: values.length / area }, (_, i) => values.subarray(i * area, (i + 1) * area));
}

/** The largest weight there is, rounded up to a tenth, so that colours stay what they are from frame to frame. */
export function filterLimit(filters: Float32Array): number {
  const largest = filters.reduce((most, value) => Math.max(most, Math.abs(value) || 0), 0);
  return Math.max(1, Math.ceil(10 * largest)) / 10;
}
