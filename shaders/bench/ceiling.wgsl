// What the adapter can do at most: multiply-adds in registers, a copy, or nothing. For the bench's ceilings only.
// A thread handles one vector; grid (vectors / 64).

// 0: nothing. 1: multiply-adds, `ROUNDS` of 32 a thread. 2: a copy.
override WORK: u32 = 0u;
override ROUNDS: u32 = 1u;
override VECTORS: u32 = 0u;

@group(0) @binding(0) var<storage, read> source: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> results: array<vec4f>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64u;
  if (WORK == 0u || i >= VECTORS) { return; }
  if (WORK == 2u) {
    results[i] = source[i];
    return;
  }
  // Eight independent chains, so that one multiply-add need not wait for another. They stay finite: |factor| < 1.
  let factor = source[i];
  var a = factor;
  var b = factor + 1.0;
  var c = factor + 2.0;
  var d = factor + 3.0;
  var e = factor + 4.0;
  var f = factor + 5.0;
  var g = factor + 6.0;
  var h = factor + 7.0;
  for (var round = 0u; round < ROUNDS; round++) {
    a = fma(a, factor, factor);
    b = fma(b, factor, factor);
    c = fma(c, factor, factor);
    d = fma(d, factor, factor);
    e = fma(e, factor, factor);
    f = fma(f, factor, factor);
    g = fma(g, factor, factor);
    h = fma(h, factor, factor);
  }
  results[i] = a + b + c + d + e + f + g + h;
}
