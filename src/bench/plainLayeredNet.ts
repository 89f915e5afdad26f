/**
 * The yardstick for nets of layers: `plainLayers.ts` one after the other, as the trace of the net has them. Adam, softmax
 * cross-entropy.
 */

import { type Model, sizeOf } from "../model/layers/layer.ts";
import { traceModel } from "../model/trace.ts";
import { plainAdam } from "./plainAdam.ts";
import { PLAIN_LAYERS, type PlainValue } from "./plainLayers.ts";
import { plainLoss } from "./plainLoss.ts";
import type { PlainNet } from "./plainNet.ts";

/** A net for batches of `B` samples, from given first parameters, which it copies. */
export function plainLayeredNet(
  model: Model,
  B: number,
  learningRate: number,
  firstParameters: Float32Array,
): PlainNet {
  const { shapes, operations, outputs } = traceModel(model);
  const parameters = Float32Array.from(firstParameters);
  const gradients = new Float32Array(parameters.length);
  const store = { B, parameters, gradients };
  const values: PlainValue[] = shapes.map((shape, v) => ({
    shape,
    data: new Float32Array(B * sizeOf(shape)),
    delta: v === 0 ? undefined : new Float32Array(B * sizeOf(shape)),
  }));
  const layers = operations.flatMap((operation) => {
    const inputs = operation.inputs.map((v) => values[v]);
    if (operation.kind !== "flatten")
      return [PLAIN_LAYERS[operation.kind](operation, inputs, values[operation.output], store)];
    // The same numbers, read as one row.
    values[operation.output] = { ...inputs[0], shape: shapes[operation.output] };
    return [];
  });
  const backwards = [...layers].reverse();
  const [input] = values;
  const last = values[values.length - 1];
  const rows = (array: Float32Array) =>
    Array.from({ length: B }, (_, b) => array.subarray(b * outputs, (b + 1) * outputs));
  const logits = rows(last.data);
  const deltas = rows(last.delta!);
  const D = sizeOf(model.inputShape);
  const update = plainAdam(parameters, gradients, learningRate);

  return {
    parameters,
    step(points, targets, lambda, first, partners, at) {
      gradients.fill(0);
      for (const { delta } of values) delta?.fill(0);
      for (let b = 0; b < B; b++) {
        const [own, partner] = [first[at + b] * D, partners[at + b] * D];
        for (let d = 0; d < D; d++)
          input.data[b * D + d] = lambda * points[own + d] + (1 - lambda) * points[partner + d];
      }
      for (const layer of layers) layer.forward();
      let loss = 0;
      for (let b = 0; b < B; b++)
        loss += plainLoss(logits[b], deltas[b], targets, lambda, first[at + b], partners[at + b], B);
      for (const layer of backwards) layer.backward();
      update();
      return loss / B;
    },
  };
}
