// Losses, output by output, so that a kernel can keep its logits where it likes. Codes are indices in LOSSES of
// src/model/loss.ts. Softmax cross-entropy needs two numbers of the whole sample first: the largest logit, and
// log(sum exp(z - largest)), which is log1p of the sum over all outputs but the (first) largest.
import package::parts::numeric::elementary::{exponentialScalar, log1p};

override LOSS: u32 = 0u;

const SOFTMAX_CROSS_ENTROPY: u32 = 0u;
const LOGISTIC: u32 = 1u;
const SQUARED_ERROR: u32 = 2u;

// What one output with logit z and target y adds to its sample's loss.
fn outputLoss(z: f32, y: f32, largest: f32, logSum: f32, outputs: u32) -> f32 {
  switch (LOSS) {
    case LOGISTIC: {
      let softplus = log1p(exponentialScalar(-abs(z)));
      return (y * (softplus + max(-z, 0.0)) + (1.0 - y) * (softplus + max(z, 0.0))) / f32(outputs);
    }
    case SQUARED_ERROR: { return (z - y) * (z - y) / f32(outputs); }
    default: { return y * ((largest - z) + logSum); }
  }
}

// Its derivative by z, given the output's probability. `targetSum` is the sum of the sample's targets.
fn outputDelta(probability: f32, y: f32, targetSum: f32, outputs: u32) -> f32 {
  switch (LOSS) {
    case LOGISTIC: { return (probability - y) / f32(outputs); }
    case SQUARED_ERROR: { return 2.0 * (probability - y) / f32(outputs); }
    default: { return targetSum * probability - y; }
  }
}

// The probability that an output stands for (squared error: the output itself).
fn outputProbability(z: f32, largest: f32, logSum: f32) -> f32 {
  switch (LOSS) {
    case LOGISTIC: { return logisticFunction(z); }
    case SQUARED_ERROR: { return z; }
    default: { return exponentialScalar(z - largest - logSum); }
  }
}

fn logisticFunction(z: f32) -> f32 {
  let e = exponentialScalar(-abs(z));
  return select(e, 1.0, z >= 0.0) / (1.0 + e);
}
