/**
 * Populations as descriptions: defaults, and every bad input refused with its path before anything is
 * allocated.
 */

import { describe, expect, it } from "vitest";
import { classDataset, regressionDataset } from "../../src/data/dataset.ts";
import { alternatingLine } from "../../src/data/lines.ts";
import { type Augmentation, cropAndFlip } from "../../src/mixing/augmentation.ts";
import type { LastBatch } from "../../src/mixing/batching.ts";
import { beta, type Law } from "../../src/mixing/laws.ts";
import { cutMix, erm, type Mixing, manifoldMixup, mixup, regMixup } from "../../src/mixing/mixing.ts";
import { batchNorm2d } from "../../src/model/layers/batchNorm2d.ts";
import { conv2d } from "../../src/model/layers/conv2d.ts";
import { dense } from "../../src/model/layers/dense.ts";
import { flatten } from "../../src/model/layers/flatten.ts";
import type { Loss } from "../../src/model/loss.ts";
import { sequential } from "../../src/model/model.ts";
import { linear, mlp } from "../../src/model/nets.ts";
import { adam, type Optimizer, sgd } from "../../src/model/optimizer.ts";
import { resolvePopulation } from "../../src/population/config.ts";
import { isBinaryLogistic, modelTargets } from "../../src/population/fits.ts";
import { grid, range } from "../../src/population/grid.ts";
import {
  accumulatesGradients,
  evaluationStep,
  evaluationsDone,
  optimizerNumbers,
  type PopulationConfig,
  populationMoments,
  type RunConfig,
} from "../../src/population/population.ts";
import { configErrorPath } from "../configError.ts";

const LINE = alternatingLine({ points: 6, classes: 2 });
const REGRESSION = regressionDataset({ points: [1, 2], targets: [3, 4], dimensions: 1, outputs: 1 });
const RUN = { seed: 0, mixing: erm() };
const CONFIG: PopulationConfig = {
  data: LINE,
  model: mlp([1, 4, 2]),
  optimizer: adam(),
  steps: 10,
  runs: [RUN],
};

