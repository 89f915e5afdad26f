// The derivatives of the weighted mean loss by cosines, in the cosines' place [R, B, B]. Reads sums [R, B] and the weights of sampleLosses
// [R, B]. A thread COLUMNS numbers of a row, four at a time, or several times that; grid (B ceil(B / COLUMNS) / 64, R).
import package::parts::numeric::elementary::exponential;
import package::parts::pairs::{PairSums, mismatchSlope, INVERSE_TEMPERATURE, COMPLEMENTARY};
import package::parts::population::population;
import package::parts::sampleLoss::SampleLoss;

@group(1) @binding(0) var<storage, read_write> cosines: array<f32>;
@group(1) @binding(1) var<storage, read> sums: array<PairSums>;
@group(1) @binding(2) var<storage, read> sampleLosses: array<SampleLoss>;

const COLUMNS: u32 = 32u;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let r = id.y;
  let count = population.batchSize;
  let parts = (count + COLUMNS - 1u) / COLUMNS;
  for (var part = id.x; part < count * parts; part += groups.x * 64u) {
    let i = part / parts;
    let first = COLUMNS * (part - i * parts);
    let own = sums[r * count + i];
    let weight = sampleLosses[r * count + i].weight;
    for (var j = first; j < min(first + COLUMNS, count); j += 4u) { writeFour(r * count, i, j, count, own, weight); }
  }
}

// Row i of the run whose pairs begin at `run`, from column j on.
fn writeFour(run: u32, i: u32, j: u32, count: u32, own: PairSums, weight: f32) {
  let row = (run + i) * count;
  let columns = min(vec4u(j) + vec4u(0u, 1u, 2u, 3u), vec4u(count - 1u));
  let at = vec4u(row) + columns;
  let other = vec4u(run) + columns;
  let four = vec4f(cosines[at.x], cosines[at.y], cosines[at.z], cosines[at.w]) * INVERSE_TEMPERATURE;
  let columnSums = vec4f(sums[other.x].column, sums[other.y].column, sums[other.z].column, sums[other.w].column);
  let weights = vec4f(
    sampleLosses[other.x].weight, sampleLosses[other.y].weight, sampleLosses[other.z].weight, sampleLosses[other.w].weight);
  let isOwn = columns == vec4u(i);
  let probability = exponential(four - own.row);
  // 1 - p of the pair itself is what the others have: a difference would cancel.
  let byRow = select(probability, vec4f(-own.rowLeft), isOwn);
  let byColumn = select(exponential(four - columnSums), vec4f(-own.columnLeft), isOwn);
  var derivative = 0.5 * (weight * byRow + weights * byColumn);
  if (COMPLEMENTARY > 0.0) {
    let slope = select(mismatchSlope(exponential(four - own.otherRow), probability), vec4f(0.0), isOwn);
    derivative += COMPLEMENTARY * weight * (slope - probability * own.slopes);
  }
  derivative *= INVERSE_TEMPERATURE / f32(count);
  // Not by an index that is computed: the software adapter goes to memory for one.
  cosines[row + j] = derivative.x;
  if (j + 1u < count) { cosines[row + j + 1u] = derivative.y; }
  if (j + 2u < count) { cosines[row + j + 2u] = derivative.z; }
  if (j + 3u < count) { cosines[row + j + 3u] = derivative.w; }
}
