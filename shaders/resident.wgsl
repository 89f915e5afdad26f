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
import package::prelude::{DIMENSIONS, OUTPUTS, UNIT_GROUPS, CHUNK, BLOCKS, BLOCK_CHUNKS, STEPS_PER_DRAW};
import package::population::{population, runs, states, data, indices, FINITE};
import package::sampling::sampleAt;
import package::activation::{activate, throughActivation};
import package::losses::{outputLoss, outputDelta, outputProbability, LOSS, SOFTMAX_CROSS_ENTROPY};
import package::elementary::{exponentialScalar, log1p};
import package::finite::isFinite;
import package::update::{updated, usedGradient, updateSum, updateRates, nextCorrections, UpdateRates, ACCUMULATES};
import package::metrics::{submit, writeMetrics, metricsEntry, metrics, probabilityEntry};
import package::registers::{
  loadRun, storeRun, weights, firstMoments, secondMoments, gradientSums, SLOTS_PER_GROUP,
  biases, biasFirstMoments, biasSecondMoments, biasGradientSums, BIAS_VECTORS, HAS_BIAS, MOMENTS, THREADS,
};
import package::exchange::{Place, placeOf, passLogit, sumLogits, passDeltas, ownLogits, ownDeltas, deltas, sampleLosses};

// A sample: D coordinates, then C targets.
const SAMPLE_VECTORS: u32 = (DIMENSIONS + OUTPUTS + 3u) / 4u;
// Samples of one step that are drawn at once.
const DRAWN: u32 = BLOCK_CHUNKS * CHUNK;

var<workgroup> drawnSamples: array<vec4f, THREADS * SAMPLE_VECTORS>;
// FINITE less the first step that may not be taken because the update before it would have been non-finite.
var<workgroup> overflow: atomic<u32>;

var<private> samples: array<array<vec4f, SAMPLE_VECTORS>, CHUNK>;
// The sample whose loss this thread works out.
var<private> ownSample: array<vec4f, SAMPLE_VECTORS>;
var<private> gradients: array<array<vec4f, SLOTS_PER_GROUP>, UNIT_GROUPS>;
var<private> biasGradients: array<vec4f, BIAS_VECTORS>;

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
        var finite = true;
        let nextRates = nextCorrections(run, corrections);
        let rates = updateRates(run, step, nextRates);
        gradients = array<array<vec4f, SLOTS_PER_GROUP>, UNIT_GROUPS>();
        biasGradients = array<vec4f, BIAS_VECTORS>();
        for (var block = 0u; block < BLOCKS; block++) {
          if (BLOCKS > 1u) {
            drawSamples(r, thread, step, block * DRAWN);
            row = 0u;
          }
          for (var chunk = 0u; chunk < BLOCK_CHUNKS; chunk++) {
            readSamples(row, place);
            row += CHUNK * SAMPLE_VECTORS;
            sumUnits(place, parity);
            workgroupBarrier();
            sumLogits(place, parity, place.sample);
            parity = 1u - parity;
            let first = block * DRAWN + chunk * CHUNK;
            passDeltas(place, sampleGradient(first + place.sample));
            for (var k = 0u; k < CHUNK; k++) {
              let exists = first + k < population.batchSize;
              loss += select(0.0, sampleLosses[k], exists);
              finite &= isFinite(sampleLosses[k]) | !exists;
            }
            backward();
          }
        }
        nonFiniteStep = min(nonFiniteStep, min(FINITE - atomicLoad(&overflow), select(step, FINITE, finite)));
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
  var mixed = array<vec4f, SAMPLE_VECTORS>();
  for (var d = 0u; d < DIMENSIONS; d++) {
    let first = data[sample.first * DIMENSIONS + d];
    let partner = data[sample.partner * DIMENSIONS + d];
    mixed[d / 4u][d % 4u] = sample.featureLambda * first + (1.0 - sample.featureLambda) * partner;
  }
  for (var c = 0u; c < OUTPUTS; c++) {
    let first = data[population.targetsOffset + sample.first * OUTPUTS + c];
    let partner = data[population.targetsOffset + sample.partner * OUTPUTS + c];
    mixed[(DIMENSIONS + c) / 4u][(DIMENSIONS + c) % 4u] =
      sample.labelLambda * first + (1.0 - sample.labelLambda) * partner;
  }
  for (var i = 0u; i < SAMPLE_VECTORS; i++) { drawnSamples[thread * SAMPLE_VECTORS + i] = mixed[i]; }
  workgroupBarrier();
}

