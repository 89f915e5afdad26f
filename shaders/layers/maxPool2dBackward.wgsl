// From a max pool's deltas to those of the stage it reads: each window's goes to its first largest number, row by row. Reads
// the incoming numbers [R, B, C, H, W] and deltas [R, B, C, P, Q]; writes previous [R, B, C, H, W], or adds to it.
// Where windows don't meet, a thread takes a STRIDE x STRIDE block of the input, which holds one window or none; else a thread
// a number, which looks at the windows that hold it. Or several; grid (blocks / 64, R).
import package::parts::incoming::{incoming, passed, passedBack};
import package::parts::numeric::limits::LOWEST;
import package::parts::pool2d::{pool, placeOf, planeNormalization, windowsAt};
import package::parts::prelude::{KERNEL_HEIGHT, KERNEL_WIDTH, STRIDE, PADDING_TOP, PADDING_LEFT, DISJOINT};

override ADDS: u32 = 0u;

@group(0) @binding(3) var<storage, read> deltas: array<f32>;
@group(0) @binding(4) var<storage, read_write> previous: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let r = id.y;
  let side = vec2u(pool.height, pool.width);
  var blocks = side;
  if (DISJOINT == 1u) { blocks = (side + STRIDE - 1u) / STRIDE; }
  let count = pool.batchSize * pool.channels * blocks.x * blocks.y;
  for (var i = id.x; i < count; i += groups.x * 64u) {
    let place = placeOf(r, i, blocks.x, blocks.y);
    let normalization = planeNormalization(r, place.plane);
    let plane = place.plane * pool.height * pool.width;
    let area = place.plane * pool.rows * pool.columns;
    if (DISJOINT == 1u) {
      let exists = (place.row < pool.rows) & (place.column < pool.columns);
      let at = firstLargest(plane, place.row, place.column, normalization);
      let delta = deltas[area + select(0u, place.row * pool.columns + place.column, exists)];
      for (var row = 0u; row < STRIDE; row++) {
        let y = place.row * STRIDE + row;
        for (var column = 0u; column < STRIDE; column++) {
          let x = place.column * STRIDE + column;
          let number = y * pool.width + x;
          if ((y < pool.height) & (x < pool.width)) {
            write(plane + number, select(0.0, delta, exists & (number == at)), normalization);
          }
        }
      }
    }
    if (DISJOINT == 0u) {
      let rows = windowsAt(place.row, PADDING_TOP, KERNEL_HEIGHT, pool.rows);
      let columns = windowsAt(place.column, PADDING_LEFT, KERNEL_WIDTH, pool.columns);
      let own = place.row * pool.width + place.column;
      var sum = 0.0;
      for (var p = rows.x; p < rows.y; p++) {
        for (var q = columns.x; q < columns.y; q++) {
          let isFirst = firstLargest(plane, p, q, normalization) == own;
          sum += select(0.0, deltas[area + p * pool.columns + q], isFirst);
        }
      }
      write(plane + own, sum, normalization);
    }
  }
}

// Place in the map of the first largest number of window (p, q).
fn firstLargest(plane: u32, p: u32, q: u32, normalization: vec4f) -> u32 {
  var largest = LOWEST;
  var at = 0xffffffffu;
  for (var row = 0u; row < KERNEL_HEIGHT; row++) {
    let y = p * STRIDE + row - PADDING_TOP;
    for (var column = 0u; column < KERNEL_WIDTH; column++) {
      let x = q * STRIDE + column - PADDING_LEFT;
      let inside = (y < pool.height) & (x < pool.width);
      let place = y * pool.width + x;
      let number = passed(incoming[plane + select(0u, place, inside)], normalization);
      let wins = inside & ((number > largest) | (at == 0xffffffffu));
      largest = select(largest, number, wins);
      at = select(at, place, wins);
    }
  }
  return at;
}

fn write(at: u32, derivative: f32, normalization: vec4f) {
  var delta = passedBack(derivative, incoming[at], normalization);
  if (ADDS == 1u) { delta += previous[at]; }
  previous[at] = delta;
}
