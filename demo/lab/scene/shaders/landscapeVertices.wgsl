// Vertices of the loss landscape from its losses: height is log(1 + loss) over the largest of them, the value the same
// from 0 to 1.
struct Shape {
  side: u32,
}

@group(0) @binding(0) var<uniform> shape: Shape;
@group(0) @binding(1) var<storage, read> losses: array<f32>;
@group(0) @binding(2) var<storage, read_write> vertices: array<vec4f>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let count = shape.side * shape.side;
  if (id.x >= count) { return; }
  var most = 1e-6;
  for (var i = 0u; i < count; i++) { most = max(most, losses[i]); }
  let at = vec2f(f32(id.x % shape.side), f32(id.x / shape.side)) / f32(shape.side - 1u);
  let value = log(1.0 + losses[id.x]) / log(1.0 + most);
  vertices[id.x] = vec4f(2.0 * at.x - 1.0, value - 0.45, 1.0 - 2.0 * at.y, value);
}