// All that is needed of the samples drawn, before the barrier behind which others may be drawn.
fn readSamples(row: u32, place: Place) {
  for (var k = 0u; k < CHUNK; k++) {
    for (var i = 0u; i < SAMPLE_VECTORS; i++) { samples[k][i] = drawnSamples[row + k * SAMPLE_VECTORS + i]; }
  }
  for (var i = 0u; i < SAMPLE_VECTORS; i++) { ownSample[i] = drawnSamples[row + place.sample * SAMPLE_VECTORS + i]; }
}

// What this thread's units contribute to the chunk's logits.
fn sumUnits(place: Place, parity: u32) {
  // With initializers: without one the software adapter keeps the values of the last round.
  var sums = array<array<vec4f, OUTPUTS>, CHUNK>();
  for (var group = 0u; group < UNIT_GROUPS; group++) {
    for (var k = 0u; k < CHUNK; k++) {
      var z = weights[group][DIMENSIONS];
      for (var d = 0u; d < DIMENSIONS; d++) { z += weights[group][d] * samples[k][d / 4u][d % 4u]; }
      let a = activate(z);
      for (var c = 0u; c < OUTPUTS; c++) { sums[k][c] += weights[group][DIMENSIONS + 1u + c] * a; }
    }
  }
  for (var k = 0u; k < CHUNK; k++) {
    for (var c = 0u; c < OUTPUTS; c++) { passLogit(place, parity, k, c, sums[k][c]); }
  }
}

struct LogitSummary {
  largest: f32,
  largestAt: u32,
  logSum: f32,
  finite: bool,
}

// Adds the output bias to this thread's logits; then as summarizeLogits of logits.wgsl.
fn summarize() -> LogitSummary {
  for (var c = 0u; c < OUTPUTS; c++) { ownLogits[c] += biases[c / 4u][c % 4u]; }
  var summary = LogitSummary(ownLogits[0], 0u, 0.0, true);
  for (var c = 0u; c < OUTPUTS; c++) {
    let z = ownLogits[c];
    let isLarger = z > summary.largest;
    summary.finite &= isFinite(z);
    summary.largestAt = select(summary.largestAt, c, isLarger);
    summary.largest = select(summary.largest, z, isLarger);
  }
  if (LOSS == SOFTMAX_CROSS_ENTROPY) {
    var rest = 0.0;
    for (var c = 0u; c < OUTPUTS; c++) {
      rest += select(exponentialScalar(ownLogits[c] - summary.largest), 0.0, c == summary.largestAt);
    }
    summary.logSum = log1p(rest);
  }
  return summary;
}

// Loss of this thread's sample, which is `b` of the batch; leaves its derivatives by the logits in `ownDeltas`. Gives
// an infinity when a logit is not finite.
fn sampleGradient(b: u32) -> f32 {
  let scale = select(0.0, 1.0 / f32(population.batchSize), b < population.batchSize);
  let summary = summarize();
  var targetSum = 0.0;
  for (var c = 0u; c < OUTPUTS; c++) { targetSum += ownSample[(DIMENSIONS + c) / 4u][(DIMENSIONS + c) % 4u]; }
  var loss = 0.0;
  for (var c = 0u; c < OUTPUTS; c++) {
    let z = ownLogits[c];
    let y = ownSample[(DIMENSIONS + c) / 4u][(DIMENSIONS + c) % 4u];
    loss += outputLoss(z, y, summary.largest, summary.logSum, OUTPUTS);
    ownDeltas[c] = scale * outputDelta(z, y, targetSum, summary.largest, summary.logSum, OUTPUTS);
  }
  return select(bitcast<f32>(0x7f800000u | (population.runs & 0u)), loss, summary.finite);
}

// Adds the gradients of the chunk's samples: hidden activations are computed again rather than kept.
fn backward() {
  for (var group = 0u; group < UNIT_GROUPS; group++) {
    for (var k = 0u; k < CHUNK; k++) {
      var z = weights[group][DIMENSIONS];
      for (var d = 0u; d < DIMENSIONS; d++) { z += weights[group][d] * samples[k][d / 4u][d % 4u]; }
      let a = activate(z);
      var back = vec4f(0.0);
      for (var c = 0u; c < OUTPUTS; c++) {
        back += weights[group][DIMENSIONS + 1u + c] * deltas[k][c];
        gradients[group][DIMENSIONS + 1u + c] += a * deltas[k][c];
      }
      back = throughActivation(back, z);
      for (var d = 0u; d < DIMENSIONS; d++) { gradients[group][d] += back * samples[k][d / 4u][d % 4u]; }
      if (HAS_BIAS == 1u) { gradients[group][DIMENSIONS] += back; }
    }
  }
  if (HAS_BIAS == 1u) {
    for (var k = 0u; k < CHUNK; k++) {
      for (var c = 0u; c < OUTPUTS; c++) { biasGradients[c / 4u][c % 4u] += deltas[k][c]; }
    }
  }
}

