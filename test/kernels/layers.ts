/**
 * One linear layer with everything its kernels read, and the same layer in float64: shared by the tests of
 * `linearForward`, `linearBackwardInput` and `linearBackwardWeight`.
 *
 * The layer is the second of three that share a parameter row, so that places and strides matter.
 */

import { type LayerInputs, packLayer } from "../../src/kernels/layers/layer.ts";
import {
  LARGE_WORKGROUP_TILES,
  type ProductShape,
  registerTiles,
  SLICED_WORKGROUP_TILES,
  SMALL_WORKGROUP_TILES,
} from "../../src/kernels/layers/product.ts";
import type { LayerLayout } from "../../src/model/perceptron.ts";
import { hasSubgroups, randomNumbers } from "./harness.ts";

/** R runs, B samples, inputs, outputs, bias. */
export interface LayerCase {
  readonly R: number;
  readonly B: number;
  readonly inputs: number;
  readonly outputs: number;
  readonly bias: boolean;
}

/** Shapes whose sums are all in the order of k, and so have the same bits; all that the adapter has the operations for. */
export const UNSLICED_SHAPES: readonly [string, ProductShape][] = [
  ...((await hasSubgroups()) ? [["register tiles", registerTiles(true)] as [string, ProductShape]] : []),
  ["register tiles without subgroups", registerTiles(false)],
  ["narrow register tiles", registerTiles(await hasSubgroups(), 4)],
  ["large workgroup tiles", LARGE_WORKGROUP_TILES],
  ["small workgroup tiles", SMALL_WORKGROUP_TILES],
];

/** The tiles of a GPU and of the software adapter. */
export const PRODUCT_SHAPES: readonly [string, ProductShape][] = [
  ...UNSLICED_SHAPES,
  ["sliced workgroup tiles", SLICED_WORKGROUP_TILES],
];

/** Sizes off every tile: one number, one past a workgroup's 32, one short of it, and both sides long; and fours. */
export const LAYER_CASES: readonly LayerCase[] = [
  { R: 3, B: 34, inputs: 20, outputs: 36, bias: true },
  { R: 1, B: 1, inputs: 1, outputs: 1, bias: true },
  { R: 3, B: 33, inputs: 5, outputs: 31, bias: true },
  { R: 2, B: 63, inputs: 65, outputs: 257, bias: false },
  { R: 2, B: 65, inputs: 257, outputs: 63, bias: true },
];

/**
 * A product's rows, columns and depth: about the tiles of 32 and 64 and the slices and rounds of 16, both ways round, and all that
 * may be aligned or not.
 */
export const AWKWARD_SIZES: readonly (readonly [rows: number, columns: number, depth: number])[] = [
  [33, 65, 1],
  [130, 64, 65],
  [3, 132, 784],
  [132, 4, 132],
];

export function layerName({ R, B, inputs, outputs, bias }: LayerCase): string {
  return `R ${R}, B ${B}, ${inputs} to ${outputs}${bias ? "" : ", no bias"}`;
}

export class TestLayer {
  readonly layout: LayerLayout;
  readonly parameterStride: number;
  /** `[R, parameterStride]` */
  readonly parameters: Float32Array<ArrayBuffer>;
  /** `[R, B, inputs]` */
  readonly inputs: Float32Array<ArrayBuffer>;
  /** d loss / d outputs, `[R, B, outputs]` */
  readonly deltas: Float32Array<ArrayBuffer>;

  constructor(readonly sizes: LayerCase) {
    const { R, B, inputs, outputs, bias } = sizes;
    // Where all lines are of four numbers they begin at multiples of four, too.
    const before = inputs % 4 === 0 ? 4 : 3;
    const size = before + inputs * outputs + (bias ? outputs : 0);
    this.layout = {
      inputs,
      outputs,
      weightOffset: before,
      biasOffset: bias ? before + inputs * outputs : -1,
    };
    this.parameterStride = Math.ceil((size + 5) / 4) * 4;
    this.parameters = randomNumbers(11, R * this.parameterStride);
    this.inputs = randomNumbers(12, R * B * inputs, 2);
    this.deltas = randomNumbers(13, R * B * outputs);
  }

  /** The kernels' uniform; `rows` says otherwise where the inputs lie. */
  uniform(rows: Partial<LayerInputs> = {}): Uint32Array {
    return packLayer(this.layout, this.parameterStride, this.rows(rows));
  }

  /** Where the inputs lie. */
  rows(rows: Partial<LayerInputs> = {}): LayerInputs {
    const { B, inputs } = this.sizes;
    return { batchSize: B, inputOffset: 0, inputRunStride: B * inputs, ...rows };
  }

  weight(r: number, o: number, i: number): number {
    return this.parameters[r * this.parameterStride + this.layout.weightOffset + o * this.layout.inputs + i];
  }

  bias(r: number, o: number): number {
    return this.sizes.bias ? this.parameters[r * this.parameterStride + this.layout.biasOffset + o] : 0;
  }

  input(r: number, b: number, i: number): number {
    return this.inputs[(r * this.sizes.B + b) * this.sizes.inputs + i];
  }

  delta(r: number, b: number, o: number): number {
    return this.deltas[(r * this.sizes.B + b) * this.sizes.outputs + o];
  }

  /** An array `[R, rows, columns]` of sums over `count` terms, and of the sums of their magnitudes. */
  sums(
    rows: number,
    columns: number,
    count: number,
    term: (r: number, row: number, column: number, k: number) => number,
  ): { sums: Float64Array; magnitudes: Float64Array } {
    const sums = new Float64Array(this.sizes.R * rows * columns);
    const magnitudes = new Float64Array(sums.length);
    let at = 0;
    for (let r = 0; r < this.sizes.R; r++) {
      for (let row = 0; row < rows; row++) {
        for (let column = 0; column < columns; column++, at++) {
          for (let k = 0; k < count; k++) {
            const value = term(r, row, column, k);
            sums[at] += value;
            magnitudes[at] += Math.abs(value);
          }
        }
      }
    }
    return { sums, magnitudes };
  }

  /** Pre-activations `[R, B, outputs]` in float64. */
  forward(): { sums: Float64Array; magnitudes: Float64Array } {
    const { B, inputs, outputs } = this.sizes;
    return this.sums(B, outputs, inputs + 1, (r, b, o, k) =>
      k < inputs ? this.input(r, b, k) * this.weight(r, o, k) : this.bias(r, o),
    );
  }
}
