// From a layer's deltas to the deltas of the layer before: d loss / d z of the hidden units it reads.
// previous[b, i] = (sum_o delta[b, o] w[o, i]) * activation'(z[b, i]). Reads deltas [R, B, O] and parameters [R, P];
// `previous` [R, B, I] holds the pre-activations z and is overwritten in place.
// Rows are samples, columns inputs, k outputs. Grid: tiles of the product, in x and y; R.
import package::parts::layer::layer;
import package::parts::prelude::{RESULT_ROWS, STORED_TOGETHER};
import package::parts::product::{Matrix, tileOf, computeProducts};
import package::parts::tile::{rowOf, columnOf, results, THREADS, COLUMN_VECTORS};
import package::parts::activation::throughActivation;

@group(0) @binding(3) var<storage, read_write> previous: array<f32>;

@compute @workgroup_size(THREADS)
fn main(
  @builtin(workgroup_id) workgroup: vec3u, @builtin(num_workgroups) groups: vec3u,
  @if(!subgroups) @builtin(local_invocation_index) thread: u32,
  @if(subgroups) @builtin(subgroup_id) subgroup: u32, @if(subgroups) @builtin(subgroup_size) lanes: u32,
  @if(subgroups) @builtin(subgroup_invocation_id) lane: u32,
) {
  // Threads are numbered as they stand in their subgroups, whatever order the adapter has them in.
  @if(subgroups) let thread = subgroup * lanes + lane;
  let r = workgroup.z;
  let tile = tileOf(workgroup, groups, thread, layer.inputs);
  let deltas = Matrix(r * layer.batchSize * layer.outputs, layer.batchSize, layer.outputs);
  let weights = Matrix(r * layer.parameterStride + layer.weightOffset, layer.outputs, layer.inputs);
  computeProducts(deltas, weights, layer.outputs, tile, thread);
  for (var i = 0u; i < RESULT_ROWS; i++) {
    let b = rowOf(tile, i);
    for (var j = 0u; j < COLUMN_VECTORS; j++) {
      let first = columnOf(tile, j);
      let row = (r * layer.batchSize + b) * layer.inputs + first;
      var z = vec4f(0.0);
      for (var part = 0u; part < 4u / STORED_TOGETHER; part++) {
        if (b < layer.batchSize && first + part * STORED_TOGETHER < layer.inputs) {
          for (var k = 0u; k < STORED_TOGETHER; k++) {
            z[part * STORED_TOGETHER + k] = previous[row + part * STORED_TOGETHER + k];
          }
        }
      }
      let delta = throughActivation(results[i][j], z);
      for (var part = 0u; part < 4u / STORED_TOGETHER; part++) {
        if (b < layer.batchSize && first + part * STORED_TOGETHER < layer.inputs) {
          for (var k = 0u; k < STORED_TOGETHER; k++) {
            previous[row + part * STORED_TOGETHER + k] = delta[part * STORED_TOGETHER + k];
          }
        }
      }
    }
  }
}
