// BatchNorm in evaluation: normalizations [R, C] (mean, scale, shift, 1 / deviation) from the running statistics in state
// [R, Q] and the parameters [R, P]. One thread a channel; grid (C / 64, R).
import package::parts::batchNorm2d::norm;

@group(0) @binding(1) var<storage, read> parameters: array<f32>;
@group(0) @binding(2) var<storage, read> state: array<f32>;
@group(0) @binding(3) var<storage, read_write> normalizations: array<vec4f>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let channel = id.x;
  let r = id.y;
  if (channel >= norm.channels) { return; }
  let run = r * norm.parameterStride;
  let place = r * norm.stateStride;
  let inverse = 1.0 / sqrt(state[place + norm.varianceOffset + channel] + norm.epsilon);
  let scale = parameters[run + norm.weightOffset + channel] * inverse;
  let shift = parameters[run + norm.biasOffset + channel];
  normalizations[r * norm.channels + channel] = vec4f(state[place + norm.meanOffset + channel], scale, shift, inverse);
}
