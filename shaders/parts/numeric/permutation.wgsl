// A keyed permutation of 0 .. size-1, element by element: the twin of src/numeric/permutation.ts, bit for bit.
import package::parts::numeric::threefry::{threefry, boundedInteger};

const ROUNDS: u32 = 20u;

// `rows` is gridRows(size) of the TypeScript twin.
fn permuted(key: vec2u, counter: u32, index: u32, size: u32, rows: u32) -> u32 {
  let columns = (size + rows - 1u) / rows;
  var value = index;
  loop {
    var row = value % rows;
    var column = value / rows;
    for (var round = 0u; round < ROUNDS; round += 2u) {
      row = (row + boundedInteger(threefry(key, vec2u(counter, (round << 16u) | column)).x, rows)) % rows;
      column = (column + boundedInteger(threefry(key, vec2u(counter, ((round + 1u) << 16u) | row)).x, columns)) % columns;
    }
    value = column * rows + row;
    if (value < size) { break; }
  }
  return value;
}
