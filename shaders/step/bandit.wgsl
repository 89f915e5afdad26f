// Bandits over domains: the step's mean loss goes into the reward of its domain; the next step's policy follows, and the domain that it
// draws for the whole of its batch: the twin of src/mixing/bandit.ts. After the loss. Reads sampleLosses [R, B];
// policies [R, 2 K], rewards and shares; writes the shares where an evaluation follows. One workgroup a run; grid (R).
import package::parts::domains::domainShare;
import package::parts::metrics::{metrics, policyEntry};
import package::parts::numeric::threefry::{threefry, PURPOSE_DOMAIN};
import package::parts::numeric::reduce::workgroupSum;
import package::parts::population::{population, runs, states, isFrozen, IS_CLOSED};
import package::parts::sampleLoss::SampleLoss;

@group(1) @binding(1) var<storage, read> sampleLosses: array<SampleLoss>;
@group(1) @binding(2) var<storage, read_write> policies: array<f32>;

// As in BANDIT_REWARDS of src/mixing/bandit.ts, from 1.
const REWARD_EXP3: u32 = 1u;
const REWARD_EMA: u32 = 2u;
const REWARD_CUMULATIVE: u32 = 3u;

// Losses count as no more where their exponential is taken.
const MOST_LOSS: f32 = 80.0;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) thread: u32) {
  let r = workgroup.x;
  let row = r * population.batchSize;
  var sum = 0.0;
  for (var b = thread; b < population.batchSize; b += 64u) {
    sum += sampleLosses[row + b].weight * sampleLosses[row + b].loss;
  }
  let loss = workgroupSum(vec2f(sum, 0.0), thread).x / f32(population.batchSize);
  if (thread != 0u || runs[r].banditReward == 0u) { return; }
  let step = states[r].step - IS_CLOSED;
  if (!isFrozen(r, step)) { update(r, step, loss); }
  let done = step + 1u;
  if (done % population.evaluateEvery == 0u || done == population.steps) {
    let domains = runs[r].domains;
    for (var k = 0u; k < domains; k++) {
      metrics[policyEntry(r, done, domains) + k] = bitcast<u32>(policies[(2u * r + 1u) * domains + k]);
    }
  }
}

fn update(r: u32, step: u32, loss: f32) {
  let K = runs[r].domains;
  let rewards = 2u * r * K;
  let shares = rewards + K;
  let domain = states[r].domain;
  let share = policies[shares + domain];
  let before = policies[rewards + domain];
  var after = before + loss / (10.0 * share);
  if (runs[r].banditReward != REWARD_CUMULATIVE) {
    let own = select(loss / share, exp(min(loss, MOST_LOSS)), runs[r].banditReward == REWARD_EMA);
    after = runs[r].banditSmoothing * before + (1.0 - runs[r].banditSmoothing) * own;
  }
  policies[rewards + domain] = after;

  // The next step's number, counted from 1.
  let n = step + 2u - runs[r].banditStart;
  let sharpness = exploration(K, n - 1u);
  let least = exploration(K, n);
  var largest = policies[rewards];
  for (var k = 1u; k < K; k++) { largest = max(largest, policies[rewards + k]); }
  var total = 0.0;
  for (var k = 0u; k < K; k++) {
    let weight = exp(sharpness * (policies[rewards + k] - largest));
    policies[shares + k] = weight;
    total += weight;
  }
  // Drawn as domainOfWord of src/mixing/domains.ts draws, by running sums in parts of 2^31.
  let part = threefry(vec2u(runs[r].seed, PURPOSE_DOMAIN), vec2u(step + 1u, 0u)).x >> 1u;
  var running = 0.0;
  var drawn = K - 1u;
  for (var k = 0u; k < K; k++) {
    let learnt = (1.0 - f32(K) * least) * (policies[shares + k] / total) + least;
    let own = select(learnt, domainShare(r, k), n <= runs[r].banditWarm);
    policies[shares + k] = own;
    running += own;
    let isAbove = u32(min(running, 1.0) * 0x1p31f) > part;
    drawn = select(drawn, min(drawn, k), isAbove);
  }
  states[r].domain = drawn;
}

// The share that every domain has at least at the bandit's step n, from 1.
fn exploration(K: u32, n: u32) -> f32 {
  let count = f32(K);
  return min(1.0 / count, sqrt(log(count) / (count * f32(n))));
}
