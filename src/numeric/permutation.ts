/**
 * A keyed permutation of 0 .. size-1 that is computed one element at a time, so no shuffled order is ever stored: a
 * Feistel network over a rows x columns grid (Black and Rogaway 2002) whose round functions are Threefry words; values
 * outside the range walk on along their cycle. Twin of `shaders/parts/numeric/permutation.wgsl`, bit for bit.
 */

import { boundedInteger, threefry } from "./threefry.ts";

/**
 * Rounds of the network. Few points are the hard case: with 12 rounds the permutations of 5 points are visibly not
 * equally frequent over 1e5 draws, with 20 they are (chi-square, `test/numeric/permutation.test.ts`).
 */
const ROUNDS = 20;

/**
 * Rows of the grid: the smallest even number whose square holds `size`. Even, because turning an odd number of rows is
 * an even permutation, and a grid with both sides odd would never give an odd one.
 */
export function gridRows(size: number): number {
  let rows = 2;
  while (rows * rows < size) rows += 2;
  return rows;
}

/**
 * Where element `index` of 0 .. size-1 goes under the permutation of (seed, purpose, counter). size <= 2^31 (the grid
 * must fit 32 bits); one size, seed, purpose and counter always give one bijection.
 */
export function permuted(
  seed: number,
  purpose: number,
  counter: number,
  index: number,
  size: number,
): number {
  const rows = gridRows(size);
  const columns = Math.ceil(size / rows);
  let value = index;
  do {
    let row = value % rows;
    let column = Math.floor(value / rows);
    for (let round = 0; round < ROUNDS; round += 2) {
      row = (row + boundedInteger(threefry(seed, purpose, counter, (round << 16) | column), rows)) % rows;
      column =
        (column + boundedInteger(threefry(seed, purpose, counter, ((round + 1) << 16) | row), columns)) %
        columns;
    }
    value = column * rows + row;
  } while (value >= size);
  return value;
}
