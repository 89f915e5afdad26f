// A linear layer forward: z[b, o] = sum_i x[b, i] w[o, i] + bias[o]; hidden layers also write a = activation(z).
// Reads inputs [R, B, I] and parameters [R, P]; writes preActivations and activations [R, B, O].
// A thread computes 4 samples x 4 units; grid (O / 32, B / 32, R).
import package::layer::{Layer, TILE};
import package::activation::activate;

// 0 for the last layer, whose pre-activations are the logits.
override HIDDEN: u32 = 1u;

@group(0) @binding(0) var<uniform> layer: Layer;
@group(0) @binding(1) var<storage, read> inputs: array<f32>;
@group(0) @binding(2) var<storage, read> parameters: array<f32>;
@group(0) @binding(3) var<storage, read_write> preActivations: array<f32>;
@group(0) @binding(4) var<storage, read_write> activations: array<f32>;

@compute @workgroup_size(8, 8)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let r = id.z;
  let firstOutput = id.x * TILE;
  let firstSample = id.y * TILE;
  if (firstOutput >= layer.outputs || firstSample >= layer.batchSize) { return; }
  // Rows past the edge repeat the last one: reading is cheaper than branching, and they are not written.
  let samples = min(vec4u(firstSample) + vec4u(0u, 1u, 2u, 3u), vec4u(layer.batchSize - 1u));
  let units = min(vec4u(firstOutput) + vec4u(0u, 1u, 2u, 3u), vec4u(layer.outputs - 1u));
  let x = layer.inputOffset + r * layer.inputRunStride + samples * layer.inputs;
  let run = r * layer.parameterStride;
  let w = run + layer.weightOffset + units * layer.inputs;

  var bias = vec4f(0.0);
  if (layer.hasBias == 1u) {
    let at = run + layer.biasOffset + units;
    bias = vec4f(parameters[at.x], parameters[at.y], parameters[at.z], parameters[at.w]);
  }
  var z0 = bias;
  var z1 = bias;
  var z2 = bias;
  var z3 = bias;
  for (var i = 0u; i < layer.inputs; i++) {
    let weights = vec4f(parameters[w.x + i], parameters[w.y + i], parameters[w.z + i], parameters[w.w + i]);
    z0 += weights * inputs[x.x + i];
    z1 += weights * inputs[x.y + i];
    z2 += weights * inputs[x.z + i];
    z3 += weights * inputs[x.w + i];
  }
  write(r, firstSample, firstOutput, z0);
  write(r, firstSample + 1u, firstOutput, z1);
  write(r, firstSample + 2u, firstOutput, z2);
  write(r, firstSample + 3u, firstOutput, z3);
}

fn write(r: u32, b: u32, firstOutput: u32, z: vec4f) {
  if (b >= layer.batchSize) { return; }
  let row = (r * layer.batchSize + b) * layer.outputs;
  var a = z;
  if (HIDDEN == 1u) { a = activate(z); }
  for (var k = 0u; k < TILE && firstOutput + k < layer.outputs; k++) {
    preActivations[row + firstOutput + k] = z[k];
    if (HIDDEN == 1u) { activations[row + firstOutput + k] = a[k]; }
  }
}
