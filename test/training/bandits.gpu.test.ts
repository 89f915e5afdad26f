/**
 * Runs with bandits over domains, trained: the reference against the GPU as long as their draws agree; a run's bits in company, in pieces,
 * resumed, in parts; forked, set and reopened; policies at evaluations.
 */

import { describe, expect, it } from "vitest";
import {
  adam,
  beta,
  classDataset,
  type Device,
  domainBandit,
  erm,
  mixup,
  mlp,
  type NamedTensors,
  openDevice,
  openPopulation,
  type RunConfig,
  range,
  reopenPopulation,
  resume,
  type TrainConfig,
  train,
  withDomains,
} from "../../src/index.ts";
import { randomNumbers, testDevice } from "../kernels/harness.ts";
import { fingerprint } from "./agreement.ts";

const N = 40;
const DATA = withDomains(
  classDataset({ points: randomNumbers(3, N * 2), labels: range(N).map((n) => n % 3), dimensions: 2 }),
  { a: { from: 0, to: 10 }, b: { from: 10, to: 17 }, c: { from: 17, to: 40 } },
);
const RUNS: RunConfig[] = [
  { seed: 1, mixing: erm(), bandit: domainBandit({ reward: "cumulative" }) },
  {
    seed: 1,
    mixing: mixup(beta(1)),
    bandit: domainBandit({ reward: "ema", warm: 3 }),
    proportions: [1, 2, 3],
  },
  { seed: 2, mixing: mixup(beta(1), { pairing: "permutation" }), bandit: domainBandit() },
  { seed: 1, mixing: erm(), proportions: [1, 2, 0] },
  { seed: 1, mixing: mixup(beta(1)) },
];

function config(runs: readonly RunConfig[]): TrainConfig {
  return {
    data: DATA,
    model: mlp([2, 9, 3], { activation: "tanh" }),
    optimizer: adam({ learningRate: 0.05 }),
    steps: 12,
    batch: 7,
    evaluateEvery: 5,
    runs,
  };
}

const values = (parameters: NamedTensors) =>
  Object.values(parameters).flatMap(({ data }) => Array.from(data));

it("the GPU's policies are the reference's", async () => {
  const actual = await train(await testDevice(), config(RUNS)).result;
  const expected = await train(await openDevice({ backend: "cpu" }), config(RUNS)).result;
  expect(actual.executor).toBe("mixed");
  expected.curves.runs.forEach(({ policy, loss }, r) => {
    const own = actual.curves.runs[r];
    expect(own.policy?.length).toBe(policy?.length);
    expect(policy !== undefined).toBe(r < 3);
    policy?.flat().forEach((share, i) => {
      expect(Math.abs(own.policy!.flat()[i] - share), `run ${r}`).toBeLessThan(1e-4);
    });
    loss.forEach((value, e) => {
      expect(Math.abs(own.loss[e] - value)).toBeLessThan(1e-3);
    });
  });
  const [cumulative] = actual.curves.runs;
  expect(cumulative.policy!.at(-1)).not.toEqual(cumulative.policy![0]);
  for (const shares of cumulative.policy!)
    expect(shares.reduce((sum, share) => sum + share)).toBeCloseTo(1, 5);
});

describe.each([
  ["gpu", testDevice],
  ["cpu", () => openDevice({ backend: "cpu" })],
] as [string, () => Promise<Device>][])("on the %s", (_, open) => {
  it("a run's bits are its own: alone, stopped and resumed", async () => {
    const device = await open();
    const together = await train(device, config(RUNS)).result;
    const stopped = train(device, config(RUNS), { stopAfter: 6 });
    await stopped.result;
    const resumed = await resume(device, await stopped.checkpoint()).result;
    expect(resumed.curves).toEqual(together.curves);
    for (const [r, run] of RUNS.entries()) {
      const alone = await train(device, config([run])).result;
      expect(fingerprint(alone, 0), `run ${r}`).toEqual(fingerprint(together, r));
      expect(alone.curves.runs[0].policy).toEqual(together.curves.runs[r].policy);
      expect(fingerprint(resumed, r)).toEqual(fingerprint(together, r));
    }
  });

  it("forks go on alike, a bandit that is set begins anew, and all of it is in a snapshot", async () => {
    const device = await open();
    const { steps: _s, evaluateEvery: _e, ...described } = config(RUNS);
    const handle = openPopulation(device, described);
    expect((await handle.policies())[0]).toHaveLength(3);
    await handle.train(5);
    await handle.fork([0, 0, 3, 0, 4]);
    await handle.set([1, 2], { bandit: domainBandit(), proportions: [1, 1, 1] });
    const [kept, begun, other, same, none] = await handle.policies();
    expect(same).toEqual(kept);
    expect(none).toBeUndefined();
    for (const share of [...begun!, ...other!]) expect(share).toBeCloseTo(1 / 3, 6);
    expect(kept).not.toEqual(begun);
    const again = reopenPopulation(device, await handle.snapshot());
    for (const each of [handle, again]) await each.train(6);
    expect(await again.policies()).toEqual(await handle.policies());
    const [one, two] = [await handle.parameters(), await again.parameters()];
    expect(two.map(values)).toEqual(one.map(values));
    expect(values(one[3])).toEqual(values(one[0]));
    const [after, anew] = await handle.policies();
    expect(after).not.toEqual(anew);
    await handle.average([[0, 1]]);
    for (const share of (await handle.policies())[0]!) expect(share).toBeCloseTo(1 / 3, 6);
    for (const each of [handle, again]) each.destroy();
  });
});
