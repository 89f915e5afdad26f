/** Parts of rows: what a tower gets of a point, and the outputs of towers one after the other. */

import type { Slice } from "../../model/layers/towers.ts";
import type { CreateLayer, Value } from "./layer.ts";

/** Calls `use` with the places of numbers that belong together: of whole rows, and of the part of them from `from` on. */
function forEachNumber(
  count: number,
  whole: Value,
  part: Value,
  from: number,
  use: (whole: number, part: number) => void,
): void {
  for (let b = 0; b < count; b++)
    for (let i = 0; i < part.size; i++) use(b * whole.size + from + i, b * part.size + i);
}

export const createSlice: CreateLayer = ({ layer }, [x], y) => {
  const { from } = layer as Slice;
  return {
    forward({ count }) {
      forEachNumber(count, x, y, from, (whole, part) => {
        y.data[part] = x.data[whole];
      });
    },
    backward({ count }) {
      forEachNumber(count, x, y, from, (whole, part) => {
        x.delta[whole] += y.delta[part];
      });
    },
  };
};

export const createConcatenate: CreateLayer = (_operation, inputs, y) => {
  const starts = inputs.map((_, t) => inputs.slice(0, t).reduce((sum, { size }) => sum + size, 0));
  return {
    forward({ count }) {
      inputs.forEach((x, t) => {
        forEachNumber(count, y, x, starts[t], (whole, part) => {
          y.data[whole] = x.data[part];
        });
      });
    },
    backward({ count }) {
      inputs.forEach((x, t) => {
        forEachNumber(count, y, x, starts[t], (whole, part) => {
          x.delta[part] += y.delta[whole];
        });
      });
    },
  };
};
