// From a max pool's deltas to those of the stage it reads: each window's goes to its first largest number, row by row. Reads
// the incoming numbers [R, B, C, H, W] and deltas [R, B, C, P, Q]; writes previous [R, B, C, H, W], or adds to it. A thread a
// number, which looks at the windows that hold it; grid (B C H W / 64, R).
import package::parts::incoming::{incoming, normalizationOf, passed, passedBack};
import package::parts::pool2d::{pool, windowsAt};

override ADDS: u32 = 0u;

@group(0) @binding(3) var<storage, read> deltas: array<f32>;
@group(0) @binding(4) var<storage, read_write> previous: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let r = id.y;
  let map = pool.height * pool.width;
  let planes = pool.batchSize * pool.channels;
  for (var i = id.x; i < planes * map; i += groups.x * 64u) {
    let plane = r * planes + i / map;
    let normalization = normalizationOf(r * pool.channels + (i / map) % pool.channels);
    let y = (i % map) / pool.width;
    let x = i % pool.width;
    let rows = windowsAt(y, pool.paddingTop, pool.kernelHeight, pool.rows);
    let columns = windowsAt(x, pool.paddingLeft, pool.kernelWidth, pool.columns);
    var sum = 0.0;
    for (var p = rows.x; p < rows.y; p++) {
      for (var q = columns.x; q < columns.y; q++) {
        if (firstLargest(plane * map, p, q, normalization) == i % map) {
          sum += deltas[(plane * pool.rows + p) * pool.columns + q];
        }
      }
    }
    let at = plane * map + i % map;
    var delta = passedBack(sum, incoming[at], normalization);
    if (ADDS == 1u) { delta += previous[at]; }
    previous[at] = delta;
  }
}

// Place in the map of the first largest number of window (p, q).
fn firstLargest(plane: u32, p: u32, q: u32, normalization: vec4f) -> u32 {
  var largest = bitcast<f32>(0xff7fffffu);
  var at = 0xffffffffu;
  for (var row = 0u; row < pool.kernelHeight; row++) {
    let y = p * pool.stride + row - pool.paddingTop;
    for (var column = 0u; column < pool.kernelWidth; column++) {
      let x = q * pool.stride + column - pool.paddingLeft;
      if (y < pool.height && x < pool.width) {
        let number = passed(incoming[plane + y * pool.width + x], normalization);
        if (number > largest || at == 0xffffffffu) {
          largest = number;
          at = y * pool.width + x;
        }
      }
    }
  }
  return at;
}
