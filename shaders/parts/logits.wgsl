// Logits in a storage buffer and what every softmax needs to know of a row of them first.
import package::parts::numeric::elementary::{exponentialScalar, log1p};
import package::parts::losses::{LOSS, SOFTMAX_CROSS_ENTROPY};
import package::parts::numeric::finite::isFinite;

@group(1) @binding(2) var<storage, read_write> logits: array<f32>;

struct LogitSummary {
  largest: f32,
  largestAt: u32,   // the first, if several are equal
  logSum: f32,      // log sum_c exp(logit_c - largest); 0 where the loss does not ask for it
  finite: bool,
}

fn summarizeLogits(row: u32, outputs: u32) -> LogitSummary {
  var summary = LogitSummary(logits[row], 0u, 0.0, true);
  for (var c = 0u; c < outputs; c++) {
    let z = logits[row + c];
    summary.finite &= isFinite(z);
    if (z > summary.largest) {
      summary.largest = z;
      summary.largestAt = c;
    }
  }
  if (LOSS == SOFTMAX_CROSS_ENTROPY) {
    var rest = 0.0;
    for (var c = 0u; c < outputs; c++) {
      if (c != summary.largestAt) { rest += exponentialScalar(logits[row + c] - summary.largest); }
    }
    summary.logSum = log1p(rest);
  }
  return summary;
}
