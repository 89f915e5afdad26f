// Closes a step: the mean loss of the batch, mean_b weight[b] loss[b], goes into the run's account, and the run's clock
// and bias corrections move on. Reads sampleLosses [R, B].
//
// Two variants, of the same sum in the same order. A workgroup a run, 64 threads; grid (R). Or a thread a run, for the software
// adapter, where each barrier costs more than all the rest; grid (R / 4).
import package::parts::prelude::ALONE;
import package::parts::closing::close;
import package::parts::population::{population, states, isFrozen};
import package::parts::numeric::reduce::{workgroupSum, LEAVES};
import package::parts::sampleLoss::SampleLoss;

override THREADS: u32 = 64u;

@group(1) @binding(0) var<storage, read> sampleLosses: array<SampleLoss>;

@compute @workgroup_size(THREADS)
fn main(
  @builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) thread: u32, @builtin(global_invocation_id) id: vec3u,
) {
  if (ALONE == 1u) {
    if (id.x < population.runs) { close(id.x, sumAlone(id.x), isFrozen(id.x, states[id.x].step)); }
  } else {
    let r = workgroup.x;
    let sum = workgroupSum(vec2f(leaf(r, thread), 0.0), thread).x;
    if (thread == 0u) { close(r, sum, isFrozen(r, states[r].step)); }
  }
}

// What goes into one leaf of the tree.
fn leaf(r: u32, first: u32) -> f32 {
  let row = r * population.batchSize;
  var sum = 0.0;
  for (var b = first; b < population.batchSize; b += LEAVES) {
    sum += sampleLosses[row + b].weight * sampleLosses[row + b].loss;
  }
  return sum;
}

// The tree of parts/numeric/reduce.wgsl.
fn sumAlone(r: u32) -> f32 {
  var leaves = array<f32, LEAVES>();
  var first = 0u;
  loop {
    leaves[first] = leaf(r, first);
    first++;
    continuing { break if first >= LEAVES; }
  }
  var width = LEAVES / 2u;
  loop {
    for (var i = 0u; i < width; i++) { leaves[i] += leaves[i + width]; }
    width /= 2u;
    continuing { break if width == 0u; }
  }
  return leaves[0];
}
