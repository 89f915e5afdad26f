// The derivatives of the weighted mean loss by cosines, in the cosines' place [R, B, B]. Reads sums [R, B] and the weights of sampleLosses
// [R, B]. A thread four numbers of a row, or several times four; grid (B ceil(B / 4) / 64, R).
import package::parts::numeric::elementary::{exponential, exponentialScalar};
import package::parts::pairs::{PairSums, mismatchSlope, INVERSE_TEMPERATURE, COMPLEMENTARY};
import package::parts::population::population;
import package::parts::sampleLoss::SampleLoss;

@group(1) @binding(0) var<storage, read_write> cosines: array<f32>;
@group(1) @binding(1) var<storage, read> sums: array<PairSums>;
@group(1) @binding(2) var<storage, read> sampleLosses: array<SampleLoss>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let r = id.y;
  let count = population.batchSize;
  let strips = (count + 3u) / 4u;
  for (var strip = id.x; strip < count * strips; strip += groups.x * 64u) {
    let i = strip / strips;
    writeFour(r * count, i, 4u * (strip - i * strips), count);
  }
}

// Row i of the run whose pairs begin at `run`, from column j on.
fn writeFour(run: u32, i: u32, j: u32, count: u32) {
  let row = (run + i) * count;
  let columns = min(vec4u(j) + vec4u(0u, 1u, 2u, 3u), vec4u(count - 1u));
  let own = sums[run + i];
  let at = row + columns;
  let four = vec4f(cosines[at.x], cosines[at.y], cosines[at.z], cosines[at.w]) * INVERSE_TEMPERATURE;
  let columnSums = vec4f(
    sums[run + columns.x].column, sums[run + columns.y].column, sums[run + columns.z].column, sums[run + columns.w].column);
  let weights = vec4f(
    sampleLosses[run + columns.x].weight, sampleLosses[run + columns.y].weight,
    sampleLosses[run + columns.z].weight, sampleLosses[run + columns.w].weight);
  let weight = sampleLosses[run + i].weight;
  let isOwn = columns == vec4u(i);
  let probability = exponential(four - own.row);
  // 1 - p of the pair itself is what the others have: a difference would cancel.
  let left = vec2f(exponentialScalar(own.otherRow - own.row), exponentialScalar(own.otherColumn - own.column));
  let byRow = select(probability, vec4f(-left.x), isOwn);
  let byColumn = select(exponential(four - columnSums), vec4f(-left.y), isOwn);
  var derivative = 0.5 * (weight * byRow + weights * byColumn);
  if (COMPLEMENTARY > 0.0) {
    let slope = select(mismatchSlope(exponential(four - own.otherRow), probability), vec4f(0.0), isOwn);
    derivative += COMPLEMENTARY * weight * (slope - probability * own.slopes);
  }
  derivative *= INVERSE_TEMPERATURE / f32(count);
  for (var k = 0u; k < 4u; k++) {
    if (j + k < count) { cosines[row + j + k] = derivative[k]; }
  }
}
