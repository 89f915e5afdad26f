/**
 * A net with TensorFlow.js: its layers by its own functions, its variables in the layouts that these want (channels last,
 * weights [height, width, in, out]), and parameters to and fro. All rearranging is outside a step.
 *
 * Not here: training (`tfjs.ts`). Running statistics of BatchNorm are not kept; nothing in a training step reads them.
 */

import type * as Core from "@tensorflow/tfjs-core";
import type { BatchNorm2d } from "../../model/layers/batchNorm2d.ts";
import type { Conv2d } from "../../model/layers/conv2d.ts";
import type { Model } from "../../model/layers/layer.ts";
import type { Pool2d } from "../../model/layers/pool2d.ts";
import { type Operation, type TensorLayout, traceModel } from "../../model/trace.ts";
import { NotOffered } from "./engine.ts";

export interface TfjsNet {
  /** The parameters `[P]` as variables, in order. */
  variables(flat: Float32Array): Core.Variable[];
  /** Variables as parameters `[P]` again. */
  parameters(variables: readonly Core.Variable[]): Promise<Float32Array>;
  /** Points `[N, D]` with channels last, as `logits` wants them. */
  points(values: Float32Array, size: number): Core.Tensor2D;
  logits(variables: readonly Core.Variable[], points: Core.Tensor2D): Core.Tensor2D;
}

/** Kernels that the way back needs, by the operation whose gradient it is. */
const GRADIENT_KERNELS: Readonly<Record<string, string>> = {
  conv2d: "Conv2DBackpropFilter",
  maxPool2d: "MaxPoolGrad",
};

/** @throws NotOffered where the backend can't compute the net's gradients. */
export function tfjsNet(tf: typeof Core, model: Model): TfjsNet {
  const { shapes, operations, parameters } = traceModel(model);
  for (const { kind } of operations) {
    const kernel = GRADIENT_KERNELS[kind];
    if (kernel !== undefined && tf.getKernel(kernel, tf.getBackend()) === undefined)
      throw new NotOffered(`TensorFlow.js has no ${kernel} on its ${tf.getBackend()} backend.`);
  }
  const channelsLast = (shape: readonly number[]) =>
    shape.length === 3 ? [...shape.slice(1), shape[0]] : shape;
  /** Shape of the map that a dense layer's inputs were before they were a row. */
  const flattened = new Map<TensorLayout, readonly number[]>();
  for (const operation of operations) {
    const flatten = operations.find(
      ({ kind, output }) => kind === "flatten" && output === operation.inputs[0],
    );
    if (operation.kind === "dense" && flatten !== undefined)
      flattened.set(operation.parameters.weight, shapes[flatten.inputs[0]]);
  }
  /** `[out, in, height, width]` to `[height, width, in, out]`, `[out, in]` to `[in, out]`; a row of a map has one, too. */
  const toTfjs = (tensor: Core.Tensor, layout: TensorLayout): Core.Tensor => {
    const { shape } = layout;
    const map = flattened.get(layout);
    if (map !== undefined)
      return tf.reshape(tf.transpose(tf.reshape(tensor, [shape[0], ...map]), [2, 3, 1, 0]), [
        shape[1],
        shape[0],
      ]);
    if (shape.length === 1) return tf.clone(tensor);
    return tf.transpose(tf.reshape(tensor, [...shape]), shape.length === 4 ? [2, 3, 1, 0] : [1, 0]);
  };
  const fromTfjs = (tensor: Core.Tensor, layout: TensorLayout): Core.Tensor => {
    const { shape } = layout;
    const map = flattened.get(layout);
    if (map !== undefined)
      return tf.transpose(tf.reshape(tensor, [...channelsLast(map), shape[0]]), [3, 2, 0, 1]);
    if (shape.length === 1) return tf.clone(tensor);
    return tf.transpose(tensor, shape.length === 4 ? [3, 2, 0, 1] : [1, 0]);
  };
  const compute = (
    { kind, layer, parameters: own, inputs, output }: Operation,
    values: readonly Core.Tensor[],
    variableOf: (layout: TensorLayout) => Core.Tensor,
  ): Core.Tensor => {
    const [x] = inputs.map((v) => values[v]);
    switch (kind) {
      case "conv2d": {
        const { stride, padding } = layer as Conv2d;
        const maps = tf.conv2d(
          x as Core.Tensor4D,
          variableOf(own.weight) as Core.Tensor4D,
          stride,
          // The same on all sides in every net of the bench; a wrong one would show as a wrong loss.
          padding[0],
        );
        return own.bias === undefined ? maps : tf.add(maps, variableOf(own.bias));
      }
      case "dense": {
        const products = tf.matMul(x as Core.Tensor2D, variableOf(own.weight) as Core.Tensor2D);
        return own.bias === undefined ? products : tf.add(products, variableOf(own.bias));
      }
      case "batchNorm2d": {
        const { mean, variance } = tf.moments(x, [0, 1, 2]);
        const [scale, offset] = [variableOf(own.weight), variableOf(own.bias)] as Core.Tensor1D[];
        return tf.batchNorm(
          x as Core.Tensor4D,
          mean as Core.Tensor1D,
          variance as Core.Tensor1D,
          offset,
          scale,
          (layer as BatchNorm2d).epsilon,
        );
      }
      case "maxPool2d": {
        const { kernel, stride, padding } = layer as Pool2d;
        return tf.maxPool(x as Core.Tensor4D, [...kernel], stride, padding[0]);
      }
      case "globalAveragePool":
        return tf.mean(x, [1, 2]);
      case "add":
        return tf.add(x, values[inputs[1]]);
      case "activation":
        return tf.relu(x);
      case "flatten":
        return tf.reshape(x, [x.shape[0], ...shapes[output]]);
      default:
        throw new NotOffered(`nobody has written ${kind} for TensorFlow.js yet.`);
    }
  };
  return {
    variables: (flat) =>
      parameters.tensors.map((layout) => {
        const { offset, size, shape } = layout;
        return tf.variable(
          tf.tidy(() => toTfjs(tf.tensor(flat.slice(offset, offset + size), [...shape]), layout)),
        );
      }),
    async parameters(variables) {
      const flat = new Float32Array(parameters.size);
      for (const [i, layout] of parameters.tensors.entries()) {
        const tensor = tf.tidy(() => fromTfjs(variables[i], layout));
        flat.set((await tensor.data()) as Float32Array, layout.offset);
        tensor.dispose();
      }
      return flat;
    },
    points: (values, size) =>
      tf.tidy(() => {
        const given = tf.tensor(values, [size, ...shapes[0]]);
        const rows = shapes[0].length === 3 ? tf.transpose(given, [0, 2, 3, 1]) : given;
        return tf.reshape(rows, [size, values.length / size]) as Core.Tensor2D;
      }),
    logits(variables, points) {
      const variableOf = (layout: TensorLayout) => variables[parameters.tensors.indexOf(layout)];
      const values: Core.Tensor[] = [tf.reshape(points, [points.shape[0], ...channelsLast(shapes[0])])];
      for (const operation of operations) values[operation.output] = compute(operation, values, variableOf);
      return values[shapes.length - 1] as Core.Tensor2D;
    },
  };
}
