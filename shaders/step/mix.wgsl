// Blends points and targets: z = lambda s + (1 - lambda) t, of images t in a box, or their views. Reads samples [R, B], or draws and
// writes them; writes mixedPoints [R, B, D], mixedTargets [R, B, C], or one of them. A thread takes every PARTSth column of a row,
// PARTS = (D + C) / 16; grid (B PARTS / 64, R).
import package::parts::augmentation::{View, viewOf};
import package::parts::box::isInBox;
import package::parts::prelude::BOXES;
import package::parts::population::{population, runs, states, data, tables};
import package::parts::sampling::{Sample, epochAt, inputLambda, sampleAt};
import package::parts::smoothing::smoothed;

// What is written of points: the mixed ones; nothing, where the first layer mixes them itself or their turn comes later; partners or
// firsts as they are.
override POINTS: u32 = 1u;
const POINTS_NONE: u32 = 0u;
const POINTS_PARTNERS: u32 = 2u;
const POINTS_FIRSTS: u32 = 3u;
// Whether targets are written.
override TARGETS: u32 = 1u;
// Whether some run mixes at all; where none does partners are not read, but where they are asked for.
override BLENDS: u32 = 1u;
// Whether samples are drawn here, by every thread of a row for itself; the first writes them.
override DRAWS_SAMPLES: u32 = 0u;
// Whether images are cropped and flipped first.
override AUGMENTS: u32 = 0u;

struct Image {
  height: u32,
  width: u32,
  padding: u32,     // of images that are cropped
  flips: u32,
  fillOffset: u32,  // in `tables`: the value of padding, for each channel
}

@group(1) @binding(0) var<uniform> image: Image;
@group(1) @binding(1) var<storage, read_write> samples: array<Sample>;
@group(1) @binding(2) var<storage, read_write> mixedPoints: array<f32>;
@group(1) @binding(3) var<storage, read_write> mixedTargets: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let width = pointColumns() + targetColumns();
  let parts = (width + 15u) / 16u;
  var i = id.x;
  loop {
    if (i < population.batchSize * parts) {
      blend(id.y, id.y * population.batchSize + i / parts, i % parts, parts, width);
    }
    i += groups.x * 64u;
    continuing { break if i >= population.batchSize * parts; }
  }
}

fn pointColumns() -> u32 {
  return select(population.dimensions, 0u, POINTS == POINTS_NONE);
}

fn targetColumns() -> u32 {
  return select(population.outputs, 0u, TARGETS == 0u);
}

// Columns `first`, `first` + `parts` ... of a row: a sample's point and, behind it, its target.
fn blend(r: u32, row: u32, first: u32, parts: u32, width: u32) {
  let sample = sampleOf(r, row, first == 0u);
  var view = View();
  var partnerView = View();
  if (AUGMENTS == 1u) {
    let b = row % population.batchSize;
    let epoch = epochAt(r, states[r].step, b % population.drawn);
    view = viewOf(runs[r].seed, image.padding, image.flips, epoch, sample.first);
    partnerView = viewOf(runs[r].seed, image.padding, image.flips, epoch, sample.partner);
  }
  // What does not depend on the column is looked up here: in the loop it would be once more for each.
  let dimensions = population.dimensions;
  let points = pointColumns();
  var pointLambda = inputLambda(sample);
  if (POINTS == POINTS_PARTNERS) { pointLambda = 0.0; }
  if (POINTS == POINTS_FIRSTS) { pointLambda = 1.0; }
  // Where columns are counted from: in a point's numbers, and in its target's behind them.
  let ownPoint = sample.first * dimensions;
  let partnerPoint = sample.partner * dimensions;
  let beforeTargets = population.targetsOffset - points;
  let ownTarget = beforeTargets + sample.first * population.outputs;
  let partnerTarget = beforeTargets + sample.partner * population.outputs;
  let pointRow = row * dimensions;
  let targetRow = row * population.outputs - points;
  var column = first;
  loop {
    // One load for both kinds: the software adapter would run both sides of an `if`.
    let isPoint = column < points;
    var own = data[column + select(ownTarget, ownPoint, isPoint)];
    var partner = own;
    if (BLENDS == 1u || POINTS == POINTS_PARTNERS) { partner = data[column + select(partnerTarget, partnerPoint, isPoint)]; }
    if (AUGMENTS == 1u) {
      let seenColumn = min(column, dimensions - 1u);
      own = select(own, seen(sample.first, view, seenColumn), isPoint);
      partner = select(partner, seen(sample.partner, partnerView, seenColumn), isPoint);
    }
    // Labels have their own lambda also where points are not mixed here.
    var lambda = select(sample.labelLambda, pointLambda, isPoint);
    if (BOXES == 1u && POINTS == 1u) {
      let y = (column / image.width) % image.height;
      let isPartner = isPoint && isInBox(y, column % image.width, sample.boxRows, sample.boxColumns);
      lambda = select(lambda, 0.0, isPartner);
    }
    var mixed = lambda * own + (1.0 - lambda) * partner;
    if (isPoint) { mixedPoints[pointRow + column] = mixed; }
    if (!isPoint) { mixedTargets[targetRow + column] = smoothed(mixed, r); }
    column += parts;
    continuing { break if column >= width; }
  }
}

fn sampleOf(r: u32, row: u32, isWritten: bool) -> Sample {
  if (DRAWS_SAMPLES == 0u) { return samples[row]; }
  let sample = sampleAt(r, states[r].step, row % population.batchSize);
  if (isWritten) { samples[row] = sample; }
  return sample;
}

// Number `column` of image n as a view shows it.
fn seen(n: u32, view: View, column: u32) -> f32 {
  let area = image.height * image.width;
  let channel = column / area;
  let across = column % image.width;
  // Left of or above the image these wrap around, and are too large as well.
  let y = (column % area) / image.width + view.top - image.padding;
  let x = select(across, image.width - 1u - across, view.isFlipped) + view.left - image.padding;
  let isInside = (y < image.height) & (x < image.width);
  let place = n * population.dimensions + select(0u, channel * area + y * image.width + x, isInside);
  return select(tables[image.fillOffset + channel], data[place], isInside);
}
