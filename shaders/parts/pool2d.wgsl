// One pool's sizes: windows over maps, channel by channel.

struct Pool {
  batchSize: u32,
  channels: u32,
  height: u32,           // of the input map ...
  width: u32,
  rows: u32,             // ... and of the output map
  columns: u32,
  kernelHeight: u32,
  kernelWidth: u32,
  stride: u32,
  paddingTop: u32,
  paddingLeft: u32,
}

@group(0) @binding(0) var<uniform> pool: Pool;

// The windows, from the first to before the last, of `places` that hold place `at` of a side.
fn windowsAt(at: u32, padding: u32, kernel: u32, places: u32) -> vec2u {
  let reach = at + padding;
  let first = select(0u, (reach + pool.stride - kernel) / pool.stride, reach + 1u > kernel);
  return vec2u(first, min(reach / pool.stride + 1u, places));
}
