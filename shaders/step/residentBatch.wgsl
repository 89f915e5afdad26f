// The resident executor's kernel for large batches on GPUs: as `resident`, a workgroup owns a run with one hidden layer and takes
// many steps in one dispatch, evaluations inside. Reads and writes parameters [R, P] and moments [.., R, P] with sums of
// gradients behind them if ACCUMULATES; writes `metrics`. Takes at least one step. Grid (R).
//
// Every thread takes part twice. Forward it owns samples: it draws them, computes their logits from weights that all threads
// share, and works out their losses. Backward it owns hidden units, whose parameters and moments stay in its registers, and
// adds up their gradients over the samples that the threads have handed each other. So nothing is summed across threads but
// the loss, there are two barriers a step, and bits depend neither on subgroups nor on what else runs.
//
// Arrays are indexed by numbers once loops are unrolled (src/gpu/unroll.ts).
import package::parts::prelude::{DIMENSIONS, OUTPUTS, UNIT_GROUPS, SAMPLES, BLOCKS};
import package::parts::population::{population, runs, states, data, indices, FINITE};
import package::parts::sampling::sampleAt;
import package::parts::smoothing::smoothed;
import package::parts::activation::{activate, throughActivation, ACTIVATION};
import package::parts::losses::outputLoss;
import package::parts::numeric::finite::isFinite;
import package::parts::update::{updateRates, nextCorrections};
import package::parts::metrics::{submit, writeMetrics, metricsEntry, metrics, probabilityEntry};
import package::parts::resident::registers::{
  loadRun, storeRun, weights, SLOTS_PER_GROUP, HAS_BIAS, THREADS,
};
import package::parts::resident::outputs::{
  ownTargets, ownProbabilities, ownLogits, ownDeltas, summarize, sampleGradient,
};
import package::parts::resident::update::{gradients, biasGradients, overflow, clearGradients, update};

// A sample that is handed on: D coordinates and C derivatives, in vectors of four.
const NUMBERS: u32 = DIMENSIONS + OUTPUTS;
const VECTORS: u32 = (NUMBERS + 3u) / 4u;
// Samples of which gradients are added up in one round of the loop.
const ROUND: u32 = 4u;

// Of all units, four by four. Arrays in arrays: of an index that is a constant the compiler makes no test of bounds.
override SHARED_GROUPS: u32 = 1u;
var<workgroup> sharedWeights: array<array<vec4f, SLOTS_PER_GROUP>, SHARED_GROUPS>;
// The samples of a block: number k of thread t at k THREADS + t.
override BLOCK_SAMPLES: u32 = 64u;
var<workgroup> handedOn: array<array<vec4f, VECTORS>, BLOCK_SAMPLES>;
// What is summed over threads, four to a vector.
override THREAD_VECTORS: u32 = THREADS / 4u;
var<workgroup> ofThreads: array<vec4f, THREAD_VECTORS>;

var<private> samples: array<array<f32, DIMENSIONS>, SAMPLES>;
var<private> targets: array<array<f32, OUTPUTS>, SAMPLES>;
var<private> logits: array<array<f32, OUTPUTS>, SAMPLES>;

