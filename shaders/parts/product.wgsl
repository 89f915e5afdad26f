// The matrix product of a linear layer's kernels: products[m, n] = sum over k of left[m, k] right[k, n], in the order of
// k. A part, not a kernel. A thread computes TILE_ROWS x TILE_COLUMNS of them, four columns at a time.
//
// Two variants. Register tiles: a workgroup is four threads side by side, and each reads what it needs straight from
// storage; large tiles make up for that on the software adapter, where barriers and workgroup memory are dear. With
// subgroups each reads a quarter of the left blocks, which all four need. Workgroup tiles, as suit a GPU: 8 x 8 threads
// read their operands together into workgroup memory, a round ahead of their sums. There may be SLICES such groups in a
// workgroup, each with its own part of k; their sums are added up in order. All that aren't sliced give the same bits.
import package::parts::prelude::{WORKGROUP_TILES, SLICES, TILE_ROWS, TILE_COLUMNS, RESULT_ROWS};

// 64 a slice with workgroup tiles, else 4.
override THREADS: u32 = 64u;
// Whether neighbours in memory are neighbours in k (1), or in m and n.
override LEFT_ALONG_K: u32 = 1u;
override RIGHT_ALONG_K: u32 = 1u;
// Whether all lines begin at multiples of four numbers, and have so many.
override LEFT_ALIGNED: u32 = 0u;
override RIGHT_ALIGNED: u32 = 0u;
// Whether k is a multiple of four.
override DEPTH_ALIGNED: u32 = 0u;
// Whether the sums of the left matrix's rows are wanted, too.
override ROW_SUMS: u32 = 0u;

@group(0) @binding(1) var<storage, read> leftNumbers: array<vec4f>;
@group(0) @binding(2) var<storage, read> rightNumbers: array<vec4f>;

// A matrix line by line; a line holds neighbours.
struct Matrix {
  offset: u32,
  lines: u32,
  length: u32,  // of a line, and from one to the next
}

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
// What comes next into workgroup memory: four k each, of rows or columns.
var<private> blocks: array<mat4x4f, OWN_BLOCKS>;

// Of each slice, for each k: the left matrix's rows; then, for each k, the right one's columns.
var<workgroup> operands: array<vec4f, OPERANDS>;

// Which products a thread computes, row after row of tiles.
fn tileOf(workgroup: vec3u, groups: vec3u, thread: u32, columns: u32) -> Tile {
  let group = workgroup.x + workgroup.y * groups.x;
  var tile: Tile;
  if (WORKGROUP_TILES == 0u) {
    let across = (columns + THREADS * TILE_COLUMNS - 1u) / (THREADS * TILE_COLUMNS);
    tile = Tile((group / across) * TILE_ROWS, ((group % across) * THREADS + thread) * TILE_COLUMNS);
  }
  if (WORKGROUP_TILES == 1u) {
    let across = (columns + 4u * VECTORS - 1u) / (4u * VECTORS);
    let row = ((group / across) * VECTORS + (thread % SLICE) / SIDE) * 4u;
    // Each slice ends with rows of its own.
    tile = Tile(row + (thread / SLICE) * RESULT_ROWS, ((group % across) * VECTORS + thread % SIDE) * 4u);
  }
  return tile;
}

// The row of a thread's results i.
fn rowOf(tile: Tile, i: u32) -> u32 {
  return tile.firstRow + (i / 4u) * NEXT_FOUR + i % 4u;
}

// The first column of its vectors j.
fn columnOf(tile: Tile, j: u32) -> u32 {
  return tile.firstColumn + j * NEXT_FOUR;
}

