/**
 * A last layer of few outputs on few rows, where a dispatch costs more than what it computes: its logits, the loss and the close of the
 * step are one dispatch, its backward pass is another. Pure.
 *
 * Not here: other dense layers (`dense.ts`).
 */

import { activationOverrides } from "../../../kernels/layers/activation.ts";
import { headBackwardGrid, headBackwardKernel } from "../../../kernels/layers/headBackward.ts";
import { packLayer } from "../../../kernels/layers/layer.ts";
import { headGrid, headHasLogits, headKernel, isHead } from "../../../kernels/step/head.ts";
import { isContrastive } from "../../../model/loss.ts";
import type { Population } from "../../../population/population.ts";
import { layoutOf, rowsOf } from "./dense.ts";
import type { PlannedDispatch, Planner } from "./dispatch.ts";
import { feedsDense, type Stage } from "./stages.ts";

/** How the end of a step's forward pass is fused. */
export interface Head {
  /** The last one. */
  readonly stage: Stage;
  /** Whether its logits are computed there as well. */
  readonly hasLogits: boolean;
  /** Whether all of its backward pass is one dispatch: not where it reads what that overwrites. */
  readonly isOneBackward: boolean;
}

/** The head of a net, or undefined where the last stage is none: by sizes alone, since bits depend on it. */
export function headOf(
  loss: Population["loss"],
  stages: readonly Stage[],
  batchSize: number,
): Head | undefined {
  const stage = stages[stages.length - 1];
  if (stage.kind !== "dense" || rowsOf(stage) !== 1 || isContrastive(loss)) return undefined;
  const { inputs, outputs } = layoutOf(stage);
  if (!isHead(batchSize, outputs)) return undefined;
  const [input] = stage.inputs;
  return {
    stage,
    hasLogits: headHasLogits(batchSize, inputs, outputs),
    isOneBackward: !feedsDense(input) || input.activation !== undefined,
  };
}

/** Losses, deltas, and the close of the step; logits first, if they are computed there. */
export function headForward(
  planner: Planner,
  { stage, hasLogits }: Head,
  batchSize: number,
  overrides: Readonly<Record<string, number>>,
  sampleLosses: string,
): PlannedDispatch {
  const { layer, buffer, rows } = readBy(planner, stage, batchSize);
  return {
    kernel: headKernel,
    specialization: {
      overrides: { ...overrides, LOGITS: hasLogits ? 1 : 0 },
      prelude: { OUTPUTS: layer.outputs },
    },
    grid: headGrid(planner.runs),
    bindings: [
      ...["mixedTargets", sampleLosses, planner.stored(stage)],
      packLayer(layer, planner.parameterStride, rows),
      ...[buffer, "parameters"],
    ],
    work: hasLogits ? planner.runs * batchSize * layer.inputs * layer.outputs : undefined,
  };
}

/** Its gradients, and the deltas of the layer that it reads, if that one learns. */
export function headBackward(planner: Planner, stage: Stage, batchSize: number): PlannedDispatch {
  const [input] = stage.inputs;
  const { layer, buffer, rows } = readBy(planner, stage, batchSize);
  const previous = planner.previous(input);
  planner.addsGradients(stage.operation!.name);
  return {
    kernel: headBackwardKernel,
    specialization: {
      overrides: {
        ...activationOverrides(feedsDense(input) ? input.activation : undefined),
        PASSES_ON: previous === undefined ? 0 : 1,
      },
      prelude: { OUTPUTS: layer.outputs },
    },
    grid: headBackwardGrid(layer.inputs, planner.runs),
    bindings: [
      packLayer(layer, planner.parameterStride, rows),
      ...[planner.deltas(stage), buffer, "parameters", previous?.buffer ?? "none", "gradients"],
    ],
  };
}

function readBy(planner: Planner, stage: Stage, batchSize: number) {
  const layer = layoutOf(stage);
  const { buffer, offset, runStride } = planner.incoming(stage.inputs[0], {
    kind: "batch",
    count: batchSize,
  });
  return { layer, buffer, rows: { batchSize, inputOffset: offset, inputRunStride: runStride } };
}
