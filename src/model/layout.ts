/**
 * Parameters as they go in and out: named tensors, in PyTorch's names and shapes, and the flat vector of P numbers in which
 * the trace places them. The same layout holds on the GPU (`[R, P]`), in the reference and in files. State, such as running
 * statistics, has a flat vector of its own.
 */

import { checkFloat32, checkLength, checkObject, checkOptions, shown } from "../check.ts";
import { ConfigError } from "../errors.ts";
import type { Model } from "./layers/layer.ts";
import { type Layout, type TensorLayout, traceModel } from "./trace.ts";

/** Named tensors: parameters as they go in and out. */
export type NamedTensors = Record<string, Tensor>;

export interface Tensor {
  readonly shape: readonly number[];
  readonly data: Float32Array | Float64Array;
}

/** Where a net's parameters lie. */
export function parameterLayout(model: Model): Layout {
  return traceModel(model).parameters;
}

/** Where a net's state lies: numbers kept from step to step that are not trained. */
export function stateLayout(model: Model): Layout {
  return traceModel(model).state;
}

/** The flat vectors that a net needs. */
export interface FlatNet {
  /** `[P]` */
  readonly parameters: Float64Array;
  /** Of the state, `[Q]`; as it begins where the names hold none of it. */
  readonly state: Float64Array;
}

/**
 * Flat vectors from named tensors. State may be left out as a whole: it then begins as in a new net.
 * @throws ConfigError for a missing or unknown name, a wrong shape, a number that is not finite with 32 bits: what one
 * backend takes the other takes, too.
 */
export function flattenParameters(model: Model, named: NamedTensors, path = "parameters"): FlatNet {
  const { parameters, state } = traceModel(model);
  checkObject(path, named, "Give named tensors, such as those of a training's result.");
  const known = new Set([...parameters.tensors, ...state.tensors].map((tensor) => tensor.name));
  for (const name of Object.keys(named)) {
    if (!known.has(name)) {
      throw new ConfigError(`${path}.${name}`, `no such parameter. This net has ${[...known].join(", ")}.`);
    }
  }
  const present = state.tensors.filter(({ name }) => Object.hasOwn(named, name));
  const flatState = initialState(model);
  // PyTorch's older files have no num_batches_tracked; without a momentum of its own a layer does not need it.
  const needed = state.tensors.filter(({ name }) => !name.endsWith(".num_batches_tracked"));
  for (const tensor of present.length > 0 ? [...new Set([...needed, ...present])] : [])
    copyTensor(named, tensor, path, flatState);
  const flat = new Float64Array(parameters.size);
  for (const tensor of parameters.tensors) copyTensor(named, tensor, path, flat);
  return { parameters: flat, state: flatState };
}

function copyTensor(
  named: NamedTensors,
  { name, shape, offset, size }: TensorLayout,
  path: string,
  flat: Float64Array,
): void {
  const tensor = Object.hasOwn(named, name) ? named[name] : undefined;
  if (tensor === undefined)
    throw new ConfigError(`${path}.${name}`, `missing. Give a tensor of shape [${shape}].`);
  checkOptions(`${path}.${name}`, tensor, ["shape", "data"]);
  const length = checkLength(`${path}.${name}.data`, tensor.data);
  const given = Array.isArray(tensor.shape)
    ? tensor.shape.slice(0, 8).map(shown).join()
    : shown(tensor.shape);
  if (given !== String(shape) || length !== size) {
    throw new ConfigError(
      `${path}.${name}`,
      `shape [${given}] with ${length} numbers; this net needs [${shape}].`,
    );
  }
  checkFloat32(`${path}.${name}`, tensor.data);
  flat.set(tensor.data, offset);
}

/** A net's state before its first step, `[Q]`. */
export function initialState(model: Model): Float64Array {
  const { tensors, size } = stateLayout(model);
  const state = new Float64Array(size);
  for (const { offset, size: count, initial } of tensors) {
    if (initial.kind !== "constant") throw new Error("State begins with a constant.");
    state.fill(initial.value, offset, offset + count);
  }
  return state;
}

/** Named tensors from flat vectors (copies, of the same precision): parameters, then state if it is given. */
export function nameParameters(
  model: Model,
  parameters: Float32Array | Float64Array,
  state?: Float32Array | Float64Array,
): NamedTensors {
  const named = (layout: Layout, flat: Float32Array | Float64Array) =>
    layout.tensors.map(
      ({ name, shape, offset, size }) => [name, { shape, data: flat.slice(offset, offset + size) }] as const,
    );
  const trace = traceModel(model);
  return Object.fromEntries([
    ...named(trace.parameters, parameters),
    ...(state === undefined ? [] : named(trace.state, state)),
  ]);
}
