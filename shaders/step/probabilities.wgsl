// Probabilities of every run at a part of the probe points: writes them behind the runs' entries in `metrics`.
// Reads logits [R, count, C]. One thread a point; grid (count / 64, R).
import package::parts::population::{population, states};
import package::parts::logits::{logits, summarizeLogits};
import package::parts::losses::outputProbability;
import package::parts::metrics::{metrics, probabilityEntry};
import package::parts::part::Part;

@group(1) @binding(1) var<uniform> part: Part;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let m = id.x;
  let r = id.y;
  if (m >= part.count) { return; }
  let outputs = population.outputs;
  let row = (r * part.count + m) * outputs;
  let summary = summarizeLogits(row, outputs);
  let at = probabilityEntry(r, states[r].step, part.first + m);
  for (var c = 0u; c < outputs; c++) {
    metrics[at + c] = bitcast<u32>(outputProbability(logits[row + c], summary.largest, summary.logSum));
  }
}
