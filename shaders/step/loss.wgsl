// The loss of each sample, and its derivative by the logits. Reads mixedTargets [R, B, C]; `logits` [R, B, C] becomes
// deltas, d(mean loss)/d(logit), in place. sampleLosses [R, B] holds each sample's weight and takes its un-weighted loss.
// A logit or loss that is not finite freezes its run at this step. One thread a sample; grid (B / 64, R).
import package::parts::population::{population, states};
import package::parts::numeric::finite::isFinite;
import package::parts::logits::{logits, summarizeLogits};
import package::parts::losses::{outputLoss, outputDelta, outputProbability};
import package::parts::sampleLoss::SampleLoss;

@group(1) @binding(0) var<storage, read> mixedTargets: array<f32>;
@group(1) @binding(1) var<storage, read_write> sampleLosses: array<SampleLoss>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let b = id.x;
  let r = id.y;
  if (b >= population.batchSize) { return; }
  let outputs = population.outputs;
  let sample = r * population.batchSize + b;
  let row = sample * outputs;
  let summary = summarizeLogits(row, outputs);
  var targetSum = 0.0;
  for (var c = 0u; c < outputs; c++) { targetSum += mixedTargets[row + c]; }

  let scale = sampleLosses[sample].weight / f32(population.batchSize);
  var loss = 0.0;
  for (var c = 0u; c < outputs; c++) {
    let z = logits[row + c];
    let y = mixedTargets[row + c];
    loss += outputLoss(z, y, summary.largest, summary.logSum, outputs);
    let probability = outputProbability(z, summary.largest, summary.logSum);
    logits[row + c] = scale * outputDelta(probability, y, targetSum, outputs);
  }
  sampleLosses[sample].loss = loss;
  if (!summary.finite || !isFinite(loss)) { atomicMin(&states[r].nonFiniteStep, states[r].step); }
}
