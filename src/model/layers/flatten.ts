/** Layer `flatten`: `[C, H, W]` as one row of C H W numbers, in that order. */

import { checkOptions } from "../../check.ts";
import { type Layer, type LayerKind, type LayerOptions, sizeOf } from "./layer.ts";

export interface Flatten extends Layer {
  readonly kind: "flatten";
}

export function flatten(options: LayerOptions = {}): Flatten {
  return { kind: "flatten", ...checkOptions("layer", options, ["name"]) };
}

export const flattenKind: LayerKind<Flatten> = {
  kind: "flatten",
  check(path, layer) {
    return { ...checkOptions(path, layer, ["kind", "name"]) };
  },
  trace(tracer, layer, input, name) {
    const shape = [sizeOf(tracer.shape(input))];
    return tracer.operation({ kind: "flatten", name, layer, inputs: [input], shape });
  },
};
