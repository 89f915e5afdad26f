// A linear layer's weight and bias gradients: dw[o, i] = sum_b delta[b, o] x[b, i], dbias[o] = sum_b delta[b, o],
// summed in the order of the batch. Reads deltas [R, B, O] and inputs [R, B, I]; writes gradients [R, P].
// A thread computes 4 outputs x 4 inputs; the bias is the column after the last input, where x is 1.
// Grid ((I + 1) / 32, O / 32, R).
import package::layer::{Layer, TILE};

@group(0) @binding(0) var<uniform> layer: Layer;
@group(0) @binding(1) var<storage, read> deltas: array<f32>;
@group(0) @binding(2) var<storage, read> inputs: array<f32>;
@group(0) @binding(3) var<storage, read_write> gradients: array<f32>;

@compute @workgroup_size(8, 8)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let r = id.z;
  let firstColumn = id.x * TILE;
  let firstOutput = id.y * TILE;
  let columns = layer.inputs + layer.hasBias;
  if (firstColumn >= columns || firstOutput >= layer.outputs) { return; }
  let outputs = min(vec4u(firstOutput) + vec4u(0u, 1u, 2u, 3u), vec4u(layer.outputs - 1u));
  let column = vec4u(firstColumn) + vec4u(0u, 1u, 2u, 3u);
  let isBias = column >= vec4u(layer.inputs);
  let at = min(column, vec4u(layer.inputs - 1u));

  var g0 = vec4f(0.0);
  var g1 = vec4f(0.0);
  var g2 = vec4f(0.0);
  var g3 = vec4f(0.0);
  for (var b = 0u; b < layer.batchSize; b++) {
    let row = layer.inputOffset + r * layer.inputRunStride + b * layer.inputs;
    let x = select(
      vec4f(inputs[row + at.x], inputs[row + at.y], inputs[row + at.z], inputs[row + at.w]), vec4f(1.0), isBias);
    let d = outputs + (r * layer.batchSize + b) * layer.outputs;
    g0 += x * deltas[d.x];
    g1 += x * deltas[d.y];
    g2 += x * deltas[d.z];
    g3 += x * deltas[d.w];
  }
  write(r, firstOutput, firstColumn, g0);
  write(r, firstOutput + 1u, firstColumn, g1);
  write(r, firstOutput + 2u, firstColumn, g2);
  write(r, firstOutput + 3u, firstColumn, g3);
}

fn write(r: u32, o: u32, firstColumn: u32, gradient: vec4f) {
  if (o >= layer.outputs) { return; }
  let run = r * layer.parameterStride;
  for (var k = 0u; k < TILE; k++) {
    let column = firstColumn + k;
    if (column < layer.inputs) {
      gradients[run + layer.weightOffset + o * layer.inputs + column] = gradient[k];
    } else if (column == layer.inputs && layer.hasBias == 1u) {
      gradients[run + layer.biasOffset + o] = gradient[k];
    }
  }
}
