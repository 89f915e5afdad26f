// The net's own predictions among the labels (self-distilled targets): (1 - a) y + a (lambda p_first + (1 - lambda) p_partner), p the
// probabilities of the unmixed points. Reads logits [R, B, C] of the firsts and adds to mixedTargets [R, B, C], or of the partners.
// A run whose share a is 0 keeps its targets' bits. One thread a sample; grid (B / 64, R).
import package::parts::population::{population, runs};
import package::parts::logits::{logits, summarizeLogits};
import package::parts::losses::outputProbability;
import package::parts::sampling::Sample;

// Whether the logits are the partners'.
override PARTNERS: u32 = 0u;

@group(1) @binding(0) var<storage, read> samples: array<Sample>;
@group(1) @binding(1) var<storage, read_write> mixedTargets: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let b = id.x;
  let r = id.y;
  let share = runs[r].selfDistillation;
  if (b >= population.batchSize || share == 0.0) { return; }
  let outputs = population.outputs;
  let at = r * population.batchSize + b;
  let row = at * outputs;
  let summary = summarizeLogits(row, outputs);
  let lambda = samples[at].labelLambda;
  let weight = share * select(lambda, 1.0 - lambda, PARTNERS == 1u);
  for (var c = 0u; c < outputs; c++) {
    let probability = outputProbability(logits[row + c], summary.largest, summary.logSum);
    let kept = select(1.0 - share, 1.0, PARTNERS == 1u) * mixedTargets[row + c];
    mixedTargets[row + c] = kept + weight * probability;
  }
}
