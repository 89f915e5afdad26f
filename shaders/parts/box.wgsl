// Boxes of CutMix: rows and columns of an image, two in a word, first + 65536 end.

fn isInBox(y: u32, x: u32, rows: u32, columns: u32) -> bool {
  let first = vec2u(rows, columns) & vec2u(0xffffu);
  let end = vec2u(rows, columns) >> vec2u(16u);
  return all((vec2u(y, x) >= first) & (vec2u(y, x) < end));
}
