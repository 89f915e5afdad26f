// One convolution's sizes and places, shared by its forward and backward kernels. Channels come in groups, each of which is a
// convolution of its own; four lanes of a vector are four channels of one group.
import package::parts::prelude::{KERNEL_HEIGHT, KERNEL_WIDTH};

struct Convolution {
  batchSize: u32,        // B, or the number of evaluation images in hand
  channels: u32,         // of the input map ...
  height: u32,
  width: u32,
  outputs: u32,          // ... and of the output map
  rows: u32,
  columns: u32,
  groups: u32,
  parameterStride: u32,
  weightOffset: u32,     // weight [O, I / groups, KERNEL_HEIGHT, KERNEL_WIDTH] in a run's parameters ...
  biasOffset: u32,
  hasBias: u32,
  inputOffset: u32,      // where the inputs start in their buffer ...
  inputRunStride: u32,   // ... and how far runs lie apart in it: 0 when all runs read the same images
  chunk: u32,            // of the weights' gradient: images that one thread adds up, or places that a workgroup does
  gradientOffset: u32,   // where the gradient's chunks [R, chunks, weight and bias] go: far apart ...
  gradientRunStride: u32,
}

@group(0) @binding(0) var<uniform> convolution: Convolution;

const TAPS: u32 = KERNEL_HEIGHT * KERNEL_WIDTH;

// Four channels, or fewer, of one group of a map's.
struct Lanes {
  first: u32,
  count: u32,
  group: u32,
}

// How many such there are in a map of so many channels.
fn laneGroups(channels: u32) -> u32 {
  return convolution.groups * ((channels / convolution.groups + 3u) / 4u);
}

fn lanesOf(index: u32, channels: u32) -> Lanes {
  let each = channels / convolution.groups;
  let perGroup = (each + 3u) / 4u;
  let group = index / perGroup;
  let within = (index % perGroup) * 4u;
  return Lanes(group * each + within, min(4u, each - within), group);
}

// A grid's threads in one row, though it may be folded into two dimensions.
fn linearThread(workgroup: vec3u, groups: vec3u, thread: u32, threads: u32) -> u32 {
  return (workgroup.y * groups.x + workgroup.x) * threads + thread;
}

// Places in the parameters of weight [o, i, 0, 0] for four lanes: what lies beyond the last lane is read from it.
fn laneSteps(lanes: Lanes, step: u32) -> vec4u {
  return min(vec4u(0u, 1u, 2u, 3u), vec4u(lanes.count - 1u)) * step;
}
