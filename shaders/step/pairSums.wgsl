// What the softmaxes over rows and columns of cosines [R, B, B] need of each pair, and the pair's loss: -(log p_bb + log q_bb) / 2, and a
// share of the complementary loss. Writes sums [R, B] and the un-weighted loss of sampleLosses [R, B]. A pair's cosine or loss that is
// not finite freezes its run at this step. One thread a pair, four numbers at a time; grid (B / 64, R).
import package::parts::numeric::elementary::{exponential, exponentialScalar, log1p};
import package::parts::numeric::finite::isFinite;
import package::parts::numeric::limits::LOWEST;
import package::parts::pairs::{PairSums, softplus, mismatchSlope, INVERSE_TEMPERATURE, COMPLEMENTARY, MOST_PROBABILITY};
import package::parts::population::{population, states};
import package::parts::sampleLoss::SampleLoss;

@group(1) @binding(0) var<storage, read> cosines: array<f32>;
@group(1) @binding(1) var<storage, read_write> sums: array<PairSums>;
@group(1) @binding(2) var<storage, read_write> sampleLosses: array<SampleLoss>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let b = id.x;
  let r = id.y;
  let count = population.batchSize;
  if (b >= count) { return; }
  let first = r * count * count;
  let own = cosines[first + b * count + b] * INVERSE_TEMPERATURE;
  let otherRow = otherLogSum(first + b * count, 1u, b, count);
  let otherColumn = otherLogSum(first + b, count, b, count);
  let row = own + softplus(otherRow - own);
  let column = own + softplus(otherColumn - own);
  var pair = PairSums(otherRow, row, exponentialScalar(otherRow - row), column, exponentialScalar(otherColumn - column), 0.0);
  // Not of the sums: these alone are exact where a pair leaves all others far behind.
  var loss = 0.5 * (softplus(otherRow - own) + softplus(otherColumn - own));
  if (COMPLEMENTARY > 0.0) {
    let mismatch = mismatches(first + b * count, b, count, pair);
    loss += COMPLEMENTARY * mismatch.x;
    pair.slopes = mismatch.y;
  }
  sums[r * count + b] = pair;
  sampleLosses[r * count + b].loss = loss;
  if (!isFinite(own) || !isFinite(loss)) { atomicMin(&states[r].nonFiniteStep, states[r].step); }
}

// Similarities of a row or column from number j on; what is outside of it, or pair b's own, is LOWEST.
fn others(first: u32, stride: u32, j: u32, b: u32, count: u32) -> vec4f {
  let at = first + min(vec4u(j) + vec4u(0u, 1u, 2u, 3u), vec4u(count - 1u)) * stride;
  let four = vec4f(cosines[at.x], cosines[at.y], cosines[at.z], cosines[at.w]) * INVERSE_TEMPERATURE;
  return select(vec4f(LOWEST), four, areOthers(j, b, count));
}

fn areOthers(j: u32, b: u32, count: u32) -> vec4<bool> {
  let place = vec4u(j) + vec4u(0u, 1u, 2u, 3u);
  return (place < vec4u(count)) & (place != vec4u(b));
}

// Logarithm of the sum of their exponentials.
fn otherLogSum(first: u32, stride: u32, b: u32, count: u32) -> f32 {
  var most = vec4f(LOWEST);
  for (var j = 0u; j < count; j += 4u) {
    let four = others(first, stride, j, b, count);
    most = select(most, four, four > most);
  }
  let pairs = select(most.xy, most.zw, most.zw > most.xy);
  let largest = select(pairs.x, pairs.y, pairs.y > pairs.x);
  var parts = vec4f(0.0);
  for (var j = 0u; j < count; j += 4u) {
    let four = exponential(others(first, stride, j, b, count) - largest);
    parts += select(vec4f(0.0), four, areOthers(j, b, count));
  }
  // The largest is in it: at least 1, but for a pair alone.
  let beyond = (parts.x + parts.y) + (parts.z + parts.w) - 1.0;
  return select(LOWEST, largest + log1p(select(0.0, beyond, beyond > 0.0)), count > 1u);
}

// Complementary loss of pair b, and the sum of its slopes.
fn mismatches(first: u32, b: u32, count: u32, pair: PairSums) -> vec2f {
  var losses = vec4f(0.0);
  var slopes = vec4f(0.0);
  for (var j = 0u; j < count; j += 4u) {
    let four = others(first, 1u, j, b, count);
    let areThere = areOthers(j, b, count);
    let share = select(vec4f(0.0), exponential(four - pair.otherRow), areThere);
    let probability = select(vec4f(0.0), exponential(four - pair.row), areThere);
    let counted = select(probability, vec4f(MOST_PROBABILITY), probability > vec4f(MOST_PROBABILITY));
    // -log(1 - p) as log(1 + p / (1 - p)).
    let odds = counted / (1.0 - counted);
    losses += share * vec4f(log1p(odds.x), log1p(odds.y), log1p(odds.z), log1p(odds.w));
    slopes += mismatchSlope(share, probability);
  }
  return vec2f((losses.x + losses.y) + (losses.z + losses.w), (slopes.x + slopes.y) + (slopes.z + slopes.w));
}
