/**
 * What counts as a finite number: what a 32-bit float can hold. The reference computes in 64 bits, where a
 * diverging run would go on for long after the GPU's has left the range; by this measure both backends see
 * it.
 */

/** From here on, rounding to 32 bits gives infinity. */
const LIMIT = 2 ** 128 - 2 ** 103;

/** Whether a number is finite as a 32-bit float. */
export function isFinite32(value: number): boolean {
  return Math.abs(value) < LIMIT;
}
