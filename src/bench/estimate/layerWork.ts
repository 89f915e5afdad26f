/**
 * Multiply-adds and bytes of the layered executor's dispatches that belong to layers, counted from the stages of the plan
 * (`training/gpu/layered/stages.ts`) and their sizes: one entry for each dispatch of a step.
 *
 * Bytes are those that have to be read or written at least once; caches and registers are taken to be perfect. Numbers by
 * channel, such as BatchNorm's, are too few to be counted. Comparisons of a pool are no multiply-adds.
 *
 * Not here: the kernels that belong to no layer (`kernelWork.ts`); mixing of hidden values, which no workload has.
 */

import { convolutionLayout } from "../../kernels/layers/convolution.ts";
import {
  backwardInputKernel,
  backwardWeightKernel,
  forwardKernel,
} from "../../kernels/layers/convolutionChoice.ts";
import { convolutionTiles, type Variants } from "../../kernels/variants.ts";
import { traceModel } from "../../model/trace.ts";
import type { Population } from "../../population/population.ts";
import { type Head, headOf } from "../../training/gpu/layered/head.ts";
import { isMixedOnTheWay } from "../../training/gpu/layered/inputs.ts";
import { feedsDense, INPUT, isInput, type Stage, stagesOf } from "../../training/gpu/layered/stages.ts";

/** One dispatch, in numbers of one run: multiply-adds, and values read or written. */
export interface DispatchWork {
  readonly kernel: string;
  readonly multiplyAdds: number;
  readonly values: number;
}

/** Multiply-adds for one number of a map: its mean and deviation; the two sums of the way back and what follows. */
const NORMALIZE_FORWARD = 2;
const NORMALIZE_BACKWARD = 4;

/** The dispatches of all layers in one step, forward and backward, with those of BatchNorm. */
export function layerWork({ model, loss, batchSize }: Population, variants: Variants): DispatchWork[] {
  const stages = stagesOf(traceModel(model));
  const head = variants.steps === "fused" ? headOf(loss, stages, batchSize) : undefined;
  const counter = new LayerCounter(batchSize, variants, head);
  for (const stage of stages) counter.forward(stage);
  for (const stage of [...stages].reverse()) counter.backward(stage);
  return counter.dispatches;
}

class LayerCounter {
  readonly dispatches: DispatchWork[] = [];
  /** Stages whose deltas some reader has written. */
  private readonly written = new Set<Stage>();

  constructor(
    private readonly B: number,
    private readonly variants: Variants,
    private readonly head: Head | undefined,
  ) {}

  forward(stage: Stage): void {
    const { B } = this;
    const { kind, size, inputs } = stage;
    const read = inputs.reduce((sum, input) => sum + incoming(input), 0);
    if (kind === "conv2d")
      this.add(
        this.convolution(stage, forwardKernel),
        B * products(stage),
        parameters(stage) + B * (read + size),
      );
    else if (stage === this.head?.stage && this.head.hasLogits)
      this.add("head", B * products(stage), products(stage) + B * read);
    else if (kind === "dense") {
      const stored = feedsDense(stage) && stage.activation !== undefined ? 2 * size : size;
      this.add("linearForward", B * products(stage), products(stage) + B * (read + stored));
    } else if (kind === "add") {
      this.add("copyForward", 0, B * (incoming(inputs[0]) + size));
      this.add("copyForward", 0, B * (incoming(inputs[1]) + 2 * size));
    } else if (kind === "copy" || kind === "dropout") {
      this.add("copyForward", 0, B * (read + size));
      if (kind === "dropout") this.add("dropout", 0, 2 * B * size);
    } else if (kind !== INPUT) this.add(`${poolKernel(kind)}Forward`, 0, B * (read + size));
    if (stage.normalization !== undefined)
      this.add("batchNorm2dForward", NORMALIZE_FORWARD * B * size, B * size);
  }

