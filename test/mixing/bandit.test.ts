import { describe, expect, test } from "vitest";
import { addReward, type BanditReward, banditPolicy, domainBandit } from "../../src/mixing/bandit.ts";
import { configErrorPath } from "../configError.ts";
import UNITS from "../fixtures/methods/mixtures.json";

interface Case {
  variant: string;
  smoothing?: number;
  policies: number[][];
  rewards: number[];
}

const STREAMS: [string, { domains: number; stream: number[][]; smoothing?: number; cases: Case[] }][] = [
  ["four domains", UNITS.onlineMixing],
  ["a domain that is never drawn", UNITS.onlineMixing2],
];

describe.each(STREAMS)("the unit values: %s", (_, { domains, stream, smoothing, cases }) => {
  test.each(cases)("$variant $smoothing", ({ variant, smoothing: own, policies, rewards }) => {
    const bandit = domainBandit({ reward: variant as BanditReward, smoothing: own ?? smoothing });
    const equal = new Array(domains).fill(1);
    const found = new Float64Array(domains);
    stream.forEach(([domain, loss], step) => {
      const policy = banditPolicy(bandit, found, step + 1, equal);
      policies[step].forEach((share, k) => {
        expect(policy[k]).toBeCloseTo(share, 12);
      });
      addReward(bandit, found, domain, loss, policy[domain]);
    });
    rewards.forEach((reward, k) => {
      expect(found[k]).toBeCloseTo(reward, 12);
    });
  });
});

test("one domain has all of the policy", () => {
  const { policies, rewards } = UNITS.onlineMixing2.oneDomain;
  const bandit = domainBandit();
  const found = new Float64Array(1);
  policies.forEach((policy, step) => {
    expect(Array.from(banditPolicy(bandit, found, step + 1, [1]))).toEqual(policy);
  });
  addReward(bandit, found, 0, 1.85, 1);
  expect(found[0]).toBeCloseTo(rewards[0], 12);
});

test("no share is below what the step explores, whatever the rewards, and shares sum to 1", () => {
  for (const rewards of [
    [0, 1000, -1000],
    [1e30, 0, 0],
    [5, 5, 5],
  ]) {
    for (const n of [1, 2, 10, 5000]) {
      const policy = banditPolicy({ warm: 0 }, Float64Array.from(rewards), n, [1, 1, 1]);
      const least = Math.min(1 / 3, Math.sqrt(Math.log(3) / (3 * n)));
      expect(Math.min(...policy)).toBeGreaterThanOrEqual(least - 1e-15);
      expect(policy.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 12);
    }
  }
});

test("the warm-up draws by the proportions; losses of more than 80 count as 80 where their exponential is taken", () => {
  const rewards = Float64Array.of(1, 5);
  expect(Array.from(banditPolicy({ warm: 3 }, rewards, 3, [1, 3]))).toEqual([0.25, 0.75]);
  expect(banditPolicy({ warm: 3 }, rewards, 4, [1, 3])).toEqual(
    banditPolicy({ warm: 0 }, rewards, 4, [1, 1]),
  );
  const bandit = domainBandit({ reward: "ema", smoothing: 0 });
  addReward(bandit, rewards, 0, 500, 0.5);
  expect(rewards[0]).toBe(Math.exp(80));
});

test("refuses what is no bandit", () => {
  const path = (options: object) => configErrorPath(() => domainBandit(options));
  expect(path({ reward: "loss" })).toBe("domainBandit.reward");
  expect(path({ smoothing: 1 })).toBe("domainBandit.smoothing");
  expect(path({ warm: -1 })).toBe("domainBandit.warm");
  expect(path({ rate: 1 })).toBe("domainBandit.rate");
  expect(path({})).toBeUndefined();
});
