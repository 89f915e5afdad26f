/**
 * Pools: the largest of each window (padding never wins; gradients go to the first largest, row by row), the mean of each
 * window (padding counted), the mean of each map.
 */

import type { Pool2d } from "../../model/layers/pool2d.ts";
import type { CreateLayer, Value } from "./layer.ts";

/** Calls `use` with each window's place in the output and the places in the input that it covers. */
function forEachWindow(
  { kernel, stride, padding }: Pool2d,
  x: Value,
  y: Value,
  count: number,
  use: (to: number, from: readonly number[]) => void,
): void {
  const [channels, height, width] = x.shape;
  const [, rows, columns] = y.shape;
  for (let n = 0; n < count * channels; n++) {
    for (let p = 0; p < rows; p++) {
      for (let q = 0; q < columns; q++) {
        const from: number[] = [];
        for (let r = 0; r < kernel[0]; r++) {
          for (let c = 0; c < kernel[1]; c++) {
            const [i, j] = [stride * p + r - padding[0], stride * q + c - padding[1]];
            if (i >= 0 && i < height && j >= 0 && j < width) from.push((n * height + i) * width + j);
          }
        }
        use((n * rows + p) * columns + q, from);
      }
    }
  }
}

export const createMaxPool2d: CreateLayer = ({ layer }, [x], y) => {
  const first = (from: readonly number[]) =>
    // A NaN is the largest there is.
    from.reduce((best, at) => (x.data[at] > x.data[best] || Number.isNaN(x.data[at]) ? at : best));
  return {
    forward({ count }) {
      forEachWindow(layer as Pool2d, x, y, count, (to, from) => {
        y.data[to] = x.data[first(from)];
      });
    },
    backward({ count }) {
      forEachWindow(layer as Pool2d, x, y, count, (to, from) => {
        x.delta[first(from)] += y.delta[to];
      });
    },
  };
};

export const createAveragePool2d: CreateLayer = ({ layer }, [x], y) => {
  const { kernel } = layer as Pool2d;
  const area = kernel[0] * kernel[1];
  return {
    forward({ count }) {
      forEachWindow(layer as Pool2d, x, y, count, (to, from) => {
        y.data[to] = from.reduce((sum, at) => sum + x.data[at], 0) / area;
      });
    },
    backward({ count }) {
      forEachWindow(layer as Pool2d, x, y, count, (to, from) => {
        for (const at of from) x.delta[at] += y.delta[to] / area;
      });
    },
  };
};

export const createGlobalAveragePool: CreateLayer = (_operation, [x], y) => {
  const [channels, height, width] = x.shape;
  const map = height * width;
  return {
    forward({ count }) {
      for (let n = 0; n < count * channels; n++) {
        let sum = 0;
        for (let at = n * map; at < (n + 1) * map; at++) sum += x.data[at];
        y.data[n] = sum / map;
      }
    },
    backward({ count }) {
      for (let at = 0; at < count * channels * map; at++) x.delta[at] += y.delta[Math.floor(at / map)] / map;
    },
  };
};
