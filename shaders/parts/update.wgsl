// The optimizers' updates of four parameters, as in PyTorch. Codes are indices in OPTIMIZERS of src/model/optimizer.ts.
import package::parts::population::{Run, tables};

override OPTIMIZER: u32 = 0u;
// Whether some run never clears its gradients: the sum of all so far is then kept behind the moments.
override ACCUMULATES: u32 = 0u;
// Whether some run's parameters decay. Where none do, adding 0 times them to gradients is left out: the bits are the same.
override DECAYS: u32 = 1u;

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

// Steps whose learning rates are in the tables at once: as in src/training/gpu/pack.ts.
const SCHEDULE_WINDOW: u32 = 65536u;

// `corrections` are 1 - beta^t for this step's t: see nextCorrections.
fn updateRates(run: Run, step: u32, corrections: vec2f) -> UpdateRates {
  let learningRate = run.learningRate * tables[run.scheduleOffset + (step % SCHEDULE_WINDOW) * run.scheduleStride];
  return UpdateRates(
    learningRate, run.momentum, run.nesterov == 1u, run.weightDecay, run.epsilon,
    run.beta1, run.beta2, run.oneMinusBeta1, run.oneMinusBeta2,
    learningRate / corrections.x, 1.0 / sqrt(corrections.y),
    ACCUMULATES == 1u && run.accumulates == 1u,
  );
}

// 1 - beta^t from 1 - beta^(t-1), without the cancellation that a power would bring.
fn nextCorrections(run: Run, corrections: vec2f) -> vec2f {
  return corrections * vec2f(run.beta1, run.beta2) + vec2f(run.oneMinusBeta1, run.oneMinusBeta2);
}

// The gradient that a step uses: its own, or with the sum of those before it.
fn usedGradient(rates: UpdateRates, gradient: vec4f, sum: vec4f) -> vec4f {
  return select(gradient, sum + gradient, rates.accumulates);
}

// `gradient` as usedGradient gives it.
fn updated(rates: UpdateRates, parameters: vec4f, gradient: vec4f, first: vec4f, second: vec4f) -> Update {
  if (OPTIMIZER == SGD) {
    var g = gradient;
    if (DECAYS == 1u) { g += rates.weightDecay * parameters; }
    let velocity = rates.momentum * first + g;
    let direction = select(velocity, g + rates.momentum * velocity, rates.nesterov);
    return Update(parameters - rates.learningRate * direction, velocity, second);
  }
  var g = gradient;
  var decayed = parameters;
  if (DECAYS == 1u && OPTIMIZER == ADAM) { g += rates.weightDecay * parameters; }
  if (DECAYS == 1u && OPTIMIZER == ADAMW) { decayed -= rates.learningRate * rates.weightDecay * parameters; }
  let m = rates.beta1 * first + rates.oneMinusBeta1 * g;
  let v = rates.beta2 * second + rates.oneMinusBeta2 * g * g;
  let denominator = sqrt(v) * rates.rootCorrection2 + rates.epsilon;
  return Update(decayed - rates.adamStep * m / denominator, m, v);
}

// An update may be kept if this is finite: then everything is, and nothing passes a tenth of what 32 bits can hold.
// Moments count, since an infinite one would stop its parameter for good, silently. Adam's first moment need not be
// looked at: what makes it infinite or undefined does the same to the second one; and a sum of gradients shows there, too.
fn updateSum(next: Update) -> vec4f {
  if (OPTIMIZER == SGD) { return next.parameters + next.first; }
  return next.parameters + next.second;
}
