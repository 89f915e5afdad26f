/**
 * What trained nets predict at many points, on a device: a grid for a map, all queries of a margin search.
 *
 * Not here: computing it (`training/predictNets.ts`), what is made of the predictions (`margins.ts`).
 */

import { checkFloat32, checkOptions, checkWord } from "../../check.ts";
import { ConfigError } from "../../errors.ts";
import { checkDevice, type Device } from "../../gpu/device.ts";
import { type Model, sizeOf } from "../../model/layers/layer.ts";
import { flattenParameters, type NamedTensors } from "../../model/layout.ts";
import { LOSSES, type Loss } from "../../model/loss.ts";
import { checkModel } from "../../model/model.ts";
import { type Prediction, predictNets } from "../../training/predictNets.ts";
import { type ComputeOptions, checkComputing } from "../computing.ts";
import { queryPoints } from "../points.ts";

/** Nets of one architecture, and where to ask them. */
export interface PredictRequest {
  model: Model;
  /** Of each of the R nets: `result.runs[r].parameters` of a training, or a file's. */
  parameters: readonly NamedTensors[];
  /** `[M, D]`. */
  points: ArrayLike<number>;
  /**
   * What the nets were trained with, which says what their outputs mean: softmax (the default) or logistic
   * probabilities. With `squared-error` the outputs come as they are: the logits of a classifier.
   */
  loss?: Loss;
}

/**
 * The probabilities `[R, M, C]` of R nets at M points: float64 on the CPU backend; on WebGPU 32-bit floats, from logits
 * that agree with float64 to 1e-6 of the largest sum of magnitudes in them. What a net says at a point does not depend
 * on the other nets and points, bit for bit.
 * @throws ConfigError for nets that are not the model's, or bad points, before anything is allocated; LimitError for a
 * net too wide for the device; OutOfMemoryError, DeviceLostError; the signal's reason.
 */
export async function predictOn(
  device: Device,
  request: PredictRequest,
  options: ComputeOptions = {},
): Promise<Float32Array | Float64Array> {
  const own = checkDevice(device);
  checkComputing(options);
  const plan = planPrediction(request);
  options.signal?.throwIfAborted();
  return predictNets(own, plan, options);
}

function planPrediction(request: PredictRequest): Prediction {
  checkOptions("", request, ["model", "parameters", "points", "loss"]);
  const { model, parameters, points, loss = "softmax-cross-entropy" } = request;
  const checked = checkModel(model);
  checkWord("loss", loss, LOSSES, "loss");
  if (!Array.isArray(parameters) || parameters.length === 0) {
    throw new ConfigError("parameters", "no nets. Give a list with the parameters of each.");
  }
  const nets = Array.from(parameters, (named: NamedTensors, r) =>
    flattenParameters(checked, named, `parameters[${r}]`),
  );
  const flat = queryPoints(points, sizeOf(checked.inputShape), "points");
  // Also on the CPU, so that what can be asked does not depend on the backend.
  checkFloat32("points", flat);
  return { model: checked, nets, points: flat, count: flat.length / sizeOf(checked.inputShape), loss };
}
