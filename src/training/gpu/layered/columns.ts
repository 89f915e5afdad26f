/** Dispatches of towers: their parts of points, and their outputs one after the other. */

import { type ColumnRows, copyColumnsKernel, packColumns } from "../../../kernels/layers/copyColumns.ts";
import { elementsGrid } from "../../../kernels/layers/elementwise.ts";
import type { Slice } from "../../../model/layers/towers.ts";
import type { GpuLayer, PlannedDispatch } from "./dispatch.ts";
import type { Stage } from "./stages.ts";

function copy(
  runs: number,
  count: number,
  width: number,
  from: ColumnRows & { readonly buffer: string },
  to: ColumnRows & { readonly buffer: string },
): PlannedDispatch {
  return {
    kernel: copyColumnsKernel,
    specialization: {},
    grid: elementsGrid(width, count, runs),
    bindings: [packColumns(count, width, from, to), from.buffer, to.buffer],
  };
}

/** Reads the net's own points: there are no deltas to be passed on. */
export const sliceLayer: GpuLayer = {
  work: ({ size }) => size,
  forward(planner, stage, rows) {
    const [points] = stage.inputs;
    const { buffer, offset, runStride } = planner.incoming(points, rows);
    const { from } = stage.operation!.layer as Slice;
    return [
      copy(
        planner.runs,
        rows.count,
        stage.size,
        { buffer, columns: points.size, first: from, offset, runStride },
        { buffer: planner.stored(stage), columns: stage.size, first: 0 },
      ),
    ];
  },
  backward: () => [],
};

export const concatenateLayer: GpuLayer = {
  work: ({ size }) => size,
  forward: (planner, stage, rows) =>
    parts(stage).map(({ input, first }) => {
      const { buffer, offset, runStride } = planner.incoming(input, rows);
      return copy(
        planner.runs,
        rows.count,
        input.size,
        { buffer, columns: input.size, first: 0, offset, runStride },
        { buffer: planner.stored(stage), columns: stage.size, first },
      );
    }),
  backward: (planner, stage, batchSize) =>
    parts(stage).flatMap(({ input, first }) => {
      const previous = planner.previous(input);
      if (previous === undefined) return [];
      return [
        copy(
          planner.runs,
          batchSize,
          input.size,
          { buffer: planner.deltas(stage), columns: stage.size, first },
          { buffer: previous.buffer, columns: input.size, first: 0 },
        ),
      ];
    }),
};

/** Each tower's outputs, and where they begin. No tower's outputs have another reader. */
function parts({ inputs }: Stage): { input: Stage; first: number }[] {
  let first = 0;
  return inputs.map((input) => {
    const own = { input, first };
    first += input.size;
    return own;
  });
}
