// A thread's gradients, and the update of its parameters and moments in registers. A part of the resident kernels.
import package::parts::prelude::{OUTPUTS, UNIT_GROUPS};
import package::parts::population::FINITE;
import package::parts::numeric::finite::isFinite;
import package::parts::update::{updated, usedGradient, updateSum, UpdateRates, ACCUMULATES};
import package::parts::resident::registers::{
  weights, firstMoments, secondMoments, gradientSums, SLOTS_PER_GROUP,
  biases, biasFirstMoments, biasSecondMoments, biasGradientSums, HAS_BIAS, MOMENTS,
};

// Of this thread's units; and of the output bias, the same in every thread.
var<private> gradients: array<array<vec4f, SLOTS_PER_GROUP>, UNIT_GROUPS>;
var<private> biasGradients: array<f32, OUTPUTS>;
// FINITE less the first step that may not be taken because the update before it would have been non-finite.
var<workgroup> overflow: atomic<u32>;

fn clearGradients() {
  gradients = array<array<vec4f, SLOTS_PER_GROUP>, UNIT_GROUPS>();
  biasGradients = array<f32, OUTPUTS>();
}

// Updates the parameters of a run that is `alive`. Those of this thread stay as they were if the sum of what they would
// become is not finite.
fn update(alive: bool, rates: UpdateRates, step: u32) {
  // All first: a store costs least where it is unconditional but for one `if` around all.
  var used = gradients;
  var parameters = array<array<vec4f, SLOTS_PER_GROUP>, UNIT_GROUPS>();
  var first = array<array<vec4f, SLOTS_PER_GROUP>, UNIT_GROUPS>();
  var second = array<array<vec4f, SLOTS_PER_GROUP>, UNIT_GROUPS>();
  var sum = vec4f(0.0);
  for (var group = 0u; group < UNIT_GROUPS; group++) {
    for (var i = 0u; i < SLOTS_PER_GROUP; i++) {
      if (ACCUMULATES == 1u) { used[group][i] = usedGradient(rates, used[group][i], gradientSums[group][i]); }
      let next =
        updated(rates, weights[group][i], used[group][i], firstMoments[group][i], secondMoments[group][i]);
      parameters[group][i] = next.parameters;
      first[group][i] = next.first;
      second[group][i] = next.second;
      sum += updateSum(next);
    }
  }
  // The output bias, in every thread alike. Of the four numbers only the first is one.
  var usedBias = biasGradients;
  var bias = array<f32, OUTPUTS>();
  var biasFirst = array<f32, OUTPUTS>();
  var biasSecond = array<f32, OUTPUTS>();
  if (HAS_BIAS == 1u) {
    for (var c = 0u; c < OUTPUTS; c++) {
      if (ACCUMULATES == 1u) { usedBias[c] = usedGradient(rates, vec4f(usedBias[c]), vec4f(biasGradientSums[c])).x; }
      let next = updated(
        rates, vec4f(biases[c]), vec4f(usedBias[c]), vec4f(biasFirstMoments[c]), vec4f(biasSecondMoments[c]));
      bias[c] = next.parameters.x;
      biasFirst[c] = next.first.x;
      biasSecond[c] = next.second.x;
      sum.x += updateSum(next).x;
    }
  }
  let isKept = isFinite((sum.x + sum.y) + (sum.z + sum.w));
  if (alive && isKept) {
    for (var group = 0u; group < UNIT_GROUPS; group++) {
      for (var i = 0u; i < SLOTS_PER_GROUP; i++) {
        weights[group][i] = parameters[group][i];
        if (MOMENTS >= 1u) { firstMoments[group][i] = first[group][i]; }
        if (MOMENTS == 2u) { secondMoments[group][i] = second[group][i]; }
        if (ACCUMULATES == 1u && rates.accumulates) { gradientSums[group][i] = used[group][i]; }
      }
    }
    if (HAS_BIAS == 1u) {
      for (var c = 0u; c < OUTPUTS; c++) {
        biases[c] = bias[c];
        if (MOMENTS >= 1u) { biasFirstMoments[c] = biasFirst[c]; }
        if (MOMENTS == 2u) { biasSecondMoments[c] = biasSecond[c]; }
        if (ACCUMULATES == 1u && rates.accumulates) { biasGradientSums[c] = usedBias[c]; }
      }
    }
  }
  if (alive && !isKept) { atomicMax(&overflow, FINITE - (step + 1u)); }
}
