// One linear layer's sizes and places, shared by its forward and backward kernels.

struct Layer {
  batchSize: u32,        // B, or the number of evaluation points in hand
  inputs: u32,
  outputs: u32,
  parameterStride: u32,
  weightOffset: u32,     // weight [outputs, inputs] in a run's parameters
  biasOffset: u32,
  hasBias: u32,
  inputOffset: u32,      // where the inputs start in their buffer ...
  inputRunStride: u32,   // ... and how far runs lie apart in it: 0 when all runs read the same points
}

@group(0) @binding(0) var<uniform> layer: Layer;
