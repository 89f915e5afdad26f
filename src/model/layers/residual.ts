/** Layer `residual`: main(x) + shortcut(x), and an activation of the sum; the basic block of a ResNet. */

import { checkOptions, defined } from "../../check.ts";
import { ConfigError } from "../../errors.ts";
import { type ActivationLayer, activationKind, relu } from "./activation.ts";
import type { Layer, LayerKind, LayerOptions } from "./layer.ts";

export interface Residual extends Layer {
  readonly kind: "residual";
  readonly main: readonly Layer[];
  /** Empty: the identity. */
  readonly shortcut: readonly Layer[];
  readonly activation: ActivationLayer;
}

export interface ResidualOptions extends LayerOptions {
  /** Layers of the way beside; default none, the identity. */
  shortcut?: readonly Layer[];
  /** Of the sum; default `relu()`. `activationLayer("identity")` for none. */
  activation?: ActivationLayer;
}

/**
 * A residual block. Layers in it are named `<name>.<their name>`, those beside `<name>.shortcut.<place>`, as in the ResNets
 * of CIFAR.
 * @throws ConfigError
 */
export function residual(main: readonly Layer[], options: ResidualOptions = {}): Residual {
  checkOptions("layer", options, ["name", "shortcut", "activation"]);
  return { kind: "residual", main, shortcut: [], activation: relu(), ...defined(options) };
}

export const residualKind: LayerKind<Residual> = {
  kind: "residual",
  check(path, layer, checkLayers) {
    checkOptions(path, layer, ["kind", "name", "main", "shortcut", "activation"]);
    return {
      ...layer,
      main: checkLayers(`${path}.main`, layer.main),
      shortcut: checkLayers(`${path}.shortcut`, layer.shortcut),
      activation: activationKind.check(`${path}.activation`, layer.activation, checkLayers),
    };
  },
  trace(tracer, layer, input, name, path) {
    // The way beside comes first, so that gradients, which run backwards, add main before shortcut.
    const beside = tracer.layers(`${path}.shortcut`, `${name}.shortcut.`, layer.shortcut, input);
    const main = tracer.layers(`${path}.main`, `${name}.`, layer.main, input);
    const shape = tracer.shape(main);
    if (String(shape) !== String(tracer.shape(beside))) {
      throw new ConfigError(
        path,
        `residual got [${shape}] from its main way and [${tracer.shape(beside)}] beside it. Give a shortcut, such as ` +
          "conv2d(channels, { kernel: 1, stride, bias: false }), that makes them equal.",
      );
    }
    const sum = tracer.operation({ kind: "add", name, layer, inputs: [main, beside], shape });
    return activationKind.trace(tracer, layer.activation, sum, name, path);
  },
};