@compute @workgroup_size(THREADS)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) thread: u32) {
  let r = workgroup.x;
  let run = runs[r];
  let end = submit.firstStep + submit.steps;
  var nonFiniteStep = atomicLoad(&states[r].nonFiniteStep);
  var corrections = vec2f(states[r].correction1, states[r].correction2);
  var lossSum = states[r].lossSum;
  var lossCount = states[r].lossCount;
  loadRun(r, thread);
  shareWeights(thread);
  // From uniforms, not from the run's state: that all threads agree on it must be plain to the compiler.
  for (var step = submit.firstStep; step < end; step++) {
    let nextRates = nextCorrections(run, corrections);
    let rates = updateRates(run, step, nextRates);
    clearGradients();
    var ownLoss = 0.0;
    for (var block = 0u; block < BLOCKS; block++) {
      let first = block * SAMPLES * THREADS;
      drawSamples(r, thread, step, first);
      forward();
      ownLoss += handOn(thread, first);
      ofThreads[thread / 4u][thread % 4u] = ownLoss;
      workgroupBarrier();
      backward(min(SAMPLES * THREADS, population.batchSize - first));
      if (BLOCKS > 1u) { workgroupBarrier(); }
    }
    let loss = total();
    nonFiniteStep = min(nonFiniteStep, min(FINITE - atomicLoad(&overflow), select(step, FINITE, isFinite(loss))));
    let alive = nonFiniteStep > step;
    update(alive, rates, step);
    lossSum += select(0.0, loss / f32(population.batchSize), alive);
    lossCount += select(0.0, 1.0, alive);
    corrections = select(corrections, nextRates, alive);
    shareWeights(thread);
    let taken = step + 1u;
    if (taken % population.evaluateEvery == 0u || taken == population.steps) {
      nonFiniteStep = min(nonFiniteStep, FINITE - atomicLoad(&overflow));
      evaluate(r, thread, taken, lossSum / max(lossCount, 1.0), nonFiniteStep);
      lossSum = 0.0;
      lossCount = 0.0;
    }
  }
  nonFiniteStep = min(nonFiniteStep, FINITE - atomicLoad(&overflow));
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

// Hands this thread's weights to all, with barriers before and behind.
fn shareWeights(thread: u32) {
  for (var group = 0u; group < UNIT_GROUPS; group++) {
    let place = group * THREADS + thread;
    if (place < SHARED_GROUPS) { sharedWeights[place] = weights[group]; }
  }
  workgroupBarrier();
}

// Draws and blends this thread's samples of a block, from `first` of the batch on.
fn drawSamples(r: u32, thread: u32, step: u32, first: u32) {
  for (var k = 0u; k < SAMPLES; k++) {
    // Past the end of the batch its last sample, which is not used.
    let sample = sampleAt(r, step, min(first + k * THREADS + thread, population.batchSize - 1u));
    for (var d = 0u; d < DIMENSIONS; d++) {
      let own = data[sample.first * DIMENSIONS + d];
      let partner = data[sample.partner * DIMENSIONS + d];
      samples[k][d] = sample.featureLambda * own + (1.0 - sample.featureLambda) * partner;
    }
    for (var c = 0u; c < OUTPUTS; c++) {
      let own = data[population.targetsOffset + sample.first * OUTPUTS + c];
      let partner = data[population.targetsOffset + sample.partner * OUTPUTS + c];
      targets[k][c] = smoothed(sample.labelLambda * own + (1.0 - sample.labelLambda) * partner, r);
    }
  }
}

// As `activate`, which has other needs of a software adapter.
fn activated(z: vec4f) -> vec4f {
  if (ACTIVATION == 1u) { return max(z, vec4f(0.0)); }
  return activate(z);
}

// From `samples` to `logits`, without the output bias; units in their order, four sums side by side.
fn forward() {
  var sums = array<array<vec4f, OUTPUTS>, SAMPLES>();
  for (var group = 0u; group < SHARED_GROUPS; group++) {
    let unit = sharedWeights[group];
    for (var k = 0u; k < SAMPLES; k++) {
      var z = unit[DIMENSIONS];
      for (var d = 0u; d < DIMENSIONS; d++) { z += unit[d] * samples[k][d]; }
      let a = activated(z);
      for (var c = 0u; c < OUTPUTS; c++) { sums[k][c] += unit[DIMENSIONS + 1u + c] * a; }
    }
  }
  for (var k = 0u; k < SAMPLES; k++) {
    for (var c = 0u; c < OUTPUTS; c++) { logits[k][c] = (sums[k][c].x + sums[k][c].y) + (sums[k][c].z + sums[k][c].w); }
  }
}

// Hands this thread's samples of a block to all, with the derivatives of their losses by their logits; returns their loss.
fn handOn(thread: u32, first: u32) -> f32 {
  var loss = 0.0;
  for (var k = 0u; k < SAMPLES; k++) {
    let place = k * THREADS + thread;
    ownLogits = logits[k];
    ownTargets = targets[k];
    loss += sampleGradient(first + place);
    var sample = array<vec4f, VECTORS>();
    for (var d = 0u; d < DIMENSIONS; d++) { sample[d / 4u][d % 4u] = samples[k][d]; }
    for (var c = 0u; c < OUTPUTS; c++) { sample[(DIMENSIONS + c) / 4u][(DIMENSIONS + c) % 4u] = ownDeltas[c]; }
    handedOn[place] = sample;
  }
  return loss;
}

// Adds the gradients of the first `count` samples of a block. Those past them within a round have derivatives of 0.
fn backward(count: u32) {
  for (var first = 0u; first < count; first += ROUND) {
    for (var n = 0u; n < ROUND; n++) {
      let sample = handedOn[first + n];
      var numbers = array<f32, NUMBERS>();
      for (var i = 0u; i < NUMBERS; i++) { numbers[i] = sample[i / 4u][i % 4u]; }
      for (var group = 0u; group < UNIT_GROUPS; group++) {
        var z = weights[group][DIMENSIONS];
        for (var d = 0u; d < DIMENSIONS; d++) { z += weights[group][d] * numbers[d]; }
        let a = activated(z);
        var back = vec4f(0.0);
        for (var c = 0u; c < OUTPUTS; c++) {
          back += weights[group][DIMENSIONS + 1u + c] * numbers[DIMENSIONS + c];
          gradients[group][DIMENSIONS + 1u + c] += a * numbers[DIMENSIONS + c];
        }
        back = throughActivation(back, z);
        for (var d = 0u; d < DIMENSIONS; d++) { gradients[group][d] += back * numbers[d]; }
        if (HAS_BIAS == 1u) { gradients[group][DIMENSIONS] += back; }
      }
      if (HAS_BIAS == 1u) {
        for (var c = 0u; c < OUTPUTS; c++) { biasGradients[c] += numbers[DIMENSIONS + c]; }
      }
    }
  }
}

// The sum of `ofThreads`, in a fixed order.
fn total() -> f32 {
  var sum = vec4f(0.0);
  for (var i = 0u; i < THREADS / 4u; i++) { sum += ofThreads[i]; }
  return (sum.x + sum.y) + (sum.z + sum.w);
}

// The same of numbers that the threads give, with barriers before and behind.
fn totalOf(thread: u32, own: f32) -> f32 {
  workgroupBarrier();
  ofThreads[thread / 4u][thread % 4u] = own;
  workgroupBarrier();
  return total();
}

// Error and clean loss over the evaluation points, then probabilities at the probe points, of the run as it is now. A thread
// takes some points each.
fn evaluate(r: u32, thread: u32, step: u32, trainingLoss: f32, nonFiniteStep: u32) {
  var ownWrong = 0.0;
  var ownLoss = 0.0;
  for (var first = 0u; first < population.evaluationSize + population.probeSize; first += SAMPLES * THREADS) {
    for (var k = 0u; k < SAMPLES; k++) {
      let point = pointAt(first + k * THREADS + thread);
      for (var d = 0u; d < DIMENSIONS; d++) { samples[k][d] = data[point.offset + point.index * DIMENSIONS + d]; }
    }
    forward();
    for (var k = 0u; k < SAMPLES; k++) {
      let point = pointAt(first + k * THREADS + thread);
      ownLogits = logits[k];
      let summary = summarize();
      if (point.isProbe) {
        let entry = probabilityEntry(r, step, point.index);
        for (var c = 0u; c < OUTPUTS; c++) { metrics[entry + c] = bitcast<u32>(ownProbabilities[c]); }
      }
      if (point.isEvaluation) {
        let row = population.evaluationTargetsOffset + point.index * OUTPUTS;
        for (var c = 0u; c < OUTPUTS; c++) {
          ownLoss += outputLoss(ownLogits[c], data[row + c], summary.largest, summary.logSum, OUTPUTS);
        }
        // One output for two classes: its sign decides.
        let predicted = select(summary.largestAt, select(0u, 1u, summary.largest > 0.0), OUTPUTS == 1u);
        let isWrong = predicted != indices[population.evaluationLabelsOffset + point.index];
        ownWrong += select(0.0, 1.0, isWrong);
      }
    }
  }
  let wrong = totalOf(thread, ownWrong);
  let loss = totalOf(thread, ownLoss);
  if (thread == 0u) {
    writeMetrics(metricsEntry(r, step), wrong, loss / f32(population.evaluationSize), trainingLoss, nonFiniteStep);
  }
  // What the threads share is free again.
  workgroupBarrier();
}

// A point to be evaluated, or one that is not counted.
struct Point {
  offset: u32,
  index: u32,
  isEvaluation: bool,
  isProbe: bool,
}

fn pointAt(at: u32) -> Point {
  let isEvaluation = at < population.evaluationSize;
  let isProbe = !isEvaluation && at < population.evaluationSize + population.probeSize;
  let index = select(select(0u, at - population.evaluationSize, isProbe), at, isEvaluation);
  return Point(
    select(population.evaluationPointsOffset, population.probePointsOffset, isProbe), index, isEvaluation, isProbe);
}
