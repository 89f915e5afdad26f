/**
 * What a layer is to everybody: a description (plain data that survives JSON), and what its kind knows of it: how it is
 * checked, and what it makes of a shape. Each kind has a file beside this one; `kinds.ts` lists them.
 *
 * Not here: the computation (`reference/layers/`, `kernels/layers/`), checks and makers of whole nets (`model.ts`, `nets.ts`).
 */

import { ConfigError } from "../../errors.ts";

/** One layer of a net, as its maker describes it. */
export interface Layer {
  readonly kind: string;
  /** Name of the layer in files and messages; by default its place in the list, as PyTorch's `nn.Sequential` has it. */
  readonly name?: string;
}

/** A net. Made by `sequential` or a maker such as `mlp`. */
export interface Model {
  /** Of one point: `[D]`, or channels, height and width of an image. */
  readonly inputShape: readonly number[];
  /** From the input on; the last one's outputs are the logits. */
  readonly layers: readonly Layer[];
}

/** Height and width of images of a shape; other points are one row. */
export function imageSides(shape: readonly number[]): [height: number, width: number] {
  return shape.length === 3 ? [shape[1], shape[2]] : [1, sizeOf(shape)];
}

/** Options that every layer takes. */
export interface LayerOptions {
  name?: string;
}

/** How a parameter or a number of state begins. `stream` is the keyed random numbers' counter: one a tensor. */
export type InitialValues =
  | { readonly kind: "constant"; readonly value: number }
  /** U(-bound, bound). */
  | { readonly kind: "uniform"; readonly bound: number; readonly stream: number }
  /** N(0, deviation^2). */
  | { readonly kind: "normal"; readonly deviation: number; readonly stream: number };

/** What an operation asks to have stored for it. */
export interface TensorRequest {
  readonly name: string;
  readonly shape: readonly number[];
  readonly initial: InitialValues;
}

/** One operation, as a kind asks for it. Values are numbered; 0 is the net's input. */
export interface OperationRequest {
  readonly kind: string;
  /** Full name of the layer it belongs to. */
  readonly name: string;
  readonly layer: Layer;
  readonly inputs: readonly number[];
  /** Shape of what it computes for one sample. */
  readonly shape: readonly number[];
  /** Trained. */
  readonly parameters?: readonly TensorRequest[];
  /** Kept from step to step, not trained. */
  readonly state?: readonly TensorRequest[];
}

/** What a kind may ask of the trace that is being made. */
export interface Tracer {
  /** Shape of a value, without the batch: `[D]` or `[C, H, W]`. */
  shape(value: number): readonly number[];
  /** Adds an operation; gives the value that it computes. */
  operation(request: OperationRequest): number;
  /** Adds layers one after the other, named from `prefix` on; gives the last one's value. */
  layers(path: string, prefix: string, layers: readonly Layer[], input: number): number;
  /** The random stream of the next weight and its bias: 2 l and 2 l + 1 for the l-th layer that has them. */
  weightStreams(): { readonly weight: number; readonly bias: number };
}

/** What a kind of layer knows. */
export interface LayerKind<L extends Layer = Layer> {
  readonly kind: L["kind"];
  /**
   * A copy of the description if it can be meant, whoever wrote it. `checkLayers` checks a list of layers within it.
   * @throws ConfigError
   */
  check(path: string, layer: L, checkLayers: CheckLayers): L;
  /**
   * Adds the layer's operations behind a value; gives the value that comes out.
   * @throws ConfigError for a shape that does not fit.
   */
  trace(tracer: Tracer, layer: L, input: number, name: string, path: string): number;
}

export type CheckLayers = (path: string, layers: readonly Layer[]) => readonly Layer[];

/**
 * The shape as channels, height and width.
 * @throws ConfigError that says which layer got what.
 */
export function imageShape(
  path: string,
  layer: Layer,
  shape: readonly number[],
): readonly [channels: number, height: number, width: number] {
  if (shape.length !== 3) {
    throw new ConfigError(
      path,
      `${layer.kind} got shape [${shape}] and needs [channels, height, width]. Give the net an input shape such as [1, 28, 28].`,
    );
  }
  return [shape[0], shape[1], shape[2]];
}

/** U(-1/sqrt(fan_in), +), as PyTorch's `nn.Linear` and `nn.Conv2d` begin. */
export function uniformFanIn(fanIn: number, stream: number): InitialValues {
  return { kind: "uniform", bound: 1 / Math.sqrt(fanIn), stream };
}

/** Numbers of a tensor of such a shape. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, side) => product * side, 1);
}
