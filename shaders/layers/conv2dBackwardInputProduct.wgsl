// From a convolution's deltas to those of the stage it reads, as conv2dBackwardInput, in tiles of a workgroup: dx[i, (b, y, x)] = sum
// over (o, r, c) of w[o, i, r, c] dz[b, o, p, q] where s p = y + d - r and s q = x + d - c, times the slope of that stage's activation.
// Reads deltas [R, B, O, P, Q], the incoming numbers and parameters [R, P]; writes previous [R, B, I, H, W], or adds to it.
// Pixels whose row and column leave the same rest by the stride, a phase, meet the same taps, and only every so many: each phase is a
// product of its own, so nothing is multiplied by what the stride leaves out.
// Rows are a group's channels, columns a phase's pixels, k its taps output by output. Grid: tiles of all phases of all groups, in x and
// y; R.
import package::parts::convolution::{convolution, TAPS};
import package::parts::convolutionTile::{shareOf, keepInside, padBlock, insides, NEXT};
import package::parts::incoming::{incoming, normalizationOf, bentBack};
import package::parts::prelude::{KERNEL_HEIGHT, KERNEL_WIDTH, STRIDE, PADDING_TOP, PADDING_LEFT, RESULT_ROWS};
import package::parts::tile::{
  THREADS, COLUMN_VECTORS, OWN_BLOCKS, DEPTH, SLICE, results, blocks, workgroupTile, tilesIn, rowOf, columnOf, beginTile,
  cornerOf, roundsOf, firstTerm, ownBlock, writeBlocks, endBlocks, multiplyTogether, endTile,
};

// 1: another reader of the stage has written its deltas already.
override ADDS: u32 = 0u;

@group(0) @binding(3) var<storage, read> deltas: array<f32>;
@group(0) @binding(4) var<storage, read> parameters: array<f32>;
@group(0) @binding(5) var<storage, read_write> previous: array<f32>;

// A phase along one side: its taps, and which output its first tap meets at its first pixel.
struct Phase {
  rest: u32,
  firstTap: u32,
  taps: u32,
  output: u32,
}

fn phaseOf(rest: u32, kernel: u32, padding: u32) -> Phase {
  let firstTap = (rest + padding) % STRIDE;
  return Phase(rest, firstTap, (kernel + STRIDE - 1u - firstTap) / STRIDE, (rest + padding) / STRIDE);
}

// Of each block's columns, whose pixels stay: where their images' deltas begin, and which output their phase's first tap meets.
var<private> starts: array<vec4u, OWN_BLOCKS>;
var<private> tops: array<vec4u, OWN_BLOCKS>;
var<private> lefts: array<vec4u, OWN_BLOCKS>;

