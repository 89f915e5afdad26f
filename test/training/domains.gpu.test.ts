/**
 * Runs that draw by domains, trained: both backends against each other on either executor; one domain is a plain run; a run's bits in
 * company, in pieces, in parts, forked, changed and reopened; losses and errors by domain.
 */

import { describe, expect, it } from "vitest";
import {
  adam,
  beta,
  classDataset,
  erm,
  type Model,
  mixup,
  mlp,
  type NamedTensors,
  openDevice,
  openPopulation,
  type RunConfig,
  range,
  regMixup,
  reopenPopulation,
  resume,
  type TrainConfig,
  train,
  withDomains,
} from "../../src/index.ts";
import { resolvePopulation } from "../../src/population/config.ts";
import { CurveRecorder } from "../../src/training/curves.ts";
import type { Engine } from "../../src/training/engine.ts";
import { createGpuEngine } from "../../src/training/gpu/gpuEngine.ts";
import { planShards, planTraining, specialize } from "../../src/training/gpu/plan.ts";
import { createShardedEngine } from "../../src/training/gpu/shardedEngine.ts";
import { Pace } from "../../src/training/pace.ts";
import { planLimits } from "../../src/training/planLimits.ts";
import { randomNumbers, testDevice } from "../kernels/harness.ts";
import { expectAgreement, fingerprint } from "./agreement.ts";

const N = 41;
const PLAIN = classDataset({
  points: randomNumbers(3, N * 2),
  labels: range(N).map((n) => n % 3),
  dimensions: 2,
});
const DATA = withDomains(PLAIN, {
  first: { from: 0, to: 13 },
  others: range(9).map((n) => 3 * n + 14),
  last: [40],
});
const law = beta(0.7);
const odd = range(20).map((n) => 2 * n + 1);
const RUNS: RunConfig[] = [
  { seed: 1, mixing: mixup(law), proportions: [1, 2, 0.5] },
  { seed: 1, mixing: mixup(law, { partnerDomain: "same", granularity: "sample" }), proportions: [1, 2, 0] },
  { seed: 2, mixing: erm(), proportions: [0, 1, 0], train: odd },
  { seed: 2, mixing: mixup(law, { pairing: "other" }), proportions: [3, 1, 0] },
  { seed: 2, mixing: mixup(law, { pairing: "permutation" }), proportions: [1, 1, 1] },
  {
    seed: 2,
    mixing: mixup(law),
    proportions: [1, 0, 0],
    phases: [{ from: 5, proportions: [0, 1, 1], train: range(N) }],
  },
  { seed: 2, mixing: mixup(law, { pairing: "same-class" }) },
];
const NETS: readonly [string, Model][] = [
  ["a small net", mlp([2, 9, 3], { activation: "tanh" })],
  ["a deep net", mlp([2, 9, 7, 3], { activation: "tanh" })],
];

function config(runs: readonly RunConfig[], more: Partial<TrainConfig> = {}): TrainConfig {
  return {
    data: DATA,
    model: NETS[0][1],
    optimizer: adam({ learningRate: 0.02 }),
    steps: 12,
    batch: 7,
    evaluateEvery: 5,
    probePoints: DATA.points.subarray(0, 6),
    runs,
    ...more,
  };
}

