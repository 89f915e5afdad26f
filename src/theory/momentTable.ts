/**
 * A Beta law as a table that 32-bit floats integrate from: what `shaders/partialMoments.wgsl` reads. Built in float64.
 *
 * Cells: lambda below 1/2 is filed by its own bits, the rest by those of 1 - lambda; the leading bits are the cell's
 * number, so cells are as fine, relative to the distance from the nearer end, as the density is steep. A cell holds the
 * density as a cubic times a power of 2, and the distribution function and first moment at its beginning, counted from
 * the nearer tail and as two floats each: neither a narrow interval nor one far off the centre is lost in a difference.
 *
 * Not here: the uniform law and constants, which need no table; float64 moments (`moments.ts`).
 */

import { gaussJacobi } from "../numeric/gaussJacobi.ts";
import { incompleteBeta, logIncompleteBeta } from "../numeric/incompleteBeta.ts";
import { logDensity } from "./moments.ts";

/** Cells of one side of 1/2, by number; they are stored from `offset` on. */
export interface TableSide {
  /** {@link NO_CELL} if the law has no mass on this side. */
  readonly first: number;
  readonly last: number;
  readonly offset: number;
}

export interface MomentTable {
  /** `[cells, 8]`: the cubic's coefficients, then distribution function (high, low), first moment (high, low). */
  readonly cells: Float32Array;
  /** `[cells]`: twice the power of 2 that scales the cell, plus 1 if its distribution function has 1 taken off. */
  readonly exponents: Int32Array;
  /** A cell's number is its bits shifted right by this. */
  readonly shift: number;
  readonly left: TableSide;
  readonly right: TableSide;
}

/** Number of a side that has no cells: above all numbers. */
export const NO_CELL = 0xffffffff;
/** Scale of cells without mass. */
export const NO_EXPONENT = -4096;
/** Tails of less than e^this are left out; the reference reports them as not reached. */
const LEAST_LOG_MASS = -700;
/** Nearer to 0 or 1 there are no cells: no lambda is known that well. */
const NEAREST = 2 ** -40;
/** Largest change of the log density over a cell: the cubic is then right to 1e-5, in the far tails; else far better. */
const LARGEST_CHANGE = 0.45;
/** Cells below everything and above everything. */
const OUTSIDE = 2;

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

const NODES = [0, 1, 2, 3].map((k) => 0.5 - 0.5 * Math.cos(((2 * k + 1) * Math.PI) / 8));
const LEGENDRE = gaussJacobi(1, 1, 6);

