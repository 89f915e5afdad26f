/** Dispatches of what works number by number: copies, the sum of a residual block's two ways, dropout, hidden mixing. */

import { copyBackwardKernel } from "../../../kernels/layers/copyBackward.ts";
import { copyForwardKernel } from "../../../kernels/layers/copyForward.ts";
import { dropoutKernel, packDropout } from "../../../kernels/layers/dropout.ts";
import { elementsGrid, packElements } from "../../../kernels/layers/elementwise.ts";
import { packHiddenMix } from "../../../kernels/layers/hiddenMix.ts";
import { hiddenMixBackwardKernel } from "../../../kernels/layers/hiddenMixBackward.ts";
import { hiddenMixForwardKernel } from "../../../kernels/layers/hiddenMixForward.ts";
import type { Dropout } from "../../../model/layers/dropout.ts";
import type { HiddenMix } from "../../../model/trace.ts";
import type { GpuLayer, PlannedDispatch, Planner, Rows } from "./dispatch.ts";
import type { Stage } from "./stages.ts";

/** Stores what comes in of a stage, or adds it to what a stage stores. */
function copyForward(planner: Planner, from: Stage, to: Stage, rows: Rows, adds: boolean): PlannedDispatch {
  const { buffer, normalizations, offset, runStride, overrides } = planner.incoming(from, rows);
  return {
    kernel: copyForwardKernel,
    specialization: { overrides: { ...overrides, ADDS: adds ? 1 : 0 } },
    grid: elementsGrid(from.size, rows.count, planner.runs),
    bindings: [
      packElements(from.shape, rows.count, offset, runStride),
      buffer,
      normalizations,
      planner.stored(to),
    ],
  };
}

/** The way back: none where the stage that is read has no deltas, or shares those of its reader. */
function copyBackward(planner: Planner, from: Stage, to: Stage, batchSize: number): PlannedDispatch[] {
  const previous = planner.previous(from);
  const deltas = planner.deltas(to);
  if (previous === undefined || previous.buffer === deltas) return [];
  const rows: Rows = { kind: "batch", count: batchSize };
  const { buffer, normalizations, offset, runStride, overrides } = planner.incoming(from, rows);
  return [
    {
      kernel: copyBackwardKernel,
      specialization: { overrides: { ...overrides, ADDS: previous.adds ? 1 : 0 } },
      grid: elementsGrid(from.size, batchSize, planner.runs),
      bindings: [
        packElements(from.shape, batchSize, offset, runStride),
        buffer,
        normalizations,
        deltas,
        previous.buffer,
      ],
    },
  ];
}

export const copyLayer: GpuLayer = {
  work: ({ size }) => size,
  forward: (planner, stage, rows) => [copyForward(planner, stage.inputs[0], stage, rows, false)],
  backward: (planner, stage, batchSize) => copyBackward(planner, stage.inputs[0], stage, batchSize),
};

export const addLayer: GpuLayer = {
  work: ({ size }) => 2 * size,
  forward: (planner, stage, rows) =>
    stage.inputs.map((input, i) => copyForward(planner, input, stage, rows, i > 0)),
  // The main way comes last: it may take over the deltas of the sum.
  backward: (planner, stage, batchSize) =>
    [...stage.inputs].reverse().flatMap((input) => copyBackward(planner, input, stage, batchSize)),
};

export const dropoutLayer: GpuLayer = {
  work: ({ size }) => 2 * size,
  forward(planner, stage, rows) {
    const copied = copyForward(planner, stage.inputs[0], stage, rows, false);
    return rows.kind === "batch"
      ? [copied, dropoutOf(planner, stage, planner.stored(stage), rows.count, {})]
      : [copied];
  },
  backward: (planner, stage, batchSize) => [
    dropoutOf(planner, stage, planner.deltas(stage), batchSize, planner.clock),
    ...copyBackward(planner, stage.inputs[0], stage, batchSize),
  ],
};

function dropoutOf(
  planner: Planner,
  { operation, place, size }: Stage,
  buffer: string,
  batchSize: number,
  overrides: Readonly<Record<string, number>>,
) {
  const { probability } = operation!.layer as Dropout;
  return {
    kernel: dropoutKernel,
    specialization: { overrides },
    grid: elementsGrid(size, batchSize, planner.runs),
    bindings: [packDropout(batchSize * size, place, probability), buffer],
  };
}

export const hiddenMixLayer: GpuLayer = {
  work: ({ size }) => 2 * size,
  forward(planner, stage, rows) {
    const [firsts, partners] = stage.inputs;
    // Nothing is mixed in an evaluation; the firsts' way alone is what the net is.
    if (rows.kind === "shared") return [copyForward(planner, firsts, stage, rows, false)];
    return [
      {
        kernel: hiddenMixForwardKernel,
        specialization: { overrides: { ONE_PASS: partners === undefined ? 1 : 0 } },
        grid: elementsGrid(stage.size, rows.count, planner.runs),
        bindings: [
          packHiddenMix(rows.count, stage.size, placeOf(stage)),
          "samples",
          planner.stored(firsts),
          planner.stored(partners ?? firsts),
          planner.stored(stage),
        ],
      },
    ];
  },
  backward(planner, stage, batchSize) {
    const deltas = planner.deltas(stage);
    return stage.inputs.flatMap((input, i) => {
      const previous = planner.previous(input);
      if (previous === undefined) return [];
      return [
        {
          kernel: hiddenMixBackwardKernel,
          specialization: {
            overrides: {
              ONE_PASS: stage.inputs.length === 1 ? 1 : 0,
              PARTNERS: i,
              ADDS: previous.adds ? 1 : 0,
            },
          },
          grid: elementsGrid(stage.size, batchSize, planner.runs),
          bindings: [
            packHiddenMix(batchSize, stage.size, placeOf(stage)),
            "samples",
            deltas,
            previous.buffer,
          ],
        },
      ];
    });
  },
};

function placeOf({ operation }: Stage): number {
  return (operation!.layer as HiddenMix).place;
}
