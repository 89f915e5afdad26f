/** Pairs as a description: data sets of them, what is refused and where, what is planned for them, and that others pay nothing. */

import { describe, expect, it } from "vitest";
import { pairDataset } from "../../src/data/pairs.ts";
import { beta } from "../../src/mixing/laws.ts";
import { cutMix, erm, manifoldMixup, mixup, regMixup } from "../../src/mixing/mixing.ts";
import { contrastive } from "../../src/model/loss.ts";
import { linear, mlp, twoTowers } from "../../src/model/nets.ts";
import { sgd } from "../../src/model/optimizer.ts";
import { resolvePopulation } from "../../src/population/config.ts";
import { checkEvaluatesAlong } from "../../src/population/pairs.ts";
import type { PopulationConfig, RunConfig } from "../../src/population/population.ts";
import { planShards, planTraining } from "../../src/training/gpu/plan.ts";
import { configErrorPath } from "../configError.ts";

const DATA = pairDataset({ first: [1, 2, 3, 4, 5, 6], second: [7, 8, 9], dimensions: [2, 1] });
const CONFIG: PopulationConfig = {
  data: pairDataset({ first: [1, 2, 3, 4], second: [5, 6, 7, 8], dimensions: [1, 1] }),
  model: twoTowers([1, 4]),
  loss: contrastive({ temperature: 0.1 }),
  optimizer: sgd(),
  steps: 10,
  batch: 2,
  runs: [{ seed: 1, mixing: erm() }],
};

describe("pairDataset", () => {
  it("puts firsts before seconds", () => {
    expect(Array.from(DATA.points)).toEqual([1, 2, 7, 3, 4, 8, 5, 6, 9]);
    expect(DATA).toMatchObject({ size: 3, dimensions: 3, targetSize: 1 });
  });

  it.each([
    [{ first: [1, 2], second: [1], dimensions: [1, 1] }, "data.second"],
    [{ first: [1, 2, 3], second: [1], dimensions: [2, 1] }, "data.first"],
    [{ first: [], second: [], dimensions: [1, 1] }, "data.first"],
    [{ first: [1, Number.NaN], second: [1, 2], dimensions: [1, 1] }, "data.first[1]"],
    [{ first: [1, 2], second: [1, 1e39], dimensions: [1, 1] }, "data.second[1]"],
    [{ first: [1], second: [1], dimensions: [0, 1] }, "data.dimensions[0]"],
    [{ first: [1], second: [1], dimensions: 2 }, "data.dimensions"],
    [{ first: [1], second: [1], dimensions: [1, 1], labels: [1] }, "data.labels"],
  ])("refuses %j", (data, path) => {
    expect(configErrorPath(() => pairDataset(data as unknown as Parameters<typeof pairDataset>[0]))).toBe(
      path,
    );
  });
});

