// Adds up what pairs give to the classes inside balls around queries: the closed form of h_eps (paper 2.2),
// gathered per query over the pairs that pass near its tile. Reads rows [L E], the laws' tables, jobs, pairs
// and displacements; adds to accumulators [L E, C / 4, Q]. A workgroup works on a job: a tile of up to 64
// queries, one a thread, and some of its pairs, in order, so how a tile's pairs are cut into dispatches
// changes no bit. Grid (jobs, L E C / 4).
import package::partialMoments::{NO_EXPONENT, SYMMETRIC, rows, momentsOver, powerOfTwo};

struct Classifier {
  queries: u32,      // Q
  dimensions: u32,
  pairStride: u32,   // of one pair, in vec4f
  classGroups: u32,  // groups of four classes
  firstRow: u32,     // of the rows, and ...
  firstPlace: u32,   // ... of the accumulators, in rows
}

// Lengths are in a raised unit; positions are relative to the tile's centre.
struct Job {
  firstQuery: u32,
  queries: u32,
  firstPair: u32,
  pairs: u32,
}

struct Accumulator {
  masses: vec4f,     // of four classes; these and the total times 2^(exponent + NO_EXPONENT)
  total: f32,
  exponent: u32,     // raised by -NO_EXPONENT, so that zeroed memory is an empty accumulator
}

@group(0) @binding(0) var<uniform> classifier: Classifier;
@group(0) @binding(4) var<storage, read> jobs: array<Job>;
// A pair: (base, offset, 1 / length, forward), (backward, first label, partner's label, -), then residual and
// direction of two dimensions at a time (residual, direction, residual, direction). Lambda of the line's
// point nearest to the centre is base + offset, the residual leads to it from the centre; 1 / length is 0 if
// the points coincide.
@group(0) @binding(5) var<storage, read> pairs: array<vec4f>;
// Queries relative to their tile's centre, [Q, D] rounded up to even D.
@group(0) @binding(6) var<storage, read> displacements: array<vec2f>;
@group(0) @binding(7) var<storage, read_write> accumulators: array<Accumulator>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let job = jobs[group.x];
  if (thread >= job.queries) { return; }
  let row = classifier.firstRow + group.y / classifier.classGroups;
  let firstClass = 4u * (group.y % classifier.classGroups);
  let query = job.firstQuery + thread;
  let halves = classifier.pairStride - 2u;
  let displacement = query * halves;
  let near = displacements[displacement];
  let place = (classifier.firstPlace * classifier.classGroups + group.y) * classifier.queries + query;
  var masses = accumulators[place].masses;
  var total = accumulators[place].total;
  var exponent = i32(accumulators[place].exponent) + NO_EXPONENT;
  let epsilon = rows[row].epsilon;
  let mean = rows[row].mean;

  let end = (job.firstPair + job.pairs) * classifier.pairStride;
  for (var at = job.firstPair * classifier.pairStride; at < end; at += classifier.pairStride) {
    let line = pairs[at + 2u];
    // How far along the line's direction the query lies from the tile's centre.
    var along = dot(near, line.yw);
    for (var k = 1u; k < halves; k++) { along += dot(displacements[displacement + k], pairs[at + 2u + k].yw); }
    let toLine = line.xz - near + along * line.yw;
    var square = dot(toLine, toLine);
    for (var k = 1u; k < halves; k++) {
      let further = pairs[at + 2u + k];
      let rest = further.xz - displacements[displacement + k] + along * further.yw;
      square += dot(rest, rest);
    }
    // A product of two factors keeps the digits that epsilon^2 - square would lose.
    let distance = sqrt(square);
    let inside = (epsilon - distance) * (epsilon + distance);
    // A loop of one round: the software adapter leaves it when nobody is in it, which it does not do with an
    // `if`.
    for (var once = inside > 0.0; once; once = false) {
      let head = pairs[at];
      let tail = pairs[at + 1u];
      let forward = head.w;
      let backward = tail.x;
      var mass = 0.0;
      var first = 0.0;     // of it, what the first point's label gets
      var scale = NO_EXPONENT;
      if (head.z == 0.0) {
        mass = forward + backward;
        first = forward * mean + backward * (1.0 - mean);
        scale = 0;
      } else {
        let center = head.y + along * head.z;
        let half = sqrt(inside) * head.z;
        let moments = momentsOver(row, head.x, center - half, center + half);
        if (SYMMETRIC == 1u) {
          mass = (forward + backward) * moments.mass;
          first = (forward + backward) * moments.first;
          scale = moments.exponent;
        } else {
          // The other order sees the segment from its other end.
          let back = momentsOver(row, 1.0 - head.x, -center - half, half - center);
          scale = max(moments.exponent, back.exponent);
          let there = forward * powerOfTwo(moments.exponent - scale);
          let other = backward * powerOfTwo(back.exponent - scale);
          mass = there * moments.mass + other * back.mass;
          first = there * moments.first + other * (back.mass - back.first);
        }
      }
      let raised = select(exponent, max(exponent, scale), mass > 0.0);
      let kept = powerOfTwo(exponent - raised);
      let added = powerOfTwo(scale - raised);
      exponent = raised;
      mass *= added;
      first = min(first * added, mass);
      let classes = vec4u(firstClass) + vec4u(0u, 1u, 2u, 3u);
      let firstShare = select(vec4f(0.0), vec4f(first), classes == vec4u(u32(tail.y)));
      let partnerShare = select(vec4f(0.0), vec4f(mass - first), classes == vec4u(u32(tail.z)));
      masses = masses * kept + firstShare + partnerShare;
      total = total * kept + mass;
    }
  }
  accumulators[place].masses = masses;
  accumulators[place].total = total;
  accumulators[place].exponent = u32(exponent - NO_EXPONENT);
}
