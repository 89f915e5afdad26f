/**
 * The whole public API under values that nobody means: in every place of a valid call something else, or a key that nobody
 * knows. Whatever comes, a call answers, or throws an error of ours that a person can read. FUZZ_RUNS raises the number.
 *
 * Not here: files (`files.test.ts`), texts of tables (`csv.test.ts`), and what is right for good input.
 */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import * as library from "../../src/index.ts";

const RUNS = Number(process.env.FUZZ_RUNS ?? 60);

const { adam, beta, classDataset, erm, mlp, mixup } = library;

const data = { points: [0, 1, 2], labels: [0, 1, 0], dimensions: 1, classes: 2 };
const dataset = classDataset(data);
const images = classDataset({ ...data, points: [0, 1, 2, 3, 4, 5], dimensions: 2, shape: [1, 1, 2] });
const model = mlp([1, 2, 2]);
const tensor = (shape: number[]) => ({
  shape,
  data: new Float64Array(shape.reduce((a, b) => a * b, 1)).fill(0.5),
});
const parameters = {
  "layers.0.weight": tensor([2, 1]),
  "layers.0.bias": tensor([2]),
  "layers.1.weight": tensor([2, 2]),
  "layers.1.bias": tensor([2]),
};
const batch = {
  points: [0, 1, 2],
  labels: [0, 1, 0],
  partners: [2, 1, 0],
  lambdas: [0.3, 1, 0.6],
  weights: [1, 1, 1],
};
const config = {
  data: dataset,
  model,
  optimizer: adam({ learningRate: 1e-3 }),
  steps: 2,
  batch: 2,
  evaluateEvery: 1,
  probePoints: [0, 1],
  executor: "auto" as const,
  variants: { product: "register-tiles" as const },
  runs: [{ seed: 0, mixing: mixup(beta(1)), parameters }],
};
const imageConfig = {
  data: images,
  model: library.sequential(
    [1, 1, 2],
    [
      library.conv2d(2, { kernel: 1, stride: 1, padding: 0, bias: false }),
      library.batchNorm2d({ epsilon: 1e-5, momentum: 0.1 }),
      library.relu(),
      library.flatten(),
      library.dense(2),
    ],
  ),
  optimizer: library.sgd(),
  steps: 2,
  batch: 2,
  lastBatch: "keep" as const,
  augmentation: library.cropAndFlip({ padding: 1 }),
  runs: [{ seed: 1, mixing: library.regMixup(beta(1), { geometry: { kind: "cutmix", probability: 0.5 } }) }],
};
const imageParameters = {
  "0.weight": tensor([2, 1, 1, 1]),
  "1.weight": tensor([2]),
  "1.bias": tensor([2]),
  "4.weight": tensor([2, 4]),
  "4.bias": tensor([2]),
};
const grid = library.planeGrid({ columns: 2, rows: 2 });
const zeros: library.Classifier = (_, count) => new Float64Array(2 * count);
const device = await library.openDevice({ backend: "cpu" });
const plane = { points: [1, 0, 0, 1], labels: [0, 1], dimensions: 2 };
const table = "x;y;kind\n0,5;1;a\n1,5;2;b\n-1;3;a\n";
const bytes = () => library.saveParameters(parameters);

const numbers = library.regressionDataset({
  points: [0, 1, 2],
  targets: [1, 2, 4],
  dimensions: 1,
  outputs: 1,
});
const numberConfig = {
  data: numbers,
  model: mlp([1, 2, 1]),
  optimizer: adam(),
  steps: 4,
  batch: 2,
  runs: [
    {
      seed: 0,
      mixing: mixup(beta(1), {
        pairing: library.labelKernel({ bandwidth: 1 }),
        labelLambda: library.uniform(0.5, 1),
      }),
      train: [2, 0],
      weights: [1, 0.5],
      frozen: ["layers.0"],
      phases: [
        { from: 1, mixing: erm(), learningRate: 0.1 },
        { from: 2, train: [0, 1, 2], weights: [1, 2, 3] },
      ],
    },
  ],
};
const { steps: _, evaluateEvery: __, probePoints: ___, ...openConfig } = config;
const distilledConfig = { ...openConfig, runs: [{ seed: 0, mixing: mixup(beta(1)), selfDistillation: 0.5 }] };
const snapshotBytes = await library.openPopulation(device, openConfig).snapshot();

