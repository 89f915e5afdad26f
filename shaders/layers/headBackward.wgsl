// The backward pass of a last layer of few outputs, in one dispatch: gradients of its parameters, and deltas of the hidden layer that
// it reads. weight'[o, i] = sum_b delta[b, o] x[b, i]; bias'[o] = sum_b delta[b, o];
// previous[b, i] = (sum_o delta[b, o] w[o, i]) * activation'(z[b, i]). Reads deltas [R, B, O], inputs [R, B, I] and parameters [R, P];
// writes gradients [R, P]; `previous` [R, B, I] holds the pre-activations z and is overwritten in place.
// A thread a hidden unit; grid (I / 64, R).
import package::parts::activation::throughActivationNumber;
import package::parts::layer::layer;
import package::parts::prelude::OUTPUTS;

const ROWS: u32 = 64u;

// Whether the layer that it reads has deltas.
override PASSES_ON: u32 = 1u;

@group(0) @binding(1) var<storage, read> deltas: array<f32>;
@group(0) @binding(2) var<storage, read> inputs: array<f32>;
@group(0) @binding(3) var<storage, read> parameters: array<f32>;
@group(0) @binding(4) var<storage, read_write> previous: array<f32>;
@group(0) @binding(5) var<storage, read_write> gradients: array<f32>;

var<workgroup> rows: array<array<f32, OUTPUTS>, ROWS>;

@compute @workgroup_size(ROWS)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) thread: u32) {
  let i = workgroup.x * ROWS + thread;
  let r = workgroup.y;
  let run = r * layer.parameterStride;
  let isUnit = i < layer.inputs;
  var weights = array<f32, OUTPUTS>();
  var sums = array<f32, OUTPUTS>();
  // Threads beyond the last unit read that one's, and write nothing.
  let unit = min(i, layer.inputs - 1u);
  for (var o = 0u; o < OUTPUTS; o++) { weights[o] = parameters[run + layer.weightOffset + o * layer.inputs + unit]; }
  // Of output `thread`, in the first workgroup.
  var biasSum = 0.0;
  for (var first = 0u; first < layer.batchSize; first += ROWS) {
    let count = min(ROWS, layer.batchSize - first);
    workgroupBarrier();
    if (thread < count) {
      for (var o = 0u; o < OUTPUTS; o++) { rows[thread][o] = deltas[(r * layer.batchSize + first + thread) * OUTPUTS + o]; }
    }
    workgroupBarrier();
    for (var b = 0u; b < count; b++) {
      if (thread < OUTPUTS) { biasSum += rows[b][thread]; }
      if (isUnit) {
        let value = inputs[layer.inputOffset + r * layer.inputRunStride + (first + b) * layer.inputs + i];
        var delta = 0.0;
        for (var o = 0u; o < OUTPUTS; o++) {
          sums[o] += rows[b][o] * value;
          delta += rows[b][o] * weights[o];
        }
        if (PASSES_ON == 1u) {
          let at = (r * layer.batchSize + first + b) * layer.inputs + i;
          previous[at] = throughActivationNumber(delta, previous[at]);
        }
      }
    }
  }
  if (isUnit) {
    for (var o = 0u; o < OUTPUTS; o++) { gradients[run + layer.weightOffset + o * layer.inputs + i] = sums[o]; }
  }
  if (workgroup.x == 0u && thread < OUTPUTS && layer.hasBias == 1u) {
    gradients[run + layer.biasOffset + thread] = biasSum;
  }
}
