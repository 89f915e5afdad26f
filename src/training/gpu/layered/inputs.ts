/**
 * The net's inputs: mixed by the first layer on the way in where that is a convolution, else by the kernel `mix`, which stores
 * them.
 */

import { MIX_POINTS, mixGrid, mixKernel, packImage } from "../../../kernels/step/mix.ts";
import { samplePrelude } from "../../../kernels/step/sample.ts";
import { isContrastive } from "../../../model/loss.ts";
import { PARTNER_INPUT, traceModel } from "../../../model/trace.ts";
import { allPhases } from "../../../population/phases.ts";
import type { Population } from "../../../population/population.ts";
import { tableLayout } from "../packTables.ts";
import type { PlannedDispatch, Planner } from "./dispatch.ts";
import { INPUT, isInput, type Stage } from "./stages.ts";

/** Name of what is stored of an input. */
export function storedInput({ kind }: Stage): string {
  return kind === INPUT ? "mixedPoints" : "partnerPoints";
}

/** Whether some run has its own predictions among its labels, which come from unmixed points. */
export function distills(population: Pick<Population, "runs">): boolean {
  return allPhases(population).some(({ selfDistillation }) => selfDistillation !== undefined);
}

/**
 * Whether all readers of an input mix images themselves, so that mixed ones are never stored; views of images are, and the unmixed
 * points that predictions are made at.
 */
export function isMixedOnTheWay(
  { readers }: Stage,
  population: Pick<Population, "augmentation" | "runs"> = { runs: [] },
): boolean {
  if (population.augmentation !== undefined || distills(population)) return false;
  return readers.every(({ kind }) => kind === "conv2d");
}

/** What of a batch is mixed and stored at a time. */
export interface MixedParts {
  readonly points: number;
  readonly targets: boolean;
}

/** Threads that all run at once on a GPU: no more of them take longer to draw their row's sample than one does. */
const AT_ONCE = 2 ** 16;

/** Whether a dispatch of `mix` may as well draw its samples: where rows have a thread, or threads are few. */
export function drawsCheaply({ grid: [groups, runs] }: PlannedDispatch, batchSize: number): boolean {
  return groups === Math.ceil(batchSize / 64) || 64 * groups * runs <= AT_ONCE;
}

/** A dispatch of `mix` that draws the samples it mixes, and writes them for others. */
export function drawing(
  { specialization, ...mix }: PlannedDispatch,
  overrides: Readonly<Record<string, number>>,
): PlannedDispatch {
  const own = { ...overrides, ...specialization.overrides, DRAWS_SAMPLES: 1 };
  return { ...mix, specialization: { ...specialization, overrides: own } };
}

/** Mixes targets, and the points of inputs that are not mixed on the way. */
export function mixInputs(
  planner: Planner,
  population: Population,
  overrides: Readonly<Record<string, number>>,
  stages: readonly Stage[],
  batchSize: number,
  parts?: MixedParts,
): PlannedDispatch[] {
  const { data, model, runs, augmentation, loss } = population;
  const { outputs } = traceModel(model);
  return stages.filter(isInput).flatMap((stage): PlannedDispatch[] => {
    const isPartner = stage.kind === PARTNER_INPUT;
    const onTheWay = isMixedOnTheWay(stage, population);
    if (isPartner && onTheWay) return [];
    const { points, targets } = parts ?? {
      points: isPartner ? MIX_POINTS.partners : onTheWay ? MIX_POINTS.none : MIX_POINTS.mixed,
      targets: !isPartner && !isContrastive(loss),
    };
    const hasPoints = points !== MIX_POINTS.none;
    if (!hasPoints && !targets) return [];
    return [
      {
        kernel: mixKernel,
        specialization: {
          prelude: samplePrelude(population),
          overrides: {
            POINTS: points,
            TARGETS: targets ? 1 : 0,
            SMOOTHS: overrides.SMOOTHS,
            SUBSETS: overrides.SUBSETS,
            AUGMENTS: augmentation ? 1 : 0,
          },
        },
        grid: mixGrid(batchSize, hasPoints ? data.dimensions : 0, targets ? outputs : 0, runs.length),
        bindings: [
          packImage(stage.shape, augmentation, tableLayout(population, planner.parameterStride).fill),
          "samples",
          hasPoints ? planner.need(storedInput(stage), runs.length * batchSize * data.dimensions) : "none",
          targets ? "mixedTargets" : "none",
        ],
      },
    ];
  });
}
