// One BatchNorm layer's sizes and places, shared by its kernels.

struct BatchNorm {
  batchSize: u32,
  channels: u32,
  map: u32,              // numbers of a channel's map
  parameterStride: u32,
  weightOffset: u32,     // in a run's parameters
  biasOffset: u32,
  stateStride: u32,      // Q
  meanOffset: u32,       // running mean and variance, and the number of batches so far, in a run's state
  varianceOffset: u32,
  trackedOffset: u32,
  passIndex: u32,        // which of the step's forward passes through this layer this is, and how many there are
  passCount: u32,
  epsilon: f32,
  momentum: f32,         // share of a new batch in the running statistics; below 0: 1 / batches so far
}

@group(0) @binding(0) var<uniform> norm: BatchNorm;

// Place of number i of a channel's B maps.
fn placeOf(i: u32, r: u32, channel: u32) -> u32 {
  return ((r * norm.batchSize + i / norm.map) * norm.channels + channel) * norm.map + i % norm.map;
}
