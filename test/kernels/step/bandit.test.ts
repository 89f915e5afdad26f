/** Kernel `bandit`: rewards, policies and draws against the twin and the unit values. */

import { describe, expect, it } from "vitest";
import { classDataset } from "../../../src/data/dataset.ts";
import { withDomains } from "../../../src/data/domains.ts";
import { readBuffer } from "../../../src/gpu/readback.ts";
import { FINITE, RUN_STATE_BYTES } from "../../../src/kernels/population.ts";
import { banditGrid, banditKernel } from "../../../src/kernels/step/bandit.ts";
import {
  addReward,
  type BanditReward,
  banditPolicy,
  type DomainBandit,
  domainBandit,
} from "../../../src/mixing/bandit.ts";
import { erm } from "../../../src/mixing/mixing.ts";
import { linear } from "../../../src/model/nets.ts";
import { sgd } from "../../../src/model/optimizer.ts";
import { drawnDomain } from "../../../src/population/bandits.ts";
import UNITS from "../../fixtures/methods/mixtures.json";
import { randomNumbers, runKernel, testState } from "../harness.ts";

/** Of the largest share, and of the largest reward. */
const TOLERANCE = 2e-5;
const WIDTH = RUN_STATE_BYTES / 4;

async function banditState(bandits: readonly (DomainBandit | undefined)[], domains: number, B: number) {
  const N = Math.max(B, 2 * domains);
  const data = withDomains(
    classDataset({
      points: Array.from({ length: N }, (_, n) => n),
      labels: Array.from({ length: N }, (_, n) => n % 2),
      dimensions: 1,
    }),
    Object.fromEntries(Array.from({ length: domains }, (_, k) => [`d${k}`, [2 * k, 2 * k + 1]])),
  );
  const runs = bandits.map((bandit, seed) => ({ seed, mixing: erm(), ...(bandit && { bandit }) }));
  const more = { steps: 1000, evaluateEvery: 1, batch: B };
  const state = await testState({ data, model: linear(1, 2), optimizer: sgd(), runs, ...more });
  const R = bandits.length;
  /** One step whose batches are of given domains and have given losses; policies `[R, 2 K]` before it. */
  async function step(
    number: number,
    drawn: readonly number[],
    losses: Float32Array,
    policies: Float32Array,
    failed = FINITE,
    isClosed = false,
  ) {
    const words = new Uint32Array(R * WIDTH);
    drawn.forEach((domain, r) => {
      words.set([isClosed ? number + 1 : number, r === 0 ? failed : FINITE], r * WIDTH);
      words[r * WIDTH + 6] = domain;
    });
    state.device.gpu.queue.writeBuffer(state.buffers.states, 0, words);
    const entry = new Uint32Array(state.plan.metricsStride);
    const { 2: after, 3: metrics } = await runKernel(
      banditKernel,
      { overrides: { IS_CLOSED: isClosed ? 1 : 0 } },
      banditGrid(R),
      [
        { uniform: Uint32Array.of(number, 1, number, 0) },
        { read: losses },
        { write: policies },
        { write: entry },
      ],
      state,
    );
    const states = new Uint32Array(await readBuffer(state.device, state.buffers.states));
    return {
      policies: new Float32Array(after),
      shares: new Float32Array(metrics).subarray(entry.length - R * domains),
      drawn: bandits.map((_, r) => states[r * WIDTH + 6]),
    };
  }
  return { state, step };
}

function expectNear(actual: ArrayLike<number>, expected: ArrayLike<number>, what: string): void {
  const largest = Math.max(...Array.from(expected, Math.abs), 1e-30);
  for (let i = 0; i < expected.length; i++)
    expect(Math.abs(actual[i] - expected[i]) / largest, `${what} [${i}]`).toBeLessThan(TOLERANCE);
}

