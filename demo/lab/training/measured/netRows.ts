/**
 * A net as rows of words, one an operation of its trace: what it does, what comes out, and its tensors under PyTorch's
 * names. Knows no kind of layer: a layer is plain data, and says itself what it is.
 */

import type { Layer, Model } from "../../../../src/index.ts";
import { traceModel } from "../../../../src/model/trace.ts";

export interface NetRow {
  /** PyTorch's name of the layer. */
  readonly name: string;
  /** Such as `conv2d(channels 8, stride 2, kernel 3×3)`. */
  readonly operation: string;
  /** Of what comes out for one sample. */
  readonly shape: readonly number[];
  /** Parameters and state: `0.weight 8×1×3×3`. */
  readonly tensors: readonly string[];
}

export function netRows(model: Model): NetRow[] {
  const { operations, shapes } = traceModel(model);
  return operations.map(({ kind, name, layer, output, parameters, state }) => ({
    name,
    operation: operationText(kind, layer),
    shape: shapes[output],
    tensors: [...Object.values(parameters), ...Object.values(state)].map(
      (tensor) => `${tensor.name} ${shapeText(tensor.shape)}`,
    ),
  }));
}

/** Trained numbers, P. */
export function parameterCount(model: Model): number {
  return traceModel(model).parameters.size;
}

export function shapeText(shape: readonly number[]): string {
  return shape.join("×");
}

/** All of a net in one line: the shape that goes in, and what is done to it. */
export function netText(model: Model): string {
  const operations = netRows(model).map(({ operation }) => operation);
  return [shapeText(model.inputShape), ...operations].join(" → ");
}

function operationText(kind: string, layer: Layer): string {
  const settings = Object.entries(layer).flatMap(([name, value]) => {
    if (name === "kind" || name === "name" || value === undefined) return [];
    // What an activation is called says all that there is to say.
    if (name === kind) return [String(value)];
    if (Array.isArray(value)) return value.every(Number.isFinite) ? [`${name} ${shapeText(value)}`] : [];
    return typeof value === "object" ? [] : [`${name} ${value}`];
  });
  return settings.length === 0 ? kind : `${kind}(${settings.join(", ")})`;
}
