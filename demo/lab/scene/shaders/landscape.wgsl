// The loss of a whole population of nets, one a grid point of two directions: a workgroup a net, its threads share the
// data, and add up in a fixed tree.
import package::net::{along, forward, crossEntropy};

struct Range {
  side: u32,
  size: u32,        // N
  dimensions: u32,
  reach: f32,
}

@group(1) @binding(0) var<uniform> range: Range;
@group(1) @binding(1) var<storage, read> points: array<f32>;   // [N, D]
@group(1) @binding(2) var<storage, read> labels: array<u32>;   // [N]
@group(1) @binding(3) var<storage, read_write> losses: array<f32>;  // [side, side]

const THREADS = 16u;
var<workgroup> sums: array<f32, THREADS>;

@compute @workgroup_size(THREADS)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let k = group.x;
  let step = 2.0 * range.reach / f32(range.side - 1u);
  along = vec2f(f32(k % range.side), f32(k / range.side)) * step - range.reach;
  var sum = 0.0;
  for (var n = thread; n < range.size; n += THREADS) {
    var point = vec2f(points[n * range.dimensions], 0.0);
    if (range.dimensions > 1u) { point.y = points[n * range.dimensions + 1u]; }
    forward(point);
    sum += crossEntropy(labels[n]);
  }
  sums[thread] = sum;
  workgroupBarrier();
  for (var half = THREADS / 2u; half > 0u; half /= 2u) {
    if (thread < half) { sums[thread] += sums[thread + half]; }
    workgroupBarrier();
  }
  if (thread == 0u) { losses[k] = sums[0] / f32(range.size); }
}
