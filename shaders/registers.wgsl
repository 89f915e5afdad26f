// A thread's share of a run of the resident kernel: the parameters and moments of its hidden units, and how they come
// and go. A part, not a kernel.
import package::prelude::{DIMENSIONS, OUTPUTS, UNIT_GROUPS};
import package::population::population;
import package::update::ACCUMULATES;

override THREADS: u32 = 64u;
override HIDDEN_UNITS: u32 = 4u;
override HAS_BIAS: u32 = 1u;
override MOMENTS: u32 = 0u;

@group(1) @binding(1) var<storage, read_write> parameters: array<f32>;
@group(1) @binding(2) var<storage, read_write> moments: array<f32>;

// Of four hidden units: D input weights, the bias, C output weights.
const SLOTS_PER_GROUP: u32 = DIMENSIONS + 1u + OUTPUTS;

var<private> weights: array<array<vec4f, SLOTS_PER_GROUP>, UNIT_GROUPS>;
var<private> firstMoments: array<array<vec4f, SLOTS_PER_GROUP>, UNIT_GROUPS>;
var<private> secondMoments: array<array<vec4f, SLOTS_PER_GROUP>, UNIT_GROUPS>;
var<private> gradientSums: array<array<vec4f, SLOTS_PER_GROUP>, UNIT_GROUPS>;
// The output bias, the same in every thread; four at a time, as updates come.
const BIAS_VECTORS: u32 = (OUTPUTS + 3u) / 4u;
var<private> biases: array<vec4f, BIAS_VECTORS>;
var<private> biasFirstMoments: array<vec4f, BIAS_VECTORS>;
var<private> biasSecondMoments: array<vec4f, BIAS_VECTORS>;
var<private> biasGradientSums: array<vec4f, BIAS_VECTORS>;

// Numbers of a thread's share, one after another.
const NUMBERS: u32 = UNIT_GROUPS * SLOTS_PER_GROUP * 4u;
const NOWHERE: u32 = 0xffffffffu;

// Where number i of a thread's share lies in a run's parameters (weight [H, D], bias [H], weight [C, H], bias [C]), or
// NOWHERE for padding.
fn parameterIndex(thread: u32, i: u32) -> u32 {
  let unit = ((i / (4u * SLOTS_PER_GROUP)) * THREADS + thread) * 4u + i % 4u;
  let slot = (i / 4u) % SLOTS_PER_GROUP;
  if (unit >= HIDDEN_UNITS || (slot == DIMENSIONS && HAS_BIAS == 0u)) { return NOWHERE; }
  if (slot < DIMENSIONS) { return unit * DIMENSIONS + slot; }
  let bias = HIDDEN_UNITS * DIMENSIONS;
  if (slot == DIMENSIONS) { return bias + unit; }
  return bias + HAS_BIAS * HIDDEN_UNITS + (slot - DIMENSIONS - 1u) * HIDDEN_UNITS + unit;
}

fn outputBiasIndex(c: u32) -> u32 {
  return HIDDEN_UNITS * (DIMENSIONS + 1u + OUTPUTS) + c;
}

// These two count loops at their ends, as resident.wgsl does; and no compiler unrolls them, which would cost it seconds
// and gain nothing.
fn loadRun(r: u32, thread: u32) {
  let first = r * population.parameterStride;
  let second = (population.runs + r) * population.parameterStride;
  let sums = (MOMENTS * population.runs + r) * population.parameterStride;
  var i = 0u;
  loop {
    let group = i / (4u * SLOTS_PER_GROUP);
    let slot = (i / 4u) % SLOTS_PER_GROUP;
    let index = parameterIndex(thread, i);
    if (index != NOWHERE) {
      weights[group][slot][i % 4u] = parameters[first + index];
      if (MOMENTS >= 1u) { firstMoments[group][slot][i % 4u] = moments[first + index]; }
      if (MOMENTS == 2u) { secondMoments[group][slot][i % 4u] = moments[second + index]; }
      if (ACCUMULATES == 1u) { gradientSums[group][slot][i % 4u] = moments[sums + index]; }
    }
    i++;
    continuing { break if i >= NUMBERS; }
  }
  var c = 0u;
  loop {
    let index = outputBiasIndex(c);
    if (HAS_BIAS == 1u) {
      biases[c / 4u][c % 4u] = parameters[first + index];
      if (MOMENTS >= 1u) { biasFirstMoments[c / 4u][c % 4u] = moments[first + index]; }
      if (MOMENTS == 2u) { biasSecondMoments[c / 4u][c % 4u] = moments[second + index]; }
      if (ACCUMULATES == 1u) { biasGradientSums[c / 4u][c % 4u] = moments[sums + index]; }
    }
    c++;
    continuing { break if c >= OUTPUTS; }
  }
}

fn storeRun(r: u32, thread: u32) {
  let first = r * population.parameterStride;
  let second = (population.runs + r) * population.parameterStride;
  let sums = (MOMENTS * population.runs + r) * population.parameterStride;
  var i = 0u;
  loop {
    let group = i / (4u * SLOTS_PER_GROUP);
    let slot = (i / 4u) % SLOTS_PER_GROUP;
    let index = parameterIndex(thread, i);
    if (index != NOWHERE) {
      parameters[first + index] = weights[group][slot][i % 4u];
      if (MOMENTS >= 1u) { moments[first + index] = firstMoments[group][slot][i % 4u]; }
      if (MOMENTS == 2u) { moments[second + index] = secondMoments[group][slot][i % 4u]; }
      if (ACCUMULATES == 1u) { moments[sums + index] = gradientSums[group][slot][i % 4u]; }
    }
    i++;
    continuing { break if i >= NUMBERS; }
  }
  var c = 0u;
  loop {
    let index = outputBiasIndex(c);
    if (HAS_BIAS == 1u && thread == 0u) {
      parameters[first + index] = biases[c / 4u][c % 4u];
      if (MOMENTS >= 1u) { moments[first + index] = biasFirstMoments[c / 4u][c % 4u]; }
      if (MOMENTS == 2u) { moments[second + index] = biasSecondMoments[c / 4u][c % 4u]; }
      if (ACCUMULATES == 1u) { moments[sums + index] = biasGradientSums[c / 4u][c % 4u]; }
    }
    c++;
    continuing { break if c >= OUTPUTS; }
  }
}
