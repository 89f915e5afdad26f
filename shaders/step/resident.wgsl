// The resident executor: a workgroup owns a run with one hidden layer and takes many steps in one dispatch. Parameters
// and moments stay in registers, four hidden units to a vector; only the logits cross threads. Evaluations happen inside.
// Reads and writes parameters [R, P] and moments [.., R, P] with sums of gradients behind them if ACCUMULATES; writes
// `metrics`. Takes at least one step. Grid (R).
//
// Every thread draws a sample, for one step or for several. Then the batch is gone through in chunks: each thread adds
// up what its units contribute to the chunk's logits; these are summed over the workgroup (in a fixed order, see
// exchange.wgsl) for a few threads to work out a sample's loss each; and each thread adds to its units' gradients.
//
// Loops are counted at their ends, and no `if` saves work: the software adapter runs both sides of an `if`, and the body
// of a loop at least once, also where no thread takes part. Arrays are indexed by numbers once loops are unrolled
// (src/gpu/unroll.ts).
import package::parts::prelude::{DIMENSIONS, OUTPUTS, UNIT_GROUPS, CHUNK, BLOCKS, BLOCK_CHUNKS, STEPS_PER_DRAW};
import package::parts::population::{population, runs, states, data, indices, FINITE};
import package::parts::sampling::sampleAt;
import package::parts::activation::{activate, throughActivation};
import package::parts::losses::{outputLoss, outputDelta, outputProbability, LOSS, SOFTMAX_CROSS_ENTROPY};
import package::parts::numeric::elementary::{exponentialScalar, log1p};
import package::parts::numeric::finite::isFinite;
import package::parts::update::{updated, usedGradient, updateSum, updateRates, nextCorrections, UpdateRates, ACCUMULATES};
import package::parts::metrics::{submit, writeMetrics, metricsEntry, metrics, probabilityEntry};
import package::parts::resident::registers::{
  loadRun, storeRun, weights, firstMoments, secondMoments, gradientSums, SLOTS_PER_GROUP,
  biases, biasFirstMoments, biasSecondMoments, biasGradientSums, HAS_BIAS, MOMENTS, THREADS,
};
import package::parts::resident::exchange::{
  Place, placeOf, passLogits, sumLogits, passDeltas, contributions, ownLogits, ownDeltas, deltas,
};

// A sample: D coordinates, then C targets.
const SAMPLE_SIZE: u32 = DIMENSIONS + OUTPUTS;
// Samples of one step that are drawn at once.
const DRAWN: u32 = BLOCK_CHUNKS * CHUNK;

// Lengths are overrides of their own: naga, the compiler of Firefox and Deno, can't fill in expressions of overrides.
override DRAWN_SAMPLES: u32 = THREADS * SAMPLE_SIZE;
var<workgroup> drawnSamples: array<f32, DRAWN_SAMPLES>;
// FINITE less the first step that may not be taken because the update before it would have been non-finite.
var<workgroup> overflow: atomic<u32>;

// Coordinates of the chunk's samples, and the targets of the one whose loss this thread works out.
var<private> samples: array<array<f32, DIMENSIONS>, CHUNK>;
var<private> ownTargets: array<f32, OUTPUTS>;
// Probabilities that go with `ownLogits`.
var<private> ownProbabilities: array<f32, OUTPUTS>;
// Pre-activations of the chunk.
var<private> preActivations: array<array<vec4f, CHUNK>, UNIT_GROUPS>;
var<private> gradients: array<array<vec4f, SLOTS_PER_GROUP>, UNIT_GROUPS>;
var<private> biasGradients: array<f32, OUTPUTS>;

