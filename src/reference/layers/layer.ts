/**
 * What the reference asks of a kind of layer: forward and backward over one batch, in float64, as plain loops that can be
 * read as the definition. Each kind has a file beside this one; `kinds.ts` lists them.
 */

import type { Operation } from "../../model/trace.ts";

/** One value of a net for a batch. */
export interface Value {
  /** For one sample. */
  readonly shape: readonly number[];
  /** Numbers of one sample. */
  readonly size: number;
  /** `[B, ...shape]` */
  readonly data: Float64Array;
  /** The net's input: nobody asks for its delta. */
  readonly isInput: boolean;
  /** d loss / d data; whoever reads the value adds to it. */
  readonly delta: Float64Array;
}

/** What one pass through a net is about. */
export interface Pass {
  /** Samples, from the first on. */
  readonly count: number;
  /** `[P]` */
  readonly parameters: Float64Array;
  /** `[Q]`; moves in training, where it is read by nobody. */
  readonly state: Float64Array;
  /** Set in training: statistics are the batch's, and numbers are dropped. */
  readonly training?: TrainingPass;
}

export interface TrainingPass {
  readonly seed: number;
  readonly step: number;
  /** Where hidden values are mixed. */
  readonly hidden?: HiddenPass;
}

/** How hidden values of this batch are mixed, sample by sample. */
export interface HiddenPass {
  /** Place of each sample's mixing among the net's mixing points; those at other places leave it alone. */
  readonly places: ArrayLike<number>;
  readonly lambdas: ArrayLike<number>;
  /** Rows of the batch that are the partners, where firsts and partners are of one batch. */
  readonly partnerRows: ArrayLike<number>;
}

/** An operation bound to its values; a workspace, one batch at a time. */
export interface ReferenceLayer {
  forward(pass: Pass): void;
  /** After `forward` of the same pass: adds to the inputs' deltas and to `gradients` `[P]`. */
  backward(pass: Pass, gradients: Float64Array): void;
}

/** Binds an operation of its kind. `place` is its number among the net's operations. */
export type CreateLayer = (
  operation: Operation,
  inputs: readonly Value[],
  output: Value,
  place: number,
) => ReferenceLayer;
