// The tile of a matrix product that a thread or a workgroup computes, products[m, n] = sum over k of left[m, k] right[k, n]: where it
// lies, and what a workgroup does with its operands once they are there. A part, not a kernel, and no loads: those are the kernels' own
// (of matrices: parts/product.wgsl; of images that would be one: parts/imageTile.wgsl).
//
// A thread computes TILE_ROWS x TILE_COLUMNS products, four columns at a time. As suits a GPU, 8 x 8 threads read their operands
// together into workgroup memory, a round ahead of their sums: each round a thread reads its `blocks`, multiplies what came before
// (multiplyTogether), and only then looks at what it has read and writes it (writeBlocks). There may be SLICES such groups
// in a workgroup, each with its own part of k; their sums are added up in order.
import package::parts::prelude::{WORKGROUP_TILES, SLICES, TILE_ROWS, TILE_COLUMNS, RESULT_ROWS};

// 64 a slice with workgroup tiles, else 4.
override THREADS: u32 = 64u;
// Whether neighbours in memory are neighbours in k (1), or in m and n.
override LEFT_ALONG_K: u32 = 1u;
override RIGHT_ALONG_K: u32 = 1u;
// Whether the sums of the left matrix's rows are wanted, too.
override ROW_SUMS: u32 = 0u;

// Where a thread's products begin.
struct Tile {
  firstRow: u32,
  firstColumn: u32,
}

const COLUMN_VECTORS: u32 = TILE_COLUMNS / 4u;
const ROW_BLOCKS: u32 = TILE_ROWS / 4u;
// Workgroup tiles: threads each way, those of a slice, and how much of k they read in a round.
const SIDE: u32 = 8u;
const SLICE: u32 = SIDE * SIDE;
const DEPTH: u32 = 16u;
// From four of a thread's rows or columns to the next: with workgroup tiles it has every eighth four, so that neighbours
// read neighbours.
const NEXT_FOUR: u32 = 4u + 4u * (SIDE - 1u) * WORKGROUP_TILES;
// Vectors of four rows in a workgroup's tile, and as many of four columns; blocks of 4 x 4 that a thread reads of both.
const VECTORS: u32 = SIDE * ROW_BLOCKS;
const OWN_BLOCKS: u32 = 2u * VECTORS * (DEPTH / 4u) / SLICE;
const OPERANDS: u32 = 2u * SLICES * DEPTH * VECTORS;

var<private> results: array<array<vec4f, COLUMN_VECTORS>, TILE_ROWS>;
// Four k of each row; for each of four k the columns.
var<private> left: array<vec4f, TILE_ROWS>;
var<private> right: array<array<vec4f, COLUMN_VECTORS>, 4>;
var<private> sums: array<vec4f, ROW_BLOCKS>;
var<private> rowSums: array<vec4f, ROW_BLOCKS>;
// What comes next into workgroup memory: of four k each, four rows or columns.
var<private> blocks: array<mat4x4f, OWN_BLOCKS>;

// Of each slice, for each k: the left matrix's rows; then, for each k, the right one's columns.
var<workgroup> operands: array<vec4f, OPERANDS>;

// Tiles of workgroups side by side in so many rows or columns.
fn tilesIn(numbers: u32) -> u32 {
  return (numbers + 4u * VECTORS - 1u) / (4u * VECTORS);
}

// Which products a thread computes in the workgroup's tile of this number, row after row of tiles.
fn workgroupTile(group: u32, across: u32, thread: u32) -> Tile {
  let row = ((group / across) * VECTORS + (thread % SLICE) / SIDE) * 4u;
  // Each slice ends with rows of its own.
  return Tile(row + (thread / SLICE) * RESULT_ROWS, ((group % across) * VECTORS + thread % SIDE) * 4u);
}

// The row of a thread's results i.
fn rowOf(tile: Tile, i: u32) -> u32 {
  return tile.firstRow + (i / 4u) * NEXT_FOUR + i % 4u;
}

// The first column of its vectors j.
fn columnOf(tile: Tile, j: u32) -> u32 {
  return tile.firstColumn + j * NEXT_FOUR;
}

// Nothing summed yet.
fn beginTile() {
  results = array<array<vec4f, COLUMN_VECTORS>, TILE_ROWS>();
  sums = array<vec4f, ROW_BLOCKS>();
}

// Where the whole workgroup's tile begins.
fn cornerOf(tile: Tile) -> Tile {
  return Tile(tile.firstRow - tile.firstRow % (4u * VECTORS), tile.firstColumn - tile.firstColumn % (4u * VECTORS));
}

// How often a slice reads DEPTH of so many terms, and where it does first.
fn roundsOf(depth: u32) -> u32 {
  return (depth + SLICES * DEPTH - 1u) / (SLICES * DEPTH);
}

