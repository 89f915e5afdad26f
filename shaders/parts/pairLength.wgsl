// Logits of pairs, and the length of a part of a row of them.
import package::parts::pairs::SHORTEST;

@group(1) @binding(0) var<storage, read_write> logits: array<f32>;

// Of `width` numbers from `first` on; squares of what is very large or small are not taken.
fn lengthOf(first: u32, width: u32) -> f32 {
  var largest = 0.0;
  for (var h = 0u; h < width; h++) {
    let size = abs(logits[first + h]);
    largest = select(largest, size, size > largest);
  }
  if (largest < SHORTEST * SHORTEST) { return 0.0; }
  var squares = 0.0;
  for (var h = 0u; h < width; h++) {
    let part = logits[first + h] / largest;
    squares += part * part;
  }
  return largest * sqrt(squares);
}

// What the numbers are divided by.
fn divisorOf(length: f32) -> f32 {
  return select(SHORTEST, length, length > SHORTEST);
}
