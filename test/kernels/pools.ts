/** What the tests of the pools' kernels share: cases, and both directions of a kernel on them. */

import type { Kernel } from "../../src/gpu/kernel.ts";
import { maxPool2dBackwardKernel } from "../../src/kernels/layers/maxPool2dBackward.ts";
import {
  maxPoolBackwardGrid,
  type PoolLayout,
  packPool,
  poolGrid,
  poolSpecialization,
} from "../../src/kernels/layers/pool2d.ts";
import { sizeOf } from "../../src/model/layers/layer.ts";
import { averagePool2d, maxPool2d, type Pool2d, type Pool2dOptions } from "../../src/model/layers/pool2d.ts";
import { randomNumbers, runKernel } from "./harness.ts";
import { incomingOverrides, referenceLayer, traceOf } from "./stages.ts";

export interface PoolCase {
  readonly R: number;
  readonly B: number;
  readonly input: readonly [number, number, number];
  readonly options: Pool2dOptions;
}

/** Maps that are not square, a rest left out, windows that overlap, padding. */
export const POOL_CASES: readonly PoolCase[] = [
  { R: 1, B: 1, input: [1, 1, 1], options: { kernel: 1 } },
  { R: 3, B: 2, input: [3, 5, 7], options: { kernel: 2 } },
  { R: 2, B: 3, input: [2, 7, 6], options: { kernel: 3, stride: 2, padding: 1 } },
  { R: 65, B: 1, input: [1, 4, 9], options: { kernel: [2, 3], stride: 1 } },
  { R: 1, B: 2, input: [5, 28, 28], options: { kernel: 2 } },
  { R: 1, B: 1, input: [1, 9, 9], options: { kernel: 5, stride: 2, padding: 2 } },
  { R: 2, B: 2, input: [2, 8, 7], options: { kernel: [1, 2], stride: 3 } },
];

export function poolName({ R, B, input, options }: PoolCase): string {
  return `R ${R}, B ${B}, ${input.join(" x ")}, ${JSON.stringify(options)}`;
}

/** Numbers of a case, a kernel's results and the reference's, all runs. */
export class TestPool {
  readonly layout: PoolLayout;
  readonly inputs: Float32Array<ArrayBuffer>;
  readonly deltas: Float32Array<ArrayBuffer>;
  private readonly layer: Pool2d;

  constructor(
    readonly of: PoolCase,
    kind: "max" | "average",
  ) {
    this.layer = (kind === "max" ? maxPool2d : averagePool2d)(of.options);
    const { shapes, operations } = traceOf(this.layer, of.input);
    const { kernel, stride, padding } = this.layer;
    this.layout = { input: of.input, output: shapes[operations[0].output], kernel, stride, padding };
    // Few different numbers: windows with equal ones, between which the rule decides.
    this.inputs = randomNumbers(1, of.R * of.B * sizeOf(of.input)).map((x) => Math.round(4 * x) / 4);
    this.deltas = randomNumbers(2, of.R * of.B * sizeOf(this.layout.output));
  }

  reference() {
    const { R, B, input } = this.of;
    const [from, to] = [B * sizeOf(input), B * sizeOf(this.layout.output)];
    const runs = Array.from({ length: R }, (_, r) =>
      referenceLayer(
        this.layer,
        input,
        B,
        this.inputs.subarray(r * from, (r + 1) * from),
        this.deltas.subarray(r * to, (r + 1) * to),
      ),
    );
    return {
      outputs: runs.flatMap(({ outputs }) => [...outputs]),
      previous: runs.flatMap(({ previous }) => [...previous]),
    };
  }

  async forward(kernel: Kernel): Promise<Float32Array> {
    const { R, B } = this.of;
    const { 3: written } = await runKernel(
      kernel,
      { ...poolSpecialization(this.layout), overrides: incomingOverrides() },
      poolGrid(this.layout.output, B, R),
      [
        { uniform: packPool(this.layout, B) },
        { read: this.inputs },
        { read: new Float32Array(4) },
        { write: new Float32Array(this.deltas.length).fill(Number.NaN) },
      ],
    );
    return new Float32Array(written);
  }

  async backward(kernel: Kernel, previous?: Float32Array<ArrayBuffer>): Promise<Float32Array> {
    const { R, B } = this.of;
    const { 4: written } = await runKernel(
      kernel,
      {
        ...poolSpecialization(this.layout),
        overrides: { ...incomingOverrides(), ADDS: previous === undefined ? 0 : 1 },
      },
      kernel === maxPool2dBackwardKernel
        ? maxPoolBackwardGrid(this.layout, B, R)
        : poolGrid(this.layout.input, B, R),
      [
        { uniform: packPool(this.layout, B) },
        { read: this.inputs },
        { read: new Float32Array(4) },
        { read: this.deltas },
        { write: previous ?? new Float32Array(this.inputs.length).fill(Number.NaN) },
      ],
    );
    return new Float32Array(written);
  }
}
