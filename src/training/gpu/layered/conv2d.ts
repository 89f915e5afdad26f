/** Dispatches of convolutions. */

import {
  conv2dBackwardInputGrid,
  conv2dBackwardInputKernel,
  conv2dBackwardInputSpecialization,
} from "../../../kernels/layers/conv2dBackwardInput.ts";
import {
  conv2dBackwardWeightGrid,
  conv2dBackwardWeightKernel,
  conv2dBackwardWeightSpecialization,
  gradientChunk,
} from "../../../kernels/layers/conv2dBackwardWeight.ts";
import {
  conv2dForwardGrid,
  conv2dForwardKernel,
  conv2dForwardSpecialization,
} from "../../../kernels/layers/conv2dForward.ts";
import {
  type ConvolutionLayout,
  convolutionLayout,
  packConvolution,
} from "../../../kernels/layers/convolution.ts";
import { packChunks, sumChunksGrid, sumChunksKernel } from "../../../kernels/layers/sumChunks.ts";
import type { GpuLayer, Incoming, PlannedDispatch, Planner } from "./dispatch.ts";
import type { Stage } from "./stages.ts";

function layoutOf({ operation, inputs, shape }: Stage): ConvolutionLayout {
  return convolutionLayout(operation!, inputs[0].shape, shape);
}

function rowsOf(planner: Planner, layout: ConvolutionLayout, batchSize: number, incoming: Incoming) {
  return {
    batchSize,
    inputOffset: incoming.offset,
    inputRunStride: incoming.runStride,
    chunk: gradientChunk(layout, batchSize, planner.tiles),
  };
}

export const conv2dLayer: GpuLayer = {
  work(stage) {
    const { output, input, kernel, groups } = layoutOf(stage);
    return (output[0] * output[1] * output[2] * input[0] * kernel[0] * kernel[1]) / groups;
  },

  forward(planner, stage, rows) {
    const { runs, tiles, parameterStride } = planner;
    const layout = layoutOf(stage);
    const incoming = planner.incoming(stage.inputs[0], rows);
    const { overrides, prelude } = conv2dForwardSpecialization(layout, tiles);
    return [
      {
        kernel: conv2dForwardKernel,
        specialization: {
          prelude: { ...prelude, ...incoming.prelude },
          overrides: { ...overrides, ...incoming.overrides },
        },
        grid: conv2dForwardGrid(layout, rows.count, runs, tiles),
        bindings: [
          packConvolution(layout, parameterStride, rowsOf(planner, layout, rows.count, incoming)),
          incoming.buffer,
          incoming.normalizations,
          incoming.samples,
          "parameters",
          planner.stored(stage),
        ],
      },
    ];
  },

  backward(planner, stage, batchSize) {
    const { runs, tiles, parameterStride } = planner;
    const layout = layoutOf(stage);
    const [input] = stage.inputs;
    const incoming = planner.incoming(input, { kind: "batch", count: batchSize });
    const rows = rowsOf(planner, layout, batchSize, incoming);
    const deltas = planner.deltas(stage);
    const chunks = Math.ceil(batchSize / rows.chunk);
    const adds = planner.addsGradients(stage.operation!.name);
    const straight = chunks === 1 && !adds;
    const uniform = packConvolution(layout, parameterStride, { ...rows, straight });
    const parts = straight ? "gradients" : planner.need("gradientChunks", runs * chunks * layout.size);
    const weight = conv2dBackwardWeightSpecialization(layout, tiles);
    const dispatches: PlannedDispatch[] = [
      {
        kernel: conv2dBackwardWeightKernel,
        specialization: {
          prelude: { ...weight.prelude, ...incoming.prelude },
          overrides: { ...weight.overrides, ...incoming.overrides },
        },
        grid: conv2dBackwardWeightGrid(layout, batchSize, runs, tiles),
        bindings: [uniform, incoming.buffer, incoming.normalizations, incoming.samples, deltas, parts],
      },
    ];
    if (!straight) {
      dispatches.push({
        kernel: sumChunksKernel,
        specialization: {},
        grid: sumChunksGrid(layout.size, runs),
        bindings: [
          packChunks(layout.size, chunks, parameterStride, layout.weightOffset, adds),
          parts,
          "gradients",
        ],
      });
    }
    const previous = planner.previous(input);
    if (previous === undefined) return dispatches;
    const { overrides, prelude } = conv2dBackwardInputSpecialization(layout, tiles);
    dispatches.push({
      kernel: conv2dBackwardInputKernel,
      specialization: {
        prelude,
        overrides: { ...overrides, ...incoming.overrides, ADDS: previous.adds ? 1 : 0 },
      },
      grid: conv2dBackwardInputGrid(layout, batchSize, runs, tiles),
      bindings: [uniform, incoming.buffer, incoming.normalizations, deltas, "parameters", previous.buffer],
    });
    return dispatches;
  },
};
