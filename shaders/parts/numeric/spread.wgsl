// Mean and spread of many numbers as a fixed tree of merged (count, mean, sum of squared differences): sums of squares would
// lose all digits where the mean is far from 0 (Chan, Golub and LeVeque 1983).

struct Spread {
  count: f32,
  mean: f32,
  squares: f32,   // sum of (x - mean)^2
}

fn merged(a: Spread, b: Spread) -> Spread {
  let count = a.count + b.count;
  let share = b.count / max(count, 1.0);
  let difference = b.mean - a.mean;
  return Spread(count, a.mean + difference * share, a.squares + b.squares + difference * difference * a.count * share);
}

// Of four numbers, of which the first `count` are there.
fn spreadOf(x: vec4f, count: u32) -> Spread {
  let exists = vec4u(0u, 1u, 2u, 3u) < vec4u(count);
  let n = f32(count);
  // From the first on: four equal numbers have exactly their mean.
  let shifted = select(vec4f(0.0), x - x.x, exists);
  let mean = dot(shifted, vec4f(1.0)) / max(n, 1.0);
  let d = select(vec4f(0.0), shifted - mean, exists);
  return Spread(n, x.x + mean, dot(d, d));
}

var<workgroup> spreads: array<Spread, 64>;

// Must be called by all of up to 64 threads, a power of two, in uniform control flow. All get the whole.
fn workgroupSpread(own: Spread, thread: u32, threads: u32) -> Spread {
  spreads[thread] = own;
  workgroupBarrier();
  for (var width = threads / 2u; width > 0u; width /= 2u) {
    if (thread < width) { spreads[thread] = merged(spreads[thread], spreads[thread + width]); }
    workgroupBarrier();
  }
  return spreads[0];
}
