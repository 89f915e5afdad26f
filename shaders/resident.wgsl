// The resident executor: a workgroup owns a run with one hidden layer and takes many steps in one dispatch. Parameters
// and moments stay in registers, four hidden units to a vector; only the logits cross threads. Evaluations happen inside.
// Reads and writes parameters [R, P] and moments [.., R, P] with sums of gradients behind them if ACCUMULATES; writes
// `metrics`. Grid (R).
//
// A step goes over the batch in chunks, with two barriers a chunk: each thread adds up what its units contribute to the
// chunk's logits; some threads sum these over the workgroup (in a fixed order) while others draw the next chunk's
// samples; then each thread works out the losses' derivatives for itself and adds to its units' gradients.
import package::prelude::{DIMENSIONS, OUTPUTS, UNIT_GROUPS, CHUNK};
import package::population::{population, states, data, indices};
import package::sampling::sampleAt;
import package::activation::{activate, activationSlope};
import package::losses::{outputLoss, outputDelta, outputProbability, LOSS, SOFTMAX_CROSS_ENTROPY};
import package::elementary::{exponentialScalar, log1p};
import package::finite::isFinite;
import package::update::{updated, usedGradient, isFiniteUpdate, updateRates, nextCorrections, UpdateRates, ACCUMULATES};
import package::metrics::{submit, writeMetrics, metricsEntry, metrics, probabilityEntry};

override THREADS: u32 = 64u;
override HIDDEN_UNITS: u32 = 4u;
override HAS_BIAS: u32 = 1u;
override MOMENTS: u32 = 0u;

@group(1) @binding(1) var<storage, read_write> parameters: array<f32>;
@group(1) @binding(2) var<storage, read_write> moments: array<f32>;

// A unit group's parameters: D input weights, the bias, C output weights.
const SLOTS_PER_GROUP: u32 = DIMENSIONS + 1u + OUTPUTS;
const SLOTS: u32 = UNIT_GROUPS * SLOTS_PER_GROUP;
const CHUNK_LOGITS: u32 = CHUNK * OUTPUTS;
const CHUNK_NUMBERS: u32 = CHUNK * DIMENSIONS;
// Chunks of points in workgroup memory: the one being worked on, the next one, and one for evaluations.
const EVALUATION_CHUNK: u32 = 2u;

var<workgroup> chunkPoints: array<f32, 3u * CHUNK * DIMENSIONS>;
var<workgroup> chunkTargets: array<f32, 3u * CHUNK * OUTPUTS>;
var<workgroup> partialLogits: array<f32, CHUNK_LOGITS * THREADS>;
var<workgroup> chunkLogits: array<f32, CHUNK_LOGITS>;
// Set when an update would have been non-finite; read one barrier later.
var<workgroup> overflow: atomic<u32>;

// This thread's share of the run.
var<private> weights: array<vec4f, SLOTS>;
var<private> firstMoments: array<vec4f, SLOTS>;
var<private> secondMoments: array<vec4f, SLOTS>;
var<private> gradients: array<vec4f, SLOTS>;
var<private> gradientSums: array<vec4f, SLOTS>;
// The output bias, the same in every thread; four at a time, as updates come.
const BIAS_VECTORS: u32 = (OUTPUTS + 3u) / 4u;
var<private> biases: array<vec4f, BIAS_VECTORS>;
var<private> biasFirstMoments: array<vec4f, BIAS_VECTORS>;
var<private> biasSecondMoments: array<vec4f, BIAS_VECTORS>;
var<private> biasGradients: array<vec4f, BIAS_VECTORS>;
var<private> biasGradientSums: array<vec4f, BIAS_VECTORS>;
var<private> logits: array<f32, CHUNK_LOGITS>;
var<private> deltas: array<f32, CHUNK_LOGITS>;

