// How hidden values of a batch are mixed, sample by sample: h = lambda h[b] + (1 - lambda) h[partnerRow] at one of the net's
// mixing points; at the others the sample is left alone.
import package::parts::sampling::Sample;

struct HiddenMix {
  batchSize: u32,
  size: u32,       // numbers of a sample here
  place: u32,      // of this mixing point
}

@group(0) @binding(0) var<uniform> hidden: HiddenMix;
@group(0) @binding(1) var<storage, read> samples: array<Sample>;

// 1: partners are rows of the firsts' own batch. 0: they had a pass of their own, row by row.
override ONE_PASS: u32 = 1u;

// Lambda of sample b of run r here.
fn hiddenLambda(r: u32, b: u32) -> f32 {
  let at = r * hidden.batchSize + b;
  return select(1.0, samples[at].featureLambda, samples[at].hiddenPlace == hidden.place);
}

fn partnerRow(r: u32, b: u32) -> u32 {
  return select(b, samples[r * hidden.batchSize + b].partnerRow, ONE_PASS == 1u);
}