/** A population's method on a population of its own. */
function onHandle(call: (handle: library.PopulationHandle, ...args: never[]) => Promise<unknown>) {
  return async (...args: unknown[]) => {
    const handle = library.openPopulation(device, {
      ...openConfig,
      runs: [...openConfig.runs, ...openConfig.runs],
    });
    try {
      return (await call(handle, ...(args as never[]))) ?? handle.size;
    } finally {
      handle.destroy();
    }
  };
}

const functions = {
  ...library,
  train_: onHandle((handle, steps: number, options: object) => handle.train(steps, options)),
  losses_: onHandle((handle, data: library.Dataset, options: object) => handle.losses(data, options)),
  fork_: onHandle((handle, sources: number[]) => handle.fork(sources)),
  average_: onHandle((handle, groups: number[][], weights: number[][]) => handle.average(groups, weights)),
  set_: onHandle((handle, runs: number[], change: library.RunChange) => handle.set(runs, change)),
} as unknown as Record<string, (...args: unknown[]) => unknown>;

/** A call by its arguments, as plain as JSON where it can be; of a population's methods with a _ behind. */
type Call = [name: keyof typeof library | `${keyof library.PopulationHandle & string}_`, args: unknown[]];
const CALLS: Call[] = [
  ["classDataset", [data]],
  ["regressionDataset", [{ points: [0, 1], targets: [1, 2], dimensions: 1, outputs: 1 }]],
  [
    "imageDataset",
    [
      {
        images: { shape: [2, 1, 2], values: Uint8Array.of(0, 255, 51, 0) },
        labels: { shape: [2], values: Uint8Array.of(0, 1) },
        mean: 0.1,
        deviation: 0.3,
        classes: 2,
      },
    ],
  ],
  [
    "imageDataset",
    [
      {
        images: { shape: [2, 2, 1, 1], values: Uint8Array.of(0, 255, 51, 0) },
        labels: { shape: [2], values: Uint8Array.of(0, 1) },
        mean: [0.1, 0.2],
        deviation: [0.3, 0.4],
      },
    ],
  ],
  ["channelMoments", [{ images: { shape: [2, 2, 1, 1], values: Float32Array.of(0, 1, 2, 3) } }]],
  ["resizeImages", [images, [2, 3]]],
  ["readIdx", [Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 2, 5, 6)]],
  [
    "readCifar",
    [
      [
        { path: "train.bin", bytes: new Uint8Array(3074) },
        { path: "test.bin", bytes: new Uint8Array(3074) },
      ],
      { labels: "coarse" },
    ],
  ],
  [
    "readImageFolder",
    [
      [
        { path: "a/1", file: new Blob([]) },
        { path: "b/1", file: new Blob([]) },
      ],
      {
        size: [1, 2],
        color: "grey",
        decode: () => ({ width: 1, height: 1, data: Uint8Array.of(1, 2, 3, 4) }),
      },
    ],
  ],
  ["folderFiles", [[new File([], "a.png")]]],
  ["readCsv", [table, { separator: ";", header: true, decimal: "," }]],
  ["csvDataset", [table, { features: ["x", 2], label: "kind", separator: ";", header: true, decimal: "," }]],
  ["csvDataset", [table, { features: [1], targets: ["y"], separator: ";", header: true, decimal: "," }]],
  ["alternatingLine", [{ points: 3, classes: 2 }]],
  ["twoMoons", [{ points: 4, separation: 0.1, noise: 0.1, seed: 1 }]],
  ["longTailCounts", [{ largest: 8, imbalance: 4, classes: 3 }]],
  ["trim", [[3, 1, 2], 0.4]],
  [
    "correlation",
    [
      [3, 1, 2],
      [1, 2, 2],
    ],
  ],
  ["pairDataset", [{ first: [0, 1, 2, 3], second: [1, 2], dimensions: [2, 1] }]],
  ["contrastive", [{ temperature: 0.1, complementary: 1 }]],
  ["pairMeasures", [{ embeddings: [0, 1, 2, 3], outputs: 2, temperature: 0.5 }]],
  ["domainBandit", [{ reward: "ema", smoothing: 0.5, warm: 3 }]],
  ["withDomains", [dataset, { first: [0], others: { from: 1, to: 2 } }]],
  ["calibration", [{ probabilities: [0.5, 0.5, 1, 0], labels: [0, 1], classes: 2 }, { bins: 4 }]],
  ["groupAccuracy", [{ logits: [1, 2, 3, 4], labels: [0, 1], classes: 2 }, [[0], [1, 0]]]],
  ["logitMagnitude", [{ logits: [1, 2, 3, 4], labels: [0, 1], classes: 2 }]],
  ["probabilityMargins", [{ logits: [1, 2, 3, 4], labels: [0, 1], classes: 2 }]],
  ["logitMargins", [{ probabilities: [0.5, 0.5, 1, 0], labels: [0, 1], classes: 2 }]],
  ["easyPart", [[1, 2, 3], 0.5]],
  [
    "rootMeanSquaredError",
    [
      [1, 2],
      [1, 4],
    ],
  ],
  ["openDevice", [{ backend: "cpu", powerPreference: "low-power", requiredFeatures: [] }]],
  ["beta", [1, 2]],
  ["constantLambda", [0.5]],
  ["lawName", [beta(2)]],
  ["mixup", [beta(1), { pairing: "other", granularity: "sample" }]],
  ["cutMix", [beta(1), { pairing: "other", granularity: "sample", probability: 0.5, eta: 1 }]],
  ["mixupOrCutMix", [beta(1), beta(2), { switchProbability: 0.5, granularity: "sample" }]],
  ["manifoldMixup", [beta(2), ["input", "0"], { passes: "two", pairing: "uniform", probability: 0.5 }]],
  ["regMixup", [beta(10), { eta: 0.5, geometry: { kind: "cutmix", probability: 0.5, law: beta(1) } }]],
  ["cropAndFlip", [{ padding: 4, flip: true, mean: [0.1], deviation: 0.3 }]],
  ["mlp", [[1, 2, 2], { activation: "relu", negativeSlope: 0.1, bias: true }]],
  ["linear", [2, 2, { bias: false }]],
  ["conv2d", [2, { name: "a", kernel: [1, 3], stride: 2, padding: [0, 1], groups: 1, bias: true }]],
  ["batchNorm2d", [{ name: "a", epsilon: 1e-5, momentum: "cumulative" }]],
  ["dense", [3, { name: "a", bias: true }]],
  ["dropout", [0.5, { name: "a" }]],
  ["flatten", [{ name: "a" }]],
  ["maxPool2d", [{ name: "a", kernel: 2, stride: 1, padding: 1 }]],
  ["averagePool2d", [{ kernel: 2, stride: 2, padding: 0 }]],
  ["globalAveragePool", [{ name: "a" }]],
  ["towers", [[[library.dense(2)], [library.relu()]], { name: "a", inputShapes: [[2], [1]] }]],
  ["twoTowers", [[1, 2], { activation: "tanh", bias: false }]],
  ["residual", [[library.relu()], { name: "a", activation: library.tanh(), shortcut: [library.conv2d(2)] }]],
  ["relu", [{ name: "a" }]],
  ["leakyRelu", [{ name: "a", negativeSlope: 0.1 }]],
  ["polynomialRelu", [{ name: "a", degree: 2, threshold: 0.5 }]],
  ["activationLayer", ["leaky-relu", { name: "a", negativeSlope: 0.1 }]],
  [
    "sequential",
    [
      [1, 4, 4],
      [library.conv2d(2), library.relu(), library.flatten(), library.dense(2)],
    ],
  ],
  ["convNet", [{ channels: 1, size: [8, 9], classes: 3, widths: [2, 3] }]],
  ["resNet8", [4, { channels: 1, size: 8, classes: 3 }]],
  ["resNet18", [{ channels: 3, classes: 10, initialization: "kaimingNormalFanOut" }]],
  [
    "sgd",
    [
      {
        learningRate: 0.1,
        momentum: 0.9,
        nesterov: true,
        weightDecay: 0,
        gradients: "cleared",
        schedule: { kind: "constant" },
      },
    ],
  ],
  ["adam", [{ learningRate: 0.1, beta1: 0.9, beta2: 0.9, epsilon: 1e-8, weightDecay: 0 }]],
  [
    "adamw",
    [
      {
        learningRate: 0.1,
        schedule: { kind: "warmup", steps: 2, next: { kind: "step", every: 2, factor: 0.5 } },
      },
    ],
  ],
  ["stepDecay", [{ every: 2, factor: 0.5 }]],
  ["cosine", [{ steps: 2, minimum: 0 }]],
  ["warmup", [{ steps: 2, next: { kind: "constant" } }]],
  ["grid", [{ seed: [0, 1], mixing: [erm()], optimizer: [adam()] }]],
  ["range", [3, 1]],
  [
    "train",
    [
      device,
      config,
      { pace: "throughput", stepsPerSubmit: 1, stopAfter: 1, signal: new AbortController().signal },
    ],
  ],
  ["train", [device, imageConfig]],
  ["train", [device, { ...imageConfig, runs: [{ seed: 1, mixing: library.manifoldMixup(beta(1), ["0"]) }] }]],
  ["resume", [device, bytes(), { pace: 20 }]],
  ["gradients", [device, { model, parameters, batch, loss: "softmax-cross-entropy" }]],
  [
    "gradients",
    [
      device,
      {
        model: imageConfig.model,
        parameters: imageParameters,
        batch: {
          points: [0, 1, 2, 3, 4, 5],
          labels: [0, 1, 0],
          partners: [2, 1, 0],
          boxes: [
            [0, 1, 0, 1],
            [0, 1, 1, 2],
            [0, 0, 0, 0],
          ],
          labelSmoothing: 0.1,
        },
      },
    ],
  ],
  [
    "gradients",
    [
      device,
      {
        model: imageConfig.model,
        parameters: imageParameters,
        batch: {
          points: [0, 1, 2, 3, 4, 5],
          labels: [0, 1, 0],
          partners: [2, 1, 0],
          lambdas: 0.3,
          hidden: { after: "0", passes: "one" },
        },
      },
    ],
  ],
  ["labelKernel", [{ bandwidth: 0.1, includesSelf: false }]],
  ["labelKernelProbabilities", [[0, 1, 3, 4], 2, { bandwidth: 0.5, includesSelf: true }]],
  ["train", [device, numberConfig]],
  ["openPopulation", [device, openConfig]],
  ["openPopulation", [device, distilledConfig]],
  ["train_", [1, {}]],
  ["losses_", [dataset, { points: [[0], [1, 2]] }]],
  ["fork_", [[1, 0, 0]]],
  ["average_", [[[0, 1]], [[1, 2]]]],
  [
    "set_",
    [
      [1],
      { mixing: erm(), learningRate: 0.1, train: [0, 1], weights: [1, 1], phases: [{ from: 3, frozen: [] }] },
    ],
  ],
  ["reopenPopulation", [device, snapshotBytes]],
  ["createStepper", [device, { model, parameters, optimizer: adam(), loss: "logistic" }]],
  [
    "optimalClassifier",
    [
      {
        data,
        laws: [beta(1)],
        epsilons: [0.1],
        queries: [1],
        pairing: "other",
        weights: [1, 1, 1],
        leastMass: 1e-10,
      },
    ],
  ],
  ["optimalClassifierOn", [device, { data, laws: [beta(1)], epsilons: [0.1], queries: [1] }, {}]],
  ["limitClassifier", [{ data, laws: [beta(1)], queries: [1], tolerance: 1e-9 }]],
  ["flipEpsilons", [{ data, law: beta(2), upTo: 1 }]],
  ["flipAlphas", [{ data, epsilon: 0.1, from: 1, to: 4, steps: 3 }]],
  ["effectiveEpsilon", [{ data, law: beta(2), query: [1], label: 0, probability: 0.4 }]],
  ["culprits", [{ data, law: beta(2), epsilon: 0.5, query: [1], against: 1, count: 3 }]],
  ["collisionRadii", [{ data, pairing: "uniform" }]],
  ["expectedSelfPairs", [{ data }]],
  ["optimalLoss", [{ data, law: beta(2) }]],
  ["mixupLoss", [{ data, law: beta(2), classifier: zeros, nodes: 4 }]],
  ["mixupOptimum", [{ data: plane, law: beta(2), nodes: 4 }]],
  ["freeScores", [beta(2), 0.4, 4]],
  ["maxMargin", [plane]],
  ["leastNormInterpolator", [plane]],
  ["descend", [plane, { losses: [0.5], learningRate: 0.1, steps: 10 }]],
  ["planeGrid", [{ low: [0, 0], high: [1, 1], columns: 2, rows: 2 }]],
  ["gridMargins", [plane, grid, [0, 1, 0, 1]]],
  ["boundaryDistances", [plane, grid, [0, 1, 0, 1]]],
  ["predictAt", [zeros, [0, 1], 1]],
  ["nearestNeighbourLabels", [data, [0, 1]]],
  [
    "agreement",
    [
      [0, 1],
      [1, 1],
    ],
  ],
  [
    "seedAgreement",
    [
      [
        [0, 1],
        [1, 1],
      ],
      2,
    ],
  ],
  ["predictedClasses", [[0, 1, 1, 0], 2]],
  ["midpoints", [[0, 1, 3], 1]],
  ["midpointTwin", [[0, 1, 3, 4], 1]],
  ["pointsFromMidpoints", [[0.5, 1.5, 2], 1, 3]],
  ["pointSetsFromMidpoints", [[0.5, 1.5, 2], 1, 1e-9]],
  ["featuresAt", [{ weights: [1, -1], dimensions: 1 }, [0.5, 1]]],
  ["orderedMidpoints", [{ points: [0, 1], targets: [1, 2], dimensions: 1 }]],
  [
    "linearValues",
    [
      [1, 2, 3, 4],
      [0.5, 1],
    ],
  ],
  [
    "labelNoise",
    [
      [1, 2, 3, 4],
      [1, 2],
      [0.5, 1],
    ],
  ],
  ["leastSquaresDescent", [{ design: [1, 2, 3, 4], targets: [1, 2], learningRate: 0.1 }]],
  [
    "relativeError",
    [
      [0.5, 1],
      [1, 2, 3, 4],
      [1, 2],
    ],
  ],
  [
    "overTrainingCurves",
    [
      {
        features: { weights: [1, -1], dimensions: 1 },
        teacher: [1, 2],
        points: [0.5, 1],
        targets: [1, 2],
        testPoints: [-1, 1],
        steps: [0, 10],
      },
    ],
  ],
  ["labelNoiseBound", [{ atFirst: [1, 0], atPartner: [0, 1], atMixed: [0.5, 0.5], lambda: 0.5 }]],
  ["segmentMargins", [{ data, classifier: zeros, targets: 1, steps: 2, refinements: 1 }]],
  ["segmentMarginsOn", [device, { data, model, parameters, targets: 1, steps: 2, refinements: 1 }, {}]],
  ["predictOn", [device, { model, parameters: [parameters], points: [0, 1], loss: "logistic" }, {}]],
  [
    "analyzeCollisions",
    [
      { data: dataset, law: beta(1), seed: 1, pairing: "other", epochs: 1, metric: "euclidean", chunk: 2 },
      {},
    ],
  ],
  ["analyzeCollisionsOn", [device, { data: dataset, law: beta(1), seed: 1 }, {}]],
  ["encodeSafetensors", [{ a: { shape: [2], data: Float32Array.of(1, 2) } }, { k: "v" }]],
  ["decodeSafetensors", [bytes()]],
  ["saveParameters", [parameters, { k: "v" }]],
  ["saveParameters", [parameters, {}, { names: "torchvision" }]],
  ["loadParameters", [bytes(), model]],
  ["loadParameters", [bytes(), model, { names: "torchvision" }]],
];