@compute @workgroup_size(THREADS)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) thread: u32) {
  let r = workgroup.x;
  let batchSize = population.batchSize;
  let chunks = (batchSize + CHUNK - 1u) / CHUNK;
  // From the uniform, not from the run's state: whether a step is followed by an evaluation must be uniform.
  let firstStep = submit.firstStep;
  var nonFiniteStep = atomicLoad(&states[r].nonFiniteStep);
  var corrections = vec2f(states[r].correction1, states[r].correction2);
  var lossSum = states[r].lossSum;
  var lossCount = states[r].lossCount;
  load(r, thread);
  drawChunk(r, thread, firstStep, 0u, 0u);
  workgroupBarrier();

  var at = 0u; // which chunk of points is being worked on: 0 or 1
  for (var s = 0u; s < submit.steps; s++) {
    let step = firstStep + s;
    var loss = 0.0;
    var finite = true;
    let nextRates = nextCorrections(r, corrections);
    let rates = updateRates(r, step, nextRates);
    for (var chunk = 0u; chunk < chunks; chunk++) {
      sumUnits(thread, at);
      workgroupBarrier();
      if (chunk == 0u && atomicLoad(&overflow) == 1u) { nonFiniteStep = min(nonFiniteStep, step); }
      sumThreads(thread);
      let last = chunk + 1u == chunks;
      if (!last || s + 1u < submit.steps) {
        drawChunk(r, thread, select(step, step + 1u, last), select(chunk + 1u, 0u, last), 1u - at);
      }
      workgroupBarrier();
      readLogits();
      let count = min(CHUNK, batchSize - chunk * CHUNK);
      for (var k = 0u; k < CHUNK; k++) {
        let sampleLoss = sampleGradient(k, (at * CHUNK + k) * OUTPUTS, select(0.0, 1.0 / f32(batchSize), k < count));
        if (k < count) {
          loss += sampleLoss;
          finite &= isFinite(sampleLoss);
        }
      }
      if (last && !finite) { nonFiniteStep = min(nonFiniteStep, step); }
      backward(at, chunk == 0u, last, nonFiniteStep > step, rates);
      at = 1u - at;
    }
    if (nonFiniteStep > step) {
      lossSum += loss / f32(batchSize);
      lossCount += 1.0;
      corrections = nextRates;
    }
    let done = step + 1u;
    if (done % population.evaluateEvery == 0u || done == population.steps) {
      workgroupBarrier();
      if (atomicLoad(&overflow) == 1u) { nonFiniteStep = min(nonFiniteStep, done); }
      evaluate(r, thread, done, lossSum / max(lossCount, 1.0), nonFiniteStep);
      lossSum = 0.0;
      lossCount = 0.0;
    }
  }
  workgroupBarrier();
  if (atomicLoad(&overflow) == 1u) { nonFiniteStep = min(nonFiniteStep, firstStep + submit.steps); }
  store(r, thread);
  if (thread == 0u) {
    states[r].step = firstStep + submit.steps;
    atomicStore(&states[r].nonFiniteStep, nonFiniteStep);
    states[r].correction1 = corrections.x;
    states[r].correction2 = corrections.y;
    states[r].lossSum = lossSum;
    states[r].lossCount = lossCount;
  }
}

// Draws and blends the samples of a chunk into chunk `into` of the points; the last threads do it, a sample each.
fn drawChunk(r: u32, thread: u32, step: u32, chunk: u32, into: u32) {
  for (var k = THREADS - 1u - thread; k < CHUNK; k += THREADS) {
    let b = chunk * CHUNK + k;
    if (b < population.batchSize) {
      let sample = sampleAt(r, step, b);
      for (var d = 0u; d < DIMENSIONS; d++) {
        let first = data[sample.first * DIMENSIONS + d];
        let partner = data[sample.partner * DIMENSIONS + d];
        chunkPoints[(into * CHUNK + k) * DIMENSIONS + d] =
          sample.featureLambda * first + (1.0 - sample.featureLambda) * partner;
      }
      for (var c = 0u; c < OUTPUTS; c++) {
        let first = data[population.targetsOffset + sample.first * OUTPUTS + c];
        let partner = data[population.targetsOffset + sample.partner * OUTPUTS + c];
        chunkTargets[(into * CHUNK + k) * OUTPUTS + c] =
          sample.labelLambda * first + (1.0 - sample.labelLambda) * partner;
      }
    }
  }
}

// What this thread's units contribute to the logits of chunk `at`.
fn sumUnits(thread: u32, at: u32) {
  // With initializers: without one the software adapter keeps the values of the last round.
  var sums = array<f32, CHUNK_LOGITS>();
  var x = array<f32, CHUNK_NUMBERS>();
  for (var i = 0u; i < CHUNK_NUMBERS; i++) { x[i] = chunkPoints[at * CHUNK_NUMBERS + i]; }
  for (var group = 0u; group < UNIT_GROUPS; group++) {
    let slot = group * SLOTS_PER_GROUP;
    var w = array<vec4f, SLOTS_PER_GROUP>();
    for (var i = 0u; i < SLOTS_PER_GROUP; i++) { w[i] = weights[slot + i]; }
    for (var k = 0u; k < CHUNK; k++) {
      var z = w[DIMENSIONS];
      for (var d = 0u; d < DIMENSIONS; d++) { z += w[d] * x[k * DIMENSIONS + d]; }
      let a = activate(z);
      for (var c = 0u; c < OUTPUTS; c++) { sums[k * OUTPUTS + c] += dot(w[DIMENSIONS + 1u + c], a); }
    }
  }
  for (var i = 0u; i < CHUNK_LOGITS; i++) { partialLogits[i * THREADS + thread] = sums[i]; }
}