// Leaves the tile's products in `results`. Rows and columns past the end are computed from others' numbers.
fn computeProducts(leftMatrix: Matrix, rightMatrix: Matrix, depth: u32, tile: Tile, thread: u32) {
  results = array<array<vec4f, COLUMN_VECTORS>, TILE_ROWS>();
  sums = array<vec4f, ROW_BLOCKS>();
  if (WORKGROUP_TILES == 1u) {
    computeTogether(leftMatrix, rightMatrix, depth, tile, thread);
    if (SLICES != 1u) { addSlices(thread); }
  }
  if (WORKGROUP_TILES == 0u) { computeAlone(leftMatrix, rightMatrix, depth, tile, thread); }
  if (SLICES == 1u) {
    for (var i = 0u; i < ROW_BLOCKS; i++) { rowSums[i] = sums[i]; }
  }
}

fn computeTogether(leftMatrix: Matrix, rightMatrix: Matrix, depth: u32, tile: Tile, thread: u32) {
  // Of the whole workgroup.
  let first = Tile(tile.firstRow - tile.firstRow % (4u * VECTORS), tile.firstColumn - tile.firstColumn % (4u * VECTORS));
  let slice = thread / SLICE;
  let member = thread % SLICE;
  let rounds = (depth + SLICES * DEPTH - 1u) / (SLICES * DEPTH);
  var k = slice * rounds * DEPTH;
  let start = slice * 2u * DEPTH * VECTORS;
  var round = 0u;
  loop {
    // On their way while what came before is multiplied.
    if (round < rounds) { readBlocks(leftMatrix, rightMatrix, first, k, depth, member); }
    if (round > 0u) { multiplyTogether(start, member); }
    // Zeros past the end only now: to look at what was read is to wait for it.
    if (k + DEPTH > depth) { endBlocks(k, depth, member); }
    workgroupBarrier();
    for (var i = 0u; i < OWN_BLOCKS; i++) {
      let own = ownBlock(i, member);
      let at = start + placeOf(own.side, own.k, own.vector);
      for (var j = 0u; j < 4u; j++) { operands[at + j * VECTORS] = blocks[i][j]; }
    }
    workgroupBarrier();
    round++;
    k += DEPTH;
    continuing { break if round > rounds; }
  }
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

fn readBlocks(leftMatrix: Matrix, rightMatrix: Matrix, first: Tile, k: u32, depth: u32, member: u32) {
  for (var i = 0u; i < OWN_BLOCKS; i++) {
    let own = ownBlock(i, member);
    if (own.side == 0u) {
      let places = leftPlaces(leftMatrix, first.firstRow + 4u * own.vector);
      blocks[i] = transpose(leftBlock(leftMatrix, places, k + own.k, depth));
    } else {
      blocks[i] = rightBlock(rightMatrix, rightPlaces(rightMatrix, first.firstColumn + 4u * own.vector), k + own.k, depth);
    }
  }
}

fn endBlocks(k: u32, depth: u32, member: u32) {
  for (var i = 0u; i < OWN_BLOCKS; i++) {
    let own = ownBlock(i, member);
    for (var j = 0u; j < 4u; j++) { blocks[i][j] = select(vec4f(), blocks[i][j], k + own.k + j < depth); }
  }
}

fn multiplyTogether(start: u32, member: u32) {
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

fn computeAlone(leftMatrix: Matrix, rightMatrix: Matrix, depth: u32, tile: Tile, thread: u32) {
  var k = 0u;
  var ownLeft = array<OwnLeft, ROW_BLOCKS>();
  var ownRight = array<vec4u, COLUMN_VECTORS>();
  for (var i = 0u; i < ROW_BLOCKS; i++) { ownLeft[i] = ownLeftOf(leftPlaces(leftMatrix, tile.firstRow + 4u * i), thread); }
  for (var i = 0u; i < COLUMN_VECTORS; i++) { ownRight[i] = rightPlaces(rightMatrix, tile.firstColumn + 4u * i); }
  loop {
    for (var i = 0u; i < ROW_BLOCKS; i++) {
      let block = leftBlockOfAll(leftMatrix, ownLeft[i], k, depth, thread);
      for (var j = 0u; j < 4u; j++) { left[4u * i + j] = block[j]; }
    }
    for (var i = 0u; i < COLUMN_VECTORS; i++) {
      let block = rightBlock(rightMatrix, ownRight[i], k, depth);
      for (var j = 0u; j < 4u; j++) { right[j][i] = block[j]; }
    }
    multiply();
    k += 4u;
    continuing { break if k >= depth; }
  }
}

fn multiply() {
  for (var i = 0u; i < TILE_ROWS; i++) {
    for (var j = 0u; j < COLUMN_VECTORS; j++) {
      results[i][j] = (((results[i][j] + left[i].x * right[0][j]) + left[i].y * right[1][j]) + left[i].z * right[2][j])
        + left[i].w * right[3][j];
    }
    if (ROW_SUMS == 1u) {
      for (var k = 0u; k < 4u; k++) { sums[i / 4u][i % 4u] += left[i][k]; }
    }
  }
}

const NEXT: vec4u = vec4u(0u, 1u, 2u, 3u);

// Where rows m .. m + 3 of the left matrix begin in memory. Past the last row is the last one again.
fn leftPlaces(matrix: Matrix, m: u32) -> vec4u {
  if (LEFT_ALONG_K == 1u) { return matrix.offset + min(vec4u(m) + NEXT, vec4u(matrix.lines - 1u)) * matrix.length; }
  if (LEFT_ALIGNED == 1u) { return matrix.offset + min(m, matrix.length - 4u) + NEXT; }
  return matrix.offset + min(vec4u(m) + NEXT, vec4u(matrix.length - 1u));
}

// Of these rows k .. k + 3 each, with zeros past the end; with workgroup tiles those come later.
fn leftBlock(matrix: Matrix, places: vec4u, k: u32, depth: u32) -> mat4x4f {
  if (LEFT_ALONG_K == 1u && LEFT_ALIGNED == 1u) {
    let at = (places + firstOf(k, depth)) / 4u;
    return mat4x4f(leftNumbers[at.x], leftNumbers[at.y], leftNumbers[at.z], leftNumbers[at.w]);
  }
  let steps = stepsFrom(k, depth);
  var exists = vec4f(1.0);
  if (WORKGROUP_TILES == 0u) { exists = vec4f(vec4u(k) + NEXT < vec4u(depth)); }
  if (LEFT_ALONG_K == 1u) {
    return mat4x4f(
      leftFour(places.x + steps) * exists, leftFour(places.y + steps) * exists,
      leftFour(places.z + steps) * exists, leftFour(places.w + steps) * exists);
  }
  let lines = steps * matrix.length;
  var block: mat4x4f;
  if (LEFT_ALIGNED == 1u) {
    let at = (places.x + lines) / 4u;
    block = mat4x4f(leftNumbers[at.x], leftNumbers[at.y], leftNumbers[at.z], leftNumbers[at.w]);
  } else {
    block = mat4x4f(
      leftFour(places + lines.x), leftFour(places + lines.y), leftFour(places + lines.z), leftFour(places + lines.w));
  }
  if (DEPTH_ALIGNED == 1u) { return transpose(block); }
  return transpose(mat4x4f(block[0] * exists.x, block[1] * exists.y, block[2] * exists.z, block[3] * exists.w));
}

// The same for register tiles, whose threads all want the same block: with subgroups thread t reads row m + t of it, or
// line k + t, and hands it to the others.
struct OwnLeft {
  places: vec4u,
  own: u32,
}

fn ownLeftOf(places: vec4u, thread: u32) -> OwnLeft {
  return OwnLeft(places, select(places.x, places[thread % 4u], LEFT_ALONG_K == 1u));
}

@if(subgroups) fn leftBlockOfAll(matrix: Matrix, left: OwnLeft, k: u32, depth: u32, thread: u32) -> mat4x4f {
  if (LEFT_ALIGNED == 0u) { return leftBlock(matrix, left.places, k, depth); }
  var along = k;
  if (LEFT_ALONG_K == 0u) { along = min(k + thread, depth - 1u) * matrix.length; }
  var own = leftNumbers[(left.own + along) / 4u];
  if (LEFT_ALONG_K == 0u && DEPTH_ALIGNED == 0u) { own *= select(0.0, 1.0, k + thread < depth); }
  let block = mat4x4f(
    quadBroadcast(own, 0u), quadBroadcast(own, 1u), quadBroadcast(own, 2u), quadBroadcast(own, 3u));
  if (LEFT_ALONG_K == 1u) { return block; }
  return transpose(block);
}

@else fn leftBlockOfAll(matrix: Matrix, left: OwnLeft, k: u32, depth: u32, thread: u32) -> mat4x4f {
  return leftBlock(matrix, left.places, k, depth);
}

// k .. k + 3, of which there are `depth`. Workgroup tiles may pass the end; then the last ones again.
fn stepsFrom(k: u32, depth: u32) -> vec4u {
  if (DEPTH_ALIGNED == 1u && WORKGROUP_TILES == 0u) { return vec4u(k) + NEXT; }
  return min(vec4u(k) + NEXT, vec4u(depth - 1u));
}

fn firstOf(k: u32, depth: u32) -> u32 {
  var first = k;
  if (WORKGROUP_TILES == 1u) { first = min(k, depth - 4u); }
  return first;
}

fn leftFour(at: vec4u) -> vec4f {
  return vec4f(
    leftNumbers[at.x / 4u][at.x % 4u], leftNumbers[at.y / 4u][at.y % 4u],
    leftNumbers[at.z / 4u][at.z % 4u], leftNumbers[at.w / 4u][at.w % 4u]);
}

// Where columns n .. n + 3 of the right matrix begin in memory, in the same way. (Twins of the left side's functions: not
// every adapter lets a function be told which storage to read.)
fn rightPlaces(matrix: Matrix, n: u32) -> vec4u {
  if (RIGHT_ALONG_K == 1u) { return matrix.offset + min(vec4u(n) + NEXT, vec4u(matrix.lines - 1u)) * matrix.length; }
  if (RIGHT_ALIGNED == 1u) { return matrix.offset + min(n, matrix.length - 4u) + NEXT; }
  return matrix.offset + min(vec4u(n) + NEXT, vec4u(matrix.length - 1u));
}

// Of these columns k .. k + 3 each. Past the end there are others, for the left block's zeros.
fn rightBlock(matrix: Matrix, places: vec4u, k: u32, depth: u32) -> mat4x4f {
  if (RIGHT_ALONG_K == 1u && RIGHT_ALIGNED == 1u) {
    let at = (places + firstOf(k, depth)) / 4u;
    return transpose(mat4x4f(rightNumbers[at.x], rightNumbers[at.y], rightNumbers[at.z], rightNumbers[at.w]));
  }
  let steps = stepsFrom(k, depth);
  if (RIGHT_ALONG_K == 1u) {
    return transpose(mat4x4f(
      rightFour(places.x + steps), rightFour(places.y + steps), rightFour(places.z + steps), rightFour(places.w + steps)));
  }
  let lines = steps * matrix.length;
  if (RIGHT_ALIGNED == 1u) {
    let at = (places.x + lines) / 4u;
    return mat4x4f(rightNumbers[at.x], rightNumbers[at.y], rightNumbers[at.z], rightNumbers[at.w]);
  }
  return mat4x4f(
    rightFour(places + lines.x), rightFour(places + lines.y), rightFour(places + lines.z), rightFour(places + lines.w));
}

fn rightFour(at: vec4u) -> vec4f {
  return vec4f(
    rightNumbers[at.x / 4u][at.x % 4u], rightNumbers[at.y / 4u][at.y % 4u],
    rightNumbers[at.z / 4u][at.z % 4u], rightNumbers[at.w / 4u][at.w % 4u]);
}
