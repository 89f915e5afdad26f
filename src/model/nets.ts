/**
 * Nets that have names: makers of lists of layers.
 *
 * Not here: what a layer is (`layers/`).
 */

import { checkBoolean, checkInteger, checkNumber, checkOptions, checkWord, defined } from "../check.ts";
import { ConfigError } from "../errors.ts";
import { ACTIVATIONS, type Activation, activationLayer, NEGATIVE_SLOPE, relu } from "./layers/activation.ts";
import { batchNorm2d } from "./layers/batchNorm2d.ts";
import { type ConvolutionInitialization, conv2d } from "./layers/conv2d.ts";
import { dense, MOST_UNITS } from "./layers/dense.ts";
import { flatten } from "./layers/flatten.ts";
import type { Layer, Model } from "./layers/layer.ts";
import { globalAveragePool } from "./layers/pool2d.ts";
import { residual } from "./layers/residual.ts";
import { towers } from "./layers/towers.ts";
import { sequential } from "./model.ts";

export interface ModelOptions {
  /** Between layers; default `relu`. */
  activation?: Activation;
  /** Slope of `leaky-relu` below zero; PyTorch's default is 0.01. */
  negativeSlope?: number;
  /** Whether every layer has a bias; default true. */
  bias?: boolean;
}

/** Most sizes of an MLP. */
const MOST_SIZES = 500;

/**
 * A multi-layer perceptron of the given sizes, inputs first, e.g. `mlp([1, 512, 2])` for the paper's alternating-line net.
 * Parameters are named `layers.0.weight` and so on, dense layers counted.
 * @throws ConfigError for fewer than two sizes, a size below 1, an unknown activation.
 */
export function mlp(sizes: readonly number[], options: ModelOptions = {}): Model {
  checkOptions("model", options, ["activation", "negativeSlope", "bias"]);
  const { activation = "relu", negativeSlope = NEGATIVE_SLOPE, bias = true } = options;
  if (!Array.isArray(sizes) || sizes.length < 2 || sizes.length > MOST_SIZES) {
    throw new ConfigError(
      "model.sizes",
      `a net needs at least an input and an output size, such as [1, 512, 2], and at most ${MOST_SIZES}.`,
    );
  }
  for (const [i, size] of sizes.entries())
    checkInteger(`model.sizes[${i}]`, size, 1, MOST_UNITS, "a layer size");
  checkWord("model.activation", activation, ACTIVATIONS, "activation");
  checkNumber("model.negativeSlope", negativeSlope, { float32: true, what: "a slope" });
  checkBoolean("model.bias", bias);
  const between = () =>
    activation === "polynomial-relu"
      ? activationLayer(activation, { degree: 3, threshold: 1 })
      : activationLayer(activation, activation === "leaky-relu" ? { negativeSlope } : {});
  const layers = sizes
    .slice(1)
    .flatMap((size, l): Layer[] => [
      ...(l === 0 ? [] : [between()]),
      dense(size, { name: `layers.${l}`, bias }),
    ]);
  return sequential(sizes.slice(0, 1), layers);
}

/**
 * Two multi-layer perceptrons of the same sizes beside each other, for pairs: the first takes the first half of a point and gives the
 * first half of the outputs. `twoTowers([32, 64, 16])` takes points of 64 numbers and gives two embeddings of 16. Parameters are named
 * `towers.0.layers.0.weight` and so on.
 * @throws ConfigError as {@link mlp}.
 */
export function twoTowers(sizes: readonly number[], options: ModelOptions = {}): Model {
  const { inputShape, layers } = mlp(sizes, options);
  return sequential([2 * inputShape[0]], [towers([layers, layers], { name: "towers" })]);
}

/** A linear model, D inputs and C outputs: an MLP without hidden layers. */
export function linear(inputs: number, outputs: number, options: { bias?: boolean } = {}): Model {
  const { bias } = checkOptions("model", options, ["bias"]);
  return mlp([inputs, outputs], { activation: "identity", bias });
}

