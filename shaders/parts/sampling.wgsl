// Sample b of a step of a run, as a pure function: the twin of src/mixing/sampling.ts.
import package::parts::numeric::threefry::{threefry, boundedInteger, PURPOSE_PAIR, PURPOSE_LAMBDA, PURPOSE_BATCH_ORDER, PURPOSE_PERMUTATION, PURPOSE_BOX, PURPOSE_HIDDEN_LAYER, PURPOSE_CHOICE, PURPOSE_LABEL_LAMBDA};
import package::parts::numeric::permutation::permuted;
import package::parts::domains::{domainOfFirst, domainOfPartner};
import package::parts::lambda::lambdaFromWord;
import package::parts::labelKernel::{partnerOfRow, partnerOfWindow};
import package::parts::population::{population, runs, indices, NOTHING};
import package::parts::prelude::{BOXES, HIDDEN};

// Which pairings are used at all, a bit each, whether batches are drawn, whether some samples are left unmixed, whether unmixed
// samples come first, whether runs are trained on subsets, whether they draw by domains (subsets of a kind, too), and whether labels
// have lambdas of their own: what is not used is left out, since the software adapter runs both sides of an `if`.
override PAIRINGS_USED: u32 = 31u;
override DRAWS_BATCHES: u32 = 1u;
override LEAVES_UNMIXED: u32 = 0u;
override UNMIXED_FIRST: u32 = 0u;
override SUBSETS: u32 = 0u;
override DOMAINS: u32 = 0u;
override LABEL_LAMBDAS: u32 = 0u;

const PAIRING_UNIFORM: u32 = 0u;
const PAIRING_OTHER: u32 = 1u;
const PAIRING_PERMUTATION: u32 = 2u;
const PAIRING_SAME_CLASS: u32 = 3u;
const PAIRING_OTHER_CLASS: u32 = 4u;
const PAIRING_LABEL_ROWS: u32 = 5u;
const PAIRING_LABEL_WINDOWS: u32 = 6u;
const PAIRING_ALL_PAIRS: u32 = 7u;

struct Sample {
  first: u32,
  partner: u32,
  featureLambda: f32,
  labelLambda: f32,
  boxRows: u32,        // of images, what is the partner's (CutMix): top + 65536 bottom, ends excluded; 0 for nothing
  boxColumns: u32,
  partnerRow: u32,     // row of the batch that the partner is, where partners are of the batch
  hiddenPlace: u32,    // mixing point of the net where featureLambda mixes, instead of the points; NOWHERE
}

const NOWHERE: u32 = 0xffffffffu;

// A sample that is mixed in the input only, without a box.
fn plainSample(first: u32, partner: u32, lambda: f32) -> Sample {
  return Sample(first, partner, lambda, lambda, 0u, 0u, 0u, NOWHERE);
}

// What of a sample's point is the first's.
fn inputLambda(sample: Sample) -> f32 {
  return select(sample.featureLambda, 1.0, (HIDDEN == 1u) & (sample.hiddenPlace != NOWHERE));
}

fn sampleAt(r: u32, step: u32, b: u32) -> Sample {
  var sample = ownSampleAt(r, step, b);
  if (SUBSETS == 1u) {
    sample.first = indices[runs[r].trainOffset + sample.first];
    sample.partner = indices[runs[r].trainOffset + sample.partner];
  }
  return sample;
}

