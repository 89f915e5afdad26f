// Draws the step's samples: which points are mixed, and how much. Writes samples [R, B], and where points have weights those of
// sampleLosses [R, B]. One thread a sample; grid (B / 64, R).
import package::parts::population::{population, runs, states, tables, NOTHING};
import package::parts::sampleLoss::SampleLoss;
import package::parts::sampling::{Sample, sampleAt, UNMIXED_FIRST};

// Whether some run's points have weights; where none has, those of the rows stay as they were made.
override WEIGHTS: u32 = 0u;

@group(1) @binding(0) var<storage, read_write> samples: array<Sample>;
@group(1) @binding(1) var<storage, read_write> sampleLosses: array<SampleLoss>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let b = id.x;
  let r = id.y;
  if (b >= population.batchSize) { return; }
  let at = r * population.batchSize + b;
  let sample = sampleAt(r, states[r].step, b);
  samples[at] = sample;
  if (WEIGHTS == 1u) {
    let isMixed = UNMIXED_FIRST == 1u && b >= population.drawn;
    let offset = runs[r].weightsOffset;
    let own = tables[select(offset + sample.first, 0u, offset == NOTHING)];
    let row = select(runs[r].rowWeight, runs[r].mixedWeight, isMixed);
    sampleLosses[at].weight = row * select(own, 1.0, offset == NOTHING);
  }
}
