// The loss of each sample, and its derivative by the logits. Reads mixedTargets [R, B, C]; `logits` [R, B, C] becomes
// deltas, d(mean loss)/d(logit), in place. sampleLosses [R, B] holds each sample's weight and takes its un-weighted loss.
// A logit or loss that is not finite freezes its run at this step. One thread a sample; grid (B / 64, R).
import package::parts::batchLoss::takeLoss;
import package::parts::population::{population, states};

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let b = id.x;
  let r = id.y;
  if (b >= population.batchSize) { return; }
  if (!takeLoss(r * population.batchSize + b)) { atomicMin(&states[r].nonFiniteStep, states[r].step); }
}