/** The table of Beta(a, b). */
export function momentTable(a: number, b: number): MomentTable {
  const density = logDensity(a, b);
  const mean = a / (a + b);
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
  const mantissa = Math.min(Math.max(Math.ceil(Math.log2(steepest / LARGEST_CHANGE)), 4), 18);
  const shift = 23 - mantissa;
  const half = bitsOf(0.5) >>> shift;
  let offset = OUTSIDE;
  const [left, right] = sides.map((range): TableSide => {
    if (range === undefined) return { first: NO_CELL, last: NO_CELL, offset: 0 };
    const first = bitsOf(range[0]) >>> shift;
    const last = Math.min(bitsOf(range[1]) >>> shift, half - 1);
    const side = { first, last, offset };
    offset += last - first + 1;
    return side;
  });

  const count = offset;
  const cells = new Float32Array(8 * count);
  const exponents = new Int32Array(count).fill(2 * NO_EXPONENT);
  exponents[1] += 1;
  const mass = new Float64Array(count);
  const moment = new Float64Array(count);
  for (const side of [left, right]) {
    if (side.first === NO_CELL) continue;
    for (let number = side.first; number <= side.last; number++) {
      const start = realOf(number << shift);
      const width = realOf((number + 1) << shift) - start;
      const logAt = (u: number) => {
        const y = start + u * width;
        return side === left ? density(y, 1 - y) : density(1 - y, y);
      };
      const cell = side.offset + number - side.first;
      const exponent = Math.floor(logAt(0.5) / Math.LN2);
      exponents[cell] = 2 * exponent;
      const scaled = (u: number) => Math.exp(logAt(u) - exponent * Math.LN2);
      cells.set(cubic(NODES.map(scaled)), 8 * cell);
      for (let k = 0; k < LEGENDRE.nodes.length; k++) {
        const y = start + LEGENDRE.nodes[k] * width;
        const part = width * LEGENDRE.weights[k] * scaled(LEGENDRE.nodes[k]) * 2 ** exponent;
        mass[cell] += part;
        moment[cell] += part * (side === left ? y : 1 - y);
      }
    }
  }

  // Cells in the order of lambda; from each end, what is beyond a cell.
  const order: number[] = [];
  if (left.first !== NO_CELL)
    for (let i = left.first; i <= left.last; i++) order.push(left.offset + i - left.first);
  if (right.first !== NO_CELL) {
    for (let i = right.last; i >= right.first; i--) order.push(right.offset + i - right.first);
  }
  const isLeft = (cell: number) => left.first !== NO_CELL && cell <= left.offset + left.last - left.first;
  const lowest = left.first === NO_CELL ? 0 : realOf(left.first << shift);
  const highest = right.first === NO_CELL ? 0 : realOf(right.first << shift);
  const below = tailSums(order, mass, moment, [
    incompleteBeta(lowest, a, b),
    mean * incompleteBeta(lowest, a + 1, b),
  ]);
  const above = tailSums(order.toReversed(), mass, moment, [
    incompleteBeta(highest, b, a),
    mean * incompleteBeta(highest, b, a + 1),
  ]);
  for (const cell of order) {
    // A cell begins at its end nearer to 0 on the left side, at its end nearer to 1 on the right side.
    const lower = isLeft(cell)
      ? [below.mass[cell], below.moment[cell]]
      : [below.mass[cell] + mass[cell], below.moment[cell] + moment[cell]];
    const upper = isLeft(cell)
      ? [above.mass[cell] + mass[cell], above.moment[cell] + moment[cell]]
      : [above.mass[cell], above.moment[cell]];
    const fromAbove = lower[0] > 0.5;
    const [distribution, first] = fromAbove ? [-upper[0], -upper[1]] : lower;
    const scale = 2 ** -(exponents[cell] / 2);
    exponents[cell] += fromAbove ? 1 : 0;
    cells.set([...twoFloats(distribution * scale), ...twoFloats(first * scale)], 8 * cell + 4);
  }
  return { cells, exponents, shift, left, right };
}

/** Mass and first moment before each cell of `order`, given those before the first one. */
function tailSums(
  order: readonly number[],
  mass: Float64Array,
  moment: Float64Array,
  [massSum, momentSum]: [number, number],
): { mass: Float64Array; moment: Float64Array } {
  const sums = { mass: new Float64Array(mass.length), moment: new Float64Array(mass.length) };
  for (const cell of order) {
    sums.mass[cell] = massSum;
    sums.moment[cell] = momentSum;
    massSum += mass[cell];
    momentSum += moment[cell];
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

/** Coefficients of the cubic through values at {@link NODES}, by divided differences. */
function cubic(values: readonly number[]): number[] {
  const differences = [...values];
  for (let level = 1; level < 4; level++) {
    for (let i = 3; i >= level; i--) {
      differences[i] = (differences[i] - differences[i - 1]) / (NODES[i] - NODES[i - level]);
    }
  }
  const coefficients = [differences[3], 0, 0, 0];
  for (let i = 2; i >= 0; i--) {
    for (let k = 3; k > 0; k--) coefficients[k] = coefficients[k - 1] - NODES[i] * coefficients[k];
    coefficients[0] = differences[i] - NODES[i] * coefficients[0];
  }
  return coefficients;
}

function twoFloats(value: number): [number, number] {
  const high = Math.fround(value);
  return [high, value - high];
}
