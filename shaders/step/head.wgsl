// The end of a forward pass in one dispatch, for a last layer of few outputs and batches that are not large: its logits, each sample's
// loss and deltas (as `loss` has them), and the close of the step (as `advance` has it), so that what updates parameters comes after
// the clock has moved on. Reads inputs [R, B, I], parameters [R, P] and mixedTargets [R, B, C]; writes sampleLosses [R, B] and `logits`
// [R, B, C], the deltas in the end. One workgroup a run; grid (R).
import package::parts::batchLoss::{sampleLosses, takeLoss};
import package::parts::closing::close;
import package::parts::layer::Layer;
import package::parts::logits::logits;
import package::parts::numeric::reduce::{workgroupSum, LEAVES};
import package::parts::population::{population, states, isFrozen};
import package::parts::prelude::OUTPUTS;

@group(1) @binding(3) var<uniform> lastLayer: Layer;
@group(1) @binding(4) var<storage, read> inputs: array<f32>;
@group(1) @binding(5) var<storage, read> parameters: array<f32>;

// Whether logits are computed here: where they are not, they lie there already.
override LOGITS: u32 = 1u;

// Rows, and inputs of each, that are in hand at once.
const ROWS: u32 = LEAVES;
const DEPTH: u32 = 32u;
// Rows of inputs lie in different banks.
const ROW_STRIDE: u32 = DEPTH + 1u;

var<workgroup> inputTile: array<f32, ROWS * ROW_STRIDE>;
var<workgroup> weightTile: array<f32, OUTPUTS * DEPTH>;

@compute @workgroup_size(ROWS)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) thread: u32) {
  let r = workgroup.x;
  let step = states[r].step;
  // Of the loss, a leaf of the tree that `advance` sums by; and of samples that are not finite.
  var leaf = vec2f();
  for (var first = 0u; first < population.batchSize; first += ROWS) {
    if (LOGITS == 1u) { computeLogits(r, first, thread); }
    if (first + thread < population.batchSize) {
      let sample = r * population.batchSize + first + thread;
      if (!takeLoss(sample)) {
        atomicMin(&states[r].nonFiniteStep, step);
        leaf.y += 1.0;
      }
      leaf.x += sampleLosses[sample].weight * sampleLosses[sample].loss;
    }
  }
  let sum = workgroupSum(leaf, thread);
  if (thread == 0u) { close(r, sum.x, sum.y > 0.0 || isFrozen(r, step)); }
}

// The logits of row `first` + `thread`; in uniform control flow.
fn computeLogits(r: u32, first: u32, thread: u32) {
  let run = r * lastLayer.parameterStride;
  let rows = min(ROWS, population.batchSize - first);
  let begin = lastLayer.inputOffset + r * lastLayer.inputRunStride + first * lastLayer.inputs;
  var sums = array<f32, OUTPUTS>();
  for (var column = 0u; column < lastLayer.inputs; column += DEPTH) {
    let depth = min(DEPTH, lastLayer.inputs - column);
    workgroupBarrier();
    for (var k = thread; k < rows * depth; k += ROWS) {
      inputTile[k / depth * ROW_STRIDE + k % depth] = inputs[begin + k / depth * lastLayer.inputs + column + k % depth];
    }
    let weights = run + lastLayer.weightOffset + column;
    for (var k = thread; k < OUTPUTS * depth; k += ROWS) {
      weightTile[k / depth * DEPTH + k % depth] = parameters[weights + k / depth * lastLayer.inputs + k % depth];
    }
    workgroupBarrier();
    for (var i = 0u; i < depth; i++) {
      let value = inputTile[thread * ROW_STRIDE + i];
      for (var c = 0u; c < OUTPUTS; c++) { sums[c] += value * weightTile[c * DEPTH + i]; }
    }
  }
  if (thread >= rows) { return; }
  let row = (r * population.batchSize + first + thread) * OUTPUTS;
  for (var c = 0u; c < OUTPUTS; c++) {
    var bias = 0.0;
    if (lastLayer.hasBias == 1u) { bias = parameters[run + lastLayer.biasOffset + c]; }
    logits[row + c] = sums[c] + bias;
  }
}
