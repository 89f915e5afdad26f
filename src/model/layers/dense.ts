/** Layer `dense`: z = W x + b, PyTorch's `nn.Linear`. */

import { checkBoolean, checkInteger, checkOptions, defined } from "../../check.ts";
import { ConfigError } from "../../errors.ts";
import { type Layer, type LayerKind, type LayerOptions, uniformFanIn } from "./layer.ts";

export interface Dense extends Layer {
  readonly kind: "dense";
  /** Units, O. */
  readonly outputs: number;
  readonly bias: boolean;
}

/** Most units of one layer: more would be walked for long before a device's limits refuse it. */
export const MOST_UNITS = 2 ** 24;

/**
 * A dense layer of `outputs` units: weight `[out, in]`, bias `[out]`.
 * @throws ConfigError
 */
export function dense(outputs: number, options: LayerOptions & { bias?: boolean } = {}): Dense {
  checkOptions("layer", options, ["name", "bias"]);
  return denseKind.check("layer", { kind: "dense", outputs, bias: true, ...defined(options) }, (_, x) => x);
}

export const denseKind: LayerKind<Dense> = {
  kind: "dense",
  check(path, layer) {
    checkOptions(path, layer, ["kind", "name", "outputs", "bias"]);
    checkInteger(`${path}.outputs`, layer.outputs, 1, MOST_UNITS, "a number of units");
    checkBoolean(`${path}.bias`, layer.bias);
    return { ...layer };
  },
  trace(tracer, layer, input, name, path) {
    const shape = tracer.shape(input);
    if (shape.length !== 1) {
      throw new ConfigError(
        path,
        `dense got shape [${shape}] and needs one dimension: put flatten() before it.`,
      );
    }
    const streams = tracer.weightStreams();
    const initial = (stream: number) => uniformFanIn(shape[0], stream);
    return tracer.operation({
      kind: "dense",
      name,
      layer,
      inputs: [input],
      shape: [layer.outputs],
      parameters: [
        { name: "weight", shape: [layer.outputs, shape[0]], initial: initial(streams.weight) },
        ...(layer.bias ? [{ name: "bias", shape: [layer.outputs], initial: initial(streams.bias) }] : []),
      ],
    });
  },
};
