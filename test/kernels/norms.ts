/** What the tests of BatchNorm's kernels share: cases, numbers, and the reference's results. */

import { type NormStrides, packBatchNorm } from "../../src/kernels/layers/batchNorm2d.ts";
import { FINITE, RUN_STATE_BYTES } from "../../src/kernels/population.ts";
import { type BatchNorm2dOptions, batchNorm2d } from "../../src/model/layers/batchNorm2d.ts";
import { REFERENCE_LAYERS } from "../../src/reference/layers/kinds.ts";
import type { Value } from "../../src/reference/layers/layer.ts";
import { randomNumbers } from "./harness.ts";
import { traceOf } from "./stages.ts";

export interface NormCase {
  readonly R: number;
  readonly B: number;
  readonly shape: readonly [number, number, number];
  readonly options?: BatchNorm2dOptions;
}

export const NORM_CASES: readonly NormCase[] = [
  { R: 1, B: 2, shape: [1, 1, 1] },
  { R: 3, B: 5, shape: [3, 5, 7] },
  { R: 2, B: 1, shape: [65, 3, 3], options: { momentum: 0.25, epsilon: 1e-3 } },
  { R: 2, B: 3, shape: [2, 4, 4], options: { momentum: "cumulative" } },
];

export function normName({ R, B, shape, options = {} }: NormCase): string {
  return `R ${R}, B ${B}, ${shape.join(" x ")} ${JSON.stringify(options)}`;
}

export class TestNorm {
  readonly strides: NormStrides;
  readonly stored: Float32Array<ArrayBuffer>;
  readonly deltas: Float32Array<ArrayBuffer>;
  readonly parameters: Float32Array<ArrayBuffer>;
  readonly state: Float32Array<ArrayBuffer>;
  private readonly trace;

  constructor(
    readonly of: NormCase,
    mean = 0.5,
    deviation = 1,
  ) {
    const { R, B, shape, options } = of;
    this.trace = traceOf(batchNorm2d({ name: "bn", ...options }), shape);
    const [C, H, W] = shape;
    const count = R * B * C * H * W;
    this.strides = {
      parameterStride: 4 * Math.ceil(this.trace.parameters.size / 4),
      stateStride: this.trace.state.size,
    };
    this.stored = randomNumbers(1, count).map((x) => mean + deviation * x);
    this.deltas = randomNumbers(2, count);
    this.parameters = randomNumbers(3, R * this.strides.parameterStride);
    this.state = randomNumbers(4, R * this.strides.stateStride).map((x) => 1 + 0.5 * x);
    // A whole number of batches so far.
    const { num_batches_tracked } = this.operation.state;
    for (let r = 0; r < R; r++) this.state[r * this.strides.stateStride + num_batches_tracked.offset] = 3;
  }

  get operation() {
    return this.trace.operations[0];
  }

  get uniform(): Uint8Array<ArrayBuffer> {
    return packBatchNorm(this.operation, this.of.shape, this.of.B, this.strides);
  }

  /** Clocks of runs that go on; those of `frozen` have failed before. */
  clocks(frozen: readonly number[] = [], step = 5): Uint32Array<ArrayBuffer> {
    const words = new Uint32Array((this.of.R * RUN_STATE_BYTES) / 4);
    for (let r = 0; r < this.of.R; r++)
      words.set([step, frozen.includes(r) ? 2 : FINITE], (r * RUN_STATE_BYTES) / 4);
    return words;
  }

  /** Run r by the reference, in training or in evaluation. */
  reference(r: number, training = true) {
    const { B, shape } = this.of;
    const size = shape[0] * shape[1] * shape[2];
    const value = (data?: Float32Array, delta?: Float32Array): Value => {
      const part = (all?: Float32Array) =>
        all === undefined
          ? new Float64Array(B * size)
          : Float64Array.from(all.subarray(r * B * size, (r + 1) * B * size));
      return { shape, size, isInput: false, data: part(data), delta: part(delta) };
    };
    const { parameterStride, stateStride } = this.strides;
    const x = value(this.stored);
    const y = value(undefined, this.deltas);
    const parameters = Float64Array.from(
      this.parameters.subarray(r * parameterStride, (r + 1) * parameterStride),
    );
    const state = Float64Array.from(this.state.subarray(r * stateStride, (r + 1) * stateStride));
    const gradients = new Float64Array(parameterStride);
    const layer = REFERENCE_LAYERS.batchNorm2d(this.operation, [x], y, 0);
    const pass = { count: B, parameters, state, ...(training && { training: { seed: 0, step: 0 } }) };
    layer.forward(pass);
    layer.backward(pass, gradients);
    return { outputs: y.data, previous: x.delta, gradients, state };
  }
}

/** What readers make of stored numbers with normalizations `[R, C]`. */
export function normalizedNumbers({ of, stored }: TestNorm, normalizations: Float32Array): number[] {
  const { B, shape } = of;
  const map = shape[1] * shape[2];
  return Array.from(stored, (x, i) => {
    const r = Math.floor(i / (B * shape[0] * map));
    const at = 4 * (r * shape[0] + (Math.floor(i / map) % shape[0]));
    return (x - normalizations[at]) * normalizations[at + 1] + normalizations[at + 2];
  });
}