test("every function of the API that takes something is here", () => {
  const called = new Set<string>(CALLS.map(([name]) => name));
  const missing = Object.entries(functions).filter(
    ([name, value]) =>
      typeof value === "function" && value.length > 0 && !called.has(name) && !/^[A-Z]/.test(name),
  );
  expect(missing.map(([name]) => name)).toEqual([]);
});

const cyclic: Record<string, unknown> = {};
cyclic.self = cyclic;
/** What may stand in a place by mistake; made anew where it could be spoilt. */
const NASTY: readonly (() => unknown)[] = [
  () => undefined,
  () => null,
  () => Number.NaN,
  () => Number.POSITIVE_INFINITY,
  () => -1,
  () => -0,
  () => 0.5,
  () => 3,
  () => 1e300,
  () => 1e-300,
  () => 2 ** 31,
  () => 2 ** 53,
  () => "",
  () => "1",
  () => "x".repeat(100_000),
  () => true,
  () => [],
  () => [[0]],
  () => [null, 1, 2],
  () => ["0", "1", "2"],
  () => [0, 1, 2],
  () => new Array(3),
  () => ({}),
  () => Object.create(null),
  () => cyclic,
  () => ({ length: 2 ** 31 }),
  () => ({ length: -1 }),
  () => ({ length: 3 }),
  () => ({ kind: "beta" }),
  () => ({ __proto__: null, toString: 1 }),
  () => new Date(0),
  () => new Map(),
  () => Symbol("s"),
  () => 10n,
  () => () => undefined,
  () => Promise.resolve(1),
  () => new Blob([]),
  () => new ArrayBuffer(8),
  () => new DataView(new ArrayBuffer(8)),
  () => BigInt64Array.of(1n, 2n, 3n),
  () => Uint8Array.of(1, 2, 3),
  () => new Float32Array(3).fill(Number.NaN),
  () => Float64Array.of(1e300, 0, 0),
];

