// A linear layer forward: z[b, o] = sum_i x[b, i] w[o, i] + bias[o]; hidden layers also write a = activation(z).
// Reads inputs [R, B, I] and parameters [R, P]; writes preActivations and activations [R, B, O].
// Rows are samples, columns units, k inputs. Grid: tiles of the product, in x and y; R.
import package::parts::layer::layer;
import package::parts::prelude::{RESULT_ROWS, STORED_TOGETHER};
import package::parts::product::{Matrix, tileOf, computeProducts, rightNumbers};
import package::parts::tile::{rowOf, columnOf, results, THREADS, COLUMN_VECTORS};
import package::parts::activation::activate;

// 0 for the last layer, whose pre-activations are the logits.
override HIDDEN: u32 = 1u;

@group(0) @binding(3) var<storage, read_write> preActivations: array<f32>;
@group(0) @binding(4) var<storage, read_write> activations: array<f32>;

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
  let tile = tileOf(workgroup, groups, thread, layer.outputs);
  let inputs = Matrix(layer.inputOffset + r * layer.inputRunStride, layer.batchSize, layer.inputs);
  let run = r * layer.parameterStride;
  computeProducts(inputs, Matrix(run + layer.weightOffset, layer.outputs, layer.inputs), layer.inputs, tile, thread);
  var biases = array<vec4f, COLUMN_VECTORS>();
  if (layer.hasBias == 1u) {
    for (var j = 0u; j < COLUMN_VECTORS; j++) {
      let o = min(vec4u(columnOf(tile, j)) + vec4u(0u, 1u, 2u, 3u), vec4u(layer.outputs - 1u));
      let at = run + layer.biasOffset + o;
      biases[j] = vec4f(bias(at.x), bias(at.y), bias(at.z), bias(at.w));
    }
  }
  for (var i = 0u; i < RESULT_ROWS; i++) {
    let b = rowOf(tile, i);
    for (var j = 0u; j < COLUMN_VECTORS; j++) {
      let o = columnOf(tile, j);
      let z = results[i][j] + biases[j];
      var a = z;
      if (HIDDEN == 1u) { a = activate(z); }
      let row = (r * layer.batchSize + b) * layer.outputs + o;
      for (var part = 0u; part < 4u / STORED_TOGETHER; part++) {
        if (b < layer.batchSize && o + part * STORED_TOGETHER < layer.outputs) {
          for (var k = 0u; k < STORED_TOGETHER; k++) {
            preActivations[row + part * STORED_TOGETHER + k] = z[part * STORED_TOGETHER + k];
            if (HIDDEN == 1u) { activations[row + part * STORED_TOGETHER + k] = a[part * STORED_TOGETHER + k]; }
          }
        }
      }
    }
  }
}

fn bias(at: u32) -> f32 {
  return rightNumbers[at / 4u][at % 4u];
}
