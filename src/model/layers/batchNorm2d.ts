/** Layer `batchNorm2d`: each channel brought to mean 0 and variance 1 over the batch, PyTorch's `nn.BatchNorm2d`. */

import { checkNumber, checkOptions, defined } from "../../check.ts";
import { ConfigError } from "../../errors.ts";
import { imageShape, type Layer, type LayerKind, type LayerOptions, type TensorRequest } from "./layer.ts";

export interface BatchNorm2d extends Layer {
  readonly kind: "batchNorm2d";
  /** Added to the variance. */
  readonly epsilon: number;
  /** Share of a new batch in the running statistics; "cumulative": of the k-th batch 1/k. */
  readonly momentum: number | "cumulative";
}

export interface BatchNorm2dOptions extends LayerOptions {
  /** Default 1e-5. */
  epsilon?: number;
  /** Default 0.1. `"cumulative"` is PyTorch's `None`: the running statistics are the mean over all batches so far. */
  momentum?: number | "cumulative";
}

/**
 * Batch normalisation of `[C, H, W]` over batch and map: weight and bias `[C]`; state `running_mean`, `running_var` `[C]`
 * and `num_batches_tracked`.
 * @throws ConfigError
 */
export function batchNorm2d(options: BatchNorm2dOptions = {}): BatchNorm2d {
  checkOptions("layer", options, ["name", "epsilon", "momentum"]);
  return batchNorm2dKind.check(
    "layer",
    { kind: "batchNorm2d", epsilon: 1e-5, momentum: 0.1, ...defined(options) },
    (_, layers) => layers,
  );
}

export const batchNorm2dKind: LayerKind<BatchNorm2d> = {
  kind: "batchNorm2d",
  check(path, layer) {
    checkOptions(path, layer, ["kind", "name", "epsilon", "momentum"]);
    checkNumber(`${path}.epsilon`, layer.epsilon, { above: 0, float32: true, what: "an epsilon" });
    if (typeof layer.momentum === "string" && layer.momentum !== "cumulative")
      throw new ConfigError(`${path}.momentum`, `unknown. Give a number from 0 to 1, or "cumulative".`);
    if (layer.momentum !== "cumulative")
      checkNumber(`${path}.momentum`, layer.momentum, { from: 0, to: 1, what: "a momentum" });
    return { ...layer };
  },
  trace(tracer, layer, input, name, path) {
    const shape = tracer.shape(input);
    const [channels] = imageShape(path, layer, shape);
    const tensor = (name: string, value: number, size = [channels]): TensorRequest => ({
      name,
      shape: size,
      initial: { kind: "constant", value },
    });
    return tracer.operation({
      kind: "batchNorm2d",
      name,
      layer,
      inputs: [input],
      shape,
      parameters: [tensor("weight", 1), tensor("bias", 0)],
      state: [tensor("running_mean", 0), tensor("running_var", 1), tensor("num_batches_tracked", 0, [])],
    });
  },
};