describe.each(NETS)("%s", (_, model) => {
  it("on the GPU as on the reference", async () => {
    const asked = config(RUNS, { model });
    const expected = await train(await openDevice({ backend: "cpu" }), asked).result;
    expectAgreement(await train(await testDevice(), asked).result, expected);
  });

  it("alone as in company, in pieces, stopped and resumed", async () => {
    const device = await testDevice();
    const asked = config(RUNS, { model });
    const together = await train(device, asked).result;
    const slow = await train(device, asked, { stepsPerSubmit: 1 }).result;
    const stopped = train(device, asked, { stopAfter: 6 });
    await stopped.result;
    const resumed = await resume(device, await stopped.checkpoint()).result;
    for (const [r, run] of RUNS.entries()) {
      const alone = await train(device, config([run], { model })).result;
      expect(fingerprint(alone, 0), `run ${r}`).toEqual(fingerprint(together, r));
      expect(fingerprint(slow, r)).toEqual(fingerprint(together, r));
      expect(fingerprint(resumed, r)).toEqual(fingerprint(together, r));
    }
  });

  it("one domain is plain training, of all points or of those of the domain", async () => {
    const device = await testDevice();
    const whole = withDomains(PLAIN, { all: { from: 0, to: N } });
    for (const pairing of ["uniform", "other", "permutation"] as const) {
      const plain = { seed: 4, mixing: mixup(law, { pairing }) };
      const trained = async (data: typeof DATA, run: RunConfig) =>
        fingerprint(await train(device, config([run], { data, model, evaluationData: PLAIN })).result, 0);
      const expected = await trained(PLAIN, plain);
      expect(await trained(whole, { ...plain, proportions: [0.3] })).toEqual(expected);
      expect(await trained(whole, { ...plain, proportions: [1], train: odd })).toEqual(
        await trained(PLAIN, { ...plain, train: odd }),
      );
      const others = Array.from(DATA.domains![1].points);
      expect(await trained(DATA, { ...plain, proportions: [0, 5, 0] })).toEqual(
        await trained(PLAIN, { ...plain, train: others }),
      );
    }
  });

  it("in parts as in one piece", async () => {
    const device = await testDevice();
    const population = resolvePopulation(config(RUNS, { model }));
    const limits = { ...planLimits(device), maxComputeWorkgroupsPerDimension: 2 };
    const shards = planShards(population, limits);
    expect(shards.length).toBe(4);
    // A part whose runs know no domains draws as if there were none.
    expect(shards.map(({ population: part }) => specialize(part, 2).DOMAINS)).toEqual([1, 1, 1, 0]);
    const trained = async (engine: Engine) => {
      while (engine.step < population.steps) await engine.advance();
      await engine.drain();
      const snapshot = await engine.snapshot();
      engine.destroy();
      return [snapshot.parameters, snapshot.moments].map((numbers) => Array.from(numbers));
    };
    const pace = () => new Pace(1e9, 1, 3);
    const plan = planTraining(population, planLimits(device));
    const whole = await createGpuEngine(device, population, plan, new CurveRecorder(population), pace());
    const parts = await createShardedEngine(device, population, shards, new CurveRecorder(population), pace);
    expect(await trained(parts)).toEqual(await trained(whole));
  });
});

it("an unmixed batch draws by domains as well", async () => {
  const asked = config([{ seed: 1, mixing: regMixup(law), proportions: [1, 2, 0] }]);
  const expected = await train(await openDevice({ backend: "cpu" }), asked).result;
  expectAgreement(await train(await testDevice(), asked).result, expected);
});

function values(parameters: NamedTensors): number[] {
  return Object.values(parameters).flatMap(({ data }) => Array.from(data));
}

describe.each([
  ["gpu", testDevice],
  ["cpu", () => openDevice({ backend: "cpu" })],
] as const)("a population that is open, on the %s", (_, open) => {
  it("forks, changes and reopens runs that draw by domains", async () => {
    const device = await open();
    const { steps: _s, evaluateEvery: _e, probePoints: _p, ...described } = config(RUNS.slice(0, 2));
    const handle = openPopulation(device, described);
    await handle.train(4);
    await handle.fork([0, 1, 0]);
    await handle.set(2, { proportions: [0, 1, 0] });
    const again = reopenPopulation(device, await handle.snapshot());
    expect(again.runs.map(({ proportions }) => Array.from(proportions!))).toEqual([
      [1, 2, 0.5],
      [1, 2, 0],
      [0, 1, 0],
    ]);
    for (const each of [handle, again]) await each.train(5);
    const [one, other] = [await handle.parameters(), await again.parameters()];
    expect(other.map(values)).toEqual(one.map(values));
    expect(values(one[2])).not.toEqual(values(one[0]));
    const phased = openPopulation(device, {
      ...described,
      runs: [{ ...RUNS[0], phases: [{ from: 4, proportions: [0, 1, 0] }] }],
    });
    await phased.train(9);
    expect(values((await phased.parameters())[0])).toEqual(values(one[2]));
    for (const each of [handle, again, phased]) each.destroy();
  });

  it("measures by domain", async () => {
    const { steps: _s, evaluateEvery: _e, probePoints: _p, ...described } = config(RUNS.slice(0, 1));
    const handle = openPopulation(await open(), described);
    const [whole] = await handle.evaluate();
    expect(whole.domains!.map(({ name, size }) => [name, size])).toEqual([
      ["first", 13],
      ["others", 9],
      ["last", 1],
    ]);
    const points = Array.from(DATA.domains![1].points);
    const [part] = await handle.evaluate(undefined, { points });
    expect(part.loss).toBeCloseTo(whole.domains![1].loss!, 12);
    expect(part.error).toBe(whole.domains![1].error);
    expect(part.domains![0]).toEqual({ name: "first", size: 0, loss: null, error: null });
    expect(part.domains![1]).toMatchObject({ size: 9, error: part.error });
    expect((await handle.evaluate(PLAIN))[0].domains).toBeUndefined();
    handle.destroy();
  });
});