describe.each([
  [
    "four domains",
    UNITS.onlineMixing as {
      domains: number;
      stream: number[][];
      smoothing?: number;
      cases: typeof UNITS.onlineMixing.cases;
    },
  ],
  [
    "a domain that is never drawn",
    { ...UNITS.onlineMixing2, cases: UNITS.onlineMixing2.cases.map((one) => ({ smoothing: 0.9, ...one })) },
  ],
])("the unit values: %s", (_, { domains: K, stream, cases }) => {
  it("all rewards at once", async () => {
    const bandits = cases.map(({ variant, smoothing }) =>
      domainBandit({ reward: variant as BanditReward, smoothing }),
    );
    const { state, step } = await banditState(bandits, K, 5);
    let policies = Float32Array.from(bandits.flatMap(() => [...Array(K).fill(0), ...Array(K).fill(1 / K)]));
    for (const [number, [domain, loss]] of stream.entries()) {
      cases.forEach(({ policies: expected }, r) => {
        expectNear(
          policies.subarray((2 * r + 1) * K, (2 * r + 2) * K),
          expected[number],
          `case ${r}, step ${number}`,
        );
      });
      const losses = new Float32Array(2 * 5 * cases.length).map((__, i) => (i % 2 === 0 ? 1 : loss));
      const next = await step(
        number,
        bandits.map(() => domain),
        losses,
        policies,
      );
      policies = next.policies;
      bandits.forEach((__, r) => {
        expect(next.shares.slice(r * K, (r + 1) * K)).toEqual(
          policies.slice((2 * r + 1) * K, (2 * r + 2) * K),
        );
      });
    }
    cases.forEach(({ rewards }, r) => {
      expectNear(policies.subarray(2 * r * K, (2 * r + 1) * K), rewards, `rewards of case ${r}`);
    });
    state.destroy();
  });
});

it("batches of odd sizes, weights, warm-ups, one domain, draws as the twin draws, and no run without a bandit is touched", async () => {
  for (const B of [1, 63, 65, 257]) {
    for (const K of [1, 3]) {
      const bandits = [
        domainBandit({ reward: "cumulative" }),
        undefined,
        domainBandit({ reward: "ema", smoothing: 0.3, warm: 4 }),
        domainBandit({ warm: 3 }),
      ];
      const { state, step } = await banditState(bandits, K, B);
      const losses = randomNumbers(B, 2 * 4 * B).map((value) => 1 + value);
      const before = randomNumbers(K, 8 * K).map((value) => 1.5 + value);
      const drawn = [K - 1, 0, 0, K - 1];
      const { policies, drawn: next } = await step(2, drawn, losses, before);
      bandits.forEach((bandit, r) => {
        const own = policies.subarray(2 * K * r, 2 * K * (r + 1));
        const old = before.subarray(2 * K * r, 2 * K * (r + 1));
        if (bandit === undefined) {
          expect(own).toEqual(old);
          return;
        }
        let mean = 0;
        for (let b = 0; b < B; b++) mean += (losses[2 * (r * B + b)] * losses[2 * (r * B + b) + 1]) / B;
        const rewards = Float64Array.from(old.subarray(0, K));
        addReward(bandit, rewards, drawn[r], mean, old[K + drawn[r]]);
        const shares = banditPolicy(bandit, rewards, 4, new Array(K).fill(1));
        expectNear(own.subarray(0, K), rewards, `rewards of run ${r}`);
        expectNear(own.subarray(K), shares, `shares of run ${r}`);
        expect(next[r]).toBe(drawnDomain(r, 3, shares));
      });
      state.destroy();
    }
  }
});

it("a run that has failed keeps its rewards, and a loss that is not finite goes nowhere", async () => {
  const bandits = [domainBandit(), domainBandit()];
  const { state, step } = await banditState(bandits, 2, 3);
  const before = Float32Array.of(1, 2, 0.5, 0.5, 1, 2, 0.5, 0.5);
  const losses = Float32Array.from({ length: 12 }, (_, i) => (i % 2 === 0 ? 1 : i < 6 ? Number.NaN : 1));
  const { policies } = await step(5, [0, 0], losses, before, 5);
  expect(policies.slice(0, 4)).toEqual(before.slice(0, 4));
  expect(policies[4]).not.toBe(1);
  state.destroy();
});

it("does the same where the clock has moved on already", async () => {
  const bandits = [domainBandit(), domainBandit({ reward: "ema", warm: 7 }), domainBandit({ warm: 6 })];
  const { state, step } = await banditState(bandits, 3, 65);
  const losses = randomNumbers(9, 2 * 3 * 65).map((value) => 1 + value);
  const before = randomNumbers(8, 18).map((value) => 1.5 + value);
  // One that fails in this very step, and one that has not.
  for (const failed of [5, 6]) {
    const open = await step(5, [0, 2, 1], losses, before, failed);
    expect(await step(5, [0, 2, 1], losses, before, failed, true)).toEqual(open);
    const isAsBefore = open.policies.slice(0, 3).every((value, k) => value === before[k]);
    expect(isAsBefore).toBe(failed === 5);
  }
  state.destroy();
});
