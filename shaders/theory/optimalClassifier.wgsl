// Kernel `optimalClassifier`: what pairs of points give to the balls around queries, for laws and radii (rows).
// A job is a tile of up to 64 queries and pairs of one label each. What it finds for each query goes to a place of
// its own; the host adds the jobs up (src/theory/classifier/classifierSums.ts). So neither the order of jobs nor how they are
// cut into dispatches changes a bit. Grid (jobs, rows, 64 / (THREADS QUERIES)): parts of a tile. Pairs of points
// that coincide are not among them.
//
// With each mass comes a bound of its error, because a segment that just grazes a ball, or a ball that just
// reaches the end of one, is not known well in 32-bit floats: the host computes such queries once more.
import package::parts::numeric::limits::{larger, smaller, limited};
import package::parts::prelude::{KEPT, QUERIES, REST};
import package::parts::partialMoments::{
  LAW, LAW_CONSTANT, LAW_TABLE, LAW_UNIFORM, NO_EXPONENT, SYMMETRIC, Row, rows, momentsOver, powerOfTwo
};

// A workgroup works on THREADS QUERIES queries, a thread on QUERIES of them.
override THREADS: u32 = 64u;
// Queries of a tile at most.
const TILE_QUERIES: u32 = 64u;

// Dimensions come two at a time.
const HALVES: u32 = KEPT + REST;
const PAIR_STRIDE: u32 = 2u + HALVES;
// Relative error of epsilon^2 - distance^2 and, in units of epsilon, of a length; with some to spare.
const UNCERTAINTY: f32 = 1e-6;

struct Classifier {
  firstRow: u32,     // of the rows, and ...
  firstPlace: u32,   // ... among a job's results
  places: u32,       // results of a job: the rows of all dispatches
}

// Lengths are in a raised unit; positions are relative to the tile's centre.
struct Job {
  firstQuery: u32,
  queries: u32,
  firstPair: u32,
  pairs: u32,
}

// What pairs give, all times 2^exponent.
struct Sum {
  mass: f32,
  first: f32,        // of it, what the first label gets
  doubt: f32,        // how wrong the mass may be
  exponent: i32,
}

@group(0) @binding(0) var<uniform> classifier: Classifier;
@group(0) @binding(4) var<storage, read> jobs: array<Job>;
// A pair: (base, offset, 1 / length, forward), (backward, -, -, -), then residual and direction of two
// dimensions at a time (residual, direction, residual, direction). Lambda of the line's point nearest to the
// centre is base + offset, the residual leads to it from the centre.
@group(0) @binding(5) var<storage, read> pairs: array<vec4f>;
// Queries relative to their tile's centre, [Q, D] rounded up to even D.
@group(0) @binding(6) var<storage, read> displacements: array<vec2f>;
// [jobs, places, TILE_QUERIES]: mass, first, doubt, exponent.
@group(0) @binding(7) var<storage, read_write> results: array<vec4f>;

@compute @workgroup_size(THREADS)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let job = jobs[group.x];
  // Tiles may have more queries than a workgroup; their last query stands in for those there are not.
  let firstSlot = group.z * THREADS * QUERIES + thread;
  if (firstSlot - thread >= job.queries) { return; }
  let row = rows[classifier.firstRow + group.y];
  // The first KEPT pairs of dimensions are kept at hand, the REST loaded each time.
  var near = array<vec2f, QUERIES * KEPT>();
  var sums = array<Sum, QUERIES>();
  for (var q = 0u; q < QUERIES; q++) {
    let query = job.firstQuery + min(firstSlot + q * THREADS, job.queries - 1u);
    for (var k = 0u; k < KEPT; k++) { near[q * KEPT + k] = displacements[query * HALVES + k]; }
    sums[q].exponent = select(0, NO_EXPONENT, LAW == LAW_TABLE);
  }
  let least = UNCERTAINTY * row.epsilon * row.epsilon;
  let end = (job.firstPair + job.pairs) * PAIR_STRIDE;
  var at = job.firstPair * PAIR_STRIDE;
  loop {
    let head = pairs[at];
    let backward = pairs[at + 1u].x;
    var lines = array<vec4f, KEPT>();
    for (var k = 0u; k < KEPT; k++) { lines[k] = pairs[at + 2u + k]; }
    for (var q = 0u; q < QUERIES; q++) {
      let further = (job.firstQuery + min(firstSlot + q * THREADS, job.queries - 1u)) * HALVES + KEPT;
      // How far along the line's direction the query lies from the tile's centre.
      var along = 0.0;
      for (var k = 0u; k < KEPT; k++) { along += dot(near[q * KEPT + k], lines[k].yw); }
      for (var k = 0u; k < REST; k++) { along += dot(displacements[further + k], pairs[at + 2u + KEPT + k].yw); }
      var square = 0.0;
      for (var k = 0u; k < KEPT; k++) {
        let toLine = lines[k].xz - near[q * KEPT + k] + along * lines[k].yw;
        square += dot(toLine, toLine);
      }
      for (var k = 0u; k < REST; k++) {
        let line = pairs[at + 2u + KEPT + k];
        let toLine = line.xz - displacements[further + k] + along * line.yw;
        square += dot(toLine, toLine);
      }
      // A product of two factors keeps the digits that epsilon^2 - square would lose.
      let distance = sqrt(square);
      let inside = (row.epsilon - distance) * (row.epsilon + distance);
      let center = head.y + along * head.z;
      // Whether it hits or not: on the software adapter a branch costs more than it would save.
      sums[q] = plus(sums[q], found(row, inside, least, head, backward, center));
    }
    // A job has a pair at least.
    at += PAIR_STRIDE;
    continuing { break if at >= end; }
  }
  for (var q = 0u; q < QUERIES; q++) {
    let slot = firstSlot + q * THREADS;
    if (slot >= TILE_QUERIES) { return; }
    let place = group.x * classifier.places + classifier.firstPlace + group.y;
    let sum = sums[q];
    results[place * TILE_QUERIES + slot] = vec4f(sum.mass, sum.first, sum.doubt, f32(sum.exponent));
  }
}

