// The largest number of each window; padding never wins, a NaN does. Reads the incoming numbers [R, B, C, H, W]; writes
// outputs [R, B, C, P, Q]. A thread a place, or several; grid (B C P Q / 64, R).
import package::parts::incoming::{incoming, normalizationOf, passed};
import package::parts::pool2d::pool;

@group(0) @binding(3) var<storage, read_write> outputs: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let r = id.y;
  let area = pool.rows * pool.columns;
  let planes = pool.batchSize * pool.channels;
  for (var i = id.x; i < planes * area; i += groups.x * 64u) {
    let plane = r * planes + i / area;
    let normalization = normalizationOf(r * pool.channels + (i / area) % pool.channels);
    let top = (i % area) / pool.columns * pool.stride;
    let left = i % pool.columns * pool.stride;
    var largest = bitcast<f32>(0xff7fffffu);
    for (var row = 0u; row < pool.kernelHeight; row++) {
      let y = top + row - pool.paddingTop;
      for (var column = 0u; column < pool.kernelWidth; column++) {
        let x = left + column - pool.paddingLeft;
        if (y < pool.height && x < pool.width) {
          let number = passed(incoming[(plane * pool.height + y) * pool.width + x], normalization);
          if (number > largest || isNaN(number)) { largest = number; }
        }
      }
    }
    outputs[r * planes * area + i] = largest;
  }
}

// By its bits: x != x need not hold for one.
fn isNaN(x: f32) -> bool {
  return (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u;
}
