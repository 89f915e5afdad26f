// A convolution's weight and bias gradients over chunks of the batch's places, as conv2dBackwardWeight, in tiles of a workgroup:
// dw[o, (i, r, c)] = sum over (b, p, q) of dz[b, o, p, q] x[b, i, s p + r - d, s q + c - d], dbias[o] = sum of dz. Reads deltas
// [R, B, O, P, Q] and the incoming images; writes chunks [R, chunks, weight and bias], which `sumChunks` adds up in order. How many
// places a chunk has depends on nothing but the layer and the batch.
// Rows are a group's outputs, columns its weights' taps, k places; the threads of the first columns add up the biases' gradients, too.
// Grid: tiles of all groups of all chunks, in x and y; R.
import package::parts::convolution::{convolution, TAPS};
import package::parts::convolutionTile::{shareOf, placeAt, placeBehind, padBlock, insides, NEXT};
import package::parts::imageInput::ImageInput;
import package::parts::imageTile::{imageOf, topOf, leftOf, readFour, bendFour};
import package::parts::incoming::normalizationOf;
import package::parts::prelude::{KERNEL_WIDTH, RESULT_ROWS};
import package::parts::tile::{
  THREADS, COLUMN_VECTORS, OWN_BLOCKS, DEPTH, SLICE, results, rowSums, blocks, workgroupTile, tilesIn, rowOf, columnOf,
  beginTile, cornerOf, roundsOf, firstTerm, ownBlock, writeBlocks, endBlocks, multiplyTogether, endTile,
};

// Whether maps of deltas have multiples of four numbers.
override LEFT_ALIGNED: u32 = 0u;

@group(0) @binding(4) var<storage, read> deltas: array<vec4f>;
@group(0) @binding(5) var<storage, read_write> gradients: array<f32>;

// Of each block's columns, which stay: channels, and taps.
var<private> channelsOf: array<vec4u, OWN_BLOCKS>;
var<private> tapRows: array<vec4u, OWN_BLOCKS>;
var<private> tapColumns: array<vec4u, OWN_BLOCKS>;

@compute @workgroup_size(THREADS)
fn main(
  @builtin(workgroup_id) workgroup: vec3u, @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let r = workgroup.z;
  let each = convolution.outputs / convolution.groups;
  let channels = convolution.channels / convolution.groups;
  let taps = channels * TAPS;
  let places = convolution.batchSize * convolution.rows * convolution.columns;
  let share = shareOf(workgroup, groups, each, taps);
  let chunk = share.part / convolution.groups;
  let group = share.part % convolution.groups;
  let firstPlace = chunk * convolution.chunk;
  if (firstPlace >= places) { return; }
  let depth = min(convolution.chunk, places - firstPlace);
  let tile = workgroupTile(share.tile, tilesIn(taps), thread);
  let first = cornerOf(tile);
  let firstOutput = group * each;

  beginTile();
  for (var i = 0u; i < OWN_BLOCKS; i++) {
    // Past the last tap is the last one again.
    let tap = min(vec4u(first.firstColumn + 4u * ownBlock(i, thread % SLICE).vector) + NEXT, vec4u(taps - 1u));
    channelsOf[i] = group * channels + tap / TAPS;
    tapRows[i] = tap % TAPS / KERNEL_WIDTH;
    tapColumns[i] = tap % TAPS % KERNEL_WIDTH;
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
          let rows = firstOutput + min(vec4u(first.firstRow + 4u * own.vector) + NEXT, vec4u(each - 1u));
          readDeltas(i, r, rows, firstPlace, k + own.k, depth);
        } else {
          readImages(i, r, firstPlace, k + own.k, depth);
        }
      }
    }
    if (round > 0u) { multiplyTogether(thread); }
    for (var i = 0u; i < OWN_BLOCKS; i++) {
      if (ownBlock(i, thread % SLICE).side == 1u) { finishImages(i, r); }
    }
    if (k + DEPTH > depth) { endBlocks(k, depth, thread); }
    writeBlocks(thread);
    round++;
    k += DEPTH;
    continuing { break if round > rounds; }
  }
  endTile(thread);

  let weights = convolution.outputs * taps;
  let numbers = weights + convolution.hasBias * convolution.outputs;
  let output = convolution.gradientOffset + r * convolution.gradientRunStride + chunk * numbers;
  for (var i = 0u; i < RESULT_ROWS; i++) {
    let o = rowOf(tile, i);
    for (var j = 0u; j < COLUMN_VECTORS; j++) {
      let tap = columnOf(tile, j);
      for (var c = 0u; c < 4u; c++) {
        if ((o < each) & (tap + c < taps)) { gradients[output + (firstOutput + o) * taps + tap + c] = results[i][j][c]; }
      }
    }
    if ((convolution.hasBias == 1u) & (tile.firstColumn == 0u) & (o < each)) {
      gradients[output + weights + firstOutput + o] = rowSums[i / 4u][i % 4u];
    }
  }
}

// Deltas of four outputs at terms k .. k + 3 of a chunk.
fn readDeltas(i: u32, r: u32, rows: vec4u, firstPlace: u32, k: u32, depth: u32) {
  let area = convolution.rows * convolution.columns;
  let lines = r * convolution.batchSize * convolution.outputs + rows;
  if (LEFT_ALIGNED == 1u) {
    // Of one image: chunks and maps have multiples of four places.
    let place = firstPlace + min(k, depth - 4u);
    let at = ((lines + place / area * convolution.outputs) * area + place % area) / 4u;
    blocks[i] = transpose(mat4x4f(deltas[at.x], deltas[at.y], deltas[at.z], deltas[at.w]));
  } else {
    for (var j = 0u; j < 4u; j++) {
      let place = firstPlace + min(k + j, depth - 1u);
      let at = (lines + place / area * convolution.outputs) * area + place % area;
      blocks[i][j] = vec4f(
        deltas[at.x / 4u][at.x % 4u], deltas[at.y / 4u][at.y % 4u],
        deltas[at.z / 4u][at.z % 4u], deltas[at.w / 4u][at.w % 4u]);
    }
  }
}

// What the block's four taps meet at terms k .. k + 3 of a chunk.
fn readImages(i: u32, r: u32, firstPlace: u32, k: u32, depth: u32) {
  insides[i] = 0u;
  let map = convolution.height * convolution.width;
  var place = placeAt(firstPlace + min(k, depth - 1u));
  for (var j = 0u; j < 4u; j++) {
    let image = imageOf(r, place.image);
    readFour(
      i, j, array<ImageInput, 4>(image, image, image, image), channelsOf[i] * map, topOf(place.row) + tapRows[i],
      leftOf(place.column) + tapColumns[i]);
    place = placeBehind(place, k + j + 1u < depth);
  }
}

fn finishImages(i: u32, r: u32) {
  let channels = r * convolution.channels + channelsOf[i];
  let a = normalizationOf(channels.x);
  let b = normalizationOf(channels.y);
  let c = normalizationOf(channels.z);
  let d = normalizationOf(channels.w);
  for (var j = 0u; j < 4u; j++) { bendFour(i, j, a, b, c, d); }
  padBlock(i);
}
