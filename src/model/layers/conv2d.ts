/** Layer `conv2d`: cross-correlation with zero padding, PyTorch's `nn.Conv2d` without dilation. */

import { checkBoolean, checkInteger, checkOptions, checkWord, defined } from "../../check.ts";
import { ConfigError } from "../../errors.ts";
import { MOST_UNITS } from "./dense.ts";
import {
  type InitialValues,
  imageShape,
  type Layer,
  type LayerKind,
  type LayerOptions,
  uniformFanIn,
} from "./layer.ts";

/** `uniform` is PyTorch's default; `kaimingNormalFanOut` is what torchvision's ResNets begin with. */
export type ConvolutionInitialization = "uniform" | "kaimingNormalFanOut";

export interface Conv2d extends Layer {
  readonly kind: "conv2d";
  /** Output channels, O. */
  readonly channels: number;
  /** Height and width of the kernel. */
  readonly kernel: readonly [number, number];
  readonly stride: number;
  /** Zeros put around the map, top and bottom, left and right. */
  readonly padding: readonly [number, number];
  /** Output o reads the input channels of its group only; as many groups as channels is a depthwise convolution. */
  readonly groups: number;
  readonly bias: boolean;
  readonly initialization: ConvolutionInitialization;
}

export interface Conv2dOptions extends LayerOptions {
  /** Side of a square kernel, or height and width. Default 3. */
  kernel?: number | readonly [number, number];
  /** Default 1. */
  stride?: number;
  /** Default 0: an output of floor((size - kernel) / stride) + 1. */
  padding?: number | readonly [number, number];
  /** Default 1. */
  groups?: number;
  /** Default true. */
  bias?: boolean;
  initialization?: ConvolutionInitialization;
}

/** Largest side of a kernel: its taps are unrolled in the shaders. */
const MOST_KERNEL = 11;
const MOST_STRIDE = 8;

/**
 * A convolution to `channels` maps: weight `[out, in / groups, kernel height, kernel width]`, bias `[out]`.
 * @throws ConfigError
 */
export function conv2d(channels: number, options: Conv2dOptions = {}): Conv2d {
  checkOptions("layer", options, ["name", "kernel", "stride", "padding", "groups", "bias", "initialization"]);
  const { kernel = 3, padding = 0, ...rest } = defined(options);
  return conv2dKind.check(
    "layer",
    {
      kind: "conv2d",
      channels,
      stride: 1,
      groups: 1,
      bias: true,
      initialization: "uniform",
      ...rest,
      kernel: typeof kernel === "number" ? [kernel, kernel] : kernel,
      padding: typeof padding === "number" ? [padding, padding] : padding,
    },
    (_, layers) => layers,
  );
}

export const conv2dKind: LayerKind<Conv2d> = {
  kind: "conv2d",
  check(path, layer) {
    checkOptions(path, layer, [
      "kind",
      "name",
      "channels",
      "kernel",
      "stride",
      "padding",
      "groups",
      "bias",
      "initialization",
    ]);
    checkInteger(`${path}.channels`, layer.channels, 1, MOST_UNITS, "a number of channels");
    const kernel = checkPair(`${path}.kernel`, layer.kernel, 1, MOST_KERNEL, "a kernel's side");
    checkInteger(`${path}.stride`, layer.stride, 1, MOST_STRIDE, "a stride");
    const padding = checkPair(`${path}.padding`, layer.padding, 0, MOST_KERNEL - 1, "a padding");
    checkInteger(`${path}.groups`, layer.groups, 1, MOST_UNITS, "a number of groups");
    checkBoolean(`${path}.bias`, layer.bias);
    checkWord(
      `${path}.initialization`,
      layer.initialization,
      ["uniform", "kaimingNormalFanOut"],
      "initialization",
    );
    for (const side of [0, 1]) {
      if (padding[side] >= kernel[side])
        throw new ConfigError(`${path}.padding`, `[${padding}] must be less than the kernel, [${kernel}].`);
    }
    return { ...layer, kernel, padding };
  },
  trace(tracer, layer, input, name, path) {
    const { channels: outputs, kernel, stride, padding, groups } = layer;
    const [channels, height, width] = imageShape(path, layer, tracer.shape(input));
    if (channels % groups !== 0 || outputs % groups !== 0) {
      throw new ConfigError(
        `${path}.groups`,
        `${groups} groups don't divide ${channels} input and ${outputs} output channels.`,
      );
    }
    const fanIn = (channels / groups) * kernel[0] * kernel[1];
    const fanOut = (outputs / groups) * kernel[0] * kernel[1];
    const streams = tracer.weightStreams();
    const initial: InitialValues =
      layer.initialization === "uniform"
        ? uniformFanIn(fanIn, streams.weight)
        : { kind: "normal", deviation: Math.sqrt(2 / fanOut), stream: streams.weight };
    return tracer.operation({
      kind: "conv2d",
      name,
      layer,
      inputs: [input],
      shape: [outputs, ...windows(path, layer, [height, width], kernel, stride, padding)],
      parameters: [
        { name: "weight", shape: [outputs, channels / groups, ...kernel], initial },
        ...(layer.bias
          ? [{ name: "bias", shape: [outputs], initial: uniformFanIn(fanIn, streams.bias) }]
          : []),
      ],
    });
  },
};

/**
 * Places of a window on a map: floor((size + 2 padding - kernel) / stride) + 1 of them, down and across.
 * @throws ConfigError for a map that is smaller than the window.
 */
export function windows(
  path: string,
  layer: Layer,
  [height, width]: readonly [number, number],
  kernel: readonly [number, number],
  stride: number,
  padding: readonly [number, number],
): [number, number] {
  if (height + 2 * padding[0] < kernel[0] || width + 2 * padding[1] < kernel[1]) {
    throw new ConfigError(
      path,
      `${layer.kind} got a map of ${height} x ${width} and needs at least ${kernel[0] - 2 * padding[0]} x ` +
        `${kernel[1] - 2 * padding[1]} for its kernel ${kernel[0]} x ${kernel[1]}. Pad more, or take a smaller kernel.`,
    );
  }
  const places = (size: number, side: 0 | 1) =>
    Math.floor((size + 2 * padding[side] - kernel[side]) / stride) + 1;
  return [places(height, 0), places(width, 1)];
}

/** Two integers of a range, as a copy. */
export function checkPair(
  path: string,
  pair: readonly [number, number],
  from: number,
  to: number,
  what: string,
): [number, number] {
  if (!Array.isArray(pair) || pair.length !== 2)
    throw new ConfigError(path, "give a number, or two: height and width.");
  return [
    checkInteger(`${path}[0]`, pair[0], from, to, what),
    checkInteger(`${path}[1]`, pair[1], from, to, what),
  ];
}