describe("resolvePopulation", () => {
  it("fills the defaults: whole batch, evaluation at the end on the data, loss by the data", () => {
    const resolved = resolvePopulation(CONFIG);
    expect(resolved).toMatchObject({
      loss: "softmax-cross-entropy",
      batch: "full",
      batchSize: 6,
      evaluateEvery: 10,
    });
    expect(resolved.evaluationData).toBe(LINE);
    expect(resolved.probePoints.length).toBe(0);
    expect(resolved.runs).toEqual([{ ...RUN, optimizer: adam(), labelSmoothing: 0 }]);
    expect(resolvePopulation({ ...CONFIG, data: REGRESSION, model: linear(1, 1) }).loss).toBe(
      "squared-error",
    );
    expect(resolvePopulation({ ...CONFIG, batch: 4, evaluateEvery: 99 })).toMatchObject({
      batchSize: 4,
      evaluateEvery: 10,
    });
  });

  it("lets a run have its own optimizer of the same kind", () => {
    const own = adam({ learningRate: 0.5 });
    const { runs } = resolvePopulation({ ...CONFIG, runs: [RUN, { ...RUN, optimizer: own }] });
    expect(runs.map(({ optimizer }) => optimizer.learningRate)).toEqual([1e-3, 0.5]);
  });

  it("takes alpha = 0 for ERM", () => {
    const { runs } = resolvePopulation({ ...CONFIG, runs: [{ seed: 1, mixing: mixup(beta(0)) }] });
    expect(runs[0].mixing).toMatchObject({ kind: "erm", law: { kind: "constant", value: 1 } });
  });

  const badMixing = (change: object): RunConfig[] => [
    RUN,
    { seed: 1, mixing: { ...mixup(beta(1)), ...change } as Mixing },
  ];
  const wide = classDataset({ points: [0, 1, 2, 3], labels: [0, 1], dimensions: 2 });
  const threeClasses = alternatingLine({ points: 3, classes: 3 });

  it.each<[string, object]>([
    ["data", { data: undefined }],
    ["data", { data: {} }],
    ["model", { model: undefined }],
    ["model.inputShape", { model: mlp([2, 4, 2]) }],
    ["model", { model: mlp([1, 4, 3]) }],
    ["model", { model: linear(1, 1) }],
    ["model.sizes", { model: { ...mlp([1, 4, 2]), sizes: [1, -4, 2] } }],
    ["model.activation", { model: { ...mlp([1, 4, 2]), activation: "step" } }],
    ["loss", { loss: "hinge" as Loss }],
    ["steps", { steps: 0 }],
    ["steps", { steps: 1.5 }],
    ["steps", { steps: Number.NaN }],
    ["steps", { steps: undefined }],
    ["steps", { steps: 2 ** 31 }],
    ["steps", { steps: 2 ** 30, batch: 4 }],
    ["batch", { batch: 0 }],
    ["batch", { batch: 2.5 }],
    ["batch", { batch: 7 }],
    ["batch", { batch: "half" }],
    ["evaluateEvery", { evaluateEvery: 0 }],
    ["evaluateEvery", { evaluateEvery: Number.NaN }],
    ["model.inputShape", { evaluationData: wide }],
    ["model", { evaluationData: threeClasses }],
    ["probePoints", { data: wide, model: linear(2, 2), probePoints: [1, 2, 3] }],
    ["probePoints[1]", { probePoints: [0, Number.NaN] }],
    ["probePoints[0]", { probePoints: [1e39] }],
    ["runs", { runs: [] }],
    ["runs", { runs: undefined }],
    ["runs[0]", { runs: [undefined] }],
    ["runs[1].seed", { runs: [RUN, { ...RUN, seed: -1 }] }],
    ["runs[0].seed", { runs: [{ ...RUN, seed: 0.5 }] }],
    ["runs[0].seed", { runs: [{ ...RUN, seed: 2 ** 32 }] }],
    ["runs[0].seed", { runs: [{ ...RUN, seed: Number.NaN }] }],
    ["runs[0].mixing", { runs: [{ seed: 1 }] }],
    ["runs[0].mixing", { runs: [{ seed: 1, mixing: null }] }],
    ["runs[1].mixing.pairing", { runs: badMixing({ pairing: "none" }) }],
    ["runs[1].mixing.granularity", { runs: badMixing({ granularity: "epoch" }) }],
    ["runs[1].mixing.law.a", { runs: badMixing({ law: { kind: "beta", a: -1, b: 1 } as Law }) }],
    ["runs[1].mixing.law.b", { runs: badMixing({ law: { kind: "beta", a: 1, b: Number.NaN } as Law }) }],
    ["runs[1].mixing.law.value", { runs: badMixing({ law: { kind: "constant", value: 1.5 } as Law }) }],
    ["runs[1].mixing.law", { runs: badMixing({ law: undefined }) }],
    ["runs[0].optimizer", { optimizer: undefined }],
    ["optimizer.learningRate", { optimizer: { ...adam(), learningRate: Number.NaN } }],
    ["runs[0].optimizer.beta2", { runs: [{ ...RUN, optimizer: { ...adam(), beta2: 1 } }] }],
    [
      "optimizer.schedule.steps",
      { optimizer: { ...adam(), schedule: { kind: "cosine", steps: 0, minimum: 0 } } },
    ],
    ["runs[0].optimizer.gradients", { runs: [{ ...RUN, optimizer: { ...adam(), gradients: "kept" } }] }],
    ["runs[1].optimizer.kind", { runs: [RUN, { ...RUN, optimizer: sgd() }] }],
    [
      "runs[0].mixing.pairing",
      {
        data: REGRESSION,
        model: linear(1, 1),
        runs: [{ seed: 0, mixing: mixup(beta(1), { pairing: "same-class" }) }],
      },
    ],
    [
      "runs[0].mixing.pairing",
      {
        data: regressionDataset({ points: [1], targets: [1], dimensions: 1, outputs: 1 }),
        model: linear(1, 1),
        runs: [{ seed: 0, mixing: mixup(beta(1), { pairing: "other" }) }],
      },
    ],
  ])("refuses bad input at %s: %j", (path, change) => {
    expect(configErrorPath(() => resolvePopulation({ ...CONFIG, ...change } as PopulationConfig))).toBe(path);
  });
});

