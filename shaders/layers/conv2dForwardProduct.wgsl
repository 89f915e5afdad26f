// A convolution forward, as conv2dForward, in tiles of a workgroup: z[o, (b, p, q)] = bias[o] + sum over (i, r, c) of
// w[o, (i, r, c)] x[b, i, s p + r - d, s q + c - d]. Reads the incoming images [R, B, I, H, W] and parameters [R, P]; writes outputs
// [R, B, O, P, Q].
// Rows are a group's outputs, columns places, k taps channel by channel. Grid: tiles of all groups of channels, in x and y; R.
import package::parts::convolution::{convolution, TAPS};
import package::parts::convolutionTile::{shareOf, placeAt, placeBehind, padBlock, insides, NEXT};
import package::parts::imageInput::ImageInput;
import package::parts::imageTile::{imageOf, topOf, leftOf, readFour, bendFour};
import package::parts::incoming::normalizationOf;
import package::parts::prelude::{KERNEL_WIDTH, RESULT_ROWS};
import package::parts::tile::{
  THREADS, COLUMN_VECTORS, OWN_BLOCKS, DEPTH, SLICE, results, blocks, workgroupTile, tilesIn, rowOf, columnOf, beginTile,
  cornerOf, roundsOf, firstTerm, ownBlock, writeBlocks, endBlocks, multiplyTogether, endTile,
};

// Whether every output's weights begin at a multiple of four numbers, and are so many.
override LEFT_ALIGNED: u32 = 0u;

@group(0) @binding(4) var<storage, read> parameters: array<vec4f>;
@group(0) @binding(5) var<storage, read_write> outputs: array<f32>;

// Of each block's columns, whose places stay: images, and where their first taps are.
var<private> images: array<array<ImageInput, 4>, OWN_BLOCKS>;
var<private> tops: array<vec4u, OWN_BLOCKS>;
var<private> lefts: array<vec4u, OWN_BLOCKS>;

@compute @workgroup_size(THREADS)
fn main(
  @builtin(workgroup_id) workgroup: vec3u, @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let r = workgroup.z;
  let each = convolution.outputs / convolution.groups;
  let area = convolution.rows * convolution.columns;
  let places = convolution.batchSize * area;
  let share = shareOf(workgroup, groups, each, places);
  if (share.part >= convolution.groups) { return; }
  let tile = workgroupTile(share.tile, tilesIn(places), thread);
  let first = cornerOf(tile);
  let channels = convolution.channels / convolution.groups;
  let firstChannel = share.part * channels;
  let firstOutput = share.part * each;
  let depth = channels * TAPS;
  let weights = r * convolution.parameterStride + convolution.weightOffset + firstOutput * depth;

  beginTile();
  findPlaces(r, first.firstColumn, places, thread);
  let rounds = roundsOf(depth);
  var k = firstTerm(rounds, thread);
  var round = 0u;
  loop {
    // On their way while what came before is multiplied.
    if (round < rounds) {
      for (var i = 0u; i < OWN_BLOCKS; i++) {
        let own = ownBlock(i, thread % SLICE);
        if (own.side == 0u) {
          blocks[i] = weightBlock(weights, first.firstRow + 4u * own.vector, each, k + own.k, depth);
        } else {
          readImages(i, k + own.k, depth, firstChannel);
        }
      }
    }
    if (round > 0u) { multiplyTogether(thread); }
    for (var i = 0u; i < OWN_BLOCKS; i++) {
      let own = ownBlock(i, thread % SLICE);
      if (own.side == 1u) { finishImages(i, k + own.k, depth, r * convolution.channels + firstChannel); }
    }
    if (k + DEPTH > depth) { endBlocks(k, depth, thread); }
    writeBlocks(thread);
    round++;
    k += DEPTH;
    continuing { break if round > rounds; }
  }
  endTile(thread);

  let run = r * convolution.parameterStride;
  for (var j = 0u; j < COLUMN_VECTORS; j++) {
    let column = vec4u(columnOf(tile, j)) + NEXT;
    let image = r * convolution.batchSize + column / area;
    let start = (image * convolution.outputs + firstOutput) * area + column % area;
    for (var i = 0u; i < RESULT_ROWS; i++) {
      let o = rowOf(tile, i);
      var z = results[i][j];
      if (convolution.hasBias == 1u) {
        let at = run + convolution.biasOffset + firstOutput + min(o, each - 1u);
        z += parameters[at / 4u][at % 4u];
      }
      for (var c = 0u; c < 4u; c++) {
        if ((o < each) & (column[c] < places)) { outputs[start[c] + o * area] = z[c]; }
      }
    }
  }
}

fn findPlaces(r: u32, firstColumn: u32, places: u32, thread: u32) {
  for (var i = 0u; i < OWN_BLOCKS; i++) {
    let column = firstColumn + 4u * ownBlock(i, thread % SLICE).vector;
    // Past the last place is the last one again.
    var place = placeAt(min(column, places - 1u));
    for (var c = 0u; c < 4u; c++) {
      images[i][c] = imageOf(r, place.image);
      tops[i][c] = topOf(place.row);
      lefts[i][c] = leftOf(place.column);
      place = placeBehind(place, column + c + 1u < places);
    }
  }
}

// Four rows' weights of taps k .. k + 3.
fn weightBlock(start: u32, row: u32, rows: u32, k: u32, depth: u32) -> mat4x4f {
  let lines = start + min(vec4u(row) + NEXT, vec4u(rows - 1u)) * depth;
  var block: mat4x4f;
  if (LEFT_ALIGNED == 1u) {
    let at = (lines + min(k, depth - 4u)) / 4u;
    block = mat4x4f(parameters[at.x], parameters[at.y], parameters[at.z], parameters[at.w]);
  } else {
    let steps = min(vec4u(k) + NEXT, vec4u(depth - 1u));
    block = mat4x4f(
      weightFour(lines.x + steps), weightFour(lines.y + steps), weightFour(lines.z + steps), weightFour(lines.w + steps));
  }
  return transpose(block);
}

fn weightFour(at: vec4u) -> vec4f {
  return vec4f(
    parameters[at.x / 4u][at.x % 4u], parameters[at.y / 4u][at.y % 4u],
    parameters[at.z / 4u][at.z % 4u], parameters[at.w / 4u][at.w % 4u]);
}

// What taps k .. k + 3 meet at the block's four places.
fn readImages(i: u32, k: u32, depth: u32, firstChannel: u32) {
  insides[i] = 0u;
  for (var j = 0u; j < 4u; j++) {
    let term = min(k + j, depth - 1u);
    let tap = term % TAPS;
    let map = (firstChannel + term / TAPS) * convolution.height * convolution.width;
    readFour(i, j, images[i], vec4u(map), tops[i] + tap / KERNEL_WIDTH, lefts[i] + tap % KERNEL_WIDTH);
  }
}

fn finishImages(i: u32, k: u32, depth: u32, firstChannel: u32) {
  for (var j = 0u; j < 4u; j++) {
    let normalization = normalizationOf(firstChannel + min(k + j, depth - 1u) / TAPS);
    bendFour(i, j, normalization, normalization, normalization, normalization);
  }
  padBlock(i);
}
