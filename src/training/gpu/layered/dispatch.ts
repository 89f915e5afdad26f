/**
 * What planning hands to the executor: dispatches as plain data, with buffers by name, and what each kind of layer is asked
 * for. Types only.
 */

import type { Grid, Kernel, Specialization } from "../../../gpu/kernel.ts";
import type { ConvolutionTiles } from "../../../kernels/layers/convolution.ts";
import type { ProductShapes } from "../../../kernels/layers/product.ts";
import type { Stage } from "./stages.ts";

/** One dispatch, before there is a device. */
export interface PlannedDispatch {
  readonly kernel: Kernel;
  readonly specialization: Specialization;
  readonly grid: Grid;
  /** Of the kernel's own group, in order: a buffer's name, or the bytes of a uniform. */
  readonly bindings: readonly (string | Uint8Array<ArrayBuffer> | Uint32Array<ArrayBuffer>)[];
  /** Multiply-adds, about; where they are many. */
  readonly work?: number;
}

/** Where the rows that go through the net come from: the step's batch, or shared points at a place in `data`. */
export type Rows =
  | { readonly kind: "batch"; readonly count: number }
  | { readonly kind: "shared"; readonly count: number; readonly offset: number };

/** How a kernel reads a stage. */
export interface Incoming {
  readonly buffer: string;
  readonly normalizations: string;
  /** For a net's own input that is mixed on the way. */
  readonly samples: string;
  readonly offset: number;
  /** 0 when all runs read the same numbers. */
  readonly runStride: number;
  readonly overrides: Readonly<Record<string, number>>;
  /** For kernels that read images. */
  readonly prelude: Readonly<Record<string, number>>;
}

/** Where a stage's deltas go. */
export interface Outgoing {
  readonly buffer: string;
  /** Another reader of the stage has written already. */
  readonly adds: boolean;
}

/** What a kind of layer may ask of the plan that is being made. */
export interface Planner {
  readonly runs: number;
  readonly parameterStride: number;
  /** Q */
  readonly stateStride: number;
  readonly products: ProductShapes;
  /** How many shared rows products are shaped for, however many there are: no point's bits depend on the others. */
  readonly sharedRows: number;
  readonly tiles: ConvolutionTiles;
  /** The override for kernels of the backward pass that look at clocks: whether these have moved on by then. */
  readonly clock: Readonly<Record<"IS_CLOSED", number>>;
  /** Name of what a stage stores. */
  stored(stage: Stage): string;
  /** How a kernel reads a stage for these rows. */
  incoming(stage: Stage, rows: Rows): Incoming;
  /** Name of a stage's deltas: by what it stores, once all its readers and its BatchNorm are done. */
  deltas(stage: Stage): string;
  /** Where a reader writes the deltas of a stage that it reads; undefined for the net's input, which needs none. */
  previous(stage: Stage): Outgoing | undefined;
  /** Whether another pass has written gradients of a layer already. Asked once a dispatch that writes them. */
  addsGradients(layer: string): boolean;
  /** Asks for a buffer of so many numbers, at least. */
  need(name: string, numbers: number): string;
}

/** What a kind of layer knows of the GPU: its dispatches. */
export interface GpuLayer {
  /** Multiply-adds of one sample forward; half of what it takes backward. */
  work(stage: Stage): number;
  forward(planner: Planner, stage: Stage, rows: Rows): PlannedDispatch[];
  /** From the deltas of what the stage stores: gradients, and deltas of the stages that it reads. */
  backward(planner: Planner, stage: Stage, batchSize: number): PlannedDispatch[];
}
