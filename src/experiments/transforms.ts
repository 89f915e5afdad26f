/**
 * Images moved about, pixel by pixel, and data sets of several such copies: domains that are alike in size and labels, and differ in
 * what a net has to learn for them.
 *
 * Not here: turning by an angle (`data/rotateImage.ts`).
 */

import type { Dataset } from "../data/dataset.ts";
import { withoutDomains } from "../data/domains.ts";

/** Where each pixel of an image comes from, `[D]`. */
export type PixelMap = Uint32Array;

/** The map of a rule on rows and columns of an image of `height` x `width`. */
export function pixelMap(
  height: number,
  width: number,
  from: (row: number, column: number) => readonly [row: number, column: number],
): PixelMap {
  return Uint32Array.from({ length: height * width }, (_, i) => {
    const [row, column] = from(Math.floor(i / width), i % width);
    return row * width + column;
  });
}

/** A copy of all points for each map, one after the other: row `m N + n` is point n under map m. */
export function copiesOf(data: Dataset, maps: readonly PixelMap[]): Dataset {
  const { size, dimensions, targetSize } = data;
  const points = new Float32Array(maps.length * size * dimensions);
  const targets = new Float32Array(maps.length * size * targetSize);
  const labels = data.labels && new Uint32Array(maps.length * size);
  maps.forEach((map, m) => {
    const first = m * size;
    for (let n = 0; n < size; n++)
      for (let d = 0; d < dimensions; d++)
        points[(first + n) * dimensions + d] = data.points[n * dimensions + map[d]];
    targets.set(data.targets, first * targetSize);
    if (data.labels !== undefined) labels?.set(data.labels, first);
  });
  return { ...withoutDomains(data), size: maps.length * size, points, targets, ...(labels && { labels }) };
}
