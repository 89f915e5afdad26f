// Mass and first moment of a law of lambda over an interval, in 32-bit floats without losing narrow intervals
// or far tails: the twin of src/theory/moments.ts. Beta laws come as tables, see src/theory/momentTable.ts. A
// lambda is given as base + offset: base exact, offset small, so that it is known better than one float can
// hold.
import package::parts::numeric::limits::{larger, smaller};

const LAW_UNIFORM: u32 = 0u;
const LAW_CONSTANT: u32 = 1u;
const LAW_TABLE: u32 = 2u;

// The kind of law and whether it is symmetric: all rows of a dispatch have the same.
override LAW: u32 = LAW_TABLE;
override SYMMETRIC: u32 = 0u;

// Scale of what has no mass.
const NO_EXPONENT: i32 = -4096;
// One law and one radius.
struct Row {
  epsilon: f32,
  mean: f32,
  inverseSum: f32,     // 1 / (a + b) of Beta(a, b)
  constantHigh: f32,   // a constant law's lambda, as two floats
  constantLow: f32,
  steepEnds: f32,      // 1 if so much mass may lie at 0 or at 1 that rounding there matters
  narrow: f32,         // intervals of up to so many cells are integrated from the densities at their ends
  shift: u32,          // from the bits of a distance to its cell's number
  leftLow: u32,        // numbers of the cells below 1/2, those outside them included ...
  leftHigh: u32,
  leftOffset: u32,     // ... and what leads from a number to the cell
  rightLow: u32,
  rightHigh: u32,
  rightOffset: u32,
}

// mass 2^exponent, and so on.
struct Moments {
  mass: f32,
  first: f32,
  ends: f32,           // the densities at both ends, together
  exponent: i32,
}

@group(0) @binding(1) var<storage, read> rows: array<Row>;
// A cell's density as a parabola, and the distribution function at its beginning; both times 2^-exponent.
@group(0) @binding(2) var<storage, read> cells: array<vec4f>;
// A cell's exponent, twice, plus 1 if its distribution function has 1 taken off.
@group(0) @binding(3) var<storage, read> cellExponents: array<i32>;

// 2^exponent; 0 from -127 on.
fn powerOfTwo(exponent: i32) -> f32 {
  return bitcast<f32>(u32(clamp(exponent, -127, 127) + 127) << 23u);
}

// The law at a lambda; density, its slope and the distribution function times 2^-exponent.
struct Cumulative {
  start: f32,       // the distribution function at the beginning of lambda's cell ...
  local: f32,       // ... and from there to lambda
  density: f32,
  slope: f32,
  boundary: f32,    // lambda (1 - lambda) density
  exponent: i32,
  above: i32,       // 1 if counted from above: 1 is taken off
  width: f32,       // of the cell
}

fn cumulativeAt(row: Row, base: f32, offset: f32) -> Cumulative {
  let right = base + offset >= 0.5;
  let y = larger(select(base + offset, (1.0 - base) - offset, right), 0.0);
  let low = select(row.leftLow, row.rightLow, right);
  let high = min(select(row.leftHigh, row.rightHigh, right), (0x3f000000u >> row.shift) - 1u);
  let number = clamp(bitcast<u32>(y) >> row.shift, low, high);
  let cell = number + select(row.leftOffset, row.rightOffset, right);
  // Cells begin at their end nearer to 0, from 1/2 on at that nearer to 1.
  let side = select(1.0, -1.0, right);
  let start = bitcast<f32>(number << row.shift);
  let width = bitcast<f32>((number + 1u) << row.shift) - start;
  let into = select((base - start) + offset, ((1.0 - base) - start) - offset, right);
  let u = into / width;
  let c = cells[cell];
  let code = cellExponents[cell];
  let density = c.x + u * (c.y + u * c.z);
  let slope = side / width * (c.y + u * 2.0 * c.z);
  let local = side * into * (c.x + u * (0.5 * c.y + u * (0.33333333 * c.z)));
  return Cumulative(c.w, local, density, slope, y * (1.0 - y) * density, code >> 1u, code & 1, width);
}

// Over (base + low, base + high), which must lie in [0, 1]; not for a constant law. No branches: on the software
// adapter they cost more than what they would save.
fn momentsOver(row: Row, base: f32, low: f32, high: f32) -> Moments {
  let width = high - low;
  let middle = base + 0.5 * (low + high);
  if (LAW == LAW_UNIFORM) { return Moments(width, width * middle, 2.0, 0); }
  let begin = cumulativeAt(row, base, low);
  let end = cumulativeAt(row, base, high);
  let above = end.above - begin.above;
  let exponent = max(max(begin.exponent, end.exponent), select(0, NO_EXPONENT, above == 0));
  let beginScale = powerOfTwo(begin.exponent - exponent);
  let endScale = powerOfTwo(end.exponent - exponent);
  // The difference of what is below either end. The first moment below x is mean F(x) - x (1 - x) f(x) / (a + b).
  let coarse = (f32(above) * powerOfTwo(-exponent) - begin.start * beginScale) + end.start * endScale;
  let wide = larger(coarse + (end.local * endScale - begin.local * beginScale), 0.0);
  let wideFirst = row.mean * wide - row.inverseSum * (end.boundary * endScale - begin.boundary * beginScale);
  // The trapezoid with its first correction, which loses nothing however near the ends are.
  let before = begin.density * beginScale;
  let after = end.density * endScale;
  let bend = end.slope * endScale - begin.slope * beginScale;
  let narrow = width * (0.5 * (before + after) - 0.083333333 * width * bend);
  let narrowFirst = middle * narrow + 0.083333333 * width * width * (after - before);
  let isNarrow = width <= row.narrow * smaller(begin.width, end.width);
  let mass = select(wide, narrow, isNarrow);
  return Moments(mass, select(wideFirst, narrowFirst, isNarrow), before + after, exponent);
}
