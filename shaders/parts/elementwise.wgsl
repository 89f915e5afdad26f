// Sizes of a stage that is worked on number by number.

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

// Channel of number i of run r, in [R, C].
fn channelOf(i: u32, r: u32) -> u32 {
  return r * elements.channels + (i / elements.map) % elements.channels;
}
