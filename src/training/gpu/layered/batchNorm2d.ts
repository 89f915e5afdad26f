/**
 * BatchNorm's dispatches. It belongs to the stage before it, which stores what comes in; `normalizations` `[R, C, 4]` are what
 * readers apply.
 */

import { packBatchNorm } from "../../../kernels/layers/batchNorm2d.ts";
import {
  batchNorm2dBackwardGrid,
  batchNorm2dBackwardKernel,
} from "../../../kernels/layers/batchNorm2dBackward.ts";
import {
  batchNorm2dEvaluateGrid,
  batchNorm2dEvaluateKernel,
} from "../../../kernels/layers/batchNorm2dEvaluate.ts";
import {
  batchNorm2dForwardGrid,
  batchNorm2dForwardKernel,
} from "../../../kernels/layers/batchNorm2dForward.ts";
import type { PlannedDispatch, Planner } from "./dispatch.ts";
import type { Stage } from "./stages.ts";

/** Which of the passes through its layer a stage is. */
export interface NormPass {
  readonly pass: number;
  readonly passes: number;
}

/** Statistics of the batch, moving the running ones, into `normalizations`. */
export function batchNormForward(
  planner: Planner,
  stage: Stage,
  count: number,
  normalizations: string,
  pass: NormPass,
): PlannedDispatch {
  const { shape, normalization } = stage;
  return {
    kernel: batchNorm2dForwardKernel,
    specialization: { overrides: { THREADS: planner.tiles.normThreads } },
    grid: batchNorm2dForwardGrid(shape[0], planner.runs),
    bindings: [
      packBatchNorm(normalization!, shape, count, planner, pass),
      planner.stored(stage),
      "parameters",
      "netState",
      normalizations,
      "states",
    ],
  };
}

/** Running statistics as `normalizations`, for an evaluation. */
export function batchNormEvaluate(planner: Planner, stage: Stage, count: number): PlannedDispatch {
  const { shape, normalization } = stage;
  return {
    kernel: batchNorm2dEvaluateKernel,
    specialization: {},
    grid: batchNorm2dEvaluateGrid(shape[0], planner.runs),
    bindings: [
      packBatchNorm(normalization!, shape, count, planner),
      "parameters",
      "netState",
      `normalizations.${stage.id}`,
    ],
  };
}

/** Gradients, and deltas in place: of what is stored instead of what readers have seen. */
export function batchNormBackward(
  planner: Planner,
  stage: Stage,
  count: number,
  pass: NormPass,
): PlannedDispatch {
  const { shape, normalization } = stage;
  return {
    kernel: batchNorm2dBackwardKernel,
    specialization: {
      overrides: {
        THREADS: planner.tiles.normThreads,
        ADDS: planner.addsGradients(normalization!.name) ? 1 : 0,
        ...planner.clock,
      },
    },
    grid: batchNorm2dBackwardGrid(shape[0], planner.runs),
    bindings: [
      packBatchNorm(normalization!, shape, count, planner, pass),
      planner.stored(stage),
      `normalizations.${stage.id}`,
      planner.deltas(stage),
      "gradients",
      "netState",
      "states",
    ],
  };
}
