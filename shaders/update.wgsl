// The optimizers' updates of four parameters, as in PyTorch. Codes are indices in OPTIMIZERS of src/model/optimizer.ts.
import package::finite::allFinite;
import package::population::{runs, tables};

override OPTIMIZER: u32 = 0u;
// Whether some run never clears its gradients: the sum of all so far is then kept behind the moments.
override ACCUMULATES: u32 = 0u;

const SGD: u32 = 0u;
const ADAM: u32 = 1u;
const ADAMW: u32 = 2u;

struct Update {
  parameters: vec4f,
  first: vec4f,
  second: vec4f,
}

// What a run's update needs besides gradients: computed once a step, not once a parameter.
struct UpdateRates {
  learningRate: f32,
  momentum: f32,
  nesterov: bool,
  weightDecay: f32,
  epsilon: f32,
  beta1: f32,
  beta2: f32,
  oneMinusBeta1: f32,
  oneMinusBeta2: f32,
  adamStep: f32,
  rootCorrection2: f32,
  accumulates: bool,
}

// `corrections` are 1 - beta^t for this step's t: see nextCorrections.
fn updateRates(r: u32, step: u32, corrections: vec2f) -> UpdateRates {
  let learningRate = runs[r].learningRate * tables[runs[r].scheduleOffset + step * runs[r].scheduleStride];
  return UpdateRates(
    learningRate, runs[r].momentum, runs[r].nesterov == 1u, runs[r].weightDecay, runs[r].epsilon,
    runs[r].beta1, runs[r].beta2, runs[r].oneMinusBeta1, runs[r].oneMinusBeta2,
    learningRate / corrections.x, 1.0 / sqrt(corrections.y),
    ACCUMULATES == 1u && runs[r].accumulates == 1u,
  );
}

// 1 - beta^t from 1 - beta^(t-1), without the cancellation that a power would bring.
fn nextCorrections(r: u32, corrections: vec2f) -> vec2f {
  return corrections * vec2f(runs[r].beta1, runs[r].beta2) + vec2f(runs[r].oneMinusBeta1, runs[r].oneMinusBeta2);
}

// The gradient that a step uses: its own, or with the sum of those before it.
fn usedGradient(rates: UpdateRates, gradient: vec4f, sum: vec4f) -> vec4f {
  return select(gradient, sum + gradient, rates.accumulates);
}

// `gradient` as usedGradient gives it.
fn updated(rates: UpdateRates, parameters: vec4f, gradient: vec4f, first: vec4f, second: vec4f) -> Update {
  if (OPTIMIZER == SGD) {
    let g = gradient + rates.weightDecay * parameters;
    let velocity = rates.momentum * first + g;
    let direction = select(velocity, g + rates.momentum * velocity, rates.nesterov);
    return Update(parameters - rates.learningRate * direction, velocity, second);
  }
  let decoupled = OPTIMIZER == ADAMW;
  let g = select(gradient + rates.weightDecay * parameters, gradient, decoupled);
  let decayed = select(parameters, parameters - rates.learningRate * rates.weightDecay * parameters, decoupled);
  let m = rates.beta1 * first + rates.oneMinusBeta1 * g;
  let v = rates.beta2 * second + rates.oneMinusBeta2 * g * g;
  let denominator = sqrt(v) * rates.rootCorrection2 + rates.epsilon;
  return Update(decayed - rates.adamStep * m / denominator, m, v);
}

// Whether an update may be kept: moments count, since an infinite one would stop its parameter for good, silently. A sum
// of gradients that is not finite shows in the first moment or in the parameter.
fn isFiniteUpdate(next: Update) -> bool {
  return allFinite(next.parameters) & allFinite(next.first) & allFinite(next.second);
}
