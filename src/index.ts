/**
 * The public API of mixup-webgpu. Everything a user may import is here; everything else may change.
 */

export { type Cifar, type CifarFile, type CifarOptions, readCifar } from "./data/cifar.ts";
export { type CsvColumn, type CsvOptions, type CsvTable, readCsv } from "./data/csv.ts";

export { type CsvDataset, type CsvDatasetOptions, csvDataset } from "./data/csvDataset.ts";
export {
  type ClassData,
  classDataset,
  type Dataset,
  type Domain,
  type ImageShape,
  type RegressionData,
  regressionDataset,
} from "./data/dataset.ts";
export type { DecodedImage } from "./data/decodeImage.ts";
export { type DomainPoints, withDomains } from "./data/domains.ts";
export { type FolderFile, folderFiles } from "./data/folderFiles.ts";
export { type IdxArray, readIdx } from "./data/idx.ts";
export {
  channelMoments,
  type ImageBytes,
  type ImageFiles,
  imageDataset,
  NORMALIZATIONS,
  type Normalization,
  resizeImages,
} from "./data/imageDataset.ts";
export { type ImageFolder, type ImageFolderOptions, readImageFolder } from "./data/imageFolder.ts";
export { alternatingLine } from "./data/lines.ts";
export { type LongTailOptions, longTailCounts } from "./data/longTail.ts";
export { type MoonsOptions, twoMoons } from "./data/moons.ts";
export { type PairData, pairDataset } from "./data/pairs.ts";
export * from "./errors.ts";
export {
  type AdapterInfo,
  type CpuDevice,
  type Device,
  type DeviceOptions,
  type GpuDevice,
  openDevice,
} from "./gpu/device.ts";
export type { TheoryVariants, Variants } from "./kernels/variants.ts";
export { type Augmentation, type CropAndFlipOptions, cropAndFlip } from "./mixing/augmentation.ts";
export { type BanditReward, type DomainBandit, domainBandit } from "./mixing/bandit.ts";
export type { LastBatch } from "./mixing/batching.ts";
export { type LabelKernel, labelKernel, labelKernelProbabilities } from "./mixing/labelKernel.ts";
export { beta, constantLambda, type Law, lawName, uniform } from "./mixing/laws.ts";
export {
  cutMix,
  erm,
  type Geometry,
  type Granularity,
  type HiddenPasses,
  type Mixing,
  type MixingOptions,
  manifoldMixup,
  mixup,
  mixupOrCutMix,
  type Pairing,
  regMixup,
} from "./mixing/mixing.ts";
export {
  type Activation,
  type ActivationLayer,
  activationLayer,
  gelu,
  geluTanh,
  leakyRelu,
  polynomialRelu,
  relu,
  square,
  tanh,
} from "./model/layers/activation.ts";
export { type BatchNorm2d, type BatchNorm2dOptions, batchNorm2d } from "./model/layers/batchNorm2d.ts";
export {
  type Conv2d,
  type Conv2dOptions,
  type ConvolutionInitialization,
  conv2d,
} from "./model/layers/conv2d.ts";
export { type Dense, type DenseOptions, dense } from "./model/layers/dense.ts";
export { type Dropout, dropout } from "./model/layers/dropout.ts";
export { type Flatten, flatten } from "./model/layers/flatten.ts";
export type { Layer, LayerOptions, Model } from "./model/layers/layer.ts";
export {
  averagePool2d,
  type GlobalAveragePool,
  globalAveragePool,
  maxPool2d,
  type Pool2d,
  type Pool2dOptions,
} from "./model/layers/pool2d.ts";
export { type Residual, type ResidualOptions, residual } from "./model/layers/residual.ts";
export { type Towers, towers } from "./model/layers/towers.ts";
export type { NamedTensors, Tensor } from "./model/layout.ts";
export { type ContrastiveLoss, contrastive, type Loss } from "./model/loss.ts";
export { type Calibration, type CalibrationBin, calibration } from "./model/metrics/calibration.ts";
export { type GroupAccuracy, groupAccuracy } from "./model/metrics/groups.ts";
export { type LogitMagnitude, logitMagnitude } from "./model/metrics/logitMagnitude.ts";
export { easyPart, logitMargins, probabilityMargins } from "./model/metrics/margins.ts";
export { type PairEmbeddings, type PairMeasures, pairMeasures } from "./model/metrics/pairs.ts";
export { rootMeanSquaredError } from "./model/metrics/regression.ts";
export type { LogitScores, ProbabilityScores, Scores } from "./model/metrics/scores.ts";
export { sequential } from "./model/model.ts";
export { loadParameters, type NameOptions, saveParameters } from "./model/netFiles.ts";
export {
  convNet,
  type ImageNetOptions,
  linear,
  type ModelOptions,
  mlp,
  type ResNetOptions,
  resNet8,
  resNet18,
  twoTowers,
} from "./model/nets.ts";
export {
  type AdamOptions,
  adam,
  adamw,
  constant,
  cosine,
  type GradientHandling,
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
  type Safetensors,
  type SafetensorsData,
  type SafetensorsTensor,
} from "./model/safetensors.ts";
export { type Correlation, correlation } from "./numeric/correlation.ts";
export { trim } from "./numeric/ranking.ts";
export { grid, range } from "./population/grid.ts";
export type { PhaseConfig, PopulationConfig, Run, RunConfig } from "./population/population.ts";
export {
  type Culprit,
  collisionRadii,
  culprits,
  expectedSelfPairs,
} from "./theory/classifier/diagnostics.ts";
export { effectiveEpsilon, flipAlphas, flipEpsilons, type MixingRequest } from "./theory/classifier/flips.ts";
export { type LimitRequest, type LimitResult, limitClassifier } from "./theory/classifier/limitClassifier.ts";
export {
  type ClassifierRequest,
  type ClassifierResult,
  optimalClassifier,
} from "./theory/classifier/optimalClassifier.ts";
export { type ClassifierOptions, optimalClassifierOn } from "./theory/classifier/optimalClassifierOn.ts";
export { mixupLoss, optimalLoss } from "./theory/classifier/optimalLoss.ts";
export { type Classifier, predictedClasses } from "./theory/classifier.ts";
export type { CollisionMetric, CollisionRequest, CollisionState } from "./theory/collisions/collisionPlan.ts";
export {
  analyzeCollisions,
  type Collision,
  type CollisionOptions,
  type CollisionResult,
} from "./theory/collisions/collisions.ts";
export { analyzeCollisionsOn } from "./theory/collisions/collisionsOn.ts";
export type { ComputeOptions, VariantOptions } from "./theory/computing.ts";
export {
  type DescentRecord,
  descend,
  freeScores,
  type LinearSolution,
  leastNormInterpolator,
  type MaxMargin,
  type MixupOptimum,
  maxMargin,
  mixupOptimum,
} from "./theory/linear/linear.ts";
export {
  agreement,
  boundaryDistances,
  type Grid,
  gridMargins,
  nearestNeighbourLabels,
  planeGrid,
  predictAt,
  type SeedAgreement,
  seedAgreement,
} from "./theory/margins/margins.ts";
export { type PredictRequest, predictOn } from "./theory/margins/predictOn.ts";
export { type SegmentMargins, type SegmentOptions, segmentMargins } from "./theory/margins/segmentMargins.ts";
export { segmentMarginsOn } from "./theory/margins/segmentMarginsOn.ts";
export { midpoints, midpointTwin, pointSetsFromMidpoints, pointsFromMidpoints } from "./theory/midpoints.ts";
export {
  type OverTrainingCurves,
  type OverTrainingStudy,
  overTrainingCurves,
  relativeError,
} from "./theory/overTraining/curves.ts";
export {
  type LeastSquares,
  type LeastSquaresDescent,
  leastSquaresDescent,
} from "./theory/overTraining/descent.ts";
export {
  type LabelNoiseBound,
  type LabelNoiseRequest,
  labelNoiseBound,
} from "./theory/overTraining/labelNoiseBound.ts";
export {
  featuresAt,
  labelNoise,
  linearValues,
  type OrderedMidpoints,
  orderedMidpoints,
  type RandomFeatures,
  type RegressionPoints,
} from "./theory/overTraining/randomFeatures.ts";
export type { TheoryData } from "./theory/points.ts";
export type { Batch } from "./training/batch.ts";
export type { RunChange } from "./training/changes.ts";
export type { DomainEvaluation, Evaluation, EvaluationOptions } from "./training/evaluation.ts";
export {
  type OpenConfig,
  openPopulation,
  type PopulationHandle,
  reopenPopulation,
  type Stretch,
} from "./training/openPopulation.ts";
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
  ExecutedBy,
  ExecutorName,
  Progress,
  RunCurves,
  RunFailure,
  RunResult,
  TrainConfig,
  Training,
  TrainingResult,
  TrainOptions,
} from "./training/training.ts";
