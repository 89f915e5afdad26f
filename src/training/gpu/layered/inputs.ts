/**
 * The net's inputs: mixed by the first layer on the way in where that is a convolution, else by the kernel `mix`, which stores
 * them.
 */

import { MIX_POINTS, mixGrid, mixKernel, packImage } from "../../../kernels/step/mix.ts";
import { samplePrelude } from "../../../kernels/step/sample.ts";
import { PARTNER_INPUT, traceModel } from "../../../model/trace.ts";
import type { Population } from "../../../population/population.ts";
import { fillOffset } from "../pack.ts";
import type { PlannedDispatch, Planner } from "./dispatch.ts";
import { INPUT, isInput, type Stage } from "./stages.ts";

/** Name of what is stored of an input. */
export function storedInput({ kind }: Stage): string {
  return kind === INPUT ? "mixedPoints" : "partnerPoints";
}

/** Whether all readers of an input mix images themselves, so that mixed ones are never stored; views of images are. */
export function isMixedOnTheWay(
  { readers }: Stage,
  { augmentation }: Pick<Population, "augmentation"> = {},
): boolean {
  return augmentation === undefined && readers.every(({ kind }) => kind === "conv2d");
}

/** Mixes targets, and the points of inputs that are not mixed on the way. */
export function mixInputs(
  planner: Planner,
  population: Population,
  stages: readonly Stage[],
  batchSize: number,
): PlannedDispatch[] {
  const { data, model, runs, augmentation } = population;
  const { outputs } = traceModel(model);
  const smooths = runs.some(({ labelSmoothing }) => labelSmoothing > 0);
  return stages.filter(isInput).flatMap((stage): PlannedDispatch[] => {
    const isPartner = stage.kind === PARTNER_INPUT;
    const onTheWay = isMixedOnTheWay(stage, population);
    if (isPartner && onTheWay) return [];
    const points = isPartner ? MIX_POINTS.partners : onTheWay ? MIX_POINTS.none : MIX_POINTS.mixed;
    const columns = onTheWay ? 0 : data.dimensions;
    return [
      {
        kernel: mixKernel,
        specialization: {
          prelude: samplePrelude(population),
          overrides: { POINTS: points, SMOOTHS: smooths ? 1 : 0, AUGMENTS: augmentation ? 1 : 0 },
        },
        grid: mixGrid(batchSize, columns, isPartner ? 0 : outputs, runs.length),
        bindings: [
          packImage(stage.shape, augmentation, fillOffset(population)),
          "samples",
          onTheWay ? "none" : planner.need(storedInput(stage), runs.length * batchSize * data.dimensions),
          isPartner ? "none" : "mixedTargets",
        ],
      },
    ];
  });
}
