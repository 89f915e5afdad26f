/**
 * What the tests of the convolutions' kernels share: cases at odd sizes, random numbers for them, and the reference's results.
 */

import { globalAveragePool, sequential } from "../../src/index.ts";
import {
  type ConvolutionLayout,
  type ConvolutionSpecialization,
  convolutionLayout,
} from "../../src/kernels/layers/convolution.ts";
import {
  LARGE_WORKGROUP_TILES,
  type ProductShape,
  SLICED_WORKGROUP_TILES,
  SMALL_WORKGROUP_TILES,
} from "../../src/kernels/layers/product.ts";
import { type Conv2dOptions, conv2d } from "../../src/model/layers/conv2d.ts";
import { sizeOf } from "../../src/model/layers/layer.ts";
import { traceModel } from "../../src/model/trace.ts";
import { REFERENCE_LAYERS } from "../../src/reference/layers/kinds.ts";
import type { Value } from "../../src/reference/layers/layer.ts";
import { selected } from "../selected.ts";
import { randomNumbers } from "./harness.ts";

export interface ConvolutionCase {
  readonly R: number;
  readonly B: number;
  /** `[C, H, W]` */
  readonly input: readonly [number, number, number];
  readonly channels: number;
  readonly options: Conv2dOptions;
}

const at = (
  R: number,
  B: number,
  input: readonly [number, number, number],
  channels: number,
  options: Conv2dOptions,
): ConvolutionCase => ({ R, B, input, channels, options });

/** Batches, channels, maps that are not square, kernels, strides and paddings that fit no tile; and groups. */
export const CONVOLUTION_CASES: readonly ConvolutionCase[] = [
  at(1, 1, [1, 1, 1], 1, { kernel: 1 }),
  at(3, 3, [3, 5, 7], 4, { kernel: 3, padding: 1 }),
  at(1, 7, [1, 28, 28], 5, { kernel: 3, padding: 1 }),
  at(2, 3, [4, 14, 33], 3, { kernel: 3, stride: 2, padding: 1, bias: false }),
  at(1, 3, [5, 7, 5], 17, { kernel: 3, stride: 2 }),
  at(2, 1, [3, 9, 8], 2, { kernel: 5, padding: 2 }),
  at(1, 3, [2, 12, 7], 5, { kernel: 5, stride: 2, padding: 2 }),
  at(65, 1, [1, 4, 4], 3, { kernel: 3, padding: 1 }),
  at(1, 2, [17, 4, 4], 8, { kernel: 3, padding: 1, bias: false }),
  at(2, 3, [8, 6, 2], 4, { kernel: 1, stride: 2, bias: false }),
  at(1, 2, [3, 6, 5], 6, { kernel: [3, 2], padding: [1, 0], groups: 3 }),
  at(1, 2, [12, 5, 5], 6, { kernel: 3, stride: 3, padding: 2, groups: 2 }),
];

/** What takes more than one tile of a workgroup and more than one round of either side, in the largest of them, too. */
export const LONG_CASE = at(2, 3, [9, 7, 9], 69, { kernel: 3, padding: 1 });
const LONG_STRIDED_CASE = at(1, 3, [70, 9, 8], 66, { kernel: 3, stride: 2, padding: 1, groups: 2 });

/** The same in tiles of a workgroup: everything in small ones, and one each in the others, which take seconds to compile. */
export const PRODUCT_CASES: readonly (readonly [string, ProductShape, ConvolutionCase])[] = [
  ...selected([...CONVOLUTION_CASES, LONG_CASE, LONG_STRIDED_CASE]).map(
    (of) => ["small tiles", SMALL_WORKGROUP_TILES, of] as const,
  ),
  ["large tiles", LARGE_WORKGROUP_TILES, LONG_CASE],
  ["sliced tiles", SLICED_WORKGROUP_TILES, LONG_STRIDED_CASE],
];

export function convolutionName({ R, B, input, channels, options }: ConvolutionCase): string {
  const settings = Object.entries(options).map(([name, value]) => `${name} ${value}`);
  return `R ${R}, B ${B}, ${input.join(" x ")} to ${channels}, ${settings.join(", ")}`;
}

/** A specialization for a stage that is stored as it is: no BatchNorm, no activation. */
export function plain(
  specialization: ConvolutionSpecialization,
  more: Record<string, number> = {},
): ConvolutionSpecialization {
  return {
    ...specialization,
    overrides: { ...specialization.overrides, ...more },
    prelude: { ...specialization.prelude, INPUT: 0, BOXES: 0, HIDDEN: 0 },
  };
}

/** A case's numbers, and what the reference makes of them. */
export class TestConvolution {
  readonly layout: ConvolutionLayout;
  /** P, with some numbers before and behind the layer's. */
  readonly parameterStride: number;
  readonly parameters: Float32Array<ArrayBuffer>;
  /** `[R, B, C, H, W]` */
  readonly inputs: Float32Array<ArrayBuffer>;
  /** `[R, B, O, P, Q]` */
  readonly deltas: Float32Array<ArrayBuffer>;
  private readonly operation;

  constructor(readonly of: ConvolutionCase) {
    const { R, B, input, channels, options } = of;
    const layer = conv2d(channels, { name: "conv", ...options });
    const { operations, shapes } = traceModel(sequential(input, [layer, globalAveragePool()]));
    const BEFORE = 3;
    const place = <T extends { offset: number }>(tensor: T): T => ({
      ...tensor,
      offset: tensor.offset + BEFORE,
    });
    const { weight, bias } = operations[0].parameters;
    this.operation = {
      ...operations[0],
      parameters: { weight: place(weight), ...(bias && { bias: place(bias) }) },
    };
    this.layout = convolutionLayout(this.operation, shapes[0], shapes[1]);
    this.parameterStride = 4 * Math.ceil((BEFORE + this.layout.size + 1) / 4);
    this.parameters = randomNumbers(1, R * this.parameterStride);
    this.inputs = randomNumbers(2, R * B * sizeOf(input));
    this.deltas = randomNumbers(3, R * B * sizeOf(this.layout.output));
  }

  get outputSize(): number {
    return sizeOf(this.layout.output);
  }

  /** Run r's outputs, gradients `[P]` and deltas of the inputs, by the reference; `scale` for sums of magnitudes. */
  reference(r: number, map: (x: number) => number = (x) => x) {
    const { B } = this.of;
    const value = (shape: readonly number[], data?: Float32Array, delta?: Float32Array): Value => {
      const size = sizeOf(shape);
      const part = (all?: Float32Array) =>
        Float64Array.from({ length: B * size }, (_, i) =>
          all === undefined ? 0 : map(all[r * B * size + i]),
        );
      return { shape, size, isInput: false, data: part(data), delta: part(delta) };
    };
    const x = value(this.layout.input, this.inputs);
    const z = value(this.layout.output, undefined, this.deltas);
    const parameters = Float64Array.from(
      this.parameters.subarray(r * this.parameterStride, (r + 1) * this.parameterStride),
      map,
    );
    const gradients = new Float64Array(this.parameterStride);
    const layer = REFERENCE_LAYERS.conv2d(this.operation, [x], z, 0);
    const pass = { count: B, parameters, state: new Float64Array(0), training: { seed: 0, step: 0 } };
    layer.forward(pass);
    layer.backward(pass, gradients);
    const { weightOffset, size } = this.layout;
    return {
      outputs: z.data,
      previous: x.delta,
      gradients: gradients.subarray(weightOffset, weightOffset + size),
    };
  }
}
