// BatchNorm in training: mean and (biased) variance of each channel over the batch and its maps, and the running statistics
// of runs that are not frozen. Reads stored [R, B, C, H, W] and parameters [R, P]; updates state [R, Q]; writes normalizations
// [R, C]: mean, scale, shift, 1 / deviation, by which readers of the stage take it. One workgroup a channel; grid (C, R).
import package::parts::batchNorm2d::{norm, cursorAt, further, THREADS};
import package::parts::numeric::finite::isFinite;
import package::parts::numeric::spread::{Spread, merged, spreadOf, workgroupSpread};
import package::parts::population::RunState;

@group(0) @binding(1) var<storage, read> stored: array<f32>;
@group(0) @binding(2) var<storage, read> parameters: array<f32>;
@group(0) @binding(3) var<storage, read_write> state: array<f32>;
@group(0) @binding(4) var<storage, read_write> normalizations: array<vec4f>;
@group(0) @binding(5) var<storage, read_write> clocks: array<RunState>;

@compute @workgroup_size(THREADS)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) thread: u32) {
  let channel = workgroup.x;
  let r = workgroup.y;
  let m = norm.batchSize * norm.map;
  var own = Spread(0.0, 0.0, 0.0);
  var cursor = further(cursorAt(r, channel), thread);
  // Four at a time, as far apart as there are threads.
  for (var first = thread; first < m; first += 4u * THREADS) {
    let count = min(4u, (m - first + THREADS - 1u) / THREADS);
    var x = vec4f(0.0);
    for (var k = 0u; k < count; k++) {
      x[k] = stored[cursor.begin + cursor.within];
      cursor = further(cursor, THREADS);
    }
    own = merged(own, spreadOf(x, count));
  }
  let all = workgroupSpread(own, thread, THREADS);
  if (thread != 0u) { return; }

  let variance = all.squares / f32(m);
  let inverse = 1.0 / sqrt(variance + norm.epsilon);
  let run = r * norm.parameterStride;
  let scale = parameters[run + norm.weightOffset + channel] * inverse;
  let shift = parameters[run + norm.biasOffset + channel];
  normalizations[r * norm.channels + channel] = vec4f(all.mean, scale, shift, inverse);

  let isFrozen = atomicLoad(&clocks[r].nonFiniteStep) <= clocks[r].step;
  if (isFrozen || !isFinite(all.mean) || !isFinite(variance)) { return; }
  let place = r * norm.stateStride;
  var share = norm.momentum;
  if (share < 0.0) { share = 1.0 / (state[place + norm.trackedOffset] + f32(norm.passIndex) + 1.0); }
  let mean = state[place + norm.meanOffset + channel];
  let running = state[place + norm.varianceOffset + channel];
  state[place + norm.meanOffset + channel] = mean + share * (all.mean - mean);
  state[place + norm.varianceOffset + channel] = running + share * (all.squares / f32(m - 1u) - running);
}
