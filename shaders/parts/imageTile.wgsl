// Numbers of a convolution's input images on their way into a workgroup's tile: four at a time, as they are stored, and only once they
// are needed brought through BatchNorm and activation. A part, not a kernel.
import package::parts::convolution::convolution;
import package::parts::convolutionTile::keepInside;
import package::parts::imageInput::{ImageInput, imageInput, imageNumber, INPUT_STORED};
import package::parts::incoming::{incoming, bent};
import package::parts::prelude::{INPUT, STRIDE, PADDING_TOP, PADDING_LEFT};
import package::parts::tile::blocks;

// Image b of run r.
fn imageOf(r: u32, b: u32) -> ImageInput {
  let size = convolution.channels * convolution.height * convolution.width;
  return imageInput(
    r * convolution.batchSize + b, size, convolution.inputOffset + r * convolution.inputRunStride + b * size);
}

// Where the first tap of an output place's row or column meets the image; before the first pixel is beyond the last.
fn topOf(row: u32) -> u32 {
  return row * STRIDE - PADDING_TOP;
}

fn leftOf(column: u32) -> u32 {
  return column * STRIDE - PADDING_LEFT;
}

// Into vector j of block i: numbers of four images at (y, x) of channels that begin at `maps`.
fn readFour(i: u32, j: u32, images: array<ImageInput, 4>, maps: vec4u, y: vec4u, x: vec4u) {
  let inside = (y < vec4u(convolution.height)) & (x < vec4u(convolution.width));
  let at = maps + select(vec4u(0u), y * convolution.width + x, inside);
  keepInside(i, j, inside);
  blocks[i][j] = vec4f(
    storedNumber(images[0], at.x, y.x, x.x), storedNumber(images[1], at.y, y.y, x.y),
    storedNumber(images[2], at.z, y.z, x.z), storedNumber(images[3], at.w, y.w, x.w));
}

fn storedNumber(image: ImageInput, at: u32, y: u32, x: u32) -> f32 {
  var number = 0.0;
  if (INPUT == INPUT_STORED) { number = incoming[image.own + at]; }
  // What the net itself reads has neither BatchNorm nor activation before it.
  if (INPUT != INPUT_STORED) { number = imageNumber(image, at, y, x, vec4f(0.0, 1.0, 0.0, 1.0)); }
  return number;
}

// Vector j of block i, through the normalizations of its numbers' channels.
fn bendFour(i: u32, j: u32, a: vec4f, b: vec4f, c: vec4f, d: vec4f) {
  if (INPUT == INPUT_STORED) {
    let stored = blocks[i][j];
    blocks[i][j] = vec4f(bent(stored.x, a), bent(stored.y, b), bent(stored.z, c), bent(stored.w, d));
  }
}
