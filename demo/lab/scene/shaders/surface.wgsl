// Vertices of the probability surface: one thread a grid point writes (x, height, z, value), all in [-1, 1] but the value,
// which is the probability of class 1.
import package::net::{forward, crossEntropy};

struct Plane {
  low: vec2f,
  high: vec2f,
  side: u32,
}

@group(1) @binding(0) var<uniform> plane: Plane;
@group(1) @binding(1) var<storage, read_write> vertices: array<vec4f>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= plane.side * plane.side) { return; }
  let at = vec2f(f32(id.x % plane.side), f32(id.x / plane.side)) / f32(plane.side - 1u);
  forward(mix(plane.low, plane.high, at));
  let probability = exp(-crossEntropy(1u));
  vertices[id.x] = vec4f(2.0 * at.x - 1.0, 0.9 * (probability - 0.5), 1.0 - 2.0 * at.y, probability);
}
