// A sum over a workgroup as a fixed tree: the same adapter gives the same bits, always.

// Of the widest tree.
const LEAVES: u32 = 64u;

var<workgroup> reduceValues: array<vec2f, LEAVES>;

// Over so many threads; must be called by all of them, in uniform control flow. All get the sum.
fn workgroupSum(value: vec2f, thread: u32) -> vec2f {
  return workgroupSumOf(value, thread, LEAVES);
}

// The same over fewer threads, a power of two.
fn workgroupSumOf(value: vec2f, thread: u32, threads: u32) -> vec2f {
  reduceValues[thread] = value;
  workgroupBarrier();
  for (var width = threads / 2u; width > 0u; width /= 2u) {
    if (thread < width) { reduceValues[thread] += reduceValues[thread + width]; }
    workgroupBarrier();
  }
  let sum = reduceValues[0];
  workgroupBarrier();
  return sum;
}