// Updates the parameters of a run that is `alive`. A group's stay as they were if the sum of what they would become is
// not finite.
fn update(alive: bool, rates: UpdateRates, step: u32) {
  var isBad = false;
  for (var group = 0u; group < UNIT_GROUPS; group++) {
    // All of the group first: a store costs least where it is unconditional but for one `if` around all.
    var parameters = array<vec4f, SLOTS_PER_GROUP>();
    var first = array<vec4f, SLOTS_PER_GROUP>();
    var second = array<vec4f, SLOTS_PER_GROUP>();
    var used = array<vec4f, SLOTS_PER_GROUP>();
    var sum = vec4f(0.0);
    for (var i = 0u; i < SLOTS_PER_GROUP; i++) {
      used[i] = gradients[group][i];
      if (ACCUMULATES == 1u) { used[i] = usedGradient(rates, used[i], gradientSums[group][i]); }
      let next = updated(rates, weights[group][i], used[i], firstMoments[group][i], secondMoments[group][i]);
      parameters[i] = next.parameters;
      first[i] = next.first;
      second[i] = next.second;
      sum += updateSum(next);
    }
    let isKept = isFinite((sum.x + sum.y) + (sum.z + sum.w));
    isBad |= !isKept;
    if (alive && isKept) {
      for (var i = 0u; i < SLOTS_PER_GROUP; i++) {
        weights[group][i] = parameters[i];
        if (MOMENTS >= 1u) { firstMoments[group][i] = first[i]; }
        if (MOMENTS == 2u) { secondMoments[group][i] = second[i]; }
        if (ACCUMULATES == 1u && rates.accumulates) { gradientSums[group][i] = used[i]; }
      }
    }
  }
  // The output bias, in every thread alike.
  if (HAS_BIAS == 1u) {
    for (var i = 0u; i < BIAS_VECTORS; i++) {
      var used = biasGradients[i];
      if (ACCUMULATES == 1u) { used = usedGradient(rates, used, biasGradientSums[i]); }
      let next = updated(rates, biases[i], used, biasFirstMoments[i], biasSecondMoments[i]);
      let sum = updateSum(next);
      let isKept = isFinite((sum.x + sum.y) + (sum.z + sum.w));
      isBad |= !isKept;
      if (alive && isKept) {
        biases[i] = next.parameters;
        biasFirstMoments[i] = next.first;
        biasSecondMoments[i] = next.second;
        if (ACCUMULATES == 1u && rates.accumulates) { biasGradientSums[i] = used; }
      }
    }
  }
  if (alive && isBad) { atomicMax(&overflow, FINITE - (step + 1u)); }
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
    for (var d = 0u; d < DIMENSIONS; d++) { samples[0][d / 4u][d % 4u] = data[offset + point * DIMENSIONS + d]; }
    var sums = array<vec4f, OUTPUTS>();
    for (var group = 0u; group < UNIT_GROUPS; group++) {
      var z = weights[group][DIMENSIONS];
      for (var d = 0u; d < DIMENSIONS; d++) { z += weights[group][d] * samples[0][d / 4u][d % 4u]; }
      let a = activate(z);
      for (var c = 0u; c < OUTPUTS; c++) { sums[c] += weights[group][DIMENSIONS + 1u + c] * a; }
    }
    for (var c = 0u; c < OUTPUTS; c++) { passLogit(place, at % 2u, 0u, c, sums[c]); }
    workgroupBarrier();
    sumLogits(place, at % 2u, 0u);
    let summary = summarize();
    let entry = probabilityEntry(r, step, point);
    let targets = population.evaluationTargetsOffset + point * OUTPUTS;
    for (var c = 0u; c < OUTPUTS; c++) {
      let z = ownLogits[c];
      let probability = outputProbability(z, summary.largest, summary.logSum);
      if (isDue && isProbe && thread == 0u) { metrics[entry + c] = bitcast<u32>(probability); }
      let added = outputLoss(z, data[targets + c], summary.largest, summary.logSum, OUTPUTS);
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
