// From derivatives by embeddings to those by logits [R, B, 2 H], in the logits' place: (d - e (e . d)) / length for an embedding e. Reads
// the derivatives by firsts and by seconds, [R, B, H] each. One thread a pair; grid (B / 64, R).
import package::parts::pairLength::{logits, lengthOf, divisorOf};
import package::parts::pairs::SHORTEST;
import package::parts::population::population;

@group(1) @binding(1) var<storage, read> firstDeltas: array<f32>;
@group(1) @binding(2) var<storage, read> secondDeltas: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let b = id.x;
  let r = id.y;
  if (b >= population.batchSize) { return; }
  let width = population.outputs / 2u;
  let pair = r * population.batchSize + b;
  for (var half = 0u; half < 2u; half++) {
    let row = pair * population.outputs + half * width;
    let length = lengthOf(row, width);
    let divisor = divisorOf(length);
    var along = 0.0;
    for (var h = 0u; h < width; h++) { along += deltaAt(half, pair * width + h) * (logits[row + h] / divisor); }
    // Where the divisor is a constant, nothing is taken off.
    along = select(along, 0.0, length <= SHORTEST);
    for (var h = 0u; h < width; h++) {
      let embedding = logits[row + h] / divisor;
      logits[row + h] = (deltaAt(half, pair * width + h) - embedding * along) / divisor;
    }
  }
}

fn deltaAt(half: u32, at: u32) -> f32 {
  if (half == 0u) { return firstDeltas[at]; }
  return secondDeltas[at];
}
