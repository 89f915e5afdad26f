// Random crops and flips of images: the twin of src/mixing/augmentation.ts.
import package::parts::numeric::threefry::{threefry, boundedInteger, PURPOSE_AUGMENTATION};

// A window of the padded image, and whether it is mirrored then.
struct View {
  top: u32,
  left: u32,
  isFlipped: bool,
}

// The view of image `image` in an epoch; `flips` is 1 where half of them are mirrored.
fn viewOf(seed: u32, padding: u32, flips: u32, epoch: u32, image: u32) -> View {
  let words = threefry(vec2u(seed, PURPOSE_AUGMENTATION), vec2u(epoch, image));
  let sides = 2u * padding + 1u;
  let isFlipped = flips * (words.x & 1u) == 1u;
  return View(boundedInteger(words.x, sides), boundedInteger(words.y, sides), isFlipped);
}
