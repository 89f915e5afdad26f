/**
 * A Beta law as a table that 32-bit floats integrate from: what `shaders/parts/partialMoments.wgsl` reads. Built in float64.
 *
 * Cells: lambda below 1/2 is filed by its own bits, the rest by those of 1 - lambda; the leading bits are the cell's
 * number, so cells are as fine, relative to the distance from the nearer end, as the density is steep. A cell holds the
 * density as a parabola and the distribution function at its beginning, counted from the nearer tail, both times a power
 * of 2, so that tails are as accurate as the centre.
 *
 * Not here: the uniform law and constants, which need no table; float64 moments (`moments.ts`).
 */

import { gaussJacobi } from "../numeric/gaussJacobi.ts";
import { incompleteBeta, logIncompleteBeta } from "../numeric/incompleteBeta.ts";
import { logDensity } from "./moments.ts";

/** Cells of one side of 1/2 by number; the first and the last stand for everything outside the law's mass. */
export interface TableSide {
  readonly low: number;
  readonly high: number;
  /** A cell's place is its number plus this. */
  readonly offset: number;
}

export interface MomentTable {
  /**
   * `[cells, 4]`: the parabola's coefficients, by how far into the cell, and the distribution function; all times
   * 2^-exponent.
   */
  readonly cells: Float32Array;
  /** `[cells]`: the exponent, twice, plus 1 if the distribution function has 1 taken off. */
  readonly exponents: Int32Array;
  /** A cell's number is its bits shifted right by this. */
  readonly shift: number;
  /** Over so many cells the log density changes by {@link NARROW_CHANGE} at most. */
  readonly narrow: number;
  readonly left: TableSide;
  readonly right: TableSide;
}

/** Scale of cells without mass. */
const NO_EXPONENT = -4096;
/** Tails of less than e^this are left out; the reference reports them as not reached. */
const LEAST_LOG_MASS = -700;
/** Nearer to 0 or 1 there are no cells: no lambda is known that well. */
const NEAREST = 2 ** -40;
/** Largest change of the log density over a cell: the parabola is then right to 5e-6, in the far tails; else far better. */
const LARGEST_CHANGE = 0.1;
/** Change of the log density over which the trapezoid with its first correction is right to 2e-6. */
const NARROW_CHANGE = 0.2;

const bits = new Uint32Array(1);
const real = new Float32Array(bits.buffer);
const bitsOf = (value: number): number => {
  real[0] = value;
  return bits[0];
};
const realOf = (word: number): number => {
  bits[0] = word;
  return real[0];
};

const NODES = [0, 1, 2].map((k) => 0.5 - 0.5 * Math.cos(((2 * k + 1) * Math.PI) / 6));
const LEGENDRE = gaussJacobi(1, 1, 6);

