/**
 * A bandit over domains (Online Data Mixing, 2312.02406): each step draws one domain for its whole batch by a policy, and the batch's
 * loss is that domain's reward. K domains, rewards R = 0 at first. At step n = 1, 2, ...:
 *
 *     eps_n = min(1 / K, sqrt(ln K / (K n))), eps_0 = 1 / K;   policy = (1 - K eps_n) softmax(eps_{n-1} R) + eps_n
 *
 * In float64, as the specification of `shaders/step/bandit.wgsl`. Not here: drawing by a policy (`domains.ts`), training.
 */

import { checkInteger, checkNumber, checkOptions, checkWord } from "../check.ts";

/** A run's policy over the domains of its data. Made by {@link domainBandit}. */
export interface DomainBandit {
  /**
   * What a loss l of domain d, which had share p of the policy, adds to its reward, a the smoothing:
   * - `exp3`: R <- a R + (1 - a) l / p (the paper);
   * - `ema`: R <- a R + (1 - a) exp(min(l, 80)) (the default of the authors' code; exp of more leaves 32-bit floats);
   * - `cumulative`: R <- R + l / (10 p) (their Exp3).
   */
  readonly reward: BanditReward;
  /** a, in [0, 1). */
  readonly smoothing: number;
  /** First steps, in which domains are drawn by the run's proportions, and rewards counted already. */
  readonly warm: number;
}

export type BanditReward = "exp3" | "ema" | "cumulative";

export const BANDIT_REWARDS: readonly BanditReward[] = ["exp3", "ema", "cumulative"];

/** Losses count as no more where their exponential is taken. */
const MOST_LOSS = 80;

/**
 * A policy over domains that follows the training loss.
 * @throws ConfigError for a reward that is none, a smoothing outside [0, 1), a warm-up that is no number of steps.
 */
export function domainBandit(options: Partial<DomainBandit> = {}): DomainBandit {
  checkOptions("domainBandit", options, ["reward", "smoothing", "warm"]);
  const { reward = "exp3", smoothing = 0.9, warm = 0 } = options;
  return checkDomainBandit({ reward, smoothing, warm }, "domainBandit");
}

/** @throws ConfigError */
export function checkDomainBandit(bandit: DomainBandit, path: string): DomainBandit {
  checkOptions(path, bandit, ["reward", "smoothing", "warm"]);
  checkWord(`${path}.reward`, bandit.reward, BANDIT_REWARDS, "reward");
  checkNumber(`${path}.smoothing`, bandit.smoothing, { from: 0, below: 1, what: "a smoothing" });
  checkInteger(`${path}.warm`, bandit.warm, 0, 0x7fffffff, "a number of steps");
  return bandit;
}

/** The policy `[K]` of the bandit's step n (from 1), of rewards `[K]`; `proportions` are those of the warm-up. */
export function banditPolicy(
  { warm }: Pick<DomainBandit, "warm">,
  rewards: Float64Array,
  n: number,
  proportions: ArrayLike<number>,
): Float64Array {
  const K = rewards.length;
  if (n <= warm) {
    const total = Array.from(proportions).reduce((sum, share) => sum + share, 0);
    return Float64Array.from(proportions, (share) => share / total);
  }
  const [exploration, sharpness] = [n, n - 1].map((step) => explorationAt(K, step));
  const largest = Math.max(...rewards);
  const weights = rewards.map((reward) => Math.exp(sharpness * (reward - largest)));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => (1 - K * exploration) * (weight / total) + exploration);
}

function explorationAt(K: number, n: number): number {
  return n === 0 ? 1 / K : Math.min(1 / K, Math.sqrt(Math.log(K) / (K * n)));
}

/** Adds a loss to the reward of the domain that it is of, which had this share of the policy. */
export function addReward(
  { reward, smoothing }: DomainBandit,
  rewards: Float64Array,
  domain: number,
  loss: number,
  share: number,
): void {
  const before = rewards[domain];
  if (reward === "cumulative") rewards[domain] = before + loss / (10 * share);
  else {
    const own = reward === "exp3" ? loss / share : Math.exp(Math.min(loss, MOST_LOSS));
    rewards[domain] = smoothing * before + (1 - smoothing) * own;
  }
}
