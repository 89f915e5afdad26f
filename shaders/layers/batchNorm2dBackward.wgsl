// BatchNorm backward, in place: deltas [R, B, C, H, W] by what it gave become deltas by what it took,
// dz = scale (dy - mean(dy) - z mean(dy z)) with z the normalized number. Reads stored [R, B, C, H, W] and normalizations
// [R, C]; writes (or adds to) the weights' and biases' gradients [R, P], and counts the batch in state [R, Q].
// One workgroup a channel; grid (C, R).
import package::parts::batchNorm2d::{norm, cursorAt, further, THREADS};
import package::parts::numeric::reduce::workgroupSumOf;
import package::parts::population::{RunState, IS_CLOSED};

// 1: another pass through this layer has written its gradients already.
override ADDS: u32 = 0u;

@group(0) @binding(1) var<storage, read> stored: array<f32>;
@group(0) @binding(2) var<storage, read> normalizations: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> deltas: array<f32>;
@group(0) @binding(4) var<storage, read_write> gradients: array<f32>;
@group(0) @binding(5) var<storage, read_write> state: array<f32>;
@group(0) @binding(6) var<storage, read_write> clocks: array<RunState>;

@compute @workgroup_size(THREADS)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) thread: u32) {
  let channel = workgroup.x;
  let r = workgroup.y;
  let m = norm.batchSize * norm.map;
  let normalization = normalizations[r * norm.channels + channel];
  var own = vec2f(0.0);
  let begin = further(cursorAt(r, channel), thread);
  var cursor = begin;
  for (var i = thread; i < m; i += THREADS) {
    let at = cursor.begin + cursor.within;
    cursor = further(cursor, THREADS);
    own += deltas[at] * vec2f(1.0, (stored[at] - normalization.x) * normalization.w);
  }
  let sums = workgroupSumOf(own, thread, THREADS);
  let means = sums / f32(m);
  cursor = begin;
  for (var i = thread; i < m; i += THREADS) {
    let at = cursor.begin + cursor.within;
    cursor = further(cursor, THREADS);
    let z = (stored[at] - normalization.x) * normalization.w;
    deltas[at] = normalization.y * (deltas[at] - means.x - z * means.y);
  }
  if (thread != 0u) { return; }
  let run = r * norm.parameterStride;
  var bias = sums.x;
  var weight = sums.y;
  if (ADDS == 1u) {
    bias += gradients[run + norm.biasOffset + channel];
    weight += gradients[run + norm.weightOffset + channel];
  }
  gradients[run + norm.biasOffset + channel] = bias;
  gradients[run + norm.weightOffset + channel] = weight;
  // Here and not in the forward pass, where other channels read it; the step that fails is still counted.
  if (channel == 0u && norm.passIndex + 1u == norm.passCount && atomicLoad(&clocks[r].nonFiniteStep) >= clocks[r].step - IS_CLOSED) {
    state[r * norm.stateStride + norm.trackedOffset] += f32(norm.passCount);
  }
}
