// The way back of copyForward: deltas [R, B, C, H, W] of the copy become those of the stage it reads, times the slope of that
// stage's activation. Writes previous, or adds to it. A thread a number, or several; grid (B C H W / 64, R).
import package::parts::elementwise::{elements, elementCount, elementNormalization};
import package::parts::incoming::{incoming, passedBack};

override ADDS: u32 = 0u;

@group(0) @binding(3) var<storage, read> deltas: array<f32>;
@group(0) @binding(4) var<storage, read_write> previous: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let r = id.y;
  let count = elementCount();
  for (var i = id.x; i < count; i += groups.x * 64u) {
    let at = r * count + i;
    let stored = incoming[elements.inputOffset + r * elements.inputRunStride + i];
    var delta = passedBack(deltas[at], stored, elementNormalization(i, r));
    if (ADDS == 1u) { delta += previous[at]; }
    previous[at] = delta;
  }
}
