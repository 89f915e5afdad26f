/**
 * A net with jax-js: its layers by `jax.lax`, `jax.numpy` and `jax.nn`, as a function of parameters and points.
 *
 * Not here: training (`jax.ts`). Running statistics of BatchNorm are not kept; nothing in a training step reads them.
 */

import type { Array as JaxArray } from "@jax-js/jax";
import type { BatchNorm2d } from "../../model/layers/batchNorm2d.ts";
import type { Conv2d } from "../../model/layers/conv2d.ts";
import type { Model } from "../../model/layers/layer.ts";
import type { Pool2d } from "../../model/layers/pool2d.ts";
import { type Operation, traceModel } from "../../model/trace.ts";
import { NotOffered } from "./engine.ts";

type Jax = typeof import("@jax-js/jax");

/**
 * Logits `[B, C]` of the net's tensors, in order, and points `[B, D]`; uses both up, as all functions of jax-js do.
 */
export function jaxLogits(
  jax: Jax,
  model: Model,
): (tensors: readonly JaxArray[], points: JaxArray) => JaxArray {
  const { shapes, operations, parameters } = traceModel(model);
  const readers = shapes.map((_, v) =>
    operations.reduce((count, { inputs }) => count + inputs.filter((input) => input === v).length, 0),
  );
  return (tensors, points) => {
    const B = points.shape[0];
    const left = [...readers];
    const values: JaxArray[] = [points.reshape([B, ...shapes[0]])];
    for (const operation of operations) {
      // The last reader of a value uses it up.
      const inputs = operation.inputs.map((v) => (--left[v] > 0 ? values[v].ref : values[v]));
      const own = (name: string): JaxArray | undefined => {
        const layout = operation.parameters[name];
        return layout && tensors[parameters.tensors.indexOf(layout)];
      };
      values[operation.output] = compute(jax, operation, inputs, own, [B, ...shapes[operation.output]]);
    }
    return values[shapes.length - 1];
  };
}

function compute(
  { numpy: np, nn, lax }: Jax,
  { kind, layer }: Operation,
  [x, other]: readonly JaxArray[],
  own: (name: string) => JaxArray | undefined,
  shape: readonly number[],
): JaxArray {
  const withBias = (z: JaxArray, bias: JaxArray | undefined) => (bias === undefined ? z : z.add(bias));
  /** One number for each channel, as it meets maps. */
  const byChannel = (numbers: JaxArray) => numbers.reshape([1, shape[1], 1, 1]);
  switch (kind) {
    case "conv2d": {
      const { stride, padding, groups } = layer as Conv2d;
      const pads = padding.map((side): [number, number] => [side, side]);
      const maps = lax.convGeneralDilated(x, own("weight")!, [stride, stride], pads, {
        featureGroupCount: groups,
      });
      const bias = own("bias");
      return withBias(maps, bias && byChannel(bias));
    }
    case "dense":
      return withBias(np.matmul(x, own("weight")!.transpose()), own("bias"));
    case "batchNorm2d": {
      const over = [0, 2, 3];
      const centred = x.ref.sub(np.mean(x, over, { keepdims: true }));
      const variance = np.mean(np.square(centred.ref), over, { keepdims: true });
      const normalized = centred.div(np.sqrt(variance.add((layer as BatchNorm2d).epsilon)));
      return normalized.mul(byChannel(own("weight")!)).add(byChannel(own("bias")!));
    }
    case "maxPool2d": {
      const { kernel, stride, padding } = layer as Pool2d;
      if (padding.some((side) => side > 0)) throw new NotOffered("jax-js pools windows without padding.");
      return lax.reduceWindow(x, (window) => np.max(window), [...kernel], [stride, stride]);
    }
    case "globalAveragePool":
      return np.mean(x, [2, 3]);
    case "add":
      return x.add(other);
    case "activation":
      return nn.relu(x);
    case "flatten":
      return x.reshape([...shape]);
    default:
      throw new NotOffered(`nobody has written ${kind} for jax-js yet.`);
  }
}
