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

// Threads of a channel.
override THREADS: u32 = 64u;

// One of a channel's numbers: which of its map, and where that begins.
struct Cursor {
  within: u32,
  begin: u32,
}

// The first number of a channel in run r.
fn cursorAt(r: u32, channel: u32) -> Cursor {
  return Cursor(0u, (r * norm.batchSize * norm.channels + channel) * norm.map);
}

// So many numbers further; counted, since divisions are dear on the software adapter.
fn further(cursor: Cursor, count: u32) -> Cursor {
  var within = cursor.within + count;
  var begin = cursor.begin;
  loop {
    if (within < norm.map) { break; }
    within -= norm.map;
    begin += norm.channels * norm.map;
  }
  return Cursor(within, begin);
}
