// Numbers of a layer's input images: as a stage has stored them, or of the net's own input, mixed on the way: lambda s +
// (1 - lambda) t, and t in a box (CutMix). The mixed image is never stored.
import package::parts::box::isInBox;
import package::parts::incoming::{incoming, bent};
import package::parts::prelude::{BOXES, INPUT};
import package::parts::sampling::{Sample, inputLambda};

const INPUT_STORED: u32 = 0u;
const INPUT_MIXED: u32 = 1u;
const INPUT_PARTNERS: u32 = 2u;

@group(0) @binding(3) var<storage, read> samples: array<Sample>;

// Where an image is, or the two that are mixed.
struct ImageInput {
  own: u32,          // place of its first number
  partner: u32,
  lambda: f32,
  boxRows: u32,
  boxColumns: u32,
}

// Image b of run r, of `size` numbers; stored ones lie at `offset`.
fn imageInput(sample: u32, size: u32, offset: u32) -> ImageInput {
  var image = ImageInput(offset, offset, 1.0, 0u, 0u);
  if (INPUT == INPUT_PARTNERS) { image.own = samples[sample].partner * size; }
  if (INPUT == INPUT_MIXED) {
    let s = samples[sample];
    image = ImageInput(s.first * size, s.partner * size, inputLambda(s), s.boxRows, s.boxColumns);
  }
  return image;
}

// The number at `at` of an image, which is at (y, x) of its channel.
fn imageNumber(image: ImageInput, at: u32, y: u32, x: u32, normalization: vec4f) -> f32 {
  var number = incoming[image.own + at];
  if (INPUT == INPUT_STORED) { number = bent(number, normalization); }
  if (INPUT == INPUT_MIXED) {
    let partner = incoming[image.partner + at];
    number = image.lambda * number + (1.0 - image.lambda) * partner;
    if (BOXES == 1u) { number = select(number, partner, isInBox(y, x, image.boxRows, image.boxColumns)); }
  }
  return number;
}
