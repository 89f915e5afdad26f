/**
 * The public API of mixup-webgpu. Everything a user may import is here; everything else may change.
 */

export {
  type ClassData,
  classDataset,
  type Dataset,
  type RegressionData,
  regressionDataset,
} from "./data/dataset.ts";
export { alternatingLine } from "./data/lines.ts";
export * from "./errors.ts";
export {
  type AdapterInfo,
  type CpuDevice,
  type Device,
  type DeviceOptions,
  type GpuDevice,
  openDevice,
} from "./gpu/device.ts";
export {
  beta,
  constantLambda,
  erm,
  type Granularity,
  type Law,
  lawName,
  type Mixing,
  mixup,
  type Pairing,
  uniform,
} from "./mixing/mixing.ts";
export type { NamedTensors, Tensor } from "./model/layout.ts";
export type { Loss } from "./model/loss.ts";
export { type Activation, linear, type Model, type ModelOptions, mlp } from "./model/model.ts";
export {
  type AdamOptions,
  adam,
  adamw,
  constant,
  cosine,
  type Optimizer,
  type OptimizerKind,
  type Schedule,
  type SgdOptions,
  sgd,
  stepDecay,
  warmup,
} from "./model/optimizer.ts";
export {
  decodeSafetensors,
  encodeSafetensors,
  loadParameters,
  type Safetensors,
  type SafetensorsData,
  type SafetensorsTensor,
  saveParameters,
} from "./model/safetensors.ts";
export type { PopulationConfig, Run, RunConfig } from "./population/config.ts";
export { grid, range } from "./population/grid.ts";
export type { Batch } from "./training/batch.ts";
export {
  createStepper,
  type Gradients,
  type GradientsConfig,
  gradients,
  type Stepper,
} from "./training/stepper.ts";
export { resume, train } from "./training/train.ts";
export type {
  Curves,
  ExecutorName,
  Progress,
  RunCurves,
  RunResult,
  TrainConfig,
  Training,
  TrainingResult,
  TrainOptions,
} from "./training/training.ts";
