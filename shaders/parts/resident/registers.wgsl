// A thread's share of a run of the resident kernel: the parameters and moments of its hidden units, and how they come
// and go. A part, not a kernel.
import package::parts::prelude::{DIMENSIONS, OUTPUTS, UNIT_GROUPS};
import package::parts::population::population;
import package::parts::update::ACCUMULATES;

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
// The output bias, the same in every thread.
var<private> biases: array<f32, OUTPUTS>;
var<private> biasFirstMoments: array<f32, OUTPUTS>;
var<private> biasSecondMoments: array<f32, OUTPUTS>;
var<private> biasGradientSums: array<f32, OUTPUTS>;

// Where a slot's four numbers lie in a run's parameters (weight [H, D], bias [H], weight [C, H], bias [C]): number j at
// first + j step, of which there are `count`.
struct Row {
  first: u32,
  step: u32,
  count: u32,
}

fn rowOf(thread: u32, group: u32, slot: u32) -> Row {
  let unit = 4u * (group * THREADS + thread);
  let isInput = slot < DIMENSIONS;
  let isBias = slot == DIMENSIONS;
  let count = min(HIDDEN_UNITS - min(unit, HIDDEN_UNITS), 4u);
  // The bias, or row slot - D - 1 of the output weights.
  let bias = HIDDEN_UNITS * DIMENSIONS;
  let output = bias + HAS_BIAS * HIDDEN_UNITS + (slot - DIMENSIONS - 1u) * HIDDEN_UNITS;
  return Row(
    select(select(output, bias, isBias) + unit, unit * DIMENSIONS + slot, isInput),
    select(1u, DIMENSIONS, isInput),
    select(count, 0u, isBias && HAS_BIAS == 0u),
  );
}

fn outputBiasIndex(c: u32) -> u32 {
  return HIDDEN_UNITS * (DIMENSIONS + 1u + OUTPUTS) + c;
}

// These two count loops at their ends, as resident.wgsl does, and index registers at run time: written out, they would
// take seconds to compile.
fn loadRun(r: u32, thread: u32) {
  let first = r * population.parameterStride;
  let second = (population.runs + r) * population.parameterStride;
  let sums = (MOMENTS * population.runs + r) * population.parameterStride;
  var group = 0u;
  loop {
    var slot = 0u;
    loop {
      let row = rowOf(thread, group, slot);
      var j = 0u;
      loop {
        if (j < row.count) {
          let at = row.first + j * row.step;
          weights[group][slot][j] = parameters[first + at];
          if (MOMENTS >= 1u) { firstMoments[group][slot][j] = moments[first + at]; }
          if (MOMENTS == 2u) { secondMoments[group][slot][j] = moments[second + at]; }
          if (ACCUMULATES == 1u) { gradientSums[group][slot][j] = moments[sums + at]; }
        }
        j++;
        continuing { break if j >= 4u; }
      }
      slot++;
      continuing { break if slot >= SLOTS_PER_GROUP; }
    }
    group++;
    continuing { break if group >= UNIT_GROUPS; }
  }
  var c = 0u;
  loop {
    let at = first + outputBiasIndex(c);
    if (HAS_BIAS == 1u) {
      biases[c] = parameters[at];
      if (MOMENTS >= 1u) { biasFirstMoments[c] = moments[at]; }
      if (MOMENTS == 2u) { biasSecondMoments[c] = moments[at - first + second]; }
      if (ACCUMULATES == 1u) { biasGradientSums[c] = moments[at - first + sums]; }
    }
    c++;
    continuing { break if c >= OUTPUTS; }
  }
}

fn storeRun(r: u32, thread: u32) {
  let first = r * population.parameterStride;
  let second = (population.runs + r) * population.parameterStride;
  let sums = (MOMENTS * population.runs + r) * population.parameterStride;
  var group = 0u;
  loop {
    var slot = 0u;
    loop {
      let row = rowOf(thread, group, slot);
      var j = 0u;
      loop {
        if (j < row.count) {
          let at = row.first + j * row.step;
          parameters[first + at] = weights[group][slot][j];
          if (MOMENTS >= 1u) { moments[first + at] = firstMoments[group][slot][j]; }
          if (MOMENTS == 2u) { moments[second + at] = secondMoments[group][slot][j]; }
          if (ACCUMULATES == 1u) { moments[sums + at] = gradientSums[group][slot][j]; }
        }
        j++;
        continuing { break if j >= 4u; }
      }
      slot++;
      continuing { break if slot >= SLOTS_PER_GROUP; }
    }
    group++;
    continuing { break if group >= UNIT_GROUPS; }
  }
  var c = 0u;
  loop {
    let at = first + outputBiasIndex(c);
    if (HAS_BIAS == 1u && thread == 0u) {
      parameters[at] = biases[c];
      if (MOMENTS >= 1u) { moments[at] = biasFirstMoments[c]; }
      if (MOMENTS == 2u) { moments[at - first + second] = biasSecondMoments[c]; }
      if (ACCUMULATES == 1u) { moments[at - first + sums] = biasGradientSums[c]; }
    }
    c++;
    continuing { break if c >= OUTPUTS; }
  }
}
