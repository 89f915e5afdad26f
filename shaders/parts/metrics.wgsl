// Where evaluations are written. One entry is an evaluation of all runs: four words a run (points misclassified, mean
// loss, mean training loss since the last evaluation, non-finite step), then probabilities [R, M, C], then, where runs have bandits,
// policies [R, K].
import package::parts::population::{population, states, evaluationIndex};

// What one submit does.
struct Submit {
  firstStep: u32,
  steps: u32,
  firstEvaluation: u32, // whose entry is at the start of `metrics`
}

@group(1) @binding(0) var<uniform> submit: Submit;
@group(1) @binding(3) var<storage, read_write> metrics: array<u32>;

// Start of run r's four words in the entry of the evaluation after `step` steps.
fn metricsEntry(r: u32, step: u32) -> u32 {
  return (evaluationIndex(step) - submit.firstEvaluation) * population.metricsStride + r * 4u;
}

// Start of run r's C probabilities at probe point m.
fn probabilityEntry(r: u32, step: u32, m: u32) -> u32 {
  return metricsEntry(0u, step) + population.runs * 4u + (r * population.probeSize + m) * population.outputs;
}

// Start of run r's K shares.
fn policyEntry(r: u32, step: u32, domains: u32) -> u32 {
  return metricsEntry(0u, step) + population.metricsStride - (population.runs - r) * domains;
}

fn writeMetrics(at: u32, wrong: f32, loss: f32, trainingLoss: f32, nonFiniteStep: u32) {
  metrics[at] = u32(wrong);
  metrics[at + 1u] = bitcast<u32>(loss);
  metrics[at + 2u] = bitcast<u32>(trainingLoss);
  metrics[at + 3u] = nonFiniteStep;
}
