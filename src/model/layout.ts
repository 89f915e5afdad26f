/**
 * Where a net's parameters lie: PyTorch's names and shapes, one after the other in one flat vector of P numbers.
 * The same layout holds on the GPU (`[R, P]`), in the reference and in files.
 */

import { checkFloat32, checkLength, checkObject, checkOptions, shown } from "../check.ts";
import { ConfigError } from "../errors.ts";
import type { Model } from "./model.ts";

/** One parameter tensor's place in the flat vector. */
export interface TensorLayout {
  /** `layers.{l}.weight` or `layers.{l}.bias`. */
  readonly name: string;
  /** `[out, in]` for weights, `[out]` for biases. */
  readonly shape: readonly number[];
  readonly offset: number;
  readonly size: number;
}

/** One layer's sizes and places in the flat vector. */
export interface LayerLayout {
  readonly inputs: number;
  readonly outputs: number;
  readonly weightOffset: number;
  /** -1 without bias. */
  readonly biasOffset: number;
}

export interface ParameterLayout {
  readonly tensors: readonly TensorLayout[];
  readonly layers: readonly LayerLayout[];
  /** Number of parameters, P. */
  readonly size: number;
}

/** Named tensors: parameters as they go in and out. */
export type NamedTensors = Record<string, Tensor>;

export interface Tensor {
  readonly shape: readonly number[];
  readonly data: Float32Array | Float64Array;
}

/** The layout of a net's parameters: weight then bias, layer by layer. */
export function parameterLayout(model: Model): ParameterLayout {
  const tensors: TensorLayout[] = [];
  const layers: LayerLayout[] = [];
  let offset = 0;
  const place = (name: string, shape: number[]) => {
    const size = shape.reduce((a, b) => a * b, 1);
    tensors.push({ name, shape, offset, size });
    offset += size;
    return offset - size;
  };
  for (let l = 0; l + 1 < model.sizes.length; l++) {
    const [inputs, outputs] = [model.sizes[l], model.sizes[l + 1]];
    const weightOffset = place(`layers.${l}.weight`, [outputs, inputs]);
    const biasOffset = model.bias ? place(`layers.${l}.bias`, [outputs]) : -1;
    layers.push({ inputs, outputs, weightOffset, biasOffset });
  }
  return { tensors, layers, size: offset };
}

/**
 * Flat vector of P numbers from named tensors.
 * @throws ConfigError for a missing or unknown name, a wrong shape, a number that is not finite with 32 bits: what one
 * backend takes the other takes, too.
 */
export function flattenParameters(model: Model, named: NamedTensors, path = "parameters"): Float64Array {
  const { tensors, size } = parameterLayout(model);
  const flat = new Float64Array(size);
  const known = new Set(tensors.map((tensor) => tensor.name));
  checkObject(path, named, "Give named tensors, such as those of a training's result.");
  for (const name of Object.keys(named)) {
    if (!known.has(name)) {
      throw new ConfigError(`${path}.${name}`, `no such parameter. This net has ${[...known].join(", ")}.`);
    }
  }
  for (const { name, shape, offset, size: count } of tensors) {
    const tensor = Object.hasOwn(named, name) ? named[name] : undefined;
    if (tensor === undefined) {
      throw new ConfigError(`${path}.${name}`, `missing. Give a tensor of shape [${shape}].`);
    }
    checkOptions(`${path}.${name}`, tensor, ["shape", "data"]);
    const length = checkLength(`${path}.${name}.data`, tensor.data);
    const given = Array.isArray(tensor.shape)
      ? tensor.shape.slice(0, 8).map(shown).join()
      : shown(tensor.shape);
    if (given !== String(shape) || length !== count) {
      throw new ConfigError(
        `${path}.${name}`,
        `shape [${given}] with ${length} numbers; this net needs [${shape}].`,
      );
    }
    checkFloat32(`${path}.${name}`, tensor.data);
    flat.set(tensor.data, offset);
  }
  return flat;
}

/** Named tensors from a flat vector of P numbers (copies, of the same precision). */
export function nameParameters(model: Model, flat: Float32Array | Float64Array): NamedTensors {
  return Object.fromEntries(
    parameterLayout(model).tensors.map(({ name, shape, offset, size }) => [
      name,
      { shape, data: flat.slice(offset, offset + size) },
    ]),
  );
}
