// The way back of hiddenMixForward to one of the two it read: deltas [R, B, D] of the mixed values become those of the firsts,
// of the partners, or of both where they are one batch; samples that read a row add up in their order. Writes previous
// [R, B, D], or adds to it. A thread a number, or several; grid (B D / 64, R).
import package::parts::hiddenMix::{hidden, hiddenLambda, partnerRow, ONE_PASS};

// In two passes: 1 for the partners' deltas, 0 for the firsts'.
override PARTNERS: u32 = 0u;
// 1: another reader has written its deltas already.
override ADDS: u32 = 0u;

@group(0) @binding(2) var<storage, read> deltas: array<f32>;
@group(0) @binding(3) var<storage, read_write> previous: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let r = id.y;
  let count = hidden.batchSize * hidden.size;
  for (var i = id.x; i < count; i += groups.x * 64u) {
    let row = i / hidden.size;
    if (ONE_PASS == 0u) {
      let lambda = hiddenLambda(r, row);
      write(r * count + i, select(lambda, 1.0 - lambda, PARTNERS == 1u) * deltas[r * count + i]);
      continue;
    }
    var sum = hiddenLambda(r, row) * deltas[r * count + i];
    for (var b = 0u; b < hidden.batchSize; b++) {
      if (partnerRow(r, b) == row) {
        sum += (1.0 - hiddenLambda(r, b)) * deltas[r * count + b * hidden.size + i % hidden.size];
      }
    }
    write(r * count + i, sum);
  }
}

fn write(at: u32, delta: f32) {
  if (ADDS == 1u) { previous[at] += delta; } else { previous[at] = delta; }
}
