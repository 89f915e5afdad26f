// The largest number of each window; padding never wins, a NaN does. Reads the incoming numbers [R, B, C, H, W]; writes
// outputs [R, B, C, P, Q]. A thread a place, or several; grid (B C P Q / 64, R).
import package::parts::incoming::{incoming, passed};
import package::parts::numeric::finite::isNaN;
import package::parts::numeric::limits::LOWEST;
import package::parts::pool2d::{pool, placeOf, planeNormalization};
import package::parts::prelude::{KERNEL_HEIGHT, KERNEL_WIDTH, STRIDE, PADDING_TOP, PADDING_LEFT};

@group(0) @binding(3) var<storage, read_write> outputs: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let r = id.y;
  let count = pool.batchSize * pool.channels * pool.rows * pool.columns;
  for (var i = id.x; i < count; i += groups.x * 64u) {
    let place = placeOf(r, i, pool.rows, pool.columns);
    let normalization = planeNormalization(r, place.plane);
    let plane = place.plane * pool.height * pool.width;
    var largest = LOWEST;
    for (var row = 0u; row < KERNEL_HEIGHT; row++) {
      let y = place.row * STRIDE + row - PADDING_TOP;
      for (var column = 0u; column < KERNEL_WIDTH; column++) {
        let x = place.column * STRIDE + column - PADDING_LEFT;
        let inside = (y < pool.height) & (x < pool.width);
        let number = passed(incoming[plane + select(0u, y * pool.width + x, inside)], normalization);
        largest = select(largest, number, inside & ((number > largest) | isNaN(number)));
      }
    }
    outputs[r * count + i] = largest;
  }
}
