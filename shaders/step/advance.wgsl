// Closes a step: the mean loss of the batch, mean_b weight[b] loss[b], goes into the run's account, and the run's clock
// and bias corrections move on. Reads sampleLosses [R, B]. One workgroup a run; grid (R).
import package::parts::population::{population, runs, states, isFrozen};
import package::parts::numeric::reduce::workgroupSum;
import package::parts::sampleLoss::SampleLoss;
import package::parts::update::nextCorrections;

@group(1) @binding(0) var<storage, read> sampleLosses: array<SampleLoss>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) thread: u32) {
  let r = workgroup.x;
  let row = r * population.batchSize;
  var sum = 0.0;
  for (var b = thread; b < population.batchSize; b += 64u) {
    sum += sampleLosses[row + b].weight * sampleLosses[row + b].loss;
  }
  let loss = workgroupSum(vec2f(sum, 0.0), thread).x / f32(population.batchSize);
  if (thread != 0u) { return; }
  let step = states[r].step;
  if (!isFrozen(r, step)) {
    states[r].lossSum += loss;
    states[r].lossCount += 1.0;
    let corrections = nextCorrections(runs[r], vec2f(states[r].correction1, states[r].correction2));
    states[r].correction1 = corrections.x;
    states[r].correction2 = corrections.y;
  }
  states[r].step = step + 1u;
}
