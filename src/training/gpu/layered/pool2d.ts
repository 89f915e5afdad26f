/** Dispatches of pools. */

import type { Kernel } from "../../../gpu/kernel.ts";
import { averagePool2dBackwardKernel } from "../../../kernels/layers/averagePool2dBackward.ts";
import { averagePool2dForwardKernel } from "../../../kernels/layers/averagePool2dForward.ts";
import { maxPool2dBackwardKernel } from "../../../kernels/layers/maxPool2dBackward.ts";
import { maxPool2dForwardKernel } from "../../../kernels/layers/maxPool2dForward.ts";
import {
  maxPoolBackwardGrid,
  type PoolLayout,
  packPool,
  poolGrid,
  poolSpecialization,
} from "../../../kernels/layers/pool2d.ts";
import type { Pool2d } from "../../../model/layers/pool2d.ts";
import type { GpuLayer } from "./dispatch.ts";
import type { Stage } from "./stages.ts";

function poolLayer(forward: Kernel, backward: Kernel, layoutOf: (stage: Stage) => PoolLayout): GpuLayer {
  return {
    work: (stage) => {
      const { output, kernel } = layoutOf(stage);
      return output[0] * output[1] * output[2] * kernel[0] * kernel[1];
    },
    forward(planner, stage, rows) {
      const layout = layoutOf(stage);
      const { buffer, normalizations, overrides } = planner.incoming(stage.inputs[0], rows);
      return [
        {
          kernel: forward,
          specialization: { ...poolSpecialization(layout), overrides },
          grid: poolGrid(layout.output, rows.count, planner.runs),
          bindings: [packPool(layout, rows.count), buffer, normalizations, planner.stored(stage)],
        },
      ];
    },
    backward(planner, stage, batchSize) {
      const layout = layoutOf(stage);
      const [input] = stage.inputs;
      const { buffer, normalizations, overrides } = planner.incoming(input, {
        kind: "batch",
        count: batchSize,
      });
      const previous = planner.previous(input)!;
      return [
        {
          kernel: backward,
          specialization: {
            ...poolSpecialization(layout),
            overrides: { ...overrides, ADDS: previous.adds ? 1 : 0 },
          },
          grid:
            backward === maxPool2dBackwardKernel
              ? maxPoolBackwardGrid(layout, batchSize, planner.runs)
              : poolGrid(layout.input, batchSize, planner.runs),
          bindings: [
            packPool(layout, batchSize),
            buffer,
            normalizations,
            planner.deltas(stage),
            previous.buffer,
          ],
        },
      ];
    },
  };
}

function windowsOf({ operation, inputs, shape }: Stage): PoolLayout {
  const { kernel, stride, padding } = operation!.layer as Pool2d;
  return { input: inputs[0].shape, output: shape, kernel, stride, padding };
}

export const maxPool2dLayer = poolLayer(maxPool2dForwardKernel, maxPool2dBackwardKernel, windowsOf);

export const averagePool2dLayer = poolLayer(
  averagePool2dForwardKernel,
  averagePool2dBackwardKernel,
  windowsOf,
);

/** One window, which is the whole map. */
export const globalAveragePoolLayer = poolLayer(
  averagePool2dForwardKernel,
  averagePool2dBackwardKernel,
  ({ inputs: [{ shape }] }) => ({
    input: shape,
    output: [shape[0], 1, 1],
    kernel: [shape[1], shape[2]],
    stride: 1,
    padding: [0, 0],
  }),
);
