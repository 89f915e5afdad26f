/**
 * What a net is: the sizes of its layers, the activation between them, bias or not. A description, without parameters.
 *
 * Not here: where parameters lie (`layout.ts`), their first values (`initialization.ts`), the computation
 * (`reference/`, `kernels/`).
 */

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
export function mlp(
  sizes: readonly number[],
  { activation = "relu", negativeSlope = 0.01, bias = true }: ModelOptions = {},
): Model {
  if (!Array.isArray(sizes) || sizes.length < 2) {
    throw new ConfigError(
      "model.sizes",
      "a net needs at least an input and an output size, such as [1, 512, 2].",
    );
  }
  sizes.forEach((size, i) => {
    if (!Number.isInteger(size) || size < 1) {
      throw new ConfigError(`model.sizes[${i}]`, `${size} is not a layer size. Give an integer from 1.`);
    }
  });
  if (!ACTIVATIONS.includes(activation)) {
    throw new ConfigError(
      "model.activation",
      `unknown activation "${activation}". Known: ${ACTIVATIONS.join(", ")}.`,
    );
  }
  if (!Number.isFinite(negativeSlope)) {
    throw new ConfigError("model.negativeSlope", `${negativeSlope} is not a slope.`);
  }
  return { sizes: [...sizes], activation, negativeSlope, bias };
}

/** A linear model, D inputs and C outputs: an MLP without hidden layers. */
export function linear(inputs: number, outputs: number, { bias = true }: { bias?: boolean } = {}): Model {
  return mlp([inputs, outputs], { activation: "identity", bias });
}
