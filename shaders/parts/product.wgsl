// The matrix product of a linear layer's kernels: products[m, n] = sum over k of left[m, k] right[k, n], in the order of
// k. A part, not a kernel; what a tile is, parts/tile.wgsl says.
//
// Two variants. Register tiles: a workgroup is four threads side by side, and each reads what it needs straight from
// storage; large tiles make up for that on the software adapter, where barriers and workgroup memory are dear. With
// subgroups each reads a quarter of the left blocks, which all four need. Workgroup tiles, as suit a GPU. All that aren't
// sliced give the same bits.
import package::parts::prelude::{WORKGROUP_TILES, SLICES, TILE_ROWS, TILE_COLUMNS};
import package::parts::tile::{
  Tile, THREADS, LEFT_ALONG_K, RIGHT_ALONG_K, ROW_SUMS, COLUMN_VECTORS, ROW_BLOCKS, DEPTH, SLICE, OWN_BLOCKS, results, left, right,
  sums, blocks, tilesIn, workgroupTile, beginTile, cornerOf, roundsOf, firstTerm, ownBlock, writeBlocks, endBlocks,
  multiplyTogether, endTile, keepRowSums,
};

// Whether all lines begin at multiples of four numbers, and have so many.
override LEFT_ALIGNED: u32 = 0u;
override RIGHT_ALIGNED: u32 = 0u;
// Whether k is a multiple of four.
override DEPTH_ALIGNED: u32 = 0u;

@group(0) @binding(1) var<storage, read> leftNumbers: array<vec4f>;
@group(0) @binding(2) var<storage, read> rightNumbers: array<vec4f>;

// A matrix line by line; a line holds neighbours.
struct Matrix {
  offset: u32,
  lines: u32,
  length: u32,  // of a line, and from one to the next
}

// Which products a thread computes, row after row of tiles.
fn tileOf(workgroup: vec3u, groups: vec3u, thread: u32, columns: u32) -> Tile {
  let group = workgroup.x + workgroup.y * groups.x;
  var tile: Tile;
  if (WORKGROUP_TILES == 0u) {
    let across = (columns + THREADS * TILE_COLUMNS - 1u) / (THREADS * TILE_COLUMNS);
    tile = Tile((group / across) * TILE_ROWS, ((group % across) * THREADS + thread) * TILE_COLUMNS);
  }
  if (WORKGROUP_TILES == 1u) { tile = workgroupTile(group, tilesIn(columns), thread); }
  return tile;
}

// Leaves the tile's products in `results`. Rows and columns past the end are computed from others' numbers.
fn computeProducts(leftMatrix: Matrix, rightMatrix: Matrix, depth: u32, tile: Tile, thread: u32) {
  beginTile();
  if (WORKGROUP_TILES == 1u) { computeTogether(leftMatrix, rightMatrix, depth, tile, thread); }
  if (WORKGROUP_TILES == 0u) {
    computeAlone(leftMatrix, rightMatrix, depth, tile, thread);
    keepRowSums();
  }
}

fn computeTogether(leftMatrix: Matrix, rightMatrix: Matrix, depth: u32, tile: Tile, thread: u32) {
  let first = cornerOf(tile);
  let rounds = roundsOf(depth);
  var k = firstTerm(rounds, thread);
  var round = 0u;
  loop {
    // On their way while what came before is multiplied.
    if (round < rounds) { readBlocks(leftMatrix, rightMatrix, first, k, depth, thread); }
    if (round > 0u) { multiplyTogether(thread); }
    if (k + DEPTH > depth) { endBlocks(k, depth, thread); }
    writeBlocks(thread);
    round++;
    k += DEPTH;
    continuing { break if round > rounds; }
  }
  endTile(thread);
}

fn readBlocks(leftMatrix: Matrix, rightMatrix: Matrix, first: Tile, k: u32, depth: u32, thread: u32) {
  for (var i = 0u; i < OWN_BLOCKS; i++) {
    let own = ownBlock(i, thread % SLICE);
    if (own.side == 0u) {
      let places = leftPlaces(leftMatrix, first.firstRow + 4u * own.vector);
      blocks[i] = transpose(leftBlock(leftMatrix, places, k + own.k, depth));
    } else {
      blocks[i] = rightBlock(rightMatrix, rightPlaces(rightMatrix, first.firstColumn + 4u * own.vector), k + own.k, depth);
    }
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
  var along = k;
  if (LEFT_ALONG_K == 0u) { along = min(k + thread, depth - 1u) * matrix.length; }
  var own: vec4f;
  if (LEFT_ALIGNED == 1u) { own = leftNumbers[(left.own + along) / 4u]; }
  if (LEFT_ALIGNED == 0u && LEFT_ALONG_K == 0u) { own = leftFour(left.places + along); }
  if (LEFT_ALIGNED == 0u && LEFT_ALONG_K == 1u) {
    own = leftFour(left.own + stepsFrom(k, depth)) * vec4f(vec4u(k) + NEXT < vec4u(depth));
  }
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
