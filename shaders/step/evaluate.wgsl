// Error and clean loss of every run over a part of the evaluation points: adds to the evaluation's entry in `metrics`.
// Reads logits [R, count, C]. One workgroup a run; grid (R).
import package::parts::population::{population, data, indices, states};
import package::parts::logits::{logits, summarizeLogits};
import package::parts::losses::outputLoss;
import package::parts::metrics::{metrics, metricsEntry, writeMetrics};
import package::parts::part::Part;
import package::parts::numeric::reduce::workgroupSum;

@group(1) @binding(1) var<uniform> part: Part;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) thread: u32) {
  let r = workgroup.x;
  let outputs = population.outputs;
  var sum = vec2f(0.0);
  for (var b = thread; b < part.count; b += 64u) {
    let row = (r * part.count + b) * outputs;
    let targetRow = population.evaluationTargetsOffset + (part.first + b) * outputs;
    let summary = summarizeLogits(row, outputs);
    var loss = 0.0;
    for (var c = 0u; c < outputs; c++) {
      loss += outputLoss(logits[row + c], data[targetRow + c], summary.largest, summary.logSum, outputs);
    }
    // One output for two classes: its sign decides.
    let predicted = select(summary.largestAt, select(0u, 1u, summary.largest > 0.0), outputs == 1u);
    let label = indices[population.evaluationLabelsOffset + part.first + b];
    sum += vec2f(select(0.0, 1.0, predicted != label), loss);
  }
  let total = workgroupSum(sum, thread);
  if (thread != 0u) { return; }

  let at = metricsEntry(r, states[r].step);
  let mean = total.y / f32(population.evaluationSize);
  if (part.first == 0u) {
    let trainingLoss = states[r].lossSum / max(states[r].lossCount, 1.0);
    writeMetrics(at, total.x, mean, trainingLoss, atomicLoad(&states[r].nonFiniteStep));
    states[r].lossSum = 0.0;
    states[r].lossCount = 0.0;
  } else {
    metrics[at] += u32(total.x);
    metrics[at + 1u] = bitcast<u32>(bitcast<f32>(metrics[at + 1u]) + mean);
  }
}