@compute @workgroup_size(THREADS)
fn main(
  @builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) thread: u32,
  @if(subgroups) @builtin(subgroup_size) lanes: u32, @if(subgroups) @builtin(subgroup_invocation_id) lane: u32,
) {
  @if(subgroups) let place = placeOf(thread, lanes, lane);
  @else let place = placeOf(thread);
  let r = workgroup.x;
  let run = runs[r];
  let end = submit.firstStep + submit.steps;
  var nonFiniteStep = atomicLoad(&states[r].nonFiniteStep);
  var corrections = vec2f(states[r].correction1, states[r].correction2);
  var lossSum = states[r].lossSum;
  var lossCount = states[r].lossCount;
  loadRun(r, thread);

  // From uniforms, not from the run's state: that all threads agree on it must be plain to the compiler.
  var step = submit.firstStep;
  var parity = 0u; // which half of the exchange is in use: a thread may be one barrier ahead of another
  loop {
    // Up to the next evaluation ...
    let until = min(end, min(step - step % population.evaluateEvery + population.evaluateEvery, population.steps));
    loop {
      // ... as many steps as samples are drawn for at once.
      if (BLOCKS == 1u) { drawSamples(r, thread, step, 0u); }
      let pause = min(step + STEPS_PER_DRAW, until);
      var row = 0u;
      loop {
        var loss = 0.0;
        let nextRates = nextCorrections(run, corrections);
        let rates = updateRates(run, step, nextRates);
        gradients = array<array<vec4f, SLOTS_PER_GROUP>, UNIT_GROUPS>();
        biasGradients = array<f32, OUTPUTS>();
        for (var block = 0u; block < BLOCKS; block++) {
          if (BLOCKS > 1u) {
            drawSamples(r, thread, step, block * DRAWN);
            row = 0u;
          }
          for (var chunk = 0u; chunk < BLOCK_CHUNKS; chunk++) {
            readSamples(row, place);
            row += CHUNK * SAMPLE_SIZE;
            sumUnits(place, parity);
            workgroupBarrier();
            sumLogits(place, parity, place.sample);
            parity = 1u - parity;
            let first = block * DRAWN + chunk * CHUNK;
            loss += passDeltas(place, sampleGradient(first + place.sample));
            backward();
          }
        }
        nonFiniteStep = min(nonFiniteStep, min(FINITE - atomicLoad(&overflow), select(step, FINITE, isFinite(loss))));
        let alive = nonFiniteStep > step;
        update(alive, rates, step);
        lossSum += select(0.0, loss / f32(population.batchSize), alive);
        lossCount += select(0.0, 1.0, alive);
        corrections = select(corrections, nextRates, alive);
        step++;
        continuing { break if step >= pause; }
      }
      continuing { break if step >= until; }
    }
    workgroupBarrier();
    nonFiniteStep = min(nonFiniteStep, FINITE - atomicLoad(&overflow));
    let isDue = step % population.evaluateEvery == 0u || step == population.steps;
    evaluate(r, thread, place, step, isDue, lossSum / max(lossCount, 1.0), nonFiniteStep);
    lossSum = select(lossSum, 0.0, isDue);
    lossCount = select(lossCount, 0.0, isDue);
    continuing { break if step >= end; }
  }
  storeRun(r, thread);
  if (thread == 0u) {
    states[r].step = end;
    atomicStore(&states[r].nonFiniteStep, nonFiniteStep);
    states[r].correction1 = corrections.x;
    states[r].correction2 = corrections.y;
    states[r].lossSum = lossSum;
    states[r].lossCount = lossCount;
  }
}

// Draws and blends samples from `first` on of step `firstStep`, and as many of the steps after it: one a thread.
fn drawSamples(r: u32, thread: u32, firstStep: u32, first: u32) {
  // Past the end of the batch its last sample, which is not used.
  let b = min(first + thread % DRAWN, population.batchSize - 1u);
  let sample = sampleAt(r, firstStep + thread / DRAWN, b);
  for (var d = 0u; d < DIMENSIONS; d++) {
    let first = data[sample.first * DIMENSIONS + d];
    let partner = data[sample.partner * DIMENSIONS + d];
    drawnSamples[thread * SAMPLE_SIZE + d] = sample.featureLambda * first + (1.0 - sample.featureLambda) * partner;
  }
  for (var c = 0u; c < OUTPUTS; c++) {
    let first = data[population.targetsOffset + sample.first * OUTPUTS + c];
    let partner = data[population.targetsOffset + sample.partner * OUTPUTS + c];
    drawnSamples[thread * SAMPLE_SIZE + DIMENSIONS + c] =
      sample.labelLambda * first + (1.0 - sample.labelLambda) * partner;
  }
  workgroupBarrier();
}

