// Sizes of a stage that is worked on number by number.
import package::parts::incoming::{normalizationOf, NORMALIZED};

struct Elements {
  batchSize: u32,
  channels: u32,
  map: u32,          // numbers of a channel
  inputOffset: u32,      // where what comes in starts in its buffer ...
  inputRunStride: u32,   // ... and how far runs lie apart in it: 0 when all runs read the same
}

@group(0) @binding(0) var<uniform> elements: Elements;

// Numbers of one run.
fn elementCount() -> u32 {
  return elements.batchSize * elements.channels * elements.map;
}

// Of number i of run r. Divisions are dear on the software adapter: none where there is nothing to look up.
fn elementNormalization(i: u32, r: u32) -> vec4f {
  var normalization = vec4f(0.0, 1.0, 0.0, 1.0);
  if (NORMALIZED == 1u) {
    normalization = normalizationOf(r * elements.channels + (i / elements.map) % elements.channels);
  }
  return normalization;
}
