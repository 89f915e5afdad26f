/**
 * A net's parameters and state as a safetensors file, under the names that PyTorch's `state_dict` has: what is written here
 * loads there with `strict=True`, and back.
 *
 * Not here: the format itself (`safetensors.ts`), checkpoints of trainings (`training/`).
 */

import { type Bytes, checkBytes, checkObject, checkOptions, checkWord } from "../check.ts";
import { ConfigError } from "../errors.ts";
import { checkSeal, encodeSealed } from "./digest.ts";
import type { Model } from "./layers/layer.ts";
import type { NamedTensors } from "./layout.ts";
import { checkModel } from "./model.ts";
import { decodeSafetensors, type SafetensorsData, type SafetensorsTensor } from "./safetensors.ts";
import { traceModel } from "./trace.ts";

/** How tensors are called in a file. */
export interface NameOptions {
  /** `own` (default): as the layers are named. `torchvision`: as its ResNets call them, `fc` and `downsample`. */
  names?: "own" | "torchvision";
}

/** Parts of names that differ: ours, and torchvision's. */
const TORCHVISION = [
  [/^linear\./, "linear.", /^fc\./, "fc."],
  [/\.shortcut\./, ".shortcut.", /\.downsample\./, ".downsample."],
] as const;

/** PyTorch counts batches in 64-bit integers. */
const COUNT = ".num_batches_tracked";

/**
 * Parameters, and state where there is some, as a safetensors file, as PyTorch's `safetensors.torch.save_file` would write
 * the state dict, with the SHA-256 of the whole in the metadata, which {@link loadParameters} checks.
 * @throws ConfigError as `encodeSafetensors` does.
 */
export function saveParameters(
  parameters: NamedTensors,
  metadata?: Record<string, string>,
  options: NameOptions = {},
): Uint8Array {
  const rename = renaming(options, "out");
  checkObject("parameters", parameters, "Give tensors by their names, as a result has them.");
  const tensors = Object.entries(parameters).map(([name, tensor]): [string, SafetensorsTensor] => [
    rename(name),
    name.endsWith(COUNT) && isFloats(tensor?.data)
      ? { shape: tensor.shape, data: counts(`parameters.${name}`, tensor.data) }
      : tensor,
  ]);
  return encodeSealed(Object.fromEntries(tensors), metadata);
}

/**
 * Parameters, and state, from a safetensors file. Half floats become 32-bit floats, integers (which nets with BatchNorm have)
 * 64-bit floats. With a `model`, the file must hold its parameters and nothing else but its state; counts of batches, which
 * older files lack, may be missing, and so may all of the state.
 * @throws ConfigError for a file that is none, or was damaged since it was written here; for integers that no float holds, and, with a model, for what is missing, left
 * over or of another shape, all names at once.
 */
export function loadParameters(bytes: Bytes, model?: Model, options: NameOptions = {}): NamedTensors {
  const rename = renaming(options, "in");
  const { tensors, metadata } = decodeSafetensors(bytes);
  checkSeal("safetensors", checkBytes("safetensors", bytes), metadata, false);
  // `Object.fromEntries` makes `__proto__` a key like others.
  const named: NamedTensors = Object.fromEntries(
    Object.entries(tensors).map(([name, { shape, data }]) => [
      rename(name),
      { shape, data: floats(name, data) },
    ]),
  );
  if (model !== undefined) checkNames(named, checkModel(model));
  return named;
}

function renaming(options: NameOptions, way: "in" | "out"): (name: string) => string {
  checkOptions("options", options, ["names"]);
  const { names = "own" } = options;
  checkWord("options.names", names, ["own", "torchvision"]);
  if (names === "own") return (name) => name;
  return (name) =>
    TORCHVISION.reduce(
      (renamed, [own, ownName, other, otherName]) =>
        way === "out" ? renamed.replace(own, otherName) : renamed.replace(other, ownName),
      name,
    );
}

function isFloats(data: unknown): data is Float32Array | Float64Array {
  return data instanceof Float32Array || data instanceof Float64Array;
}

function counts(path: string, data: Float32Array | Float64Array): BigInt64Array {
  const bad = data.findIndex((count) => !Number.isSafeInteger(count));
  if (bad >= 0) throw new ConfigError(`${path}[${bad}]`, `${data[bad]} is no count.`);
  return BigInt64Array.from(data as unknown as number[], BigInt);
}

function floats(name: string, data: SafetensorsData): Float32Array | Float64Array {
  if (isFloats(data)) return data;
  const numbers = Float64Array.from(data as ArrayLike<number | bigint>, Number);
  const bad = numbers.findIndex((value) => !Number.isSafeInteger(value));
  if (bad >= 0)
    throw new ConfigError(`safetensors.${name}[${bad}]`, `${data[bad]} is an integer that no float holds.`);
  return numbers;
}

function checkNames(tensors: NamedTensors, model: Model): void {
  const { parameters, state } = traceModel(model);
  const hasState = state.tensors.some(({ name }) => Object.hasOwn(tensors, name));
  const known = new Map([...parameters.tensors, ...state.tensors].map(({ name, shape }) => [name, shape]));
  const needed = [
    ...parameters.tensors,
    ...(hasState ? state.tensors.filter(({ name }) => !name.endsWith(COUNT)) : []),
  ];
  const missing = needed.map(({ name }) => name).filter((name) => !Object.hasOwn(tensors, name));
  const leftOver = Object.keys(tensors).filter((name) => !known.has(name));
  const problems = [
    missing.length > 0 ? `missing: ${missing.join(", ")}` : "",
    leftOver.length > 0 ? `left over: ${leftOver.join(", ")}` : "",
  ].filter((problem) => problem !== "");
  if (problems.length > 0) throw new ConfigError("safetensors", `${problems.join("; ")}.`);
  for (const [name, { shape }] of Object.entries(tensors)) {
    if (String(shape) !== String(known.get(name)))
      throw new ConfigError(`safetensors.${name}`, `shape [${shape}]; this net needs [${known.get(name)}].`);
  }
}
