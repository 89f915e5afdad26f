// Copies some columns of rows to some columns of others: a tower's part of a point, outputs of towers one after the other, and their
// deltas on the way back. Reads inputs [R, B, from], writes outputs [R, B, to]. A thread a number, or several; grid (B width / 64, R).

struct Columns {
  batchSize: u32,
  width: u32,          // columns that are copied
  inputOffset: u32,      // where inputs start in their buffer ...
  inputRunStride: u32,   // ... and how far runs lie apart in it: 0 when all runs read the same
  inputColumns: u32,
  inputFirst: u32,
  outputColumns: u32,
  outputFirst: u32,
}

@group(0) @binding(0) var<uniform> columns: Columns;
@group(0) @binding(1) var<storage, read> inputs: array<f32>;
@group(0) @binding(2) var<storage, read_write> outputs: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let r = id.y;
  let count = columns.batchSize * columns.width;
  let input = columns.inputOffset + r * columns.inputRunStride + columns.inputFirst;
  let output = r * columns.batchSize * columns.outputColumns + columns.outputFirst;
  for (var i = id.x; i < count; i += groups.x * 64u) {
    let b = i / columns.width;
    let column = i - b * columns.width;
    outputs[output + b * columns.outputColumns + column] = inputs[input + b * columns.inputColumns + column];
  }
}
