// From an average pool's deltas to those of the stage it reads: each number gets its share of all windows that hold it. Reads
// the incoming numbers [R, B, C, H, W] and deltas [R, B, C, P, Q]; writes previous [R, B, C, H, W], or adds to it. A thread a
// number, or several; grid (B C H W / 64, R).
import package::parts::incoming::{incoming, passedBack};
import package::parts::pool2d::{pool, placeOf, planeNormalization, windowsAt};
import package::parts::prelude::{KERNEL_HEIGHT, KERNEL_WIDTH, PADDING_TOP, PADDING_LEFT};

override ADDS: u32 = 0u;

@group(0) @binding(3) var<storage, read> deltas: array<f32>;
@group(0) @binding(4) var<storage, read_write> previous: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let r = id.y;
  let count = pool.batchSize * pool.channels * pool.height * pool.width;
  for (var i = id.x; i < count; i += groups.x * 64u) {
    let place = placeOf(r, i, pool.height, pool.width);
    let rows = windowsAt(place.row, PADDING_TOP, KERNEL_HEIGHT, pool.rows);
    let columns = windowsAt(place.column, PADDING_LEFT, KERNEL_WIDTH, pool.columns);
    let area = place.plane * pool.rows * pool.columns;
    var sum = 0.0;
    for (var p = rows.x; p < rows.y; p++) {
      for (var q = columns.x; q < columns.y; q++) { sum += deltas[area + p * pool.columns + q]; }
    }
    let at = r * count + i;
    let share = sum / f32(KERNEL_HEIGHT * KERNEL_WIDTH);
    var delta = passedBack(share, incoming[at], planeNormalization(r, place.plane));
    if (ADDS == 1u) { delta += previous[at]; }
    previous[at] = delta;
  }
}
