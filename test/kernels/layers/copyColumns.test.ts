/** Kernel `copyColumns`: parts of rows that runs share or have each, into parts of rows; all other columns stay as they are. */

import { describe, expect, it } from "vitest";
import { copyColumnsKernel, packColumns } from "../../../src/kernels/layers/copyColumns.ts";
import { elementsGrid } from "../../../src/kernels/layers/elementwise.ts";
import { randomNumbers, runKernel } from "../harness.ts";

describe("copyColumns", () => {
  it.each([
    [1, 1, 1, 0, 1, 0],
    [3, 65, 7, 2, 12, 4],
    [2, 257, 1, 5, 3, 0],
    [2, 63, 16, 16, 32, 16],
  ])(
    "R %i, B %i, width %i, from column %i, to rows of %i from column %i",
    async (R, B, width, from, to, first) => {
      const columns = from + width + 1;
      for (const [offset, runStride] of [
        [0, B * columns],
        [3, 0],
      ]) {
        const inputs = randomNumbers(1, R * B * columns + offset);
        const before = randomNumbers(2, R * B * to);
        const { 2: written } = await runKernel(copyColumnsKernel, {}, elementsGrid(width, B, R), [
          {
            uniform: packColumns(
              B,
              width,
              { columns, first: from, offset, runStride },
              { columns: to, first },
            ),
          },
          { read: inputs },
          { write: before.slice() },
        ]);
        const expected = before.map((value, i) => {
          const [row, column] = [Math.floor(i / to), (i % to) - first];
          if (column < 0 || column >= width) return value;
          const [r, b] = [Math.floor(row / B), row % B];
          return inputs[offset + r * runStride + b * columns + from + column];
        });
        expect(new Float32Array(written)).toEqual(expected);
      }
    },
  );
});
