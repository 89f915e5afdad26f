// Blends points and targets: z = lambda s + (1 - lambda) t. Reads samples [R, B]; writes mixedPoints [R, B, D] and
// mixedTargets [R, B, C]. A thread a number, or several; grid (B (D + C) / 64, R).
import package::population::{population, data};
import package::sampling::Sample;

@group(1) @binding(0) var<storage, read> samples: array<Sample>;
@group(1) @binding(1) var<storage, read_write> mixedPoints: array<f32>;
@group(1) @binding(2) var<storage, read_write> mixedTargets: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let width = population.dimensions + population.outputs;
  for (var i = id.x; i < population.batchSize * width; i += groups.x * 64u) { blend(id.y, i / width, i % width); }
}

// Column `column` of a sample's point and, behind it, target.
fn blend(r: u32, b: u32, column: u32) {
  let row = r * population.batchSize + b;
  let sample = samples[row];
  if (column < population.dimensions) {
    let s = data[sample.first * population.dimensions + column];
    let t = data[sample.partner * population.dimensions + column];
    mixedPoints[row * population.dimensions + column] = sample.featureLambda * s + (1.0 - sample.featureLambda) * t;
  } else {
    let c = column - population.dimensions;
    let s = data[population.targetsOffset + sample.first * population.outputs + c];
    let t = data[population.targetsOffset + sample.partner * population.outputs + c];
    mixedTargets[row * population.outputs + c] = sample.labelLambda * s + (1.0 - sample.labelLambda) * t;
  }
}
