/**
 * What the tests of kernels that work on stored stages share: a layer of the reference on random numbers, and the overrides of
 * a stage that is read as it is.
 */

import { ACTIVATIONS, type Activation } from "../../src/model/layers/activation.ts";
import { dense } from "../../src/model/layers/dense.ts";
import { flatten } from "../../src/model/layers/flatten.ts";
import type { Layer } from "../../src/model/layers/layer.ts";
import { sizeOf } from "../../src/model/layers/layer.ts";
import { sequential } from "../../src/model/model.ts";
import { traceModel } from "../../src/model/trace.ts";
import { REFERENCE_LAYERS } from "../../src/reference/layers/kinds.ts";
import type { Value } from "../../src/reference/layers/layer.ts";

/** Overrides of a stage without BatchNorm, with an activation if one is named. */
export function incomingOverrides(
  activation: Activation = "identity",
  normalized = false,
): Record<string, number> {
  return { NORMALIZED: normalized ? 1 : 0, ACTIVATION: ACTIVATIONS.indexOf(activation), NEGATIVE_SLOPE: 0.1 };
}

/** The trace of a net that begins with one layer. */
export function traceOf(layer: Layer, input: readonly number[]) {
  return traceModel(sequential(input, [layer, flatten(), dense(2)]));
}

/** One layer of the reference on a batch `[B, ...input]`: outputs, and deltas of the inputs for deltas of the outputs. */
export function referenceLayer(
  layer: Layer,
  input: readonly number[],
  B: number,
  data: ArrayLike<number>,
  deltas: ArrayLike<number>,
  training?: { seed: number; step: number },
): { outputs: Float64Array; previous: Float64Array } {
  const { operations, shapes } = traceOf(layer, input);
  const value = (shape: readonly number[], numbers?: ArrayLike<number>, delta?: ArrayLike<number>): Value => {
    const size = sizeOf(shape);
    return {
      shape,
      size,
      isInput: false,
      data: numbers === undefined ? new Float64Array(B * size) : Float64Array.from(numbers),
      delta: delta === undefined ? new Float64Array(B * size) : Float64Array.from(delta),
    };
  };
  const x = value(input, data);
  const y = value(shapes[operations[0].output], undefined, deltas);
  const own = REFERENCE_LAYERS[operations[0].kind](operations[0], [x], y, 0);
  const pass = {
    count: B,
    parameters: new Float64Array(0),
    state: new Float64Array(0),
    training: training ?? { seed: 0, step: 0 },
  };
  own.forward(pass);
  own.backward(pass, new Float64Array(0));
  return { outputs: y.data, previous: x.delta };
}
