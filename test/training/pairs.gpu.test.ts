/**
 * Pairs through two towers, trained: unit values of the losses' gradients on both backends, the reference against the GPU, a run's bits in
 * company, in pieces, forked and reopened, pairs that are kept and weighted, and how pairs are measured.
 */

import { describe, expect, it } from "vitest";
import {
  beta,
  contrastive,
  type Device,
  erm,
  mixup,
  type NamedTensors,
  type OpenConfig,
  openDevice,
  openPopulation,
  pairDataset,
  pairMeasures,
  type RunConfig,
  range,
  reopenPopulation,
  sgd,
  train,
  trim,
  twoTowers,
} from "../../src/index.ts";
import UNITS from "../fixtures/methods/pairs.json";
import { randomNumbers, testDevice } from "../kernels/harness.ts";
import { expectClose, TOLERANCES } from "../tolerances.ts";

const BACKENDS: [string, () => Promise<Device>, number][] = [
  ["cpu", () => openDevice({ backend: "cpu" }), 1e-10],
  ["gpu", testDevice, 2e-5],
];

const values = (parameters: NamedTensors) =>
  Object.values(parameters).flatMap(({ data }) => Array.from(data));

const N = 41;
const PAIRS = pairDataset({
  first: randomNumbers(1, N * 5),
  second: randomNumbers(2, N * 5),
  dimensions: [5, 5],
});

function config(runs: readonly RunConfig[], more: Partial<OpenConfig> = {}): OpenConfig {
  return {
    data: PAIRS,
    model: twoTowers([5, 9, 3], { activation: "tanh" }),
    loss: contrastive({ temperature: 0.2, complementary: 0.5 }),
    optimizer: sgd({ learningRate: 0.05, momentum: 0.9 }),
    batch: 7,
    runs,
    ...more,
  };
}

const weights = randomNumbers(3, N).map((value) => 1 + value);
const RUNS: RunConfig[] = [
  { seed: 1, mixing: erm() },
  { seed: 2, mixing: erm(), weights, train: range(N).map((n) => N - 1 - n) },
  { seed: 1, mixing: mixup(beta(1), { granularity: "sample" }) },
  { seed: 3, mixing: erm(), train: range(20).map((n) => 2 * n) },
];

