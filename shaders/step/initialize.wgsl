// First values of one parameter tensor in every run: U(center - bound, center + bound); a constant has the bound 0.
// Writes parameters [R, P]. A thread an element, or several; grid (elements / 64, R).
import package::parts::numeric::threefry::{threefry, symmetricUnit, PURPOSE_INITIALIZATION};
import package::parts::population::{population, runs};

struct Tensor {
  stream: u32,
  offset: u32,
  size: u32,
  bound: f32,
  center: f32,
}

@group(1) @binding(0) var<uniform> tensor: Tensor;
@group(1) @binding(1) var<storage, read_write> parameters: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let r = id.y;
  for (var element = id.x; element < tensor.size; element += groups.x * 64u) {
    let word = threefry(vec2u(runs[r].seed, PURPOSE_INITIALIZATION), vec2u(tensor.stream, element)).x;
    parameters[r * population.parameterStride + tensor.offset + element] = tensor.center + symmetricUnit(word) * tensor.bound;
  }
}
