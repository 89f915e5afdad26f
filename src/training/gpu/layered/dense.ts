/** Dispatches of dense layers: products of matrices. */

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

function layoutOf({ operation }: Stage): LayerLayout {
  const { weight, bias } = operation!.parameters;
  const [outputs, inputs] = weight.shape;
  return { inputs, outputs, weightOffset: weight.offset, biasOffset: bias?.offset ?? -1 };
}

const special = ({ overrides, ...rest }: ProductSpecialization, more: Record<string, number>) => ({
  ...rest,
  overrides: { ...overrides, ...more },
});

export const denseLayer: GpuLayer = {
  work: ({ operation }) => operation!.parameters.weight.size,

  forward(planner, stage, rows) {
    const { runs, products, parameterStride } = planner;
    const layer = layoutOf(stage);
    const { buffer, offset, runStride } = planner.incoming(stage.inputs[0], rows);
    const inputs = { batchSize: rows.count, inputOffset: offset, inputRunStride: runStride };
    const shape = products(linearForwardSize(layer, rows.kind === "batch" ? rows.count : planner.sharedRows));
    const activates = feedsDense(stage) && stage.activation !== undefined;
    return [
      {
        kernel: linearForwardKernel,
        specialization: special(linearForwardSpecialization(layer, inputs, shape), {
          ...activationOverrides(stage.activation),
          HIDDEN: activates ? 1 : 0,
        }),
        grid: linearForwardGrid(layer, rows.count, runs, shape),
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
    const inputs = { batchSize, inputOffset: offset, inputRunStride: runStride };
    const uniform = packLayer(layer, parameterStride, inputs);
    const weightShape = products(linearBackwardWeightSize(layer, batchSize));
    const inputShape = products(linearBackwardInputSize(layer, batchSize));
    const deltas = planner.deltas(stage);
    const adds = planner.addsGradients(stage.operation!.name);
    const previous = planner.previous(input);
    return [
      {
        kernel: linearBackwardWeightKernel,
        specialization: special(linearBackwardWeightSpecialization(layer, inputs, weightShape), {
          ADDS: adds ? 1 : 0,
        }),
        grid: linearBackwardWeightGrid(layer, batchSize, runs, weightShape),
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
              grid: linearBackwardInputGrid(layer, batchSize, runs, inputShape),
              bindings: [uniform, deltas, "parameters", previous.buffer],
            },
          ]),
    ];
  },
};