// Points are the run's, counted from 0.
fn ownSampleAt(r: u32, step: u32, b: u32) -> Sample {
  let seed = runs[r].seed;
  let isUnmixed = UNMIXED_FIRST == 1u && b < population.drawn;
  let place = select(b, b - population.drawn, UNMIXED_FIRST == 1u && !isUnmixed);
  let first = firstPoint(r, step, place);
  let index = place * runs[r].lambdaPerSample;
  let word = threefry(vec2u(seed, PURPOSE_LAMBDA), vec2u(step, index)).x;
  var choice = vec2u();
  if (LEAVES_UNMIXED == 1u || BOXES == 1u) { choice = threefry(vec2u(seed, PURPOSE_CHOICE), vec2u(step, index)); }
  if (LEAVES_UNMIXED == 1u || UNMIXED_FIRST == 1u) {
    if (isUnmixed || share(choice.x) >= runs[r].mixProbability) { return plainSample(first, first, 1.0); }
  }
  var offset = runs[r].quantilesOffset;
  var isCut = false;
  if (BOXES == 1u) {
    isCut = share(choice.y) < runs[r].boxProbability;
    offset = select(offset, runs[r].boxQuantilesOffset, isCut);
  }
  let lambda = lambdaFromWord(offset, word);
  var sample = plainSample(first, partner(r, step, place, first), lambda);
  if (LABEL_LAMBDAS == 1u) {
    let labelWord = threefry(vec2u(seed, PURPOSE_LABEL_LAMBDA), vec2u(step, index)).x;
    let labelOffset = runs[r].labelQuantilesOffset;
    let drawn = lambdaFromWord(select(labelOffset, 0u, labelOffset == NOTHING), labelWord);
    sample.labelLambda = select(drawn, lambda, labelOffset == NOTHING);
  }
  if (BOXES == 1u && isCut) { sample = cut(sample, seed, step, index); }
  if (HIDDEN == 1u && runs[r].hiddenPlaces > 0u) {
    let drawn = threefry(vec2u(seed, PURPOSE_HIDDEN_LAYER), vec2u(step, 0u)).x;
    sample.hiddenPlace = boundedInteger(drawn, runs[r].hiddenPlaces);
    sample.partnerRow = select(place, permutedPlace(seed, step, place), runs[r].pairing == PAIRING_PERMUTATION);
  }
  return sample;
}

// A word as a number in [0, 1), in 24 bits.
fn share(word: u32) -> f32 {
  return f32(word >> 8u) * 0x1p-24f;
}

// A box of about 1 - lambda of the image around a uniform pixel, cut off at the borders; labels by what is left.
fn cut(sample: Sample, seed: u32, step: u32, index: u32) -> Sample {
  let size = vec2u(population.imageHeight, population.imageWidth);
  let words = threefry(vec2u(seed, PURPOSE_BOX), vec2u(step, index));
  let centre = vec2u(boundedInteger(words.x, size.x), boundedInteger(words.y, size.y));
  let half = vec2u(halfSide(size.x, sample.featureLambda), halfSide(size.y, sample.featureLambda));
  let first = centre - min(half, centre);
  let end = min(centre + half, size);
  let area = (end.x - first.x) * (end.y - first.y);
  var own = sample;
  own.featureLambda = 1.0;
  own.labelLambda = select(f32(size.x * size.y - area) / f32(size.x * size.y), 1.0, area == 0u);
  own.boxRows = first.x + 65536u * end.x;
  own.boxColumns = first.y + 65536u * end.y;
  return own;
}

// Half the side of a box: floor(floor(side sqrt(1 - lambda)) / 2), decided by what every device rounds alike.
fn halfSide(side: u32, lambda: f32) -> u32 {
  let square = i32(side * side);
  let kept = f32(square) * lambda;
  var own = i32(f32(side) * sqrt(1.0 - lambda));
  own += select(0, 1, kept <= f32(square - (own + 1) * (own + 1)));
  own -= select(0, 1, kept > f32(square - own * own));
  return u32(own / 2);
}

// A batch is a window in the endless row of epoch orders.
fn firstPoint(r: u32, step: u32, b: u32) -> u32 {
  if (pairsAll(r)) { return b / sizeOf(r); }
  if (DRAWS_BATCHES == 0u || epochSizeOf(r) == 0u) { return b; }
  if (DOMAINS == 1u) { return pointOfDomain(r, step, b); }
  let epoch = epochAt(r, step, b);
  let place = (step * population.stride + b) % epochSizeOf(r);
  let key = vec2u(runs[r].seed, PURPOSE_BATCH_ORDER);
  return permuted(key, epoch, place, sizeOf(r), select(population.sizeRows, runs[r].sizeRows, SUBSETS == 1u));
}