fn plus(a: Sum, b: Sum) -> Sum {
  // Without a table there is one exponent, 0.
  if (LAW != LAW_TABLE) { return Sum(a.mass + b.mass, a.first + b.first, a.doubt + b.doubt, 0); }
  let exponent = select(a.exponent, max(a.exponent, b.exponent), b.doubt > 0.0);
  let kept = powerOfTwo(a.exponent - exponent);
  let added = powerOfTwo(b.exponent - exponent);
  return Sum(
    a.mass * kept + b.mass * added,
    a.first * kept + b.first * added,
    a.doubt * kept + b.doubt * added,
    exponent,
  );
}

// What a pair gives whose line is at a distance of sqrt(epsilon^2 - inside), at lambda = base + center.
fn found(row: Row, inside: f32, least: f32, head: vec4f, backward: f32, center: f32) -> Sum {
  let base = head.x;
  let forward = head.w;
  let reach = larger(abs(inside), least);
  let half = sqrt(reach) * head.z;
  let slack = UNCERTAINTY * row.epsilon * head.z;
  let hits = inside > 0.0;
  let near = inside >= -least;
  if (LAW == LAW_CONSTANT) {
    let there = constantMass(center, half, slack, (row.constantHigh - base) + row.constantLow);
    let back = constantMass(center, half, slack, ((1.0 - row.constantHigh) - base) - row.constantLow);
    let mass = forward * there.x + backward * back.x;
    let first = forward * there.x * row.constantHigh + backward * back.x * (1.0 - row.constantHigh);
    let uncertain = forward * there.y + backward * back.y + select(0.0, mass, inside <= least);
    let doubt = select(0.0, larger(uncertain, select(0.0, UNCERTAINTY * mass, hits)), near);
    return Sum(select(0.0, mass, hits), select(0.0, first, hits), doubt, 0);
  }
  let low = center - half;
  let high = center + half;
  if (LAW == LAW_UNIFORM) {
    // The general case below, without what this law has no use for.
    let begin = larger(low, -base);
    let end = smaller(high, 1.0 - base);
    let across = end - begin;
    let reachable = larger(across, 0.0) * (forward + backward);
    let counts = select(0.0, reachable, hits);
    let first = smaller(counts * (base + 0.5 * (begin + end)), counts);
    let uncertain = larger(across, slack) * (forward + backward) * smaller(least / reach + slack / larger(across, slack), 1.0);
    return Sum(counts, first, select(0.0, uncertain, near & (across > -slack)), 0);
  }
  // At the ends of the segment an interval may be less wide than it is uncertain.
  let width = smaller(high, 1.0 - base) - larger(low, -base);
  let begin = limited(low, -base, 1.0 - base - slack);
  let end = limited(high, -base + slack, 1.0 - base);
  let moments = momentsOver(row, base, begin, end);
  var mass = (forward + backward) * moments.mass;
  var first = (forward + backward) * moments.first;
  var ends = (forward + backward) * moments.ends;
  var exponent = moments.exponent;
  if (SYMMETRIC == 0u) {
    // The other order sees the segment from its other end.
    let back = momentsOver(row, 1.0 - base, -end, -begin);
    exponent = max(moments.exponent, back.exponent);
    let there = forward * powerOfTwo(moments.exponent - exponent);
    let other = backward * powerOfTwo(back.exponent - exponent);
    mass = there * moments.mass + other * back.mass;
    first = there * moments.first + other * (back.mass - back.first);
    ends = there * moments.ends + other * back.ends;
  }
  first = limited(first, 0.0, mass);
  // What the interval's ends may be off, times the densities there; all, if one can't be told from 0 or 1.
  let tie = (abs(low + base) <= slack) | (abs(high - (1.0 - base)) <= slack);
  let atEnds = slack * ends + select(0.0, (forward + backward) * powerOfTwo(-exponent), tie);
  var uncertain = mass * smaller(least / reach + slack / larger(width, slack), 1.0);
  if (LAW == LAW_TABLE) { uncertain += row.steepEnds * atEnds; }
  let doubt = select(0.0, uncertain, near & (width > -slack));
  let counted = select(0.0, 1.0, hits & (width > 0.0));
  return Sum(counted * mass, counted * first, doubt, exponent);
}

// Of a constant law whose lambda is base + at: whether the interval holds it, and whether that is uncertain.
fn constantMass(center: f32, half: f32, slack: f32, at: f32) -> vec2f {
  let margin = half - abs(at - center);
  return vec2f(select(0.0, 1.0, margin > 0.0), select(0.0, 1.0, abs(margin) <= slack));
}