// All that is needed of the samples drawn, before the barrier behind which others may be drawn.
fn readSamples(row: u32, place: Place) {
  let own = row + place.sample * SAMPLE_SIZE;
  for (var d = 0u; d < DIMENSIONS; d++) {
    @if(subgroups) let coordinate = drawnSamples[own + d];
    for (var k = 0u; k < CHUNK; k++) {
      @if(subgroups) samples[k][d] = quadBroadcast(coordinate, k);
      @else samples[k][d] = drawnSamples[row + k * SAMPLE_SIZE + d];
    }
  }
  for (var c = 0u; c < OUTPUTS; c++) { ownTargets[c] = drawnSamples[own + DIMENSIONS + c]; }
}

// What this thread's units contribute to the chunk's logits.
fn sumUnits(place: Place, parity: u32) {
  // With initializers: without one the software adapter keeps the values of the last round.
  var sums = array<array<vec4f, OUTPUTS>, CHUNK>();
  for (var group = 0u; group < UNIT_GROUPS; group++) {
    for (var k = 0u; k < CHUNK; k++) {
      var z = weights[group][DIMENSIONS];
      for (var d = 0u; d < DIMENSIONS; d++) { z += weights[group][d] * samples[k][d]; }
      preActivations[group][k] = z;
      let a = activate(z);
      for (var c = 0u; c < OUTPUTS; c++) { sums[k][c] += weights[group][DIMENSIONS + 1u + c] * a; }
    }
  }
  for (var k = 0u; k < CHUNK; k++) {
    for (var c = 0u; c < OUTPUTS; c++) {
      contributions[k][c] = (sums[k][c].x + sums[k][c].y) + (sums[k][c].z + sums[k][c].w);
    }
  }
  passLogits(place, parity);
}

struct LogitSummary {
  largest: f32,
  largestAt: u32,
  logSum: f32,
  finite: bool,
}

// Adds the output bias to this thread's logits; then as summarizeLogits of logits.wgsl. Leaves `ownProbabilities`.
fn summarize() -> LogitSummary {
  for (var c = 0u; c < OUTPUTS; c++) { ownLogits[c] += biases[c]; }
  var summary = LogitSummary(ownLogits[0], 0u, 0.0, true);
  // Finite if all are, but for some beyond 1e37.
  var sum = 0.0;
  for (var c = 0u; c < OUTPUTS; c++) {
    let z = ownLogits[c];
    let isLarger = z > summary.largest;
    sum += z;
    summary.largestAt = select(summary.largestAt, c, isLarger);
    summary.largest = select(summary.largest, z, isLarger);
  }
  summary.finite = isFinite(sum);
  if (LOSS == SOFTMAX_CROSS_ENTROPY) {
    var rest = 0.0;
    for (var c = 0u; c < OUTPUTS; c++) {
      ownProbabilities[c] = exponentialScalar(ownLogits[c] - summary.largest);
      rest += select(ownProbabilities[c], 0.0, c == summary.largestAt);
    }
    summary.logSum = log1p(rest);
    for (var c = 0u; c < OUTPUTS; c++) { ownProbabilities[c] /= 1.0 + rest; }
  } else {
    for (var c = 0u; c < OUTPUTS; c++) { ownProbabilities[c] = outputProbability(ownLogits[c], 0.0, 0.0); }
  }
  return summary;
}

// Loss of this thread's sample, which is `b` of the batch, 0 past its end; leaves its derivatives by the logits in
// `ownDeltas`. Gives an infinity when a logit is not finite.
fn sampleGradient(b: u32) -> f32 {
  let exists = b < population.batchSize;
  let scale = select(0.0, 1.0 / f32(population.batchSize), exists);
  let summary = summarize();
  var targetSum = 0.0;
  for (var c = 0u; c < OUTPUTS; c++) { targetSum += ownTargets[c]; }
  var loss = 0.0;
  for (var c = 0u; c < OUTPUTS; c++) {
    loss += outputLoss(ownLogits[c], ownTargets[c], summary.largest, summary.logSum, OUTPUTS);
    ownDeltas[c] = scale * outputDelta(ownProbabilities[c], ownTargets[c], targetSum, OUTPUTS);
  }
  return select(0.0, select(bitcast<f32>(0x7f800000u | (population.runs & 0u)), loss, summary.finite), exists);
}

