// Partners with near labels: the twin of labelKernelPartner in src/mixing/labelKernel.ts, bit for bit, by the tables made there.
import package::parts::numeric::threefry::{threefry, boundedInteger, PURPOSE_PAIR, PURPOSE_PARTNER_TRY};
import package::parts::population::{population, runs, data, indices};

// As in src/mixing/labelKernel.ts.
const MOST_ROWS: u32 = 4096u;
const CELLS: u32 = 1024u;
const MOST_TRIES: u32 = 64u;

// By a row of running sums: the first column whose sum is above the word. Points are the run's, counted from 0.
fn partnerOfRow(r: u32, step: u32, place: u32, first: u32) -> u32 {
  let word = threefry(vec2u(runs[r].seed, PURPOSE_PAIR), vec2u(step, place)).x >> 1u;
  let n = runs[r].size;
  let row = runs[r].labelKernelOffset + first * n;
  var partner = 0u;
  var width = MOST_ROWS / 2u;
  loop {
    let next = partner + width;
    let isBelow = (next <= n) & (indices[row + min(next, n) - 1u] <= word);
    partner = select(partner, next, isBelow);
    width /= 2u;
    continuing { break if width == 0u; }
  }
  return min(partner, n - 1u);
}

// Out of the window of near labels, each taken as often as the kernel has it. `subsets`: whether the run's points are members of the
// data.
fn partnerOfWindow(r: u32, step: u32, place: u32, first: u32, subsets: bool) -> u32 {
  let n = runs[r].size;
  let table = runs[r].labelKernelOffset;
  let scale = bitcast<f32>(indices[table]);
  let order = table + 1u + CELLS;
  let low = indices[order + n + first];
  let high = indices[order + 2u * n + first];
  let includesSelf = runs[r].includesSelf == 1u;
  let label = labelOf(r, first, subsets);
  var partner = select(indices[order + 3u * n + first], first, includesSelf);
  var attempt = 0u;
  loop {
    let words = threefry(vec2u(runs[r].seed, PURPOSE_PARTNER_TRY), vec2u(step, place * MOST_TRIES + attempt));
    let candidate = indices[order + low + boundedInteger(words.x, high - low)];
    let cell = u32(min(abs(label - labelOf(r, candidate, subsets)) * scale, f32(CELLS)));
    let isNear = (cell < CELLS) & ((words.y >> 1u) < indices[table + 1u + min(cell, CELLS - 1u)]);
    let isTaken = isNear & (includesSelf | (candidate != first));
    partner = select(partner, candidate, isTaken);
    attempt = select(attempt + 1u, MOST_TRIES, isTaken);
    continuing { break if attempt >= MOST_TRIES; }
  }
  return partner;
}

// The label of a point of the run.
fn labelOf(r: u32, point: u32, subsets: bool) -> f32 {
  var place = point;
  if (subsets) { place = indices[runs[r].trainOffset + point]; }
  return data[population.targetsOffset + place];
}
