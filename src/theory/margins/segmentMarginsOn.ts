/**
 * Margins of a trained net on a device: the search of `segmentMargins.ts`, all data points' searches together, with the
 * net evaluated by `predictOn`.
 */

import { checkOptions } from "../../check.ts";
import { ConfigError } from "../../errors.ts";
import { checkDevice, type Device } from "../../gpu/device.ts";
import type { Model } from "../../model/layers/layer.ts";
import type { NamedTensors } from "../../model/layout.ts";
import { checkModel } from "../../model/model.ts";
import { traceModel } from "../../model/trace.ts";
import { type ComputeOptions, checkComputing } from "../computing.ts";
import type { TheoryData } from "../points.ts";
import { predictOn } from "./predictOn.ts";
import { planSegments, SEGMENT_OPTIONS, type SegmentMargins, type SegmentOptions } from "./segmentMargins.ts";

/**
 * Step of the differences that give the boundary's normal, as a part of the distance searched. 32-bit logits are good
 * to 1e-6, so the float64 step of 1e-4 would leave a normal of noise.
 */
const DIFFERENCE_32 = 1e-2;

/**
 * {@link segmentMargins} of the net with these parameters, on either backend. On WebGPU boundary points are found to
 * the rounding of 32-bit floats. `onProgress` is not called: how many rounds are needed shows only at the end.
 * @throws ConfigError for bad data, counts, model or parameters; the device's errors; the signal's reason.
 */
export async function segmentMarginsOn(
  device: Device,
  request: { data: TheoryData; model: Model; parameters: NamedTensors } & SegmentOptions,
  computing: Pick<ComputeOptions, "signal"> = {},
): Promise<SegmentMargins> {
  checkDevice(device);
  checkOptions("", request, ["data", "model", "parameters", ...SEGMENT_OPTIONS]);
  const { signal } = checkComputing(computing);
  const { data, model, parameters, ...options } = request;
  checkModel(model);
  const { search, classes } = planSegments(
    data,
    options,
    device.backend === "cpu" ? undefined : DIFFERENCE_32,
  );
  const { outputs } = traceModel(model);
  if (outputs < classes) {
    throw new ConfigError(
      "model",
      `${outputs} outputs for ${classes} classes. Give a model with one for each.`,
    );
  }
  let asked = search.next();
  while (!asked.done) {
    const request = { model, parameters: [parameters], points: asked.value, loss: "squared-error" as const };
    asked = search.next(await predictOn(device, request, { signal }));
  }
  return asked.value;
}
