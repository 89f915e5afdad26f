/**
 * What a net is: the sizes of its layers, the activation between them, bias or not. A description, without parameters.
 *
 * Not here: where parameters lie (`layout.ts`), their first values (`initialization.ts`), the computation
 * (`reference/`, `kernels/`).
 */

import { checkBoolean, checkInteger, checkNumber, checkOptions, checkWord, defined } from "../check.ts";
import { ConfigError } from "../errors.ts";

/** Activation between layers. `gelu` is the erf form, `gelu-tanh` the tanh approximation, both as in PyTorch. */
export type Activation = "relu" | "leaky-relu" | "tanh" | "gelu" | "gelu-tanh" | "identity";

/** All activations; a kernel's activation code is the index in this list. */
export const ACTIVATIONS: readonly Activation[] = [
  "identity",
  "relu",
  "leaky-relu",
  "tanh",
  "gelu",
  "gelu-tanh",
];

/** A multi-layer perceptron. Made by {@link mlp} or {@link linear}. */
export interface Model {
  /** Units per layer, inputs first: `[D, H, ..., C]`. Two entries make a linear model. */
  readonly sizes: readonly number[];
  /** Between layers; the last layer's outputs are logits. */
  readonly activation: Activation;
  /** Slope of `leaky-relu` below zero; PyTorch's default is 0.01. */
  readonly negativeSlope: number;
  /** Whether every layer has a bias. */
  readonly bias: boolean;
}

export interface ModelOptions {
  activation?: Activation;
  negativeSlope?: number;
  bias?: boolean;
}

/**
 * A multi-layer perceptron of the given sizes, e.g. `mlp([1, 512, 2])` for the paper's alternating-line net.
 * @throws ConfigError for fewer than two sizes, a size below 1, an unknown activation.
 */
export function mlp(sizes: readonly number[], options: ModelOptions = {}): Model {
  checkOptions("model", options, ["activation", "negativeSlope", "bias"]);
  return checkModel({ sizes, activation: "relu", negativeSlope: 0.01, bias: true, ...defined(options) });
}

/** A linear model, D inputs and C outputs: an MLP without hidden layers. */
export function linear(inputs: number, outputs: number, options: { bias?: boolean } = {}): Model {
  const { bias } = checkOptions("model", options, ["bias"]);
  return mlp([inputs, outputs], { activation: "identity", bias });
}

/** Most layers and units of one net: more would be walked for long before a device's limits refuse it. */
const MOST_LAYERS = 1000;
const MOST_UNITS = 2 ** 24;

/**
 * A copy of a model if it can be run, whoever wrote it.
 * @throws ConfigError naming what is wrong.
 */
export function checkModel(model: Model, path = "model"): Model {
  checkOptions(path, model, ["sizes", "activation", "negativeSlope", "bias"]);
  const { sizes, activation, negativeSlope, bias } = model;
  if (!Array.isArray(sizes) || sizes.length < 2 || sizes.length > MOST_LAYERS) {
    throw new ConfigError(
      `${path}.sizes`,
      `a net needs at least an input and an output size, such as [1, 512, 2], and at most ${MOST_LAYERS}.`,
    );
  }
  for (const [i, size] of sizes.entries())
    checkInteger(`${path}.sizes[${i}]`, size, 1, MOST_UNITS, "a layer size");
  checkWord(`${path}.activation`, activation, ACTIVATIONS, "activation");
  checkNumber(`${path}.negativeSlope`, negativeSlope, { float32: true, what: "a slope" });
  checkBoolean(`${path}.bias`, bias);
  return { sizes: [...sizes], activation, negativeSlope, bias };
}