@compute @workgroup_size(THREADS)
fn main(
  @builtin(workgroup_id) workgroup: vec3u, @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let r = workgroup.z;
  let each = convolution.channels / convolution.groups;
  let eachOutput = convolution.outputs / convolution.groups;
  // Of the largest phase; what others have less is left out in the end.
  let down = (convolution.height + STRIDE - 1u) / STRIDE;
  let across = (convolution.width + STRIDE - 1u) / STRIDE;
  let pixels = convolution.batchSize * down * across;
  let share = shareOf(workgroup, groups, each, pixels);
  if (share.part >= convolution.groups * STRIDE * STRIDE) { return; }
  let tile = workgroupTile(share.tile, tilesIn(pixels), thread);
  let first = cornerOf(tile);
  let group = share.part / (STRIDE * STRIDE);
  let vertical = phaseOf(share.part / STRIDE % STRIDE, KERNEL_HEIGHT, PADDING_TOP);
  let horizontal = phaseOf(share.part % STRIDE, KERNEL_WIDTH, PADDING_LEFT);
  let firstOutput = group * eachOutput;
  let depth = eachOutput * vertical.taps * horizontal.taps;
  let weights = r * convolution.parameterStride + convolution.weightOffset + firstOutput * each * TAPS;
  let area = convolution.rows * convolution.columns;

  beginTile();
  for (var i = 0u; i < OWN_BLOCKS; i++) {
    let own = ownBlock(i, thread % SLICE);
    // Past the last pixel is the last one again.
    let pixel = min(vec4u(first.firstColumn + 4u * own.vector) + NEXT, vec4u(pixels - 1u));
    let image = r * convolution.batchSize + pixel / (down * across);
    starts[i] = (image * convolution.outputs + firstOutput) * area;
    tops[i] = pixel / across % down + vertical.output;
    lefts[i] = pixel % across + horizontal.output;
  }
  let rounds = roundsOf(depth);
  var k = firstTerm(rounds, thread);
  var round = 0u;
  loop {
    // On their way while what came before is multiplied.
    if (round < rounds) {
      for (var i = 0u; i < OWN_BLOCKS; i++) {
        let own = ownBlock(i, thread % SLICE);
        if (own.side == 0u) {
          let rows = min(vec4u(first.firstRow + 4u * own.vector) + NEXT, vec4u(each - 1u));
          readWeights(i, weights + rows * TAPS, each * TAPS, k + own.k, depth, vertical, horizontal);
        } else {
          readDeltas(i, k + own.k, depth, vertical, horizontal);
        }
      }
    }
    if (round > 0u) { multiplyTogether(thread); }
    for (var i = 0u; i < OWN_BLOCKS; i++) {
      if (ownBlock(i, thread % SLICE).side == 1u) { padBlock(i); }
    }
    if (k + DEPTH > depth) { endBlocks(k, depth, thread); }
    writeBlocks(thread);
    round++;
    k += DEPTH;
    continuing { break if round > rounds; }
  }
  endTile(thread);

  let map = convolution.height * convolution.width;
  for (var j = 0u; j < COLUMN_VECTORS; j++) {
    let pixel = vec4u(columnOf(tile, j)) + NEXT;
    let y = pixel / across % down * STRIDE + vertical.rest;
    let x = pixel % across * STRIDE + horizontal.rest;
    let image = r * convolution.batchSize + pixel / (down * across);
    let start = (image * convolution.channels + group * each) * map + y * convolution.width + x;
    let exists = (pixel < vec4u(pixels)) & (y < vec4u(convolution.height)) & (x < vec4u(convolution.width));
    for (var i = 0u; i < RESULT_ROWS; i++) {
      let channel = rowOf(tile, i);
      let normalization = normalizationOf(r * convolution.channels + group * each + min(channel, each - 1u));
      for (var c = 0u; c < 4u; c++) {
        if (exists[c] & (channel < each)) {
          let place = start[c] + channel * map;
          var delta = bentBack(results[i][j][c], incoming[place], normalization);
          if (ADDS == 1u) { delta += previous[place]; }
          previous[place] = delta;
        }
      }
    }
  }
}

// Term k of a phase's sums: which of the group's outputs, and which of the phase's taps.
struct Term {
  output: u32,
  row: u32,
  column: u32,
}

fn termAt(k: u32, vertical: Phase, horizontal: Phase) -> Term {
  let line = k / horizontal.taps;
  return Term(line / vertical.taps, line % vertical.taps, k % horizontal.taps);
}

// Weights of four channels, which begin at `lines`, at terms k .. k + 3.
fn readWeights(i: u32, lines: vec4u, stride: u32, k: u32, depth: u32, vertical: Phase, horizontal: Phase) {
  for (var j = 0u; j < 4u; j++) {
    let term = termAt(min(k + j, depth - 1u), vertical, horizontal);
    let row = vertical.firstTap + term.row * STRIDE;
    let at = lines + term.output * stride + row * KERNEL_WIDTH + horizontal.firstTap + term.column * STRIDE;
    blocks[i][j] = vec4f(parameters[at.x], parameters[at.y], parameters[at.z], parameters[at.w]);
  }
}

// Deltas that terms k .. k + 3 meet at the block's four pixels. Before the first row is beyond the last: places are unsigned.
fn readDeltas(i: u32, k: u32, depth: u32, vertical: Phase, horizontal: Phase) {
  insides[i] = 0u;
  for (var j = 0u; j < 4u; j++) {
    let term = termAt(min(k + j, depth - 1u), vertical, horizontal);
    let p = tops[i] - term.row;
    let q = lefts[i] - term.column;
    let inside = (p < vec4u(convolution.rows)) & (q < vec4u(convolution.columns));
    let plane = starts[i] + term.output * convolution.rows * convolution.columns;
    let at = plane + select(vec4u(0u), p * convolution.columns + q, inside);
    keepInside(i, j, inside);
    blocks[i][j] = vec4f(deltas[at.x], deltas[at.y], deltas[at.z], deltas[at.w]);
  }
}
