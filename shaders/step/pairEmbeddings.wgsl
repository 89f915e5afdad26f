// The embeddings of pairs: both halves of each row of logits [R, B, 2 H], divided by their lengths. Writes embeddings [R, 2, B, H]: all
// firsts of a run, then all seconds. A logit that is not finite freezes its run at this step. One thread a pair; grid (B / 64, R).
import package::parts::numeric::finite::isFinite;
import package::parts::pairLength::{logits, lengthOf, divisorOf};
import package::parts::population::{population, states};

@group(1) @binding(1) var<storage, read_write> embeddings: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let b = id.x;
  let r = id.y;
  if (b >= population.batchSize) { return; }
  let width = population.outputs / 2u;
  var finite = true;
  for (var half = 0u; half < 2u; half++) {
    let input = (r * population.batchSize + b) * population.outputs + half * width;
    let output = ((2u * r + half) * population.batchSize + b) * width;
    let divisor = divisorOf(lengthOf(input, width));
    for (var h = 0u; h < width; h++) {
      finite &= isFinite(logits[input + h]);
      embeddings[output + h] = logits[input + h] / divisor;
    }
  }
  if (!finite) { atomicMin(&states[r].nonFiniteStep, states[r].step); }
}
