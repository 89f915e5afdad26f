// Mixes hidden values (Manifold Mixup): reads firsts and partners [R, B, D] (the same, in one pass); writes outputs [R, B, D].
// Where lambda is 1 the partner is not looked at. A thread a number, or several; grid (B D / 64, R).
import package::parts::hiddenMix::{hidden, hiddenLambda, partnerRow};

@group(0) @binding(2) var<storage, read> firsts: array<f32>;
@group(0) @binding(3) var<storage, read> partners: array<f32>;
@group(0) @binding(4) var<storage, read_write> outputs: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let r = id.y;
  let count = hidden.batchSize * hidden.size;
  for (var i = id.x; i < count; i += groups.x * 64u) {
    let lambda = hiddenLambda(r, i / hidden.size);
    let own = firsts[r * count + i];
    let partner = partners[r * count + partnerRow(r, i / hidden.size) * hidden.size + i % hidden.size];
    outputs[r * count + i] = select(lambda * own + (1.0 - lambda) * partner, own, lambda == 1.0);
  }
}
