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
import package::parts::smoothing::smoothed;
import package::parts::activation::{activate, throughActivation};
import package::parts::losses::outputLoss;
import package::parts::numeric::finite::isFinite;
import package::parts::update::{updateRates, nextCorrections};
import package::parts::metrics::{submit, writeMetrics, metricsEntry, metrics, probabilityEntry};
import package::parts::resident::registers::{loadRun, storeRun, weights, SLOTS_PER_GROUP, HAS_BIAS, THREADS};
import package::parts::resident::exchange::{Place, placeOf, passLogits, sumLogits, passDeltas, contributions, deltas};
import package::parts::resident::outputs::{ownTargets, ownProbabilities, ownLogits, summarize, sampleGradient};
import package::parts::resident::update::{gradients, biasGradients, overflow, clearGradients, update};

// A sample: D coordinates, then C targets.
const SAMPLE_SIZE: u32 = DIMENSIONS + OUTPUTS;
// Samples of one step that are drawn at once.
const DRAWN: u32 = BLOCK_CHUNKS * CHUNK;

// Lengths are overrides of their own: naga, the compiler of Firefox and Deno, can't fill in expressions of overrides.
override DRAWN_SAMPLES: u32 = THREADS * SAMPLE_SIZE;
var<workgroup> drawnSamples: array<f32, DRAWN_SAMPLES>;

// Coordinates of the chunk's samples.
var<private> samples: array<array<f32, DIMENSIONS>, CHUNK>;
// Pre-activations of the chunk.
var<private> preActivations: array<array<vec4f, CHUNK>, UNIT_GROUPS>;

@compute @workgroup_size(THREADS)
fn main(
  @builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) thread: u32,
  @if(subgroups) @builtin(subgroup_id) subgroup: u32, @if(subgroups) @builtin(subgroup_size) lanes: u32,
  @if(subgroups) @builtin(subgroup_invocation_id) lane: u32,
) {
  @if(subgroups) let place = placeOf(subgroup, lanes, lane);
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
        clearGradients();
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
      smoothed(sample.labelLambda * first + (1.0 - sample.labelLambda) * partner, r);
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
