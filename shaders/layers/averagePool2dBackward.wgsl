// From an average pool's deltas to those of the stage it reads: each number gets its share of all windows that hold it. Reads
// the incoming numbers [R, B, C, H, W] and deltas [R, B, C, P, Q]; writes previous [R, B, C, H, W], or adds to it. A thread a
// number, or several; grid (B C H W / 64, R).
import package::parts::incoming::{incoming, normalizationOf, passedBack};
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
    let rows = windowsAt((i % map) / pool.width, pool.paddingTop, pool.kernelHeight, pool.rows);
    let columns = windowsAt(i % pool.width, pool.paddingLeft, pool.kernelWidth, pool.columns);
    var sum = 0.0;
    for (var p = rows.x; p < rows.y; p++) {
      for (var q = columns.x; q < columns.y; q++) { sum += deltas[(plane * pool.rows + p) * pool.columns + q]; }
    }
    let at = plane * map + i % map;
    let share = sum / f32(pool.kernelHeight * pool.kernelWidth);
    var delta = passedBack(share, incoming[at], normalization);
    if (ADDS == 1u) { delta += previous[at]; }
    previous[at] = delta;
  }
}
