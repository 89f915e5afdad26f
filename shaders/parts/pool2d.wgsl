// One pool's sizes: windows over maps, channel by channel. Kernel, stride and padding are constants of the prelude.
import package::parts::incoming::{normalizationOf, NORMALIZED};
import package::parts::prelude::STRIDE;

struct Pool {
  batchSize: u32,
  channels: u32,
  height: u32,           // of the input map ...
  width: u32,
  rows: u32,             // ... and of the output map
  columns: u32,
}

@group(0) @binding(0) var<uniform> pool: Pool;

// A number's place on a map of so many columns: its plane among [R, B, C], row and column.
struct Place {
  plane: u32,
  row: u32,
  column: u32,
}

fn placeOf(r: u32, i: u32, rows: u32, columns: u32) -> Place {
  let area = rows * columns;
  let plane = i / area;
  let within = i - plane * area;
  let row = within / columns;
  return Place(r * pool.batchSize * pool.channels + plane, row, within - row * columns);
}

fn planeNormalization(r: u32, plane: u32) -> vec4f {
  var normalization = vec4f(0.0, 1.0, 0.0, 1.0);
  if (NORMALIZED == 1u) { normalization = normalizationOf(r * pool.channels + plane % pool.channels); }
  return normalization;
}

// The windows, from the first to before the last, of `places` that hold place `at` of a side.
fn windowsAt(at: u32, padding: u32, kernel: u32, places: u32) -> vec2u {
  let reach = at + padding;
  let first = select(0u, (reach + STRIDE - kernel) / STRIDE, reach + 1u > kernel);
  return vec2u(first, min(reach / STRIDE + 1u, places));
}
