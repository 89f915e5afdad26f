// One optimizer step of every run that is not frozen. Reads gradients [R, P]; updates parameters [R, P] and moments
// (none, or first [R, P], or first and second [2, R, P]; behind them sums of gradients [R, P] if ACCUMULATES).
// Parameters that would not be finite, or whose moments would not, stay as they were (four at a time), and their run is
// frozen from the next step on. A thread takes some vectors of four, since finding out about its run costs as much as
// several; grid (P / 2048, R).
import package::parts::numeric::finite::allFinite;
import package::parts::population::{population, runs, states, tables, isFrozen, IS_CLOSED, NOTHING};
import package::parts::update::{updated, usedGradient, updateSum, updateRates, nextCorrections, UpdateRates, ACCUMULATES};

override MOMENTS: u32 = 0u;
// Whether some run has frozen parameters: they and their moments stay as they are.
override FREEZES: u32 = 0u;

@group(1) @binding(0) var<storage, read> gradients: array<vec4f>;
@group(1) @binding(1) var<storage, read_write> parameters: array<vec4f>;
@group(1) @binding(2) var<storage, read_write> moments: array<vec4f>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let r = id.y;
  let stride = population.parameterStride / 4u;
  let step = states[r].step - IS_CLOSED;
  if (isFrozen(r, step)) { return; }
  var corrections = vec2f(states[r].correction1, states[r].correction2);
  if (IS_CLOSED == 0u) { corrections = nextCorrections(runs[r], corrections); }
  let rates = updateRates(runs[r], step, corrections);
  var i = id.x;
  loop {
    if (i < stride) { update(r * stride + i, population.runs * stride, rates, r, step); }
    i += groups.x * 64u;
    continuing { break if i >= stride; }
  }
}

// Four parameters: at `at` of all parameters; each kind of moment is `all` long.
fn update(at: u32, all: u32, rates: UpdateRates, r: u32, step: u32) {
  let second = all + at;
  let sum = MOMENTS * all + at;
  var g = gradients[at];
  if (ACCUMULATES == 1u) { g = usedGradient(rates, g, moments[sum]); }
  var m = vec4f(0.0);
  var v = vec4f(0.0);
  if (MOMENTS >= 1u) { m = moments[at]; }
  if (MOMENTS == 2u) { v = moments[second]; }
  var next = updated(rates, parameters[at], g, m, v);
  if (FREEZES == 1u) {
    let frozen = frozenLanes(r, at - r * (population.parameterStride / 4u));
    next.parameters = select(next.parameters, parameters[at], frozen);
    next.first = select(next.first, m, frozen);
    next.second = select(next.second, v, frozen);
    if (ACCUMULATES == 1u) { g = select(g, moments[sum], frozen); }
  }
  if (!allFinite(updateSum(next))) {
    atomicMin(&states[r].nonFiniteStep, step + 1u);
    return;
  }
  parameters[at] = next.parameters;
  if (MOMENTS >= 1u) { moments[at] = next.first; }
  if (MOMENTS == 2u) { moments[second] = next.second; }
  if (ACCUMULATES == 1u && rates.accumulates) { moments[sum] = g; }
}

// Which of a run's four parameters at `place`, of vectors of four, are frozen.
fn frozenLanes(r: u32, place: u32) -> vec4<bool> {
  let offset = runs[r].frozenOffset;
  let at = select(offset + 4u * place, 0u, offset == NOTHING);
  let marks = vec4f(tables[at], tables[at + 1u], tables[at + 2u], tables[at + 3u]);
  return (marks == vec4f(1.0)) & vec4<bool>(offset != NOTHING);
}