// The chunk's logits, without output bias, from all threads' shares.
fn sumThreads(thread: u32) {
  for (var i = thread; i < CHUNK_LOGITS; i += THREADS) {
    var sum = vec4f(0.0);
    for (var t = 0u; t < THREADS; t += 4u) {
      let row = i * THREADS + t;
      sum += vec4f(partialLogits[row], partialLogits[row + 1u], partialLogits[row + 2u], partialLogits[row + 3u]);
    }
    chunkLogits[i] = (sum.x + sum.y) + (sum.z + sum.w);
  }
}

fn readLogits() {
  for (var k = 0u; k < CHUNK; k++) {
    for (var c = 0u; c < OUTPUTS; c++) {
      logits[k * OUTPUTS + c] = chunkLogits[k * OUTPUTS + c] + biases[c / 4u][c % 4u];
    }
  }
}

struct LogitSummary {
  largest: f32,
  largestAt: u32,
  logSum: f32,
  finite: bool,
}

// As summarizeLogits of logits.wgsl, on the logits of sample k in registers.
fn summarize(k: u32) -> LogitSummary {
  let row = k * OUTPUTS;
  var summary = LogitSummary(logits[row], 0u, 0.0, true);
  for (var c = 0u; c < OUTPUTS; c++) {
    let z = logits[row + c];
    summary.finite &= isFinite(z);
    if (z > summary.largest) {
      summary.largest = z;
      summary.largestAt = c;
    }
  }
  if (LOSS == SOFTMAX_CROSS_ENTROPY) {
    var rest = 0.0;
    for (var c = 0u; c < OUTPUTS; c++) {
      if (c != summary.largestAt) { rest += exponentialScalar(logits[row + c] - summary.largest); }
    }
    summary.logSum = log1p(rest);
  }
  return summary;
}

// Loss of sample k of the chunk, whose targets start at `row`; leaves its derivatives by the logits in `deltas`.
// Gives an infinity when a logit is not finite.
fn sampleGradient(k: u32, row: u32, scale: f32) -> f32 {
  let summary = summarize(k);
  var targetSum = 0.0;
  for (var c = 0u; c < OUTPUTS; c++) { targetSum += chunkTargets[row + c]; }
  var loss = 0.0;
  for (var c = 0u; c < OUTPUTS; c++) {
    let z = logits[k * OUTPUTS + c];
    let y = chunkTargets[row + c];
    loss += outputLoss(z, y, summary.largest, summary.logSum, OUTPUTS);
    deltas[k * OUTPUTS + c] = scale * outputDelta(z, y, targetSum, summary.largest, summary.logSum, OUTPUTS);
  }
  if (!summary.finite) { return bitcast<f32>(0x7f800000u | (population.runs & 0u)); }
  return loss;
}