describe("methods beside Mixup", () => {
  const images = classDataset({
    points: new Float32Array(10 * 12),
    labels: Array.from({ length: 10 }, (_, n) => n % 2),
    dimensions: 12,
    shape: [1, 4, 3],
  });
  const model = sequential([1, 4, 3], [conv2d(2, { name: "stem" }), flatten(), dense(2)]);
  const resolve = (mixing: Mixing[], more: Partial<PopulationConfig> = {}) =>
    resolvePopulation({
      ...CONFIG,
      data: images,
      model,
      batch: 4,
      runs: mixing.map((mixing) => ({ seed: 0, mixing })),
      ...more,
    });
  const path = (...args: Parameters<typeof resolve>) => configErrorPath(() => resolve(...args));

  it("say what a step draws, and of how many rows its batch is", () => {
    expect(resolve([cutMix(), erm()])).toMatchObject({ boxes: true, batchSize: 4, lastBatchSize: 0 });
    expect(resolve([erm()])).toMatchObject({ boxes: false });
    expect(resolve([regMixup(beta(1))])).toMatchObject({ batchSize: 8, batching: { drawn: 4 } });
    expect(resolve([regMixup(beta(1))], { lastBatch: "keep" })).toMatchObject({
      batchSize: 8,
      lastBatchSize: 4,
    });
    expect(resolve([erm()], { lastBatch: "drop" }).batching).toEqual({ drawn: 4, epochSize: 8, last: 0 });
    expect(resolve([manifoldMixup(beta(2), ["stem"])]).hidden).toEqual({ after: ["stem"], passes: "one" });
  });

  it("are refused where they do not fit the net, or each other", () => {
    expect(
      configErrorPath(() => resolvePopulation({ ...CONFIG, runs: [{ seed: 0, mixing: cutMix() }] })),
    ).toBe("runs[0].mixing.geometry");
    expect(path([manifoldMixup(beta(2), ["steam"])])).toBe("runs[0].mixing.geometry.after[0]");
    expect(path([manifoldMixup(beta(2), ["stem"]), erm()])).toBe("runs[1].mixing.geometry");
    expect(path([mixup(beta(1)), manifoldMixup(beta(2), ["stem"])])).toBe("runs[1].mixing.geometry");
    expect(path([mixup(beta(1)), erm(), regMixup(beta(1))])).toBe("runs[2].mixing.eta");
    expect(path([erm()], { lastBatch: "keeps" as LastBatch })).toBe("lastBatch");
    const augmentation = cropAndFlip({ mean: [1, 2] });
    expect(path([erm()], { augmentation })).toBe("augmentation.fill");
    expect(path([erm()], { augmentation: {} as Augmentation })).toBe("augmentation.padding");
    const rows = { ...CONFIG, augmentation: cropAndFlip() };
    expect(configErrorPath(() => resolvePopulation(rows))).toBe("augmentation");
    const norm = sequential([1, 4, 3], [conv2d(2, { kernel: [4, 3] }), batchNorm2d(), flatten(), dense(2)]);
    expect(path([erm()], { model: norm, batch: 3, lastBatch: "keep" })).toBe("lastBatch");
  });
});

describe("binary logistic", () => {
  it("is one output for two classes, with the class as its target", () => {
    expect(isBinaryLogistic("logistic", 1, LINE)).toBe(true);
    expect(isBinaryLogistic("logistic", 2, LINE)).toBe(false);
    expect(isBinaryLogistic("squared-error", 1, LINE)).toBe(false);
    expect(isBinaryLogistic("logistic", 1, REGRESSION)).toBe(false);
    expect([...modelTargets("logistic", 1, LINE)]).toEqual([0, 1, 0, 1, 0, 1]);
    expect(modelTargets("logistic", 2, LINE)).toBe(LINE.targets);
    expect(resolvePopulation({ ...CONFIG, loss: "logistic", model: linear(1, 1) }).loss).toBe("logistic");
  });
});

describe("evaluations", () => {
  it("come every so many steps and at the end", () => {
    const of = (steps: number, evaluateEvery: number) =>
      resolvePopulation({ ...CONFIG, steps, evaluateEvery });
    const uneven = of(10, 4);
    expect(range(11).map((done) => evaluationsDone(uneven, done))).toEqual([0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 3]);
    expect(range(3).map((index) => evaluationStep(uneven, index))).toEqual([4, 8, 10]);
    expect(evaluationsDone(of(8, 4), 8)).toBe(2);
  });
});

describe("populationMoments", () => {
  it("is the most any run needs", () => {
    const of = (optimizers: Optimizer[]) =>
      populationMoments(
        resolvePopulation({ ...CONFIG, runs: optimizers.map((optimizer) => ({ ...RUN, optimizer })) }),
      );
    expect(of([sgd(), sgd()])).toBe(0);
    expect(of([sgd(), sgd({ momentum: 0.5 })])).toBe(1);
    expect(of([adam()])).toBe(2);
  });
});

describe("gradients that are never cleared", () => {
  it("take one more number per parameter, in every run as soon as one needs it", () => {
    const of = (optimizers: Optimizer[]) => {
      const runs = optimizers.map((optimizer) => ({ ...RUN, optimizer }));
      const population = resolvePopulation({ ...CONFIG, runs });
      return [accumulatesGradients(population), populationMoments(population), optimizerNumbers(population)];
    };
    const gradients = "accumulated" as const;
    expect(of([adam(), adam()])).toEqual([false, 2, 2]);
    expect(of([adam(), adam({ gradients })])).toEqual([true, 2, 3]);
    expect(of([sgd({ gradients })])).toEqual([true, 0, 1]);
  });
});

describe("grid", () => {
  it("is the product, seed fastest", () => {
    const [one, two] = [sgd({ learningRate: 1 }), sgd({ learningRate: 2 })];
    const mixing = [erm(), mixup(beta(1))];
    expect(grid({ seed: range(2), mixing })).toEqual([
      { seed: 0, mixing: mixing[0] },
      { seed: 1, mixing: mixing[0] },
      { seed: 0, mixing: mixing[1] },
      { seed: 1, mixing: mixing[1] },
    ]);
    const runs = grid({ seed: range(2, 5), mixing, optimizer: [one, two] });
    expect(runs.length).toBe(8);
    expect(runs[4]).toEqual({ seed: 5, mixing: mixing[0], optimizer: two });
  });
});
