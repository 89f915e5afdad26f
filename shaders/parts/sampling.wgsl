// Sample b of a step of a run, as a pure function: the twin of src/mixing/sampling.ts.
import package::parts::numeric::threefry::{threefry, boundedInteger, PURPOSE_PAIR, PURPOSE_LAMBDA, PURPOSE_BATCH_ORDER, PURPOSE_PERMUTATION};
import package::parts::numeric::permutation::permuted;
import package::parts::lambda::lambdaFromWord;
import package::parts::population::{population, runs, indices};

// Which pairings are used at all, a bit each, and whether batches are drawn: what is not used is left out, since the
// software adapter runs both sides of an `if`.
override PAIRINGS_USED: u32 = 31u;
override DRAWS_BATCHES: u32 = 1u;

const PAIRING_UNIFORM: u32 = 0u;
const PAIRING_OTHER: u32 = 1u;
const PAIRING_PERMUTATION: u32 = 2u;
const PAIRING_SAME_CLASS: u32 = 3u;
const PAIRING_OTHER_CLASS: u32 = 4u;

struct Sample {
  first: u32,
  partner: u32,
  featureLambda: f32,
  labelLambda: f32,
  boxRows: u32,        // of images, what is the partner's (CutMix): top + 65536 bottom, ends excluded; 0 for nothing
  boxColumns: u32,
  partnerRow: u32,     // row of the batch that the partner is, where partners are of the batch
  hiddenPlace: u32,    // mixing point of the net where this sample's values are mixed, with labelLambda
}

// A sample that is mixed in the input only, without a box.
fn plainSample(first: u32, partner: u32, lambda: f32) -> Sample {
  return Sample(first, partner, lambda, lambda, 0u, 0u, 0u, 0xffffffffu);
}

fn sampleAt(r: u32, step: u32, b: u32) -> Sample {
  let seed = runs[r].seed;
  let first = firstPoint(seed, step, b);
  let word = threefry(vec2u(seed, PURPOSE_LAMBDA), vec2u(step, b * runs[r].lambdaPerSample)).x;
  let lambda = lambdaFromWord(runs[r].quantilesOffset, word);
  return plainSample(first, partner(r, step, b, first), lambda);
}

// A batch is a window of B in the endless row of epoch orders.
fn firstPoint(seed: u32, step: u32, b: u32) -> u32 {
  if (DRAWS_BATCHES == 0u || population.fullBatch == 1u) { return b; }
  let position = step * population.batchSize + b;
  let size = population.size;
  return permuted(vec2u(seed, PURPOSE_BATCH_ORDER), position / size, position % size, size, population.sizeRows);
}

fn partner(r: u32, step: u32, b: u32, first: u32) -> u32 {
  let seed = runs[r].seed;
  if (isUsed(PAIRING_PERMUTATION) && runs[r].pairing == PAIRING_PERMUTATION) {
    let other = permuted(vec2u(seed, PURPOSE_PERMUTATION), step, b, population.batchSize, population.batchRows);
    return firstPoint(seed, step, other);
  }
  let word = threefry(vec2u(seed, PURPOSE_PAIR), vec2u(step, b)).x;
  if (isUsed(PAIRING_OTHER) && runs[r].pairing == PAIRING_OTHER) {
    let other = boundedInteger(word, population.size - 1u);
    return other + select(0u, 1u, other >= first);
  }
  if (isUsed(PAIRING_SAME_CLASS) || isUsed(PAIRING_OTHER_CLASS)) {
    let label = indices[population.labelsOffset + first];
    let start = indices[population.classStartOffset + label];
    let count = indices[population.classStartOffset + label + 1u] - start;
    if (runs[r].pairing == PAIRING_SAME_CLASS) { return indices[start + boundedInteger(word, count)]; }
    if (runs[r].pairing == PAIRING_OTHER_CLASS) {
      let other = boundedInteger(word, population.size - count);
      return indices[other + select(0u, count, other >= start)];
    }
  }
  return boundedInteger(word, population.size);
}

fn isUsed(pairing: u32) -> bool {
  return (PAIRINGS_USED & (1u << pairing)) != 0u;
}
