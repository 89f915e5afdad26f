// From a layer's deltas to the deltas of the layer before: d loss / d z of the hidden units it reads.
// previous[b, i] = (sum_o delta[b, o] w[o, i]) * activation'(z[b, i]). Reads deltas [R, B, O] and parameters [R, P];
// `previous` [R, B, I] holds the pre-activations z and is overwritten in place.
// A thread computes 4 samples x 4 units; grid (I / 32, B / 32, R).
import package::layer::{Layer, TILE};
import package::activation::activationSlope;

@group(0) @binding(0) var<uniform> layer: Layer;
@group(0) @binding(1) var<storage, read> deltas: array<f32>;
@group(0) @binding(2) var<storage, read> parameters: array<f32>;
@group(0) @binding(3) var<storage, read_write> previous: array<f32>;

@compute @workgroup_size(8, 8)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let r = id.z;
  let firstInput = id.x * TILE;
  let firstSample = id.y * TILE;
  if (firstInput >= layer.inputs || firstSample >= layer.batchSize) { return; }
  let samples = min(vec4u(firstSample) + vec4u(0u, 1u, 2u, 3u), vec4u(layer.batchSize - 1u));
  let units = min(vec4u(firstInput) + vec4u(0u, 1u, 2u, 3u), vec4u(layer.inputs - 1u));
  let d = (r * layer.batchSize + samples) * layer.outputs;
  let w = r * layer.parameterStride + layer.weightOffset + units;

  var g0 = vec4f(0.0);
  var g1 = vec4f(0.0);
  var g2 = vec4f(0.0);
  var g3 = vec4f(0.0);
  for (var o = 0u; o < layer.outputs; o++) {
    let at = w + o * layer.inputs;
    let weights = vec4f(parameters[at.x], parameters[at.y], parameters[at.z], parameters[at.w]);
    g0 += weights * deltas[d.x + o];
    g1 += weights * deltas[d.y + o];
    g2 += weights * deltas[d.z + o];
    g3 += weights * deltas[d.w + o];
  }
  write(r, firstSample, firstInput, g0);
  write(r, firstSample + 1u, firstInput, g1);
  write(r, firstSample + 2u, firstInput, g2);
  write(r, firstSample + 3u, firstInput, g3);
}

fn write(r: u32, b: u32, firstInput: u32, gradient: vec4f) {
  if (b >= layer.batchSize) { return; }
  let row = (r * layer.batchSize + b) * layer.inputs + firstInput;
  let count = min(layer.inputs - firstInput, TILE);
  var z = vec4f(0.0);
  for (var k = 0u; k < count; k++) { z[k] = previous[row + k]; }
  let delta = gradient * activationSlope(z);
  for (var k = 0u; k < count; k++) { previous[row + k] = delta[k]; }
}