  backward(stage: Stage): void {
    const { B } = this;
    const { kind, size, inputs } = stage;
    if (stage.normalization !== undefined)
      this.add("batchNorm2dBackward", NORMALIZE_BACKWARD * B * size, 3 * B * size);
    if (kind === "conv2d") this.convolutionBackward(stage);
    else if (stage === this.head?.stage && this.head.isOneBackward) {
      const outgoing = this.outgoing(inputs[0]);
      const used = outgoing > 0 ? products(stage) : 0;
      const values = used + parameters(stage) + B * (inputs[0].size + size + outgoing);
      this.add("headBackward", B * (products(stage) + used), values);
    } else if (kind === "dense") {
      this.add("linearBackwardWeight", B * products(stage), parameters(stage) + B * (inputs[0].size + size));
      const outgoing = this.outgoing(inputs[0]);
      if (outgoing > 0)
        this.add("linearBackwardInput", B * products(stage), products(stage) + B * (size + outgoing));
    } else if (kind === "add" || kind === "copy" || kind === "dropout") {
      if (kind === "dropout") this.add("dropout", 0, 2 * B * size);
      // The main way comes last, as in the plan: it may take over the deltas of the sum.
      for (const input of [...inputs].reverse()) {
        const outgoing = this.outgoing(input);
        if (outgoing > 0 && !takesOver(input)) this.add("copyBackward", 0, B * (size + outgoing));
      }
    } else if (kind !== INPUT) {
      // A largest number is looked for once more; an average's only where an activation asks for it.
      const again = kind === "maxPool2d" && inputs[0].activation === undefined ? inputs[0].size : 0;
      this.add(`${poolKernel(kind)}Backward`, 0, B * (size + again + this.outgoing(inputs[0])));
    }
  }

  private convolutionBackward(stage: Stage): void {
    const { B } = this;
    const { inputs, size } = stage;
    const [input] = inputs;
    const { chunks } = backwardWeightKernel(this.sizes(stage), convolutionTiles(this.variants));
    const parts = chunks * parameters(stage);
    const weight = this.convolution(stage, backwardWeightKernel);
    this.add(weight, B * products(stage), B * (incoming(input) + size) + parts);
    if (chunks > 1) this.add("sumChunks", 0, parts + parameters(stage));
    const outgoing = this.outgoing(input);
    if (outgoing > 0)
      this.add(
        this.convolution(stage, backwardInputKernel),
        B * products(stage),
        weights(stage) + B * (size + outgoing),
      );
  }

  /** What a convolution's kernels are chosen by. */
  private sizes({ operation, inputs, shape }: Stage) {
    const layout = convolutionLayout(operation!, inputs[0].shape, shape);
    // The stride between runs says how numbers are read, not by which kernel.
    return { layout, batchSize: this.B, runs: 1, parameterStride: 4 };
  }

  /** The name of the kernel for a part of a convolution. */
  private convolution(stage: Stage, kernelOf: typeof backwardInputKernel): string {
    return kernelOf(this.sizes(stage), convolutionTiles(this.variants)).kernel.shader.name;
  }

  /** Values of a sample that writing a stage's deltas takes: written, what was there, what its activation is judged by. */
  private outgoing(stage: Stage): number {
    if (stage.kind === INPUT) return 0;
    const adds = this.written.has(stage);
    this.written.add(stage);
    return stage.size * (1 + Number(adds) + Number(stage.activation !== undefined));
  }

  private add(kernel: string, multiplyAdds: number, values: number): void {
    this.dispatches.push({ kernel, multiplyAdds, values });
  }
}

/** Values read of a stage for one sample: of images that are mixed on the way, two. */
function incoming(stage: Stage): number {
  return isInput(stage) && isMixedOnTheWay(stage) ? 2 * stage.size : stage.size;
}

/** Whether a stage's deltas are those of the sum that alone reads it. */
function takesOver(stage: Stage): boolean {
  const [reader] = stage.readers;
  return (
    stage.readers.length === 1 &&
    reader.kind === "add" &&
    reader.inputs[0] === stage &&
    reader.inputs[1] !== stage &&
    stage.activation === undefined
  );
}

function weights({ operation }: Stage): number {
  return operation!.parameters.weight.size;
}

function parameters({ operation }: Stage): number {
  return Object.values(operation!.parameters).reduce((sum, { size }) => sum + size, 0);
}

/** Multiply-adds of one sample in one direction: each weight once for each place of the output's map. */
function products(stage: Stage): number {
  const [channels] = stage.shape;
  // A dense layer's places are rows of maps, if it has any.
  const outputs = stage.kind === "dense" ? stage.operation!.parameters.weight.shape[0] : channels;
  return weights(stage) * (stage.size / outputs);
}

function poolKernel(kind: string): string {
  return kind === "globalAveragePool" ? "averagePool2d" : kind;
}