/** The table of Beta(a, b). */
export function momentTable(a: number, b: number): MomentTable {
  const density = logDensity(a, b);
  const low = tailEdge(a, b);
  const high = tailEdge(b, a);
  const sides = [sideRange(low, high), sideRange(high, low)];
  const steepness = (y: number, mine: number, other: number) =>
    Math.abs(mine - 1 - ((other - 1) * y) / (1 - y));
  let steepest = 0;
  sides.forEach((range, side) => {
    const [mine, other] = side === 0 ? [a, b] : [b, a];
    for (const y of range ?? []) steepest = Math.max(steepest, steepness(y, mine, other));
  });
  const mantissa = Math.min(Math.max(Math.ceil(Math.log2(steepest / LARGEST_CHANGE)), 5), 18);
  const shift = 23 - mantissa;
  const narrow = Math.min((NARROW_CHANGE * 2 ** mantissa) / steepest, 16);
  const half = bitsOf(0.5) >>> shift;
  // Both sides with a cell before and a cell behind them, for what is outside.
  let count = 0;
  const [left, right] = sides.map((range): TableSide => {
    // A side without mass has one cell only, whatever its number: all of it is outside.
    const low = range === undefined ? half - 1 : (bitsOf(range[0]) >>> shift) - 1;
    const high = range === undefined ? half - 1 : Math.min(bitsOf(range[1]) >>> shift, half - 1) + 1;
    const side = { low, high, offset: count - low };
    count += high - low + 1;
    return side;
  });

  const cells = new Float32Array(4 * count);
  const exponents = new Int32Array(count).fill(NO_EXPONENT);
  const codes = new Int32Array(count);
  const mass = new Float64Array(count);
  const write = (cell: number, fromAbove: boolean, distribution = 0) => {
    cells[4 * cell + 3] = distribution === 0 ? 0 : distribution * 2 ** -exponents[cell];
    codes[cell] = 2 * exponents[cell] + (fromAbove ? 1 : 0);
  };
  // Cells in the order of lambda.
  const order: number[] = [];
  for (const side of [left, right]) {
    const place = (number: number) => side.offset + number;
    for (let number = side.low + 1; number < side.high; number++) {
      const cell = place(number);
      const start = realOf(number << shift);
      const width = realOf((number + 1) << shift) - start;
      const logAt = (u: number) => {
        const y = start + u * width;
        return side === left ? density(y, 1 - y) : density(1 - y, y);
      };
      exponents[cell] = Math.floor(logAt(0.5) / Math.LN2);
      const scaled = (u: number) => Math.exp(logAt(u) - exponents[cell] * Math.LN2);
      cells.set(parabola(NODES.map(scaled)), 4 * cell);
      for (let k = 0; k < LEGENDRE.nodes.length; k++) {
        mass[cell] += width * LEGENDRE.weights[k] * scaled(LEGENDRE.nodes[k]) * 2 ** exponents[cell];
      }
    }
    const inner = Array.from({ length: Math.max(side.high - side.low - 1, 0) }, (_, i) =>
      place(side.low + 1 + i),
    );
    for (const cell of side === left ? inner : inner.toReversed()) order.push(cell);
    // Outside are the ends of the law: below everything, or above everything.
    const outside = [place(side.low), place(side.high)];
    const below = side === left ? outside[0] : outside[1];
    const hasMass = inner.length > 0;
    for (const cell of outside) write(cell, hasMass ? cell !== below : side === right);
  }

  // From each end of the law, what is beyond a cell.
  const edge = (number: number) => realOf(number << shift);
  const lowest = left.high > left.low ? edge(left.low + 1) : 1 - edge(right.high);
  const highest = right.high > right.low ? edge(right.low + 1) : 1 - edge(left.high);
  const below = tailSums(order, mass, incompleteBeta(lowest, a, b));
  const above = tailSums(order.toReversed(), mass, incompleteBeta(highest, b, a));
  for (const cell of order) {
    // A cell begins at its end nearer to 0 on the left side, at its end nearer to 1 on the right side.
    const isLeft = cell < right.offset + right.low;
    const lower = below[cell] + (isLeft ? 0 : mass[cell]);
    const upper = above[cell] + (isLeft ? mass[cell] : 0);
    const fromAbove = lower > 0.5;
    write(cell, fromAbove, fromAbove ? -upper : lower);
  }
  return { cells, exponents: codes, shift, narrow, left, right };
}

/** Mass before each cell of `order`, given that before the first one. */
function tailSums(order: readonly number[], mass: Float64Array, before: number): Float64Array {
  const sums = new Float64Array(mass.length);
  for (const cell of order) {
    sums[cell] = before;
    before += mass[cell];
  }
  return sums;
}

/** Where the lower tail of Beta(a, b) begins to count, between {@link NEAREST} and 1 minus that. */
function tailEdge(a: number, b: number): number {
  const counts = (x: number) => logIncompleteBeta(x, a, b) >= LEAST_LOG_MASS;
  if (counts(NEAREST)) return NEAREST;
  let [low, high] = [Math.log(NEAREST), Math.log1p(-NEAREST)];
  for (let i = 0; i < 60; i++) {
    const middle = 0.5 * (low + high);
    if (counts(Math.exp(middle))) high = middle;
    else low = middle;
  }
  return Math.exp(high);
}

/** Distances from the near end, up to 1/2, where a side has mass; `near` and `far` are its tails' edges. */
function sideRange(near: number, far: number): [number, number] | undefined {
  return near < 0.5 ? [near, Math.min(0.5, 1 - far)] : undefined;
}

/** Coefficients of the parabola through values at {@link NODES}, by divided differences. */
function parabola([first, second, third]: readonly number[]): number[] {
  const slope = (second - first) / (NODES[1] - NODES[0]);
  const bend = ((third - second) / (NODES[2] - NODES[1]) - slope) / (NODES[2] - NODES[0]);
  return [first - NODES[0] * (slope - NODES[1] * bend), slope - (NODES[0] + NODES[1]) * bend, bend];
}