type Place = readonly (string | number)[];

/** All places of a value, itself included. */
function places(value: unknown, at: Place = []): Place[] {
  const inner =
    typeof value === "object" &&
    value !== null &&
    (Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype)
      ? Object.entries(value).flatMap(([key, entry]) => places(entry, [...at, key]))
      : [];
  return [at, ...inner];
}

/** A copy with something else in one place. */
function changed(value: unknown, [key, ...rest]: Place, change: (old: unknown) => unknown): unknown {
  if (key === undefined) return change(value);
  const copy = Array.isArray(value) ? [...value] : { ...(value as object) };
  (copy as Record<string, unknown>)[key] = changed((copy as Record<string, unknown>)[key], rest, change);
  return copy;
}

/** What becomes of a call: an answer, or an error that is to be ours. */
async function judge(name: string, args: readonly unknown[]): Promise<void> {
  try {
    const answer = await functions[name](...args);
    if (name === "train" || name === "resume") {
      const training = answer as library.Training;
      await training.result.finally(() => training.destroy());
    }
  } catch (error) {
    if (!(error instanceof library.MixupError)) throw error;
    expect(error.message.length).toBeLessThan(300);
  }
}

describe.each(CALLS)("%s", (name, args) => {
  test("as written is fine, but for what is on no CPU", async () => {
    if (name === "resume") return;
    const answer = await functions[name](...args);
    expect(answer).toBeDefined();
  });

  test("something else in any place", async () => {
    const everywhere = places(args).filter((at) => at.length > 0);
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...everywhere), fc.constantFrom(...NASTY), (at, nasty) =>
        judge(name, changed(args, at, nasty) as unknown[]),
      ),
      { seed: 4, numRuns: RUNS },
    );
  });

  test("a key that nobody knows is refused, with its name", async () => {
    // Names of tensors and of metadata are the caller's own; a data set is made by us; layers are checked in their net.
    if (["encodeSafetensors", "saveParameters", "residual", "towers"].includes(name)) return;
    for (const at of places(args)) {
      const old = at.reduce((value, key) => (value as Record<string, unknown>)[key], args as unknown);
      if (Object.prototype.toString.call(old) !== "[object Object]") continue;
      if (old === device || old === dataset || old === images || old === numbers) continue;
      if (old instanceof AbortSignal) continue;
      const call = async () =>
        functions[name](...(changed(args, at, () => ({ ...(old as object), sped: 1 })) as unknown[]));
      await expect(call()).rejects.toMatchObject({
        name: "ConfigError",
        path: expect.stringMatching(/sped$/),
      });
    }
  });
});