// Adds the gradients of the chunk's samples: activations are computed again rather than kept.
fn backward() {
  for (var group = 0u; group < UNIT_GROUPS; group++) {
    for (var k = 0u; k < CHUNK; k++) {
      let z = preActivations[group][k];
      let a = activate(z);
      var back = vec4f(0.0);
      for (var c = 0u; c < OUTPUTS; c++) {
        back += weights[group][DIMENSIONS + 1u + c] * deltas[k][c];
        gradients[group][DIMENSIONS + 1u + c] += a * deltas[k][c];
      }
      back = throughActivation(back, z);
      for (var d = 0u; d < DIMENSIONS; d++) { gradients[group][d] += back * samples[k][d]; }
      if (HAS_BIAS == 1u) { gradients[group][DIMENSIONS] += back; }
    }
  }
  if (HAS_BIAS == 1u) {
    for (var k = 0u; k < CHUNK; k++) {
      for (var c = 0u; c < OUTPUTS; c++) { biasGradients[c] += deltas[k][c]; }
    }
  }
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

// If an evaluation is due: error and clean loss over the evaluation points, then probabilities at the probe points, of
// the run as it is now, point by point.
fn evaluate(
  r: u32, thread: u32, place: Place, step: u32, isDue: bool, trainingLoss: f32, nonFiniteStep: u32,
) {
  let points = select(0u, population.evaluationSize + population.probeSize, isDue);
  var wrong = 0.0;
  var loss = 0.0;
  var at = 0u;
  loop {
    let isProbe = at >= population.evaluationSize;
    let point = select(at, at - population.evaluationSize, isProbe);
    let offset = select(population.evaluationPointsOffset, population.probePointsOffset, isProbe);
    for (var d = 0u; d < DIMENSIONS; d++) { samples[0][d] = data[offset + point * DIMENSIONS + d]; }
    var sums = array<vec4f, OUTPUTS>();
    for (var group = 0u; group < UNIT_GROUPS; group++) {
      var z = weights[group][DIMENSIONS];
      for (var d = 0u; d < DIMENSIONS; d++) { z += weights[group][d] * samples[0][d]; }
      let a = activate(z);
      for (var c = 0u; c < OUTPUTS; c++) { sums[c] += weights[group][DIMENSIONS + 1u + c] * a; }
    }
    for (var c = 0u; c < OUTPUTS; c++) {
      contributions[0][c] = (sums[c].x + sums[c].y) + (sums[c].z + sums[c].w);
    }
    passLogits(place, at % 2u);
    workgroupBarrier();
    sumLogits(place, at % 2u, 0u);
    let summary = summarize();
    let entry = probabilityEntry(r, step, point);
    let targets = population.evaluationTargetsOffset + point * OUTPUTS;
    for (var c = 0u; c < OUTPUTS; c++) {
      if (isDue && isProbe && thread == 0u) { metrics[entry + c] = bitcast<u32>(ownProbabilities[c]); }
      let added = outputLoss(ownLogits[c], data[targets + c], summary.largest, summary.logSum, OUTPUTS);
      loss += select(added, 0.0, isProbe);
    }
    // One output for two classes: its sign decides.
    let predicted = select(summary.largestAt, select(0u, 1u, summary.largest > 0.0), OUTPUTS == 1u);
    let isWrong = !isProbe && predicted != indices[population.evaluationLabelsOffset + point];
    wrong += select(0.0, 1.0, isWrong);
    at++;
    continuing { break if at >= points; }
  }
  // The exchange is free again.
  workgroupBarrier();
  if (isDue && thread == 0u) {
    writeMetrics(metricsEntry(r, step), wrong, loss / f32(population.evaluationSize), trainingLoss, nonFiniteStep);
  }
}
