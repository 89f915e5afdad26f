// Mass and first moment of a law of lambda over an interval, in 32-bit floats without losing narrow intervals
// or far tails: the twin of src/theory/moments.ts. Beta laws come as tables, see src/theory/momentTable.ts. A
// lambda is given as base + offset: base exact, offset small, so that it is known better than one float can
// hold.

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
  constantHigh: f32,   // a constant law's lambda, as two floats
  constantLow: f32,
  tableOffset: u32,    // of the law's first cell
  shift: u32,          // from the bits of a distance to its cell's number
  leftFirst: u32,
  leftLast: u32,
  leftOffset: u32,
  rightFirst: u32,
  rightLast: u32,
  rightOffset: u32,
}

// mass 2^exponent, and so on.
struct Moments {
  mass: f32,
  first: f32,
  exponent: i32,
}

struct Cell {
  index: u32,
  right: bool,
  start: f32,
  width: f32,
  u: f32,
}

@group(0) @binding(1) var<storage, read> rows: array<Row>;
@group(0) @binding(2) var<storage, read> cells: array<vec4f>;
@group(0) @binding(3) var<storage, read> cellExponents: array<i32>;

fn powerOfTwo(exponent: i32) -> f32 {
  let clamped = clamp(exponent, -127, 127);
  return bitcast<f32>(u32(clamped + 127) << 23u);
}

fn cellAt(row: u32, base: f32, offset: f32) -> Cell {
  let lambda = base + offset;
  let right = lambda >= 0.5;
  let y = max(select(lambda, 1.0 - lambda, right), 0.0);
  let shift = rows[row].shift;
  let number = min(bitcast<u32>(y) >> shift, (0x3f000000u >> shift) - 1u);
  let first = select(rows[row].leftFirst, rows[row].rightFirst, right);
  let last = select(rows[row].leftLast, rows[row].rightLast, right);
  let stored = select(rows[row].leftOffset, rows[row].rightOffset, right);
  // The cells 0 and 1 are below everything and above everything.
  var index = stored + number - first;
  if (number < first) { index = select(0u, 1u, right); }
  else if (number > last) { index = select(1u, 0u, right); }
  let start = bitcast<f32>(number << shift);
  let width = bitcast<f32>((number + 1u) << shift) - start;
  let into = select((base - start) + offset, ((1.0 - base) - start) - offset, right);
  var u = 0.0;
  if (index > 1u) { u = into / width; }
  return Cell(rows[row].tableOffset + index, right, start, width, u);
}

struct Cumulative {
  high: vec2f,      // distribution function and first moment at the cell's beginning ...
  low: vec2f,
  local: vec2f,     // ... and from there to lambda
  exponent: i32,
  above: i32,       // 1 if counted from above: 1 and the mean are taken off
}

fn cumulativeAt(row: u32, base: f32, offset: f32) -> Cumulative {
  let cell = cellAt(row, base, offset);
  let c = cells[2u * cell.index];
  let tails = cells[2u * cell.index + 1u];
  let code = cellExponents[cell.index];
  let u = cell.u;
  let side = select(1.0, -1.0, cell.right);
  let zeroth = u * (c.x + u * (c.y / 2.0 + u * (c.z / 3.0 + u * (c.w / 4.0))));
  let first = u * u * (c.x / 2.0 + u * (c.y / 3.0 + u * (c.z / 4.0 + u * (c.w / 5.0))));
  let lambda = select(cell.start, 1.0 - cell.start, cell.right);
  let local = side * cell.width * vec2f(zeroth, lambda * zeroth + side * cell.width * first);
  return Cumulative(tails.xz, tails.yw, local, code >> 1u, code & 1);
}

// The density, divided by 2^exponent.
fn densityAt(row: u32, base: f32, offset: f32, exponent: i32) -> f32 {
  let cell = cellAt(row, base, offset);
  let c = cells[2u * cell.index];
  let u = cell.u;
  return (c.x + u * (c.y + u * (c.z + u * c.w))) * powerOfTwo((cellExponents[cell.index] >> 1u) - exponent);
}

// Over (base + low, base + high), which must lie in [0, 1].
fn tableMoments(row: u32, base: f32, low: f32, high: f32) -> Moments {
  let width = high - low;
  let middle = 0.5 * (low + high);
  let narrow = width <= cellAt(row, base, middle).width;
  // Loops of one round: the software adapter runs both sides of an `if` for all, but leaves a loop nobody is
  // in.
  var result = Moments(0.0, 0.0, NO_EXPONENT);
  for (var once = narrow; once; once = false) { result = narrowMoments(row, base, low, high); }
  for (var once = !narrow; once; once = false) { result = wideMoments(row, base, low, high); }
  return result;
}

// By Gauss-Legendre with two nodes: over a cell the density changes little.
fn narrowMoments(row: u32, base: f32, low: f32, high: f32) -> Moments {
  let width = high - low;
  let middle = 0.5 * (low + high);
  let exponent = cellExponents[cellAt(row, base, middle).index] >> 1u;
  if (exponent == NO_EXPONENT) { return Moments(0.0, 0.0, NO_EXPONENT); }
  let before = middle - 0.28867513 * width;
  let after = middle + 0.28867513 * width;
  let lower = densityAt(row, base, before, exponent);
  let upper = densityAt(row, base, after, exponent);
  let first = lower * (base + before) + upper * (base + after);
  return Moments(0.5 * width * (lower + upper), 0.5 * width * first, exponent);
}

// By the difference of what is below either end.
fn wideMoments(row: u32, base: f32, low: f32, high: f32) -> Moments {
  let begin = cumulativeAt(row, base, low);
  let end = cumulativeAt(row, base, high);
  let above = end.above - begin.above;
  let exponent = max(max(begin.exponent, end.exponent), select(0, NO_EXPONENT, above == 0));
  let beginScale = powerOfTwo(begin.exponent - exponent);
  let endScale = powerOfTwo(end.exponent - exponent);
  let whole = f32(above) * powerOfTwo(-exponent) * vec2f(1.0, rows[row].mean);
  let coarse = (whole - begin.high * beginScale) + end.high * endScale;
  let fine = end.low * endScale - begin.low * beginScale;
  let moments = coarse + (fine + (end.local * endScale - begin.local * beginScale));
  return Moments(max(moments.x, 0.0), max(moments.y, 0.0), exponent);
}

// Over (base + low, base + high), which may reach beyond [0, 1].
fn momentsOver(row: u32, base: f32, low: f32, high: f32) -> Moments {
  let begin = max(low, -base);
  let end = min(high, 1.0 - base);
  if (LAW == LAW_CONSTANT) {
    let at = (rows[row].constantHigh - base) + rows[row].constantLow;
    let inside = low < at && at < high;
    return Moments(select(0.0, 1.0, inside), select(0.0, rows[row].constantHigh, inside), 0);
  }
  if (LAW == LAW_UNIFORM) {
    let width = max(end - begin, 0.0);
    return Moments(width, width * (base + 0.5 * (begin + end)), 0);
  }
  var result = Moments(0.0, 0.0, NO_EXPONENT);
  for (var once = begin < end; once; once = false) { result = tableMoments(row, base, begin, end); }
  return result;
}