describe("a population of pairs", () => {
  const run = (more: Partial<RunConfig>): PopulationConfig => ({
    ...CONFIG,
    runs: [{ seed: 1, mixing: erm(), ...more }],
  });

  it("takes blended pairs, pairs of its own and weights", () => {
    for (const more of [{ mixing: mixup(beta(1)) }, { train: [2, 0] }, { weights: [0, 1, 2, 3] }])
      expect(configErrorPath(() => resolvePopulation(run(more)))).toBeUndefined();
  });

  it.each<[string, PopulationConfig, string]>([
    ["an odd number of outputs", { ...CONFIG, model: mlp([2, 3]) }, "model"],
    ["points of another size", { ...CONFIG, model: twoTowers([2, 4]) }, "model.inputShape"],
    ["a batch of more pairs than there are", { ...CONFIG, batch: 5 }, "batch"],
    [
      "a temperature of 0",
      { ...CONFIG, loss: { kind: "contrastive", temperature: 0, complementary: 0 } },
      "loss.temperature",
    ],
    ["no temperature", { ...CONFIG, loss: { kind: "contrastive" } as never }, "loss.temperature"],
    ["another kind", { ...CONFIG, loss: { kind: "triplet" } as never }, "loss.kind"],
    ["a word", { ...CONFIG, loss: "contrastive" as never }, "loss"],
    ["smoothed labels", run({ labelSmoothing: 0.1 }), "runs[0].labelSmoothing"],
    ["own predictions", run({ selfDistillation: 0.1 }), "runs[0].selfDistillation"],
    [
      "a law of labels",
      run({ mixing: mixup(beta(1), { labelLambda: beta(2) }) }),
      "runs[0].mixing.labelLambda",
    ],
    ["an unmixed batch beside", run({ mixing: regMixup(beta(1)) }), "runs[0].mixing.eta"],
    ["boxes", run({ mixing: cutMix() }), "runs[0].mixing.geometry"],
    ["hidden values", run({ mixing: manifoldMixup(beta(1), ["towers"]) }), "runs[0].mixing.geometry"],
    [
      "all mixtures",
      { ...run({ mixing: mixup(beta(1), { pairing: "all-pairs" }) }), batch: "full" },
      "runs[0].mixing.pairing",
    ],
    [
      "a phase that smooths",
      run({ phases: [{ from: 2, labelSmoothing: 0.5 }] }),
      "runs[0].phases[0].labelSmoothing",
    ],
  ])("refuses %s", (_, config, path) => {
    expect(configErrorPath(() => resolvePopulation(config))).toBe(path);
  });

  it("is not evaluated while it trains", () => {
    expect(configErrorPath(() => checkEvaluatesAlong(resolvePopulation(CONFIG)))).toBe("loss");
    const points = resolvePopulation({ ...CONFIG, loss: "squared-error", model: linear(2, 1) });
    expect(configErrorPath(() => checkEvaluatesAlong(points))).toBeUndefined();
  });
});

describe("the plan", () => {
  const limits = {
    maxBufferSize: 2 ** 28,
    maxStorageBufferBindingSize: 2 ** 27,
    maxComputeWorkgroupsPerDimension: 65535,
    maxComputeWorkgroupStorageSize: 16384,
    maxComputeInvocationsPerWorkgroup: 256,
    isFallback: false,
    subgroups: false,
  };
  const plan = (config: PopulationConfig) => planTraining(resolvePopulation(config), limits as never);

  it("has room for all similarities, and no targets; an mlp of few units is no reason for another executor", () => {
    const { executor, bytes, dispatches, layered } = plan({ ...CONFIG, model: mlp([2, 5, 4]) });
    expect(executor).toBe("layered");
    expect(bytes.pairCosines).toBe(4 * 2 * 2);
    expect(bytes.mixedTargets).toBeUndefined();
    expect(dispatches).toMatchObject({ pairSums: 1, pairDeltas: 1, linearForward: 3 });
    expect(dispatches.loss).toBeUndefined();
    expect(layered!.evaluation).toEqual([]);
  });

  it("of single samples has nothing of pairs", () => {
    const { bytes, dispatches } = plan({ ...CONFIG, loss: "squared-error", model: linear(2, 1) });
    expect(Object.keys({ ...bytes, ...dispatches }).filter((name) => name.startsWith("pair"))).toEqual([]);
    expect(bytes.mixedTargets).toBe(4 * 2);
  });

  it("parts runs whose similarities don't fit together, and refuses a batch of which not one does", () => {
    const zeros = new Float32Array(6000);
    const config = (batch: number, runs: number): PopulationConfig => ({
      ...CONFIG,
      data: pairDataset({ first: zeros, second: zeros, dimensions: [1, 1] }),
      batch,
      runs: Array.from({ length: runs }, (_, seed) => ({ seed, mixing: erm() })),
    });
    expect(planShards(resolvePopulation(config(4000, 3)), limits as never)).toHaveLength(2);
    expect(() => plan(config(6000, 1))).toThrow(/pairCosines/);
  });
});
