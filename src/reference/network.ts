/**
 * A net's forward and backward pass over one batch, in float64: the operations of its trace, one after the other.
 * Parameters, state and gradients are flat, as the trace places them.
 *
 * Not here: what an operation computes (`layers/`), mixing and the loss (`batch.ts`), the update (`optimizer.ts`).
 */

import { sizeOf } from "../model/layers/layer.ts";
import { PARTNER_INPUT, type Trace } from "../model/trace.ts";
import { REFERENCE_LAYERS } from "./layers/kinds.ts";
import type { Pass, ReferenceLayer, Value } from "./layers/layer.ts";

/**
 * A net's workspace for batches of up to `capacity` samples. One at a time: `backward` belongs to the last
 * `forward`.
 */
export class Network {
  readonly outputs: number;
  private readonly values: readonly Value[];
  private readonly partners: Value | undefined;
  private readonly layers: readonly ReferenceLayer[];

  constructor(
    readonly trace: Trace,
    capacity: number,
  ) {
    this.outputs = trace.outputs;
    const partnerInput = trace.operations.find(({ kind }) => kind === PARTNER_INPUT)?.output;
    this.values = trace.shapes.map((shape, v) => {
      const size = sizeOf(shape);
      return {
        shape,
        size,
        isInput: v === 0 || v === partnerInput,
        data: new Float64Array(capacity * size),
        delta: new Float64Array(capacity * size),
      };
    });
    this.partners = partnerInput === undefined ? undefined : this.values[partnerInput];
    this.layers = trace.operations.map((operation, place) => {
      const inputs = operation.inputs.map((input) => this.values[input]);
      return REFERENCE_LAYERS[operation.kind](operation, inputs, this.values[operation.output], place);
    });
  }

  /** The batch, `[B, D]`: write it here before `forward`. */
  get inputs(): Float64Array {
    return this.values[0].data;
  }

  /** Where partners have a pass of their own: their batch `[B, D]`, to be written before `forward`, too. */
  get partnerInputs(): Float64Array | undefined {
    return this.partners?.data;
  }

  /** The last forward pass's logits, `[B, C]`. */
  get logits(): Float64Array {
    return this.values[this.values.length - 1].data;
  }

  /** d loss / d logits, `[B, C]`: write it here before `backward`. */
  get logitDeltas(): Float64Array {
    return this.values[this.values.length - 1].delta;
  }

  /** Computes the logits of the first `pass.count` rows of `inputs`. */
  forward(pass: Pass): void {
    for (const layer of this.layers) layer.forward(pass);
  }

  /** Adds to `gradients` (`[P]`) those of the last forward pass, from `logitDeltas`. */
  backward(pass: Pass, gradients: Float64Array): void {
    for (const { delta } of this.values.slice(0, -1)) delta.fill(0);
    for (let i = this.layers.length - 1; i >= 0; i--) this.layers[i].backward(pass, gradients);
  }
}