describe.each(BACKENDS)("on the %s", (_, open, tolerance) => {
  const { u, v, temperature, weights: given, ...expected } = UNITS.twoTowers;
  const [B, H] = [u.length, u[0].length];

  /** Gradients by both embeddings: each pair has an input of its own, whose weights are its embeddings. */
  async function gradients(complementary: number, pairWeights?: number[]): Promise<[number[], number[]]> {
    const device = await open();
    const ownInput = range(B).flatMap((b) => range(B).map((i) => Number(i === b)));
    const columns = (rows: number[][]) => ({
      shape: [H, B],
      data: Float64Array.from(range(H).flatMap((h) => rows.map((row) => row[h]))),
    });
    const names = ["towers.0.layers.0.weight", "towers.1.layers.0.weight"];
    const population = openPopulation(device, {
      data: pairDataset({ first: ownInput, second: ownInput, dimensions: [B, B] }),
      model: twoTowers([B, H], { bias: false }),
      loss: contrastive({ temperature, complementary }),
      optimizer: sgd({ learningRate: 1 }),
      runs: [
        {
          seed: 1,
          mixing: erm(),
          parameters: { [names[0]]: columns(u), [names[1]]: columns(v) },
          ...(pairWeights && { weights: pairWeights }),
        },
      ],
    });
    const [before] = await population.parameters();
    await population.train(1);
    const [after] = await population.parameters();
    population.destroy();
    const [first, second] = names.map((name) =>
      range(B * H).map((i) => {
        const at = (i % H) * B + Math.floor(i / H);
        return before[name].data[at] - after[name].data[at];
      }),
    );
    return [first, second];
  }

  function expectNear(actual: readonly number[], wanted: readonly number[], limit = tolerance) {
    const largest = Math.max(...wanted.map(Math.abs));
    expect(actual.length).toBe(wanted.length);
    wanted.forEach((value, i) => {
      expect(Math.abs(actual[i] - value) / largest, `[${i}]`).toBeLessThan(limit);
    });
  }

  it("unit values: matching with weights, complementary without", async () => {
    // Embeddings and weights are 32-bit numbers here, on the CPU, too.
    const limit = Math.max(tolerance, 2e-6);
    const [byFirst, bySecond] = await gradients(0, given);
    expectNear(byFirst, expected.matchingGradientU.flat(), limit);
    expectNear(bySecond, expected.matchingGradientV.flat(), limit);
    const [plain] = await gradients(0);
    const [both] = await gradients(1);
    expectNear(
      both.map((value, i) => value - plain[i]),
      expected.complementaryGradientU.flat(),
      limit,
    );
  });

  it("a run's bits are its own: alone, in pieces, forked, reopened", async () => {
    const device = await open();
    const together = openPopulation(device, config(RUNS));
    await together.train(9);
    const all = (await together.parameters()).map(values);
    for (const [r, run] of RUNS.entries()) {
      const alone = openPopulation(device, config([run]));
      await alone.train(4);
      await alone.fork([0, 0]);
      const again = reopenPopulation(device, await alone.snapshot());
      for (const each of [alone, again]) {
        await each.train(5);
        for (const own of await each.parameters()) expect(values(own), `run ${r}`).toEqual(all[r]);
        each.destroy();
      }
    }
    together.destroy();
  });

  it("pairs are measured all against all; the filter keeps those of the largest scores", async () => {
    const population = openPopulation(await open(), config(RUNS));
    await population.train(3);
    const [own, ...others] = await population.evaluate(PAIRS);
    const { scores, nearest } = pairMeasures({ embeddings: own.logits, outputs: 6, temperature: 0.2 });
    expect(Array.from(own.losses)).toEqual(Array.from(scores, (score) => -score / 2));
    expect(own.loss).toBeCloseTo(-scores.reduce((sum, score) => sum + score, 0) / (2 * N), 12);
    expect(own.error).toBe(nearest.filter((found, n) => found !== n).length / N);
    expect(others).toHaveLength(3);
    // Fewer pairs are fewer to be told from.
    const [few] = await population.evaluate(PAIRS, { points: [3, 5] });
    expect(few.loss).toBeLessThan(own.loss);
    const kept = trim(own.losses, 0.4);
    expect(kept).toHaveLength(Math.ceil(0.6 * N - 1e-9));
    await population.set(0, { train: kept, weights: kept.map((n) => 1 + (n % 2)) });
    await population.train(2);
    expect(population.runs[0].train).toEqual(kept);
    population.destroy();
  });

  it("a run of which a batch is one pair stays where it is", async () => {
    const population = openPopulation(await open(), config([RUNS[0]], { batch: 1, optimizer: sgd() }));
    const [before] = await population.parameters();
    await population.train(3);
    expect(values((await population.parameters())[0])).toEqual(values(before));
    population.destroy();
  });

  it("a training that would evaluate along the way is refused", async () => {
    const device = await open();
    expect(() => train(device, { ...config(RUNS), steps: 5 })).toThrowError(
      expect.objectContaining({ path: "loss" }),
    );
  });
});

describe("12 steps, GPU against reference", () => {
  it.each([
    ["batches of 7", {}],
    ["smaller last batches", { lastBatch: "keep", runs: [0, 2] }],
    [
      "all pairs, no complementary loss",
      { batch: "full", loss: contrastive({ temperature: 0.1 }), runs: [0, 1, 2] },
    ],
    ["65 outputs each", { model: twoTowers([5, 65]), batch: 13 }],
  ] as [string, Partial<Omit<OpenConfig, "runs">> & { runs?: number[] }][])(
    "%s",
    async (__, { runs = range(4), ...more }) => {
      const asked = config(
        runs.map((r) => RUNS[r]),
        more,
      );
      const [actual, expected] = await Promise.all(
        [await testDevice(), await openDevice({ backend: "cpu" })].map(async (device) => {
          const population = openPopulation(device, asked);
          await population.train(12);
          const parameters = (await population.parameters()).map(values);
          const losses = await population.losses(PAIRS);
          population.destroy();
          return { parameters, losses };
        }),
      );
      actual.parameters.forEach((own, r) => {
        const size = Math.max(...expected.parameters[r].map(Math.abs));
        expectClose(TOLERANCES.afterSomeSteps, own, expected.parameters[r], () => size, `run ${r}`);
        expectClose(
          TOLERANCES.afterSomeSteps,
          actual.losses[r],
          expected.losses[r],
          (n) => 1 + expected.losses[r][n],
        );
      });
    },
  );
});
