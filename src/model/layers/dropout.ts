/** Layer `dropout`: in training each number is 0 with probability p, else divided by 1 - p; PyTorch's `nn.Dropout`. */

import { checkNumber, checkOptions } from "../../check.ts";
import type { Layer, LayerKind, LayerOptions } from "./layer.ts";

export interface Dropout extends Layer {
  readonly kind: "dropout";
  readonly probability: number;
}

/**
 * Dropout with probability p in [0, 1); nothing in evaluation. Which numbers are kept is a function of the run's seed, the
 * step, the layer and the place in the batch.
 * @throws ConfigError
 */
export function dropout(probability = 0.5, options: LayerOptions = {}): Dropout {
  checkOptions("layer", options, ["name"]);
  return dropoutKind.check("layer", { kind: "dropout", probability, ...options }, (_, layers) => layers);
}

export const dropoutKind: LayerKind<Dropout> = {
  kind: "dropout",
  check(path, layer) {
    checkOptions(path, layer, ["kind", "name", "probability"]);
    checkNumber(`${path}.probability`, layer.probability, { from: 0, below: 1, what: "a probability" });
    return { ...layer };
  },
  trace(tracer, layer, input, name) {
    return tracer.operation({ kind: "dropout", name, layer, inputs: [input], shape: tracer.shape(input) });
  },
};
