// A linear layer's weight and bias gradients: dw[o, i] = sum_b delta[b, o] x[b, i], dbias[o] = sum_b delta[b, o],
// summed in the order of the batch. Reads deltas [R, B, O] and inputs [R, B, I]; writes gradients [R, P].
// Rows are outputs, columns inputs, k samples; the threads of the first columns add up the biases' gradients, too.
// Grid: tiles of the product, in x and y; R.
import package::parts::layer::layer;
import package::parts::prelude::{RESULT_ROWS, STORED_TOGETHER};
import package::parts::product::{Matrix, tileOf, computeProducts};
import package::parts::tile::{rowOf, columnOf, results, rowSums, THREADS, COLUMN_VECTORS};

// 1: another pass through this layer has written its gradients already.
override ADDS: u32 = 0u;

@group(0) @binding(3) var<storage, read_write> gradients: array<f32>;

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
  let inputs = Matrix(layer.inputOffset + r * layer.inputRunStride, layer.batchSize, layer.inputs);
  computeProducts(deltas, inputs, layer.batchSize, tile, thread);
  let run = r * layer.parameterStride;
  for (var i = 0u; i < RESULT_ROWS; i++) {
    let o = rowOf(tile, i);
    for (var j = 0u; j < COLUMN_VECTORS; j++) {
      let gradient = results[i][j];
      let column = columnOf(tile, j);
      let row = run + layer.weightOffset + o * layer.inputs + column;
      for (var part = 0u; part < 4u / STORED_TOGETHER; part++) {
        if (o < layer.outputs && column + part * STORED_TOGETHER < layer.inputs) {
          for (var k = 0u; k < STORED_TOGETHER; k++) {
            write(row + part * STORED_TOGETHER + k, gradient[part * STORED_TOGETHER + k]);
          }
        }
      }
    }
    if (layer.hasBias == 1u && tile.firstColumn == 0u && o < layer.outputs) {
      write(run + layer.biasOffset + o, rowSums[i / 4u][i % 4u]);
    }
  }
}

fn write(at: u32, gradient: f32) {
  if (ADDS == 1u) { gradients[at] += gradient; } else { gradients[at] = gradient; }
}
