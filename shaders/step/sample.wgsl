// Draws the step's samples: which points are mixed, and how much. Writes samples [R, B].
// One thread a sample; grid (B / 64, R).
import package::parts::population::{population, states};
import package::parts::sampling::{Sample, sampleAt};

@group(1) @binding(0) var<storage, read_write> samples: array<Sample>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let b = id.x;
  let r = id.y;
  if (b >= population.batchSize) { return; }
  samples[r * population.batchSize + b] = sampleAt(r, states[r].step, b);
}
