/** Layer `activation`: a function of each number by itself. */

import { checkNumber, checkOptions, checkWord, defined } from "../../check.ts";
import type { Layer, LayerKind, LayerOptions } from "./layer.ts";

/**
 * Functions of one number. `gelu` is the erf form, `gelu-tanh` the tanh approximation, both as in PyTorch; `square` is z^2;
 * `polynomial-relu` of degree a and threshold rho is 0 below 0, z^a / (a rho^(a-1)) up to rho and z - (1 - 1/a) rho above.
 */
export type Activation =
  | "relu"
  | "leaky-relu"
  | "tanh"
  | "gelu"
  | "gelu-tanh"
  | "identity"
  | "square"
  | "polynomial-relu";

/** All activations; a kernel's activation code is the index in this list. */
export const ACTIVATIONS: readonly Activation[] = [
  "identity",
  "relu",
  "leaky-relu",
  "tanh",
  "gelu",
  "gelu-tanh",
  "square",
  "polynomial-relu",
];

export interface ActivationLayer extends Layer {
  readonly kind: "activation";
  readonly activation: Activation;
  /** Slope of `leaky-relu` below zero. */
  readonly negativeSlope?: number;
  /** Of `polynomial-relu`. */
  readonly degree?: number;
  readonly threshold?: number;
}

/** PyTorch's default slope of `leaky-relu`. */
export const NEGATIVE_SLOPE = 0.01;

/** What a kind of activation asks for besides its name, with the default. */
const SETTINGS: Readonly<Partial<Record<Activation, readonly (keyof ActivationLayer)[]>>> = {
  "leaky-relu": ["negativeSlope"],
  "polynomial-relu": ["degree", "threshold"],
};

/** An activation by its name. */
export function activationLayer(
  activation: Activation,
  options: Partial<Omit<ActivationLayer, "kind" | "activation">> = {},
): ActivationLayer {
  checkOptions("layer", options, ["name", "negativeSlope", "degree", "threshold"]);
  return activationKind.check("layer", { kind: "activation", activation, ...defined(options) }, (_, x) => x);
}

/** max(z, 0); its slope at 0 is 0, as in PyTorch. */
export function relu(options: LayerOptions = {}): ActivationLayer {
  return activationLayer("relu", checkOptions("layer", options, ["name"]));
}

/** z above 0, `negativeSlope` z below; default 0.01. */
export function leakyRelu(options: LayerOptions & { negativeSlope?: number } = {}): ActivationLayer {
  checkOptions("layer", options, ["name", "negativeSlope"]);
  return activationLayer("leaky-relu", { negativeSlope: NEGATIVE_SLOPE, ...defined(options) });
}

/** The hyperbolic tangent. */
export function tanh(options: LayerOptions = {}): ActivationLayer {
  return activationLayer("tanh", checkOptions("layer", options, ["name"]));
}

/** z times the normal distribution function at z, by erf. */
export function gelu(options: LayerOptions = {}): ActivationLayer {
  return activationLayer("gelu", checkOptions("layer", options, ["name"]));
}

/** GELU's tanh approximation. */
export function geluTanh(options: LayerOptions = {}): ActivationLayer {
  return activationLayer("gelu-tanh", checkOptions("layer", options, ["name"]));
}

/** z^2. */
export function square(options: LayerOptions = {}): ActivationLayer {
  return activationLayer("square", checkOptions("layer", options, ["name"]));
}

/** Smoothed ReLU of degree a >= 1 (1 is ReLU) and threshold rho > 0 (2210.13512); defaults 3 and 1. */
export function polynomialRelu(
  options: LayerOptions & { degree?: number; threshold?: number } = {},
): ActivationLayer {
  checkOptions("layer", options, ["name", "degree", "threshold"]);
  return activationLayer("polynomial-relu", { degree: 3, threshold: 1, ...defined(options) });
}

export const activationKind: LayerKind<ActivationLayer> = {
  kind: "activation",
  check(path, layer) {
    const { activation } = layer;
    checkWord(`${path}.activation`, activation, ACTIVATIONS, "activation");
    checkOptions(path, layer, ["kind", "name", "activation", ...(SETTINGS[activation] ?? [])]);
    if (activation === "leaky-relu")
      checkNumber(`${path}.negativeSlope`, layer.negativeSlope, { float32: true, what: "a slope" });
    if (activation === "polynomial-relu") {
      checkNumber(`${path}.degree`, layer.degree, { from: 1, to: 100, float32: true, what: "a degree" });
      checkNumber(`${path}.threshold`, layer.threshold, { above: 0, float32: true, what: "a threshold" });
    }
    return { ...layer };
  },
  trace(tracer, layer, input, name) {
    return tracer.operation({
      kind: "activation",
      name,
      layer,
      inputs: [input],
      shape: tracer.shape(input),
    });
  },
};
