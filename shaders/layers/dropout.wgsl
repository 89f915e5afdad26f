// Dropout in place: a number stays, times 1 / (1 - p), or becomes 0, by the first word of threefry(seed, dropout + 256 place;
// step, number). The same for numbers [R, B, ...] and for their deltas. A thread a number, or several; grid (numbers / 64, R).
import package::parts::numeric::threefry::{threefry, PURPOSE_DROPOUT};
import package::parts::population::{runs, states, IS_CLOSED};

struct Dropout {
  count: u32,      // numbers of one run
  place: u32,      // of the layer in the net
  bound: u32,      // p 2^32
  scale: f32,
}

@group(1) @binding(0) var<uniform> dropout: Dropout;
@group(1) @binding(1) var<storage, read_write> numbers: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let r = id.y;
  let key = vec2u(runs[r].seed, PURPOSE_DROPOUT + 256u * dropout.place);
  let step = states[r].step - IS_CLOSED;
  for (var i = id.x; i < dropout.count; i += groups.x * 64u) {
    let word = threefry(key, vec2u(step, i)).x;
    let at = r * dropout.count + i;
    numbers[at] = select(numbers[at] * dropout.scale, 0.0, word < dropout.bound);
  }
}