fn firstTerm(rounds: u32, thread: u32) -> u32 {
  return thread / SLICE * rounds * DEPTH;
}

// A block that a thread reads in a round: the left matrix's (side 0) are dealt out first. Neighbours read neighbours.
struct Own {
  side: u32,
  vector: u32,
  k: u32,
}

fn ownBlock(i: u32, member: u32) -> Own {
  let block = i * SLICE + member;
  let lane = block % (SIDE * DEPTH / 4u);
  let vector = block / (SIDE * DEPTH / 4u) * SIDE;
  let side = vector / VECTORS;
  let alongK = select(RIGHT_ALONG_K, LEFT_ALONG_K, side == 0u) == 1u;
  let k = 4u * select(lane / SIDE, lane % (DEPTH / 4u), alongK);
  return Own(side, vector % VECTORS + select(lane % SIDE, lane / (DEPTH / 4u), alongK), k);
}

// Where in workgroup memory a slice has a vector: moved along with k, so that whoever writes at once writes to other banks.
fn placeOf(side: u32, k: u32, vector: u32) -> u32 {
  return (side * DEPTH + k) * VECTORS + (vector + k / 4u * 2u) % VECTORS;
}

// All blocks of the workgroup into its memory, of which nobody reads what was there any more.
fn writeBlocks(thread: u32) {
  let start = operandsOf(thread);
  workgroupBarrier();
  for (var i = 0u; i < OWN_BLOCKS; i++) {
    let own = ownBlock(i, thread % SLICE);
    let at = start + placeOf(own.side, own.k, own.vector);
    for (var j = 0u; j < 4u; j++) { operands[at + j * VECTORS] = blocks[i][j]; }
  }
  workgroupBarrier();
}

// Where those of its slice begin.
fn operandsOf(thread: u32) -> u32 {
  return thread / SLICE * 2u * DEPTH * VECTORS;
}

// Zeros past the last of the terms, in blocks from term k on. Only once they are written: to look at what was read is to wait for it.
fn endBlocks(k: u32, depth: u32, thread: u32) {
  for (var i = 0u; i < OWN_BLOCKS; i++) {
    let own = ownBlock(i, thread % SLICE);
    for (var j = 0u; j < 4u; j++) { blocks[i][j] = select(vec4f(), blocks[i][j], k + own.k + j < depth); }
  }
}

// What the workgroup's memory holds, into the sums.
fn multiplyTogether(thread: u32) {
  let start = operandsOf(thread);
  let member = thread % SLICE;
  for (var step = 0u; step < DEPTH; step++) {
    for (var i = 0u; i < ROW_BLOCKS; i++) { left[i] = operands[start + placeOf(0u, step, member / SIDE + i * SIDE)]; }
    for (var j = 0u; j < COLUMN_VECTORS; j++) {
      right[0][j] = operands[start + placeOf(1u, step, member % SIDE + j * SIDE)];
    }
    for (var i = 0u; i < TILE_ROWS; i++) {
      for (var j = 0u; j < COLUMN_VECTORS; j++) { results[i][j] += left[i / 4u][i % 4u] * right[0][j]; }
    }
    if (ROW_SUMS == 1u) {
      for (var i = 0u; i < ROW_BLOCKS; i++) { sums[i] += left[i]; }
    }
  }
}

// Leaves in each slice RESULT_ROWS of a thread's rows, added up over all slices.
fn addSlices(thread: u32) {
  let slice = thread / SLICE;
  let member = thread % SLICE;
  workgroupBarrier();
  for (var i = 0u; i < TILE_ROWS; i++) { operands[i * THREADS + thread] = results[i][0]; }
  workgroupBarrier();
  for (var i = 0u; i < RESULT_ROWS; i++) {
    results[i][0] = vec4f();
    for (var other = 0u; other < SLICES; other++) {
      results[i][0] += operands[(slice * RESULT_ROWS + i) * THREADS + other * SLICE + member];
    }
  }
  if (ROW_SUMS == 1u) {
    workgroupBarrier();
    operands[thread] = sums[0];
    workgroupBarrier();
    var sum = vec4f();
    for (var other = 0u; other < SLICES; other++) { sum += operands[other * SLICE + member]; }
    for (var i = 0u; i < RESULT_ROWS; i++) { rowSums[i / 4u][i % 4u] = sum[slice * RESULT_ROWS + i]; }
  }
}

// The end of the sums, when no slice multiplies any more.
fn endTile(thread: u32) {
  if (SLICES != 1u) { addSlices(thread); }
  if (SLICES == 1u) { keepRowSums(); }
}

fn keepRowSums() {
  for (var i = 0u; i < ROW_BLOCKS; i++) { rowSums[i] = sums[i]; }
}
