/**
 * A trace as stages: what is stored. A stage is what one kernel computes and stores; BatchNorm and activation behind it are
 * not stored, readers apply them on the way in. Pure.
 *
 * Not here: dispatches (`planLayered.ts`, and a file for each kind of layer beside it).
 */

import { isBent } from "../../../kernels/layers/activation.ts";
import type { ActivationLayer } from "../../../model/layers/activation.ts";
import { sizeOf } from "../../../model/layers/layer.ts";
import type { Residual } from "../../../model/layers/residual.ts";
import { CONCATENATE, SLICE } from "../../../model/layers/towers.ts";
import { HIDDEN_MIX, type Operation, PARTNER_INPUT, type Trace } from "../../../model/trace.ts";

/** The net's input; nothing computes it. */
export const INPUT = "input";
/** A stage that stores what comes in, for readers that can't apply BatchNorm and activation themselves. */
export const COPY = "copy";

export interface Stage {
  readonly id: number;
  /** Kind of the operation that computes it, {@link INPUT} or {@link COPY}. */
  readonly kind: string;
  /** Undefined for input and copies. */
  readonly operation: Operation | undefined;
  /** Place of the operation in the trace. */
  readonly place: number;
  /** Stages it reads. */
  readonly inputs: readonly Stage[];
  /** Stages that read it. */
  readonly readers: readonly Stage[];
  /** Of what is stored, for one sample. */
  readonly shape: readonly number[];
  readonly size: number;
  /** What readers apply on the way in: BatchNorm, then an activation. */
  readonly normalization: Operation | undefined;
  readonly activation: ActivationLayer | undefined;
}

/** Whether a stage is an input of the net, which nothing computes. */
export function isInput({ kind }: Pick<Stage, "kind">): boolean {
  return kind === INPUT || kind === PARTNER_INPUT;
}

/** A stage while it is being made. */
type Draft = {
  -readonly [Key in keyof Stage]: Key extends "readers" | "inputs" ? Draft[] : Stage[Key];
};

/** The stages of a trace, in order; the last one's stored numbers are the logits. */
export function stagesOf(trace: Trace): readonly Stage[] {
  const stages: Draft[] = [];
  const stageOf = new Map<number, Draft>();
  const readersOf = new Map<number, number>();
  for (const { inputs } of trace.operations)
    for (const value of inputs) readersOf.set(value, (readersOf.get(value) ?? 0) + 1);

  const add = (kind: string, inputs: Draft[], shape: readonly number[], place = -1): Draft => {
    const stage: Draft = {
      id: stages.length,
      kind,
      operation: trace.operations[place],
      place,
      inputs,
      readers: [],
      shape,
      size: sizeOf(shape),
      normalization: undefined,
      activation: undefined,
    };
    for (const input of inputs) input.readers.push(stage);
    stages.push(stage);
    return stage;
  };
  const isPlain = ({ normalization, activation }: Draft) =>
    normalization === undefined && activation === undefined;
  const copyOf = (stage: Draft) => add(COPY, [stage], stage.shape);
  /** The stage of a value, as an operation of some kind can read it. */
  const readBy = (kind: string, value: number): Draft => {
    const stage = stageOf.get(value)!;
    // A convolution's loads are repeated often: it takes nothing on the way that needs a branch.
    if (kind === "conv2d") return isBent(stage.activation) ? stage : copyOf(stage);
    if (kind === "dense") {
      const alone = readersOf.get(value) === 1 && stage.normalization === undefined;
      return isInput(stage) || (alone && (stage.kind === "dense" || isPlain(stage))) ? stage : copyOf(stage);
    }
    // Reads the net's own points.
    if (kind === SLICE) return stage;
    if (kind === HIDDEN_MIX || kind === CONCATENATE)
      return isPlain(stage) && !isInput(stage) ? stage : copyOf(stage);
    return isInput(stage) ? copyOf(stage) : stage;
  };

  stageOf.set(0, add(INPUT, [], trace.shapes[0]));
  trace.operations.forEach((operation, place) => {
    const { kind, inputs, output } = operation;
    const before = inputs.length > 0 ? stageOf.get(inputs[0])! : undefined;
    const isAlone = inputs.length > 0 && readersOf.get(inputs[0]) === 1;
    if (kind === "flatten") {
      stageOf.set(output, before!);
    } else if (kind === "activation") {
      const activation = activationOf(operation);
      if (activation.activation === "identity") stageOf.set(output, before!);
      else {
        const fits = isAlone && before!.activation === undefined && !isInput(before!);
        const stage = fits ? before! : copyOf(before!);
        stage.activation = activation;
        stageOf.set(output, stage);
      }
    } else if (kind === "batchNorm2d") {
      const stage = isAlone && isPlain(before!) && !isInput(before!) ? before! : copyOf(before!);
      stage.normalization = operation;
      stageOf.set(output, stage);
    } else {
      const read = inputs.map((value) => readBy(kind, value));
      stageOf.set(output, add(kind, read, trace.shapes[output], place));
    }
  });
  const last = stageOf.get(trace.shapes.length - 1)!;
  // The loss works in place: nobody else may read its logits, and they are stored as they are.
  if (!isPlain(last) || last.readers.length > 0 || isInput(last) || last !== stages[stages.length - 1])
    copyOf(last);
  return stages;
}

/** Stages that an evaluation needs: nothing is mixed there, and partners have no pass. */
export function evaluated(stages: readonly Stage[]): Set<Stage> {
  const wanted = new Set<Stage>();
  const add = (stage: Stage) => {
    if (wanted.has(stage)) return;
    wanted.add(stage);
    for (const input of stage.kind === HIDDEN_MIX ? stage.inputs.slice(0, 1) : stage.inputs) add(input);
  };
  add(stages[stages.length - 1]);
  return wanted;
}

/** An activation's description; a residual block brings its own along. */
function activationOf({ layer }: Operation): ActivationLayer {
  return layer.kind === "residual" ? (layer as Residual).activation : (layer as ActivationLayer);
}

/**
 * Whether a stage is a dense layer that only a dense layer reads: it then stores its activations as well, and its deltas take
 * the place of its pre-activations.
 */
export function feedsDense({ kind, readers }: Stage): boolean {
  return kind === "dense" && readers.length === 1 && readers[0].kind === "dense";
}
