/** Dispatches of dense layers: products of matrices. A sample is one row of them, or as many as its map has. */

import { activationOverrides } from "../../../kernels/layers/activation.ts";
import { packLayer } from "../../../kernels/layers/layer.ts";
import {
  linearBackwardInputGrid,
  linearBackwardInputKernel,
  linearBackwardInputSize,
  linearBackwardInputSpecialization,
} from "../../../kernels/layers/linearBackwardInput.ts";
import {
  linearBackwardWeightGrid,
  linearBackwardWeightKernel,
  linearBackwardWeightSize,
  linearBackwardWeightSpecialization,
} from "../../../kernels/layers/linearBackwardWeight.ts";
import {
  linearForwardGrid,
  linearForwardKernel,
  linearForwardSize,
  linearForwardSpecialization,
} from "../../../kernels/layers/linearForward.ts";
import type { ProductSpecialization } from "../../../kernels/layers/product.ts";
import type { LayerLayout } from "../../../model/perceptron.ts";
import type { GpuLayer } from "./dispatch.ts";
import { feedsDense, type Stage } from "./stages.ts";

export function layoutOf({ operation }: Stage): LayerLayout {
  const { weight, bias } = operation!.parameters;
  const [outputs, inputs] = weight.shape;
  return { inputs, outputs, weightOffset: weight.offset, biasOffset: bias?.offset ?? -1 };
}

/** Rows of a sample. */
export function rowsOf({ operation, size }: Stage): number {
  return size / operation!.parameters.weight.shape[0];
}

const special = ({ overrides, ...rest }: ProductSpecialization, more: Record<string, number>) => ({
  ...rest,
  overrides: { ...overrides, ...more },
});

export const denseLayer: GpuLayer = {
  work: (stage) => stage.operation!.parameters.weight.size * rowsOf(stage),

  forward(planner, stage, rows) {
    const { runs, products, parameterStride } = planner;
    const layer = layoutOf(stage);
    const { buffer, offset, runStride } = planner.incoming(stage.inputs[0], rows);
    const each = rowsOf(stage);
    const count = rows.count * each;
    const inputs = { batchSize: count, inputOffset: offset, inputRunStride: runStride };
    const shape = products(
      linearForwardSize(layer, rows.kind === "batch" ? count : planner.sharedRows * each),
    );
    const activates = feedsDense(stage) && stage.activation !== undefined;
    return [
      {
        kernel: linearForwardKernel,
        specialization: special(linearForwardSpecialization(layer, inputs, shape), {
          ...activationOverrides(stage.activation),
          HIDDEN: activates ? 1 : 0,
        }),
        grid: linearForwardGrid(layer, count, runs, shape),
        bindings: [
          packLayer(layer, parameterStride, inputs),
          buffer,
          "parameters",
          planner.stored(stage),
          activates ? `activations.${stage.id}` : "none",
        ],
      },
    ];
  },

  backward(planner, stage, batchSize) {
    const { runs, products, parameterStride } = planner;
    const layer = layoutOf(stage);
    const [input] = stage.inputs;
    const { buffer, offset, runStride } = planner.incoming(input, { kind: "batch", count: batchSize });
    const count = batchSize * rowsOf(stage);
    const inputs = { batchSize: count, inputOffset: offset, inputRunStride: runStride };
    const uniform = packLayer(layer, parameterStride, inputs);
    const weightShape = products(linearBackwardWeightSize(layer, count));
    const inputShape = products(linearBackwardInputSize(layer, count));
    const deltas = planner.deltas(stage);
    const adds = planner.addsGradients(stage.operation!.name);
    const previous = planner.previous(input);
    return [
      {
        kernel: linearBackwardWeightKernel,
        specialization: special(linearBackwardWeightSpecialization(layer, inputs, weightShape), {
          ADDS: adds ? 1 : 0,
        }),
        grid: linearBackwardWeightGrid(layer, count, runs, weightShape),
        bindings: [uniform, deltas, buffer, "gradients"],
      },
      ...(previous === undefined
        ? []
        : [
            {
              kernel: linearBackwardInputKernel,
              specialization: special(
                linearBackwardInputSpecialization(layer, inputs, inputShape),
                activationOverrides(feedsDense(input) ? input.activation : undefined),
              ),
              grid: linearBackwardInputGrid(layer, count, runs, inputShape),
              bindings: [uniform, deltas, "parameters", previous.buffer],
            },
          ]),
    ];
  },
};