/** Shape of the images, and number of classes, of a net for images. */
export interface ImageNetOptions {
  /** Default 1. */
  channels?: number;
  /** Height and width; default 28. */
  size?: number | readonly [number, number];
  /** Default 10. */
  classes?: number;
}

const IMAGE_OPTIONS = ["channels", "size", "classes"] as const;

function imageNet(options: ImageNetOptions, size: number, layers: (classes: number) => Layer[]): Model {
  const { channels = 1, classes = 10 } = options;
  const side = options.size ?? size;
  if (typeof side !== "number" && (!Array.isArray(side) || side.length !== 2))
    throw new ConfigError("model.size", "give a number, or [height, width].");
  return sequential([channels, ...(typeof side === "number" ? [side, side] : side)], layers(classes));
}

/**
 * A small convolutional net: 3 x 3 convolutions of stride 2 and ReLU, then a dense layer; by default of 8 and 16 channels.
 * @throws ConfigError
 */
export function convNet(options: ImageNetOptions & { widths?: readonly number[] } = {}): Model {
  checkOptions("model", options, [...IMAGE_OPTIONS, "widths"]);
  const { widths = [8, 16] } = options;
  if (!Array.isArray(widths) || widths.length === 0 || widths.length > 16)
    throw new ConfigError("model.widths", "give 1 to 16 numbers of channels, such as [8, 16].");
  return imageNet(options, 28, (classes) => [
    ...widths.flatMap((width) => [conv2d(width, { kernel: 3, stride: 2, padding: 1 }), relu()]),
    flatten(),
    dense(classes),
  ]);
}

export interface ResNetOptions extends ImageNetOptions {
  /** Default `uniform`, PyTorch's and the authors'. */
  initialization?: ConvolutionInitialization;
}

/**
 * A residual net of three basic blocks, widths w, 2 w and 4 w at strides 1, 2 and 2, behind a stem of w channels.
 * @throws ConfigError
 */
export function resNet8(width = 8, options: ResNetOptions = {}): Model {
  checkOptions("model", options, [...IMAGE_OPTIONS, "initialization"]);
  checkInteger("model.width", width, 1, MOST_UNITS / 4, "a width");
  return imageNet(options, 28, (classes) =>
    resNet([width, 2 * width, 4 * width], 1, classes, options.initialization),
  );
}

/**
 * ResNet-18 as the paper trains it on small images: stem 3 x 3 without pooling, four stages of two basic blocks, widths 64
 * to 512; 11,173,962 parameters for CIFAR-10. Parameters are named `conv1.weight`, `layer1.0.bn1.bias`, `linear.weight`.
 * @throws ConfigError
 */
export function resNet18(options: ResNetOptions = {}): Model {
  checkOptions("model", options, [...IMAGE_OPTIONS, "initialization"]);
  return imageNet({ channels: 3, ...defined(options) }, 32, (classes) =>
    resNet([64, 128, 256, 512], 2, classes, options.initialization),
  );
}

function resNet(
  widths: readonly number[],
  blocks: number,
  classes: number,
  initialization: ConvolutionInitialization = "uniform",
): Layer[] {
  const convolution = (channels: number, name: string | undefined, kernel: number, stride: number) =>
    conv2d(channels, {
      ...(name && { name }),
      kernel,
      stride,
      padding: (kernel - 1) / 2,
      bias: false,
      initialization,
    });
  const stages = widths.flatMap((width, s) =>
    Array.from({ length: blocks }, (_, b) => {
      const stride = s > 0 && b === 0 ? 2 : 1;
      return residual(
        [
          convolution(width, "conv1", 3, stride),
          batchNorm2d({ name: "bn1" }),
          relu(),
          convolution(width, "conv2", 3, 1),
          batchNorm2d({ name: "bn2" }),
        ],
        {
          name: `layer${s + 1}.${b}`,
          shortcut: stride === 1 ? [] : [convolution(width, undefined, 1, stride), batchNorm2d()],
        },
      );
    }),
  );
  return [
    convolution(widths[0], "conv1", 3, 1),
    batchNorm2d({ name: "bn1" }),
    relu(),
    ...stages,
    globalAveragePool(),
    dense(classes, { name: "linear" }),
  ];
}
