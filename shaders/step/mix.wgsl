// Blends points and targets: z = lambda s + (1 - lambda) t. Reads samples [R, B]; writes mixedPoints [R, B, D] and
// mixedTargets [R, B, C]. A thread takes every PARTSth column of a row, PARTS = (D + C) / 16; grid (B PARTS / 64, R).
import package::parts::population::{population, data};
import package::parts::sampling::Sample;

@group(1) @binding(0) var<storage, read> samples: array<Sample>;
@group(1) @binding(1) var<storage, read_write> mixedPoints: array<f32>;
@group(1) @binding(2) var<storage, read_write> mixedTargets: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let width = population.dimensions + population.outputs;
  let parts = (width + 15u) / 16u;
  var i = id.x;
  loop {
    if (i < population.batchSize * parts) { blend(id.y * population.batchSize + i / parts, i % parts, parts, width); }
    i += groups.x * 64u;
    continuing { break if i >= population.batchSize * parts; }
  }
}

// Columns `first`, `first` + `parts` ... of a row: a sample's point and, behind it, its target.
fn blend(row: u32, first: u32, parts: u32, width: u32) {
  let sample = samples[row];
  let dimensions = population.dimensions;
  let outputs = population.outputs;
  var column = first;
  loop {
    // One load for both kinds: the software adapter would run both sides of an `if`.
    let isPoint = column < dimensions;
    let c = column - dimensions;
    let ownPlace = population.targetsOffset + sample.first * outputs + c;
    let partnerPlace = population.targetsOffset + sample.partner * outputs + c;
    let own = data[select(ownPlace, sample.first * dimensions + column, isPoint)];
    let partner = data[select(partnerPlace, sample.partner * dimensions + column, isPoint)];
    let lambda = select(sample.labelLambda, sample.featureLambda, isPoint);
    let mixed = lambda * own + (1.0 - lambda) * partner;
    if (isPoint) { mixedPoints[row * dimensions + column] = mixed; }
    if (!isPoint) { mixedTargets[row * outputs + c] = mixed; }
    column += parts;
    continuing { break if column >= width; }
  }
}
