/**
 * Layers that make one number of a window of a map: `maxPool2d`, `averagePool2d`, and `globalAveragePool` of the whole
 * map. As PyTorch's `nn.MaxPool2d`, `nn.AvgPool2d` (padding counted) and `nn.AdaptiveAvgPool2d(1)` with flattening.
 */

import { checkInteger, checkOptions, defined } from "../../check.ts";
import { ConfigError } from "../../errors.ts";
import { checkPair, windows } from "./conv2d.ts";
import { imageShape, type Layer, type LayerKind, type LayerOptions } from "./layer.ts";

export interface Pool2d extends Layer {
  readonly kind: "maxPool2d" | "averagePool2d";
  readonly kernel: readonly [number, number];
  readonly stride: number;
  readonly padding: readonly [number, number];
}

export interface GlobalAveragePool extends Layer {
  readonly kind: "globalAveragePool";
}

export interface Pool2dOptions extends LayerOptions {
  /** Side of the window, or height and width. */
  kernel: number | readonly [number, number];
  /** Default: the kernel's (larger) side, so that square windows don't overlap. */
  stride?: number;
  /** At most half the kernel; default 0. */
  padding?: number | readonly [number, number];
}

const MOST_WINDOW = 64;

/**
 * The largest of each window; padding never wins. Gradients go to the first largest, row by row.
 * @throws ConfigError
 */
export function maxPool2d(options: Pool2dOptions): Pool2d {
  return pool("maxPool2d", options);
}

/**
 * The mean of each window, padding counted as zeros.
 * @throws ConfigError
 */
export function averagePool2d(options: Pool2dOptions): Pool2d {
  return pool("averagePool2d", options);
}

/** The mean of each map: `[C, H, W]` to `[C]`. */
export function globalAveragePool(options: LayerOptions = {}): GlobalAveragePool {
  return { kind: "globalAveragePool", ...checkOptions("layer", options, ["name"]) };
}

function pool(kind: Pool2d["kind"], options: Pool2dOptions): Pool2d {
  checkOptions("layer", options, ["name", "kernel", "stride", "padding"]);
  const { kernel, padding = 0, ...rest } = defined(options);
  const sides: readonly [number, number] = typeof kernel === "number" ? [kernel, kernel] : kernel;
  return poolKind(kind).check(
    "layer",
    {
      kind,
      stride: Array.isArray(sides) ? Math.max(...sides) : Number.NaN,
      ...rest,
      kernel: sides,
      padding: typeof padding === "number" ? [padding, padding] : padding,
    },
    (_, layers) => layers,
  );
}

function poolKind(kind: Pool2d["kind"]): LayerKind<Pool2d> {
  return {
    kind,
    check(path, layer) {
      checkOptions(path, layer, ["kind", "name", "kernel", "stride", "padding"]);
      const kernel = checkPair(`${path}.kernel`, layer.kernel, 1, MOST_WINDOW, "a window's side");
      checkInteger(`${path}.stride`, layer.stride, 1, MOST_WINDOW, "a stride");
      const padding = checkPair(`${path}.padding`, layer.padding, 0, MOST_WINDOW, "a padding");
      for (const side of [0, 1]) {
        if (2 * padding[side] > kernel[side])
          throw new ConfigError(
            `${path}.padding`,
            `[${padding}] is more than half the kernel, [${kernel}]: some windows would hold padding only.`,
          );
      }
      return { ...layer, kernel, padding };
    },
    trace(tracer, layer, input, name, path) {
      const [channels, height, width] = imageShape(path, layer, tracer.shape(input));
      const { kernel, stride, padding } = layer;
      const shape = [channels, ...windows(path, layer, [height, width], kernel, stride, padding)];
      return tracer.operation({ kind, name, layer, inputs: [input], shape });
    },
  };
}

export const maxPool2dKind = poolKind("maxPool2d");
export const averagePool2dKind = poolKind("averagePool2d");

export const globalAveragePoolKind: LayerKind<GlobalAveragePool> = {
  kind: "globalAveragePool",
  check(path, layer) {
    return { ...checkOptions(path, layer, ["kind", "name"]) };
  },
  trace(tracer, layer, input, name, path) {
    const [channels] = imageShape(path, layer, tracer.shape(input));
    return tracer.operation({ kind: "globalAveragePool", name, layer, inputs: [input], shape: [channels] });
  },
};
