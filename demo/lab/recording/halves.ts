/** Numbers of 16 bits (IEEE 754 binary16) as words, for what is kept: half the room, and 11 bits of each number. Pure. */

const word = new Uint32Array(1);
const real = new Float32Array(word.buffer);

/** The nearest half of a number, ties to even; beyond 65504 infinite. */
export function halfOf(value: number): number {
  real[0] = value;
  const bits = word[0];
  const sign = (bits >>> 16) & 0x8000;
  const fraction = bits & 0x7fffff;
  const exponent = (bits >>> 23) & 0xff;
  if (exponent === 0xff) return sign | 0x7c00 | (fraction === 0 ? 0 : 0x200);
  const own = exponent - 112;
  if (own >= 31) return sign | 0x7c00;
  if (own < -10) return sign;
  // Numbers too small for an exponent of their own lose their leading one to the fraction.
  const kept = own > 0 ? (own << 23) | fraction : fraction | 0x800000;
  const shift = own > 0 ? 13 : 14 - own;
  const half = kept >>> shift;
  const rest = kept & ((1 << shift) - 1);
  const middle = 1 << (shift - 1);
  const isUp = rest > middle || (rest === middle && (half & 1) === 1);
  // A carry into the exponent is the next half, up to infinity.
  return sign | (half + (isUp ? 1 : 0));
}

/** The platform's own halves, which not every browser has yet. */
type Halves = new (
  buffer: ArrayBufferLike,
  offset: number,
  length: number,
) => { set(from: ArrayLike<number>): void };
const { Float16Array } = globalThis as { Float16Array?: Halves };

/** Numbers as halves, into an array from a place on. */
export function toHalves(values: ArrayLike<number>, into: Uint16Array, at = 0): void {
  if (Float16Array !== undefined) {
    new Float16Array(into.buffer, into.byteOffset + 2 * at, values.length).set(values);
    return;
  }
  for (let i = 0; i < values.length; i++) into[at + i] = halfOf(values[i]);
}

let table: Float32Array | undefined;

/** Halves as numbers, into an array of as many. */
export function fromHalves(halves: Uint16Array, into: Float32Array): Float32Array {
  table ??= Float32Array.from({ length: 0x10000 }, (_, half) => numberOf(half));
  for (let i = 0; i < halves.length; i++) into[i] = table[halves[i]];
  return into;
}

function numberOf(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >>> 10) & 31;
  const fraction = half & 0x3ff;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25));
}
