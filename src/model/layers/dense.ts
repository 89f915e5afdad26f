/** Layer `dense`: z = W x + b, PyTorch's `nn.Linear`; of a whole point, or of each row of a map. */

import { checkBoolean, checkInteger, checkOptions, defined, shown } from "../../check.ts";
import { ConfigError } from "../../errors.ts";
import { imageShape, type Layer, type LayerKind, type LayerOptions, uniformFanIn } from "./layer.ts";

export interface Dense extends Layer {
  readonly kind: "dense";
  /** Units, O. */
  readonly outputs: number;
  readonly bias: boolean;
  /** Set where each row of a map is multiplied by itself. */
  readonly rows?: true;
}

/** Most units of one layer: more would be walked for long before a device's limits refuse it. */
export const MOST_UNITS = 2 ** 24;

export interface DenseOptions extends LayerOptions {
  /** Default true. */
  bias?: boolean;
  /** Whether each row of a map `[C, H, W]` goes through the same weights by itself, to `[C, H, out]`. Default false: one row is all. */
  rows?: boolean;
}

/**
 * A dense layer of `outputs` units: weight `[out, in]`, bias `[out]`. Takes one dimension; with `rows` the last of three, as
 * `nn.Linear` does.
 * @throws ConfigError
 */
export function dense(outputs: number, options: DenseOptions = {}): Dense {
  checkOptions("layer", options, ["name", "bias", "rows"]);
  const { rows = false, ...rest } = defined(options);
  checkBoolean("layer.rows", rows);
  const layer = {
    kind: "dense" as const,
    outputs,
    bias: true,
    ...(rows && { rows: true as const }),
    ...rest,
  };
  return denseKind.check("layer", layer, (_, x) => x);
}

export const denseKind: LayerKind<Dense> = {
  kind: "dense",
  check(path, layer) {
    checkOptions(path, layer, ["kind", "name", "outputs", "bias", "rows"]);
    checkInteger(`${path}.outputs`, layer.outputs, 1, MOST_UNITS, "a number of units");
    checkBoolean(`${path}.bias`, layer.bias);
    if (layer.rows !== undefined && layer.rows !== true)
      throw new ConfigError(`${path}.rows`, `${shown(layer.rows)}: true, or left out.`);
    return { ...layer };
  },
  trace(tracer, layer, input, name, path) {
    const shape = tracer.shape(input);
    if (layer.rows) imageShape(path, layer, shape);
    else if (shape.length !== 1) {
      throw new ConfigError(
        path,
        `dense got shape [${shape}] and needs one dimension: put flatten() before it, or give it { rows: true }.`,
      );
    }
    const inputs = shape[shape.length - 1];
    const streams = tracer.weightStreams();
    const initial = (stream: number) => uniformFanIn(inputs, stream);
    return tracer.operation({
      kind: "dense",
      name,
      layer,
      inputs: [input],
      shape: [...shape.slice(0, -1), layer.outputs],
      parameters: [
        { name: "weight", shape: [layer.outputs, inputs], initial: initial(streams.weight) },
        ...(layer.bias ? [{ name: "bias", shape: [layer.outputs], initial: initial(streams.bias) }] : []),
      ],
    });
  },
};
