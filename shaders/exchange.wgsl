// How the threads of a workgroup of the resident kernel share logits and losses: by subgroup operations where there are
// any, else by workgroup memory and one more barrier. A part, not a kernel. Sums are taken in a fixed order that depends
// on the adapter's subgroups, so an adapter gives the same bits every time. src/gpu/kernel.ts puts `enable subgroups;` in
// front.
import package::prelude::{OUTPUTS, CHUNK};
import package::registers::THREADS;

// A subgroup has four threads at least.
@if(subgroups) override MOST_PARTS: u32 = THREADS / 4u;
@else override MOST_PARTS: u32 = THREADS;

// Contributions to a chunk's logits, twice: one half is read while the other is written.
var<workgroup> partialLogits: array<f32, 2u * MOST_PARTS * CHUNK * OUTPUTS>;
@if(!subgroups) var<workgroup> sharedDeltas: array<f32, CHUNK * OUTPUTS>;
@if(!subgroups) var<workgroup> sharedLosses: array<f32, CHUNK>;

// Logits of one sample and the loss's derivatives by them: those that this thread works out ...
var<private> ownLogits: array<f32, OUTPUTS>;
var<private> ownDeltas: array<f32, OUTPUTS>;
// ... and what all samples of the chunk gave.
var<private> deltas: array<array<f32, OUTPUTS>, CHUNK>;
var<private> sampleLosses: array<f32, CHUNK>;

// Where a thread stands.
struct Place {
  part: u32,      // its subgroup, or itself
  parts: u32,     // how many there are
  isFirst: bool,  // of its part
  sample: u32,    // whose loss it works out; those past the last do that one's
  worksOut: bool, // whether it counts
}

@if(subgroups) fn placeOf(thread: u32, lanes: u32, lane: u32) -> Place {
  // Workgroups of one dimension: subgroups are rows of neighbours.
  return Place(thread / lanes, (THREADS + lanes - 1u) / lanes, lane == 0u, min(lane, CHUNK - 1u), lane < CHUNK);
}

@else fn placeOf(thread: u32) -> Place {
  return Place(thread, THREADS, true, min(thread, CHUNK - 1u), thread < CHUNK);
}

// Passes on what this thread's units contribute to logit c of sample k.
fn passLogit(place: Place, parity: u32, k: u32, c: u32, contribution: vec4f) {
  var sum = (contribution.x + contribution.y) + (contribution.z + contribution.w);
  @if(subgroups) sum = subgroupAdd(sum);
  if (place.isFirst) { partialLogits[((parity * MOST_PARTS + place.part) * CHUNK + k) * OUTPUTS + c] = sum; }
}

// After a barrier: sums the logits of sample k into `ownLogits`.
fn sumLogits(place: Place, parity: u32, k: u32) {
  for (var c = 0u; c < OUTPUTS; c++) { ownLogits[c] = 0.0; }
  var at = (parity * MOST_PARTS * CHUNK + k) * OUTPUTS;
  var part = 0u;
  loop {
    for (var c = 0u; c < OUTPUTS; c++) { ownLogits[c] += partialLogits[at + c]; }
    at += CHUNK * OUTPUTS;
    part++;
    continuing { break if part >= place.parts; }
  }
}

// Hands this thread's loss and `ownDeltas` to all: `sampleLosses` and `deltas`.
@if(subgroups) fn passDeltas(place: Place, loss: f32) {
  for (var k = 0u; k < CHUNK; k++) {
    sampleLosses[k] = subgroupBroadcast(loss, k);
    for (var c = 0u; c < OUTPUTS; c++) { deltas[k][c] = subgroupBroadcast(ownDeltas[c], k); }
  }
}

@else fn passDeltas(place: Place, loss: f32) {
  if (place.worksOut) {
    sharedLosses[place.sample] = loss;
    for (var c = 0u; c < OUTPUTS; c++) { sharedDeltas[place.sample * OUTPUTS + c] = ownDeltas[c]; }
  }
  workgroupBarrier();
  for (var k = 0u; k < CHUNK; k++) {
    sampleLosses[k] = sharedLosses[k];
    for (var c = 0u; c < OUTPUTS; c++) { deltas[k][c] = sharedDeltas[k * OUTPUTS + c]; }
  }
}