// The domain's own epoch order, at the sample's place in the row of all samples.
fn pointOfDomain(r: u32, step: u32, b: u32) -> u32 {
  let domain = domainOfFirst(r, step, b);
  let position = step * population.stride + b;
  let key = vec2u(runs[r].seed, PURPOSE_BATCH_ORDER);
  return domain.start + permuted(key, position / domain.size, position % domain.size, domain.size, domain.rows);
}

// Runs on n points beside runs on n^2 others draw as many samples: it is each run's own.
fn pairsAll(r: u32) -> bool {
  return isUsed(PAIRING_ALL_PAIRS) && runs[r].pairing == PAIRING_ALL_PAIRS;
}

// The epoch that point b of a step belongs to; every step is one where all points are drawn.
fn epochAt(r: u32, step: u32, b: u32) -> u32 {
  if (epochSizeOf(r) == 0u) { return step; }
  return (step * population.stride + b) / epochSizeOf(r);
}

// Uniforms where all runs have the same.
fn sizeOf(r: u32) -> u32 {
  if (SUBSETS == 1u) { return runs[r].size; }
  return population.size;
}

fn epochSizeOf(r: u32) -> u32 {
  if (SUBSETS == 1u) { return runs[r].epochSize; }
  return population.epochSize;
}

// Where the partner of the batch is that `permutation` gives.
fn permutedPlace(seed: u32, step: u32, b: u32) -> u32 {
  return permuted(vec2u(seed, PURPOSE_PERMUTATION), step, b, population.drawn, population.batchRows);
}

fn partner(r: u32, step: u32, b: u32, first: u32) -> u32 {
  let seed = runs[r].seed;
  if (isUsed(PAIRING_PERMUTATION) && runs[r].pairing == PAIRING_PERMUTATION) {
    return firstPoint(r, step, permutedPlace(seed, step, b));
  }
  if (pairsAll(r)) { return b % sizeOf(r); }
  if (isUsed(PAIRING_LABEL_ROWS) && runs[r].pairing == PAIRING_LABEL_ROWS) {
    return partnerOfRow(r, step, b, first);
  }
  if (isUsed(PAIRING_LABEL_WINDOWS) && runs[r].pairing == PAIRING_LABEL_WINDOWS) {
    return partnerOfWindow(r, step, b, first, SUBSETS == 1u);
  }
  let word = threefry(vec2u(seed, PURPOSE_PAIR), vec2u(step, b)).x;
  var start = 0u;
  var size = sizeOf(r);
  if (DOMAINS == 1u) {
    let domain = domainOfPartner(r, step, b);
    start = domain.start;
    size = domain.size;
  }
  if (isUsed(PAIRING_OTHER) && runs[r].pairing == PAIRING_OTHER) {
    // Of a domain that the first point is not in all are others.
    let isOwn = DOMAINS == 0u || first - start < size;
    let other = start + boundedInteger(word, size - select(0u, 1u, isOwn));
    return other + select(0u, 1u, isOwn && other >= first);
  }
  if (isUsed(PAIRING_SAME_CLASS) || isUsed(PAIRING_OTHER_CLASS)) {
    var point = first;
    var orderOffset = 0u;
    var startOffset = population.classStartOffset;
    if (SUBSETS == 1u) {
      point = indices[runs[r].trainOffset + first];
      orderOffset = runs[r].classOrderOffset;
      startOffset = runs[r].classStartOffset;
    }
    let label = indices[population.labelsOffset + point];
    let start = indices[startOffset + label];
    let count = indices[startOffset + label + 1u] - start;
    if (runs[r].pairing == PAIRING_SAME_CLASS) { return indices[orderOffset + start + boundedInteger(word, count)]; }
    if (runs[r].pairing == PAIRING_OTHER_CLASS) {
      let other = boundedInteger(word, sizeOf(r) - count);
      return indices[orderOffset + other + select(0u, count, other >= start)];
    }
  }
  return start + boundedInteger(word, size);
}

fn isUsed(pairing: u32) -> bool {
  return (PAIRINGS_USED & (1u << pairing)) != 0u;
}
