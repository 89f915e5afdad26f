// A small net at one point, by one thread: logits of an MLP whose parameters lie as in src/model/layout.ts, moved along two
// directions. For pictures of trained nets; training has its own kernels.

struct Net {
  layers: u32,          // weight layers, 1 to 4
  activation: u32,      // index in ACTIVATIONS of src/model/model.ts
  bias: u32,
  parameterCount: u32,  // P
  sizes: array<vec4u, 2>,
}

const WIDEST = 512u;

@group(0) @binding(0) var<uniform> net: Net;
// Base, first and second direction: [3, P].
@group(0) @binding(1) var<storage, read> parameters: array<f32>;

var<private> along: vec2f;
var<private> current: array<f32, 512>;
var<private> next: array<f32, 512>;

fn size(layer: u32) -> u32 {
  return net.sizes[layer / 4u][layer % 4u];
}

fn parameter(i: u32) -> f32 {
  let P = net.parameterCount;
  return parameters[i] + along.x * parameters[P + i] + along.y * parameters[2u * P + i];
}

fn activate(z: f32) -> f32 {
  switch (net.activation) {
    case 1u: { return max(z, 0.0); }
    case 2u: { return select(0.01 * z, z, z > 0.0); }
    case 3u: { return tanh(z); }
    case 4u: {
      // Abramowitz and Stegun 7.1.26.
      let x = abs(z) * 0.70710678;
      let t = 1.0 / (1.0 + 0.3275911 * x);
      let tail = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
      return 0.5 * z * (1.0 + sign(z) * (1.0 - tail * exp(-x * x)));
    }
    default: { return z; }
  }
}

// Logits at a point, into `current`.
fn forward(point: vec2f) {
  current[0] = point.x;
  current[1] = point.y;
  var offset = 0u;
  for (var l = 0u; l < net.layers; l++) {
    let inputs = size(l);
    let outputs = size(l + 1u);
    let biases = offset + inputs * outputs;
    for (var o = 0u; o < outputs; o++) {
      var sum = 0.0;
      if (net.bias == 1u) { sum = parameter(biases + o); }
      for (var i = 0u; i < inputs; i++) { sum += parameter(offset + o * inputs + i) * current[i]; }
      next[o] = select(activate(sum), sum, l + 1u == net.layers);
    }
    for (var o = 0u; o < outputs; o++) { current[o] = next[o]; }
    offset = biases + select(0u, outputs, net.bias == 1u);
  }
}

// Softmax cross-entropy of `current` for a class.
fn crossEntropy(label: u32) -> f32 {
  let outputs = size(net.layers);
  var largest = current[0];
  for (var c = 1u; c < outputs; c++) { largest = max(largest, current[c]); }
  var sum = 0.0;
  for (var c = 0u; c < outputs; c++) { sum += exp(current[c] - largest); }
  return largest - current[label] + log(sum);
}
