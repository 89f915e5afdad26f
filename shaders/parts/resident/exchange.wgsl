// How the threads of a workgroup of the resident kernel share logits and losses: by subgroup operations where there are
// any, else by workgroup memory and one more barrier. A part, not a kernel. Sums are taken in a fixed order that depends
// on the adapter's subgroups, so an adapter gives the same bits every time. src/gpu/kernel.ts puts `enable subgroups;` in
// front.
import package::parts::prelude::{OUTPUTS, CHUNK};
import package::parts::resident::registers::THREADS;
import package::parts::resident::outputs::{ownLogits, ownDeltas};

// A subgroup has four threads at least.
@if(subgroups) override MOST_PARTS: u32 = THREADS / 4u;
@else override MOST_PARTS: u32 = THREADS;

// Parts are summed four at a time; what nobody writes is 0.
const PARTS_A_ROUND: u32 = 4u;

// Contributions to a chunk's logits, twice: one half is read while the other is written.
override PARTIAL_LOGITS: u32 = 2u * MOST_PARTS * CHUNK * OUTPUTS;
var<workgroup> partialLogits: array<f32, PARTIAL_LOGITS>;
@if(!subgroups) var<workgroup> sharedDeltas: array<f32, CHUNK * OUTPUTS>;
@if(!subgroups) var<workgroup> sharedLosses: array<f32, CHUNK>;

// What this thread's units contribute to the logits of each sample of the chunk.
var<private> contributions: array<array<f32, OUTPUTS>, CHUNK>;
// The loss's derivatives by the logits, of all samples of the chunk.
var<private> deltas: array<array<f32, OUTPUTS>, CHUNK>;

// Where a thread stands.
struct Place {
  part: u32,      // its subgroup, or itself
  parts: u32,     // how many there are
  isFirst: bool,  // of its part
  sample: u32,    // whose loss it works out: with subgroups every four threads do so for the whole chunk
  worksOut: bool, // whether it counts
}

@if(subgroups) fn placeOf(subgroup: u32, lanes: u32, lane: u32) -> Place {
  return Place(
    subgroup, (THREADS + lanes - 1u) / lanes, lane == 0u, min(lane % 4u, CHUNK - 1u), lane < CHUNK);
}

@else fn placeOf(thread: u32) -> Place {
  return Place(thread, THREADS, true, min(thread, CHUNK - 1u), thread < CHUNK);
}

// Passes on `contributions`.
fn passLogits(place: Place, parity: u32) {
  @if(subgroups) {
    for (var k = 0u; k < CHUNK; k++) {
      for (var c = 0u; c < OUTPUTS; c++) { contributions[k][c] = subgroupAdd(contributions[k][c]); }
    }
  }
  if (place.isFirst) {
    let first = (parity * MOST_PARTS + place.part) * CHUNK * OUTPUTS;
    for (var k = 0u; k < CHUNK; k++) {
      for (var c = 0u; c < OUTPUTS; c++) { partialLogits[first + k * OUTPUTS + c] = contributions[k][c]; }
    }
  }
}

// After a barrier: sums the logits of sample k into `ownLogits`.
fn sumLogits(place: Place, parity: u32, k: u32) {
  for (var c = 0u; c < OUTPUTS; c++) { ownLogits[c] = 0.0; }
  var at = (parity * MOST_PARTS * CHUNK + k) * OUTPUTS;
  var part = 0u;
  loop {
    for (var i = 0u; i < PARTS_A_ROUND; i++) {
      for (var c = 0u; c < OUTPUTS; c++) { ownLogits[c] += partialLogits[at + i * CHUNK * OUTPUTS + c]; }
    }
    at += PARTS_A_ROUND * CHUNK * OUTPUTS;
    part += PARTS_A_ROUND;
    continuing { break if part >= place.parts; }
  }
}

// Hands `ownDeltas` to all, as `deltas`, and returns the sum of all losses.
@if(subgroups) fn passDeltas(place: Place, loss: f32) -> f32 {
  for (var k = 0u; k < CHUNK; k++) {
    for (var c = 0u; c < OUTPUTS; c++) { deltas[k][c] = quadBroadcast(ownDeltas[c], k); }
  }
  return subgroupAdd(select(0.0, loss, place.worksOut));
}

@else fn passDeltas(place: Place, loss: f32) -> f32 {
  if (place.worksOut) {
    sharedLosses[place.sample] = loss;
    for (var c = 0u; c < OUTPUTS; c++) { sharedDeltas[place.sample * OUTPUTS + c] = ownDeltas[c]; }
  }
  workgroupBarrier();
  var sum = 0.0;
  for (var k = 0u; k < CHUNK; k++) {
    sum += sharedLosses[k];
    for (var c = 0u; c < OUTPUTS; c++) { deltas[k][c] = sharedDeltas[k * OUTPUTS + c]; }
  }
  return sum;
}
