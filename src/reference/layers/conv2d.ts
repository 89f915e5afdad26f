/**
 * Convolutions: z[b, o, p, q] = bias[o] + sum over i, r, c of x[b, i, s p + r - d, s q + c - d] w[o, i, r, c], with x = 0
 * outside the map. Output o reads the input channels of its group.
 */

import type { Conv2d } from "../../model/layers/conv2d.ts";
import type { CreateLayer } from "./layer.ts";

export const createConv2d: CreateLayer = ({ layer, parameters: { weight, bias } }, [x], z) => {
  const { stride, padding, groups } = layer as Conv2d;
  const [channels, height, width] = x.shape;
  const [outputs, rows, columns] = z.shape;
  const [, perGroup, kernelHeight, kernelWidth] = weight.shape;

  /** Calls `use` with each (weight, input, output) that meet, as places in their arrays. */
  function forEachProduct(count: number, use: (w: number, x: number, z: number) => void): void {
    for (let b = 0; b < count; b++) {
      for (let o = 0; o < outputs; o++) {
        const group = Math.floor((o * groups) / outputs);
        for (let p = 0; p < rows; p++) {
          for (let q = 0; q < columns; q++) {
            const to = ((b * outputs + o) * rows + p) * columns + q;
            for (let i = 0; i < perGroup; i++) {
              const channel = b * channels + group * perGroup + i;
              for (let r = 0; r < kernelHeight; r++) {
                const y = stride * p + r - padding[0];
                if (y < 0 || y >= height) continue;
                for (let c = 0; c < kernelWidth; c++) {
                  const at = stride * q + c - padding[1];
                  if (at < 0 || at >= width) continue;
                  use(
                    weight.offset + ((o * perGroup + i) * kernelHeight + r) * kernelWidth + c,
                    (channel * height + y) * width + at,
                    to,
                  );
                }
              }
            }
          }
        }
      }
    }
  }

  return {
    forward({ count, parameters }) {
      const map = rows * columns;
      for (let n = 0; n < count * outputs; n++) {
        const first = bias === undefined ? 0 : parameters[bias.offset + (n % outputs)];
        z.data.fill(first, n * map, (n + 1) * map);
      }
      forEachProduct(count, (w, from, to) => {
        z.data[to] += parameters[w] * x.data[from];
      });
    },
    backward({ count, parameters }, gradients) {
      forEachProduct(count, (w, from, to) => {
        gradients[w] += z.delta[to] * x.data[from];
        x.delta[from] += z.delta[to] * parameters[w];
      });
      if (bias === undefined) return;
      const map = rows * columns;
      for (let n = 0; n < count * outputs * map; n++)
        gradients[bias.offset + (Math.floor(n / map) % outputs)] += z.delta[n];
    },
  };
};
