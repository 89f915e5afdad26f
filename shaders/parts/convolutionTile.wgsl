// What a convolution's kernels share as products of matrices in tiles of a workgroup: of which product, of which of its tiles a
// workgroup is, which of the numbers in a thread's blocks lie in the padding, and places of the output. One of the matrices is nowhere
// stored: its numbers are looked up where they lie in the maps, on their way into the tile. A part, not a kernel.
import package::parts::convolution::convolution;
import package::parts::tile::{OWN_BLOCKS, blocks, tilesIn};

const NEXT: vec4u = vec4u(0u, 1u, 2u, 3u);

// Products of groups of channels, of chunks, of phases of the stride: one after the other in a grid that may be folded.
struct Share {
  part: u32,
  tile: u32,   // its number in the product
}

fn shareOf(workgroup: vec3u, groups: vec3u, rows: u32, columns: u32) -> Share {
  let index = workgroup.y * groups.x + workgroup.x;
  let each = tilesIn(rows) * tilesIn(columns);
  return Share(index / each, index % each);
}

// Of a thread's blocks, which numbers are within their map: a bit each, four bits a vector.
var<private> insides: array<u32, OWN_BLOCKS>;

fn keepInside(i: u32, j: u32, inside: vec4<bool>) {
  insides[i] |= dot(select(vec4u(0u), vec4u(1u, 2u, 4u, 8u), inside), vec4u(1u)) << (4u * j);
}

// Zeros in the padding. Late, as in endBlocks.
fn padBlock(i: u32) {
  for (var j = 0u; j < 4u; j++) {
    let bits = vec4u(insides[i] >> (4u * j)) & vec4u(1u, 2u, 4u, 8u);
    blocks[i][j] = select(vec4f(0.0), blocks[i][j], bits != vec4u(0u));
  }
}

// A place of the batch's output maps.
struct Place {
  image: u32,
  row: u32,
  column: u32,
}

fn placeAt(index: u32) -> Place {
  let area = convolution.rows * convolution.columns;
  let within = index % area;
  return Place(index / area, within / convolution.columns, within % convolution.columns);
}

// The next one, if there is one; counted, since divisions are dear.
fn placeBehind(place: Place, exists: bool) -> Place {
  let column = place.column + select(0u, 1u, exists);
  let isNextRow = column == convolution.columns;
  let row = place.row + select(0u, 1u, isNextRow);
  let isNextImage = row == convolution.rows;
  return Place(
    place.image + select(0u, 1u, isNextImage), select(row, 0u, isNextImage), select(column, 0u, isNextRow));
}