// Gradients of the chunk's samples, group by group: hidden activations are computed again rather than kept. Adds them to
// those of the batch's chunks before; after the last chunk updates the parameters, if the run is `alive`.
fn backward(at: u32, isFirst: bool, isLast: bool, alive: bool, rates: UpdateRates) {
  var x = array<f32, CHUNK_NUMBERS>();
  for (var i = 0u; i < CHUNK_NUMBERS; i++) { x[i] = chunkPoints[at * CHUNK_NUMBERS + i]; }
  for (var group = 0u; group < UNIT_GROUPS; group++) {
    let slot = group * SLOTS_PER_GROUP;
    var w = array<vec4f, SLOTS_PER_GROUP>();
    var g = array<vec4f, SLOTS_PER_GROUP>();
    for (var i = 0u; i < SLOTS_PER_GROUP; i++) { w[i] = weights[slot + i]; }
    for (var k = 0u; k < CHUNK; k++) {
      var z = w[DIMENSIONS];
      for (var d = 0u; d < DIMENSIONS; d++) { z += w[d] * x[k * DIMENSIONS + d]; }
      let a = activate(z);
      var back = vec4f(0.0);
      for (var c = 0u; c < OUTPUTS; c++) {
        let delta = deltas[k * OUTPUTS + c];
        back += w[DIMENSIONS + 1u + c] * delta;
        g[DIMENSIONS + 1u + c] += a * delta;
      }
      back *= activationSlope(z);
      for (var d = 0u; d < DIMENSIONS; d++) { g[d] += back * x[k * DIMENSIONS + d]; }
      if (HAS_BIAS == 1u) { g[DIMENSIONS] += back; }
    }
    if (!isFirst) {
      for (var i = 0u; i < SLOTS_PER_GROUP; i++) { g[i] += gradients[slot + i]; }
    }
    if (!isLast) {
      for (var i = 0u; i < SLOTS_PER_GROUP; i++) { gradients[slot + i] = g[i]; }
    } else if (alive) {
      for (var i = 0u; i < SLOTS_PER_GROUP; i++) {
        var used = g[i];
        if (ACCUMULATES == 1u) { used = usedGradient(rates, used, gradientSums[slot + i]); }
        let next = updated(rates, w[i], used, firstMoments[slot + i], secondMoments[slot + i]);
        if (isFiniteUpdate(next)) {
          weights[slot + i] = next.parameters;
          if (MOMENTS >= 1u) { firstMoments[slot + i] = next.first; }
          if (MOMENTS == 2u) { secondMoments[slot + i] = next.second; }
          if (ACCUMULATES == 1u && rates.accumulates) { gradientSums[slot + i] = used; }
        } else {
          atomicStore(&overflow, 1u);
        }
      }
    }
  }
  if (HAS_BIAS == 1u) { backwardBias(isFirst, isLast, alive, rates); }
}

// The same for the output bias, in every thread alike.
fn backwardBias(isFirst: bool, isLast: bool, alive: bool, rates: UpdateRates) {
  for (var i = 0u; i < BIAS_VECTORS; i++) {
    var g = select(biasGradients[i], vec4f(0.0), isFirst);
    for (var k = 0u; k < CHUNK; k++) {
      for (var j = 0u; j < 4u; j++) {
        if (4u * i + j < OUTPUTS) { g[j] += deltas[k * OUTPUTS + min(4u * i + j, OUTPUTS - 1u)]; }
      }
    }
    biasGradients[i] = g;
    if (isLast && alive) {
      var used = g;
      if (ACCUMULATES == 1u) { used = usedGradient(rates, used, biasGradientSums[i]); }
      let next = updated(rates, biases[i], used, biasFirstMoments[i], biasSecondMoments[i]);
      if (isFiniteUpdate(next)) {
        biases[i] = next.parameters;
        biasFirstMoments[i] = next.first;
        biasSecondMoments[i] = next.second;
        if (ACCUMULATES == 1u && rates.accumulates) { biasGradientSums[i] = used; }
      } else {
        atomicStore(&overflow, 1u);
      }
    }
  }
}

// Error and clean loss over the evaluation points, then probabilities at the probe points, of the run as it is now.
fn evaluate(r: u32, thread: u32, step: u32, trainingLoss: f32, nonFiniteStep: u32) {
  let evaluationChunks = (population.evaluationSize + CHUNK - 1u) / CHUNK;
  let probeChunks = (population.probeSize + CHUNK - 1u) / CHUNK;
  var wrong = 0.0;
  var loss = 0.0;
  for (var chunk = 0u; chunk < evaluationChunks + probeChunks; chunk++) {
    let isProbe = chunk >= evaluationChunks;
    let first = select(chunk, chunk - evaluationChunks, isProbe) * CHUNK;
    let points = select(population.evaluationPointsOffset, population.probePointsOffset, isProbe);
    let count = min(CHUNK, select(population.evaluationSize, population.probeSize, isProbe) - first);
    computeLogits(thread, points + first * DIMENSIONS, count);
    for (var k = 0u; k < count; k++) {
      let summary = summarize(k);
      if (isProbe) {
        let entry = probabilityEntry(r, step, first + k);
        for (var c = 0u; c < OUTPUTS; c++) {
          let probability = outputProbability(logits[k * OUTPUTS + c], summary.largest, summary.logSum);
          if (thread == 0u) { metrics[entry + c] = bitcast<u32>(probability); }
        }
      } else {
        let targetRow = population.evaluationTargetsOffset + (first + k) * OUTPUTS;
        for (var c = 0u; c < OUTPUTS; c++) {
          loss += outputLoss(logits[k * OUTPUTS + c], data[targetRow + c], summary.largest, summary.logSum, OUTPUTS);
        }
        // One output for two classes: its sign decides.
        let predicted = select(summary.largestAt, select(0u, 1u, summary.largest > 0.0), OUTPUTS == 1u);
        if (predicted != indices[population.evaluationLabelsOffset + first + k]) { wrong += 1.0; }
      }
    }
  }
  if (thread == 0u) {
    writeMetrics(metricsEntry(r, step), wrong, loss / f32(population.evaluationSize), trainingLoss, nonFiniteStep);
  }
}

