/**
 * Normal random numbers from Threefry by Box and Muller's method: one block of two words gives two
 * independent normals. The radius' resolution ends at 6.8 standard deviations.
 */

import { threefry, threefrySecond } from "./threefry.ts";

/** Two independent N(0, 1) numbers, a function of key (seed, purpose) and counter alone. */
export function normalPair(
  seed: number,
  purpose: number,
  counter0: number,
  counter1: number,
): [number, number] {
  const first = threefry(seed, purpose, counter0, counter1);
  const second = threefrySecond();
  const radius = Math.sqrt(-2 * Math.log((first + 0.5) * 2 ** -32));
  const angle = 2 * Math.PI * ((second + 0.5) * 2 ** -32);
  return [radius * Math.cos(angle), radius * Math.sin(angle)];
}
