// The loss of one sample of the batch, and its derivative by the logits, which takes their place. A part, not a kernel.
import package::parts::population::population;
import package::parts::numeric::finite::isFinite;
import package::parts::logits::{logits, summarizeLogits};
import package::parts::losses::{outputLoss, outputDelta, outputProbability};
import package::parts::sampleLoss::SampleLoss;

@group(1) @binding(0) var<storage, read> mixedTargets: array<f32>;
@group(1) @binding(1) var<storage, read_write> sampleLosses: array<SampleLoss>;

// `sample` counts those of all runs. Writes its un-weighted loss; the deltas are d(mean loss)/d(logit). Whether all that is finite.
fn takeLoss(sample: u32) -> bool {
  let outputs = population.outputs;
  let row = sample * outputs;
  let summary = summarizeLogits(row, outputs);
  var targetSum = 0.0;
  for (var c = 0u; c < outputs; c++) { targetSum += mixedTargets[row + c]; }

  let scale = sampleLosses[sample].weight / f32(population.batchSize);
  var loss = 0.0;
  for (var c = 0u; c < outputs; c++) {
    let z = logits[row + c];
    let y = mixedTargets[row + c];
    loss += outputLoss(z, y, summary.largest, summary.logSum, outputs);
    let probability = outputProbability(z, summary.largest, summary.logSum);
    logits[row + c] = scale * outputDelta(probability, y, targetSum, outputs);
  }
  sampleLosses[sample].loss = loss;
  return summary.finite && isFinite(loss);
}