// Leaves the logits of `count` points that start at `offset` in `data` in every thread's `logits`.
fn computeLogits(thread: u32, offset: u32, count: u32) {
  for (var i = thread; i < count * DIMENSIONS; i += THREADS) {
    chunkPoints[EVALUATION_CHUNK * CHUNK * DIMENSIONS + i] = data[offset + i];
  }
  workgroupBarrier();
  sumUnits(thread, EVALUATION_CHUNK);
  workgroupBarrier();
  sumThreads(thread);
  workgroupBarrier();
  readLogits();
}

// Where component j of a slot lies in a run's parameters (weight [H, D], bias [H], weight [C, H], bias [C]), or
// 0xffffffff for padding.
fn parameterIndex(thread: u32, slot: u32, j: u32) -> u32 {
  let unit = ((slot / SLOTS_PER_GROUP) * THREADS + thread) * 4u + j;
  let part = slot % SLOTS_PER_GROUP;
  if (unit >= HIDDEN_UNITS || (part == DIMENSIONS && HAS_BIAS == 0u)) { return 0xffffffffu; }
  if (part < DIMENSIONS) { return unit * DIMENSIONS + part; }
  let bias = HIDDEN_UNITS * DIMENSIONS;
  if (part == DIMENSIONS) { return bias + unit; }
  return bias + HAS_BIAS * HIDDEN_UNITS + (part - DIMENSIONS - 1u) * HIDDEN_UNITS + unit;
}

fn outputBiasIndex(c: u32) -> u32 {
  return HIDDEN_UNITS * (DIMENSIONS + 1u + OUTPUTS) + c;
}

fn load(r: u32, thread: u32) {
  let first = r * population.parameterStride;
  let second = (population.runs + r) * population.parameterStride;
  let sums = (MOMENTS * population.runs + r) * population.parameterStride;
  for (var slot = 0u; slot < SLOTS; slot++) {
    for (var j = 0u; j < 4u; j++) {
      let index = parameterIndex(thread, slot, j);
      if (index != 0xffffffffu) {
        weights[slot][j] = parameters[first + index];
        if (MOMENTS >= 1u) { firstMoments[slot][j] = moments[first + index]; }
        if (MOMENTS == 2u) { secondMoments[slot][j] = moments[second + index]; }
        if (ACCUMULATES == 1u) { gradientSums[slot][j] = moments[sums + index]; }
      }
    }
  }
  for (var c = 0u; c < OUTPUTS * HAS_BIAS; c++) {
    let index = outputBiasIndex(c);
    biases[c / 4u][c % 4u] = parameters[first + index];
    if (MOMENTS >= 1u) { biasFirstMoments[c / 4u][c % 4u] = moments[first + index]; }
    if (MOMENTS == 2u) { biasSecondMoments[c / 4u][c % 4u] = moments[second + index]; }
    if (ACCUMULATES == 1u) { biasGradientSums[c / 4u][c % 4u] = moments[sums + index]; }
  }
}

fn store(r: u32, thread: u32) {
  let first = r * population.parameterStride;
  let second = (population.runs + r) * population.parameterStride;
  let sums = (MOMENTS * population.runs + r) * population.parameterStride;
  for (var slot = 0u; slot < SLOTS; slot++) {
    for (var j = 0u; j < 4u; j++) {
      let index = parameterIndex(thread, slot, j);
      if (index != 0xffffffffu) {
        parameters[first + index] = weights[slot][j];
        if (MOMENTS >= 1u) { moments[first + index] = firstMoments[slot][j]; }
        if (MOMENTS == 2u) { moments[second + index] = secondMoments[slot][j]; }
        if (ACCUMULATES == 1u) { moments[sums + index] = gradientSums[slot][j]; }
      }
    }
  }
  if (thread != 0u) { return; }
  for (var c = 0u; c < OUTPUTS * HAS_BIAS; c++) {
    let index = outputBiasIndex(c);
    parameters[first + index] = biases[c / 4u][c % 4u];
    if (MOMENTS >= 1u) { moments[first + index] = biasFirstMoments[c / 4u][c % 4u]; }
    if (MOMENTS == 2u) { moments[second + index] = biasSecondMoments[c / 4u][c % 4u]; }
    if (ACCUMULATES == 1u) { moments[sums + index] = biasGradientSums[c / 4u][c % 4u]; }
  }
}
