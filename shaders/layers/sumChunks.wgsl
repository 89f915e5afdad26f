// Adds up the chunks of a layer's gradients, in order: [R, chunks, numbers] into gradients [R, P] at the layer's place, or on
// top of what is there. A thread a number, or several; grid (numbers / 64, R).

struct Chunks {
  numbers: u32,
  count: u32,
  parameterStride: u32,
  offset: u32,
  adds: u32,
}

@group(0) @binding(0) var<uniform> chunks: Chunks;
@group(0) @binding(1) var<storage, read> parts: array<f32>;
@group(0) @binding(2) var<storage, read_write> gradients: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let r = id.y;
  for (var i = id.x; i < chunks.numbers; i += groups.x * 64u) {
    let to = r * chunks.parameterStride + chunks.offset + i;
    var sum = 0.0;
    if (chunks.adds == 1u) { sum = gradients[to]; }
    for (var c = 0u; c < chunks.count; c++) { sum += parts[(r * chunks.count + c) * chunks.numbers + i]; }
    gradients[to] = sum;
  }
}
