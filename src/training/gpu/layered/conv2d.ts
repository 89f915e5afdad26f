/** Dispatches of convolutions. */

import {
  type ConvolutionLayout,
  convolutionLayout,
  packConvolution,
} from "../../../kernels/layers/convolution.ts";
import {
  backwardInputKernel,
  backwardWeightKernel,
  type ConvolutionKernel,
  forwardKernel,
} from "../../../kernels/layers/convolutionChoice.ts";
import { packChunks, sumChunksGrid, sumChunksKernel } from "../../../kernels/layers/sumChunks.ts";
import type { GpuLayer, Incoming, PlannedDispatch, Planner } from "./dispatch.ts";
import type { Stage } from "./stages.ts";

function layoutOf({ operation, inputs, shape }: Stage): ConvolutionLayout {
  return convolutionLayout(operation!, inputs[0].shape, shape);
}

/** What kernels are chosen by. */
function sizesOf({ runs, parameterStride }: Planner, layout: ConvolutionLayout, batchSize: number) {
  return { layout, batchSize, runs, parameterStride };
}

/** A dispatch of a kernel, which is told more. */
function dispatchOf(
  { kernel, specialization, grid }: ConvolutionKernel,
  { overrides, prelude }: Partial<Pick<Incoming, "overrides" | "prelude">>,
  bindings: PlannedDispatch["bindings"],
): PlannedDispatch {
  return {
    kernel,
    specialization: {
      ...specialization,
      prelude: { ...specialization.prelude, ...prelude },
      overrides: { ...specialization.overrides, ...overrides },
    },
    grid,
    bindings,
  };
}

export const conv2dLayer: GpuLayer = {
  work(stage) {
    const { output, input, kernel, groups } = layoutOf(stage);
    return (output[0] * output[1] * output[2] * input[0] * kernel[0] * kernel[1]) / groups;
  },

  forward(planner, stage, rows) {
    const layout = layoutOf(stage);
    const incoming = planner.incoming(stage.inputs[0], rows);
    const shapedFor = rows.kind === "batch" ? rows.count : planner.sharedRows;
    const uniform = packConvolution(layout, planner.parameterStride, {
      batchSize: rows.count,
      inputOffset: incoming.offset,
      inputRunStride: incoming.runStride,
      chunk: rows.count,
    });
    return [
      dispatchOf(forwardKernel(sizesOf(planner, layout, rows.count), planner.tiles, shapedFor), incoming, [
        uniform,
        incoming.buffer,
        incoming.normalizations,
        incoming.samples,
        "parameters",
        planner.stored(stage),
      ]),
    ];
  },

  backward(planner, stage, batchSize) {
    const { runs, tiles, parameterStride } = planner;
    const layout = layoutOf(stage);
    const [input] = stage.inputs;
    const incoming = planner.incoming(input, { kind: "batch", count: batchSize });
    const deltas = planner.deltas(stage);
    const sizes = sizesOf(planner, layout, batchSize);
    const weight = backwardWeightKernel(sizes, tiles);
    const { chunk, chunked, chunks } = weight;
    const adds = planner.addsGradients(stage.operation!.name);
    const straight = chunks === 1 && !adds;
    const uniform = packConvolution(layout, parameterStride, {
      batchSize,
      inputOffset: incoming.offset,
      inputRunStride: incoming.runStride,
      chunk,
      chunked,
      straight,
    });
    const parts = straight ? "gradients" : planner.need("gradientChunks", runs * chunks * layout.size);
    const dispatches = [
      dispatchOf(weight, incoming, [
        uniform,
        incoming.buffer,
        incoming.normalizations,
        incoming.samples,
        deltas,
        parts,
      ]),
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
    dispatches.push(
      dispatchOf(
        backwardInputKernel(sizes, tiles),
        { overrides: { ...incoming.overrides, ADDS: previous.adds ? 1 : 0 } },
        [uniform, incoming.buffer, incoming.normalizations, deltas, "parameters", previous.buffer],
      ),
    );
    return dispatches;
  },
};
