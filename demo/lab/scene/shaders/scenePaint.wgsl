// Paints a grid of vertices: coloured by value, lit from above, with level lines. Vertices are read where compute wrote
// them.
struct Look {
  camera: mat4x4f,
  background: vec4f,
  low: vec4f,
  high: vec4f,
  line: vec4f,
  side: u32,
  levels: f32,      // level lines between 0 and 1
}

@group(0) @binding(0) var<uniform> look: Look;
@group(0) @binding(1) var<storage, read> vertices: array<vec4f>;

struct Painted {
  @builtin(position) position: vec4f,
  @location(0) value: f32,
  @location(1) normal: vec3f,
}

fn place(column: i32, row: i32) -> vec3f {
  let last = i32(look.side) - 1;
  return vertices[clamp(row, 0, last) * i32(look.side) + clamp(column, 0, last)].xyz;
}

@vertex
fn vertex(@builtin(vertex_index) index: u32) -> Painted {
  let here = vertices[index];
  let column = i32(index % look.side);
  let row = i32(index / look.side);
  let across = place(column + 1, row) - place(column - 1, row);
  let along = place(column, row + 1) - place(column, row - 1);
  return Painted(look.camera * vec4f(here.xyz, 1.0), here.w, normalize(cross(across, along)));
}

@fragment
fn fragment(in: Painted) -> @location(0) vec4f {
  let lead = 2.0 * in.value - 1.0;
  let end = select(look.low.rgb, look.high.rgb, lead > 0.0);
  let color = mix(mix(look.background.rgb, look.line.rgb, 0.06), end, 0.2 + 0.7 * abs(lead));
  let light = 0.62 + 0.38 * abs(normalize(in.normal).y);
  let scaled = in.value * look.levels;
  let width = max(fwidth(scaled), 1e-6);
  let distance = abs(fract(scaled - 0.5) - 0.5) / width;
  // Almost level places would be one broad line.
  let line = (1.0 - smoothstep(0.6, 1.4, distance)) * smoothstep(0.5, 0.1, width) * select(0.35, 1.0, abs(in.value - 0.5) * look.levels < 0.5);
  return vec4f(mix(color * light, look.line.rgb, 0.75 * line), 1.0);
}
