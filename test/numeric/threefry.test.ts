/** Threefry against Random123's published answers, and what is made of its words. */

import { describe, expect, it } from "vitest";
import {
  boundedInteger,
  PURPOSE,
  symmetricUnit,
  threefry,
  threefrySecond,
} from "../../src/numeric/threefry.ts";
import { chiSquareProbability, SIGNIFICANCE } from "../statistics.ts";

describe("threefry", () => {
  it("gives Random123's known answers for threefry2x32, 20 rounds", () => {
    const answers = [
      { key: [0, 0], counter: [0, 0], block: [0x6b200159, 0x99ba4efe] },
      {
        key: [0xffffffff, 0xffffffff],
        counter: [0xffffffff, 0xffffffff],
        block: [0x1cb996fc, 0xbb002be7],
      },
      {
        key: [0x13198a2e, 0x03707344],
        counter: [0x243f6a88, 0x85a308d3],
        block: [0xc4923a9c, 0x483df7a0],
      },
    ];
    for (const { key, counter, block } of answers) {
      const first = threefry(key[0], key[1], counter[0], counter[1]);
      expect([first, threefrySecond()]).toEqual(block);
    }
  });

  it("gives another word for each part of key and counter, and the same word again", () => {
    const words = [threefry(1, 2, 3, 4), threefry(0, 2, 3, 4), threefry(1, 0, 3, 4), threefry(1, 2, 0, 4)];
    words.push(threefry(1, 2, 3, 0), threefry(2, 1, 3, 4), threefry(1, 2, 4, 3));
    expect(new Set(words).size).toBe(words.length);
    expect(threefry(1, 2, 3, 4)).toBe(words[0]);
  });

  it("has a stream for each purpose", () => {
    const purposes = Object.values(PURPOSE);
    expect(new Set(purposes).size).toBe(purposes.length);
  });

  it("flips each output bit half the time when one input bit flips", () => {
    const flips = new Uint32Array(32);
    const trials = 4096;
    for (let trial = 0; trial < trials; trial++) {
      const difference = threefry(7, 1, trial, 5) ^ threefry(7, 1, trial, 5 ^ (1 << (trial % 32)));
      for (let bit = 0; bit < 32; bit++) flips[bit] += (difference >>> bit) & 1;
    }
    // Binomial(4096, 1/2) has a standard deviation of 32; the largest of 32 passes 4.5 of them with p = 2e-4.
    for (const count of flips) expect(Math.abs(count - trials / 2)).toBeLessThan(4.5 * 32);
  });
});

describe("boundedInteger", () => {
  it("is the high half of the 64-bit product", () => {
    const bounds = [1, 2, 3, 5, 64, 65, 257, 60_000, 0x10000, 0x10001, 0x7fffffff, 0x80000000, 0xffffffff];
    const words = [0, 1, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xffff0000, 0xfffffffe, 0xffffffff];
    for (let i = 0; i < 2000; i++) words.push(threefry(3, PURPOSE.data, 0, i));
    for (const bound of bounds) {
      for (const word of words) {
        const expected = Number((BigInt(word) * BigInt(bound)) >> 32n);
        if (boundedInteger(word, bound) !== expected) {
          expect.fail(`boundedInteger(${word}, ${bound}) = ${boundedInteger(word, bound)}, not ${expected}`);
        }
      }
    }
  });

  it("is uniform (chi-square, p above 1e-3)", () => {
    for (const bound of [2, 3, 7, 10, 257, 1000]) {
      const counts = new Uint32Array(bound);
      const draws = 100 * bound + 10_000;
      for (let i = 0; i < draws; i++) counts[boundedInteger(threefry(11, PURPOSE.pair, bound, i), bound)]++;
      expect(
        chiSquareProbability(counts, () => draws / bound),
        `bound ${bound}`,
      ).toBeGreaterThan(SIGNIFICANCE);
    }
  });
});

describe("symmetricUnit", () => {
  it("covers [-1, 1) on a grid that 32-bit floats hold exactly", () => {
    expect(symmetricUnit(0)).toBe(-1);
    expect(symmetricUnit(0x80000000)).toBe(0);
    expect(symmetricUnit(0xffffffff)).toBe(1 - 2 ** -23);
    for (let i = 0; i < 1000; i++) {
      const value = symmetricUnit(threefry(5, PURPOSE.initialization, 0, i));
      expect(Math.fround(value)).toBe(value);
    }
  });

  it("is uniform (chi-square over 64 cells, p above 1e-3)", () => {
    const counts = new Uint32Array(64);
    const draws = 64_000;
    for (let i = 0; i < draws; i++) {
      counts[Math.floor((symmetricUnit(threefry(17, PURPOSE.initialization, 1, i)) + 1) * 32)]++;
    }
    expect(chiSquareProbability(counts, () => draws / 64)).toBeGreaterThan(SIGNIFICANCE);
  });
});
