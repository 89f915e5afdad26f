// Stores what comes in, brought through the stage before's BatchNorm and activation, for readers that can't do that
// themselves; or adds it to what is there. Reads the incoming numbers [R, B, C, H, W]; writes outputs. A thread a number, or
// several; grid (B C H W / 64, R).
import package::parts::elementwise::{elements, elementCount, elementNormalization};
import package::parts::incoming::{incoming, passed};

// 1: the other way of a residual block has written its numbers already.
override ADDS: u32 = 0u;

@group(0) @binding(3) var<storage, read_write> outputs: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let r = id.y;
  let count = elementCount();
  for (var i = id.x; i < count; i += groups.x * 64u) {
    var number = passed(incoming[elements.inputOffset + r * elements.inputRunStride + i], elementNormalization(i, r));
    if (ADDS == 1u) { number += outputs[r * count + i]; }
    outputs[r * count + i] = number;
  }
}
