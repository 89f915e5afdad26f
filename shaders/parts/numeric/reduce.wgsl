// A sum over a workgroup of 64 threads as a fixed tree: the same adapter gives the same bits, always.

var<workgroup> reduceValues: array<vec2f, 64>;

// Must be called by all 64 threads, in uniform control flow. All get the sum.
fn workgroupSum(value: vec2f, thread: u32) -> vec2f {
  reduceValues[thread] = value;
  workgroupBarrier();
  for (var width = 32u; width > 0u; width /= 2u) {
    if (thread < width) { reduceValues[thread] += reduceValues[thread + width]; }
    workgroupBarrier();
  }
  let sum = reduceValues[0];
  workgroupBarrier();
  return sum;
}
