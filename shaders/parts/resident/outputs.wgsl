// One sample's outputs in a thread's registers: from logits to its loss and the derivatives. A part of the resident kernels.
import package::parts::prelude::OUTPUTS;
import package::parts::population::population;
import package::parts::losses::{outputLoss, outputDelta, outputProbability, LOSS, SOFTMAX_CROSS_ENTROPY};
import package::parts::numeric::elementary::{exponentialScalar, log1p};
import package::parts::numeric::finite::isFinite;
import package::parts::resident::registers::biases;

// Of the sample that this thread works out: logits, the loss's derivatives by them, probabilities, targets.
var<private> ownLogits: array<f32, OUTPUTS>;
var<private> ownDeltas: array<f32, OUTPUTS>;
var<private> ownProbabilities: array<f32, OUTPUTS>;
var<private> ownTargets: array<f32, OUTPUTS>;

struct LogitSummary {
  largest: f32,
  largestAt: u32,
  logSum: f32,
  finite: bool,
}

// Adds the output bias to this thread's logits; then as summarizeLogits of logits.wgsl. Leaves `ownProbabilities`.
fn summarize() -> LogitSummary {
  for (var c = 0u; c < OUTPUTS; c++) { ownLogits[c] += biases[c]; }
  var summary = LogitSummary(ownLogits[0], 0u, 0.0, true);
  // Finite if all are, but for some beyond 1e37.
  var sum = 0.0;
  for (var c = 0u; c < OUTPUTS; c++) {
    let z = ownLogits[c];
    let isLarger = z > summary.largest;
    sum += z;
    summary.largestAt = select(summary.largestAt, c, isLarger);
    summary.largest = select(summary.largest, z, isLarger);
  }
  summary.finite = isFinite(sum);
  if (LOSS == SOFTMAX_CROSS_ENTROPY) {
    var rest = 0.0;
    for (var c = 0u; c < OUTPUTS; c++) {
      ownProbabilities[c] = exponentialScalar(ownLogits[c] - summary.largest);
      rest += select(ownProbabilities[c], 0.0, c == summary.largestAt);
    }
    summary.logSum = log1p(rest);
    for (var c = 0u; c < OUTPUTS; c++) { ownProbabilities[c] /= 1.0 + rest; }
  } else {
    for (var c = 0u; c < OUTPUTS; c++) { ownProbabilities[c] = outputProbability(ownLogits[c], 0.0, 0.0); }
  }
  return summary;
}

// Loss of this thread's sample, which is `b` of the batch, 0 past its end; leaves its derivatives by the logits in
// `ownDeltas`. Gives an infinity when a logit is not finite.
fn sampleGradient(b: u32) -> f32 {
  let exists = b < population.batchSize;
  let scale = select(0.0, 1.0 / f32(population.batchSize), exists);
  let summary = summarize();
  var targetSum = 0.0;
  for (var c = 0u; c < OUTPUTS; c++) { targetSum += ownTargets[c]; }
  var loss = 0.0;
  for (var c = 0u; c < OUTPUTS; c++) {
    loss += outputLoss(ownLogits[c], ownTargets[c], summary.largest, summary.logSum, OUTPUTS);
    ownDeltas[c] = scale * outputDelta(ownProbabilities[c], ownTargets[c], targetSum, OUTPUTS);
  }
  return select(0.0, select(bitcast<f32>(0x7f800000u | (population.runs & 0u)), loss, summary.finite), exists);
}
