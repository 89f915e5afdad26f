/**
 * The laws' tables against an independent Beta CDF: the whole chain from Threefry word to 32-bit lambda is
 * one sample of the law, and the table's own error is what the design says.
 *
 * A lambda is a 32-bit float, so it stands for all numbers that round to it: for alpha = 0.05 a fifth of the
 * mass rounds to 1. And tables hold 0 for lambdas below 2^-64. All comparisons are with the law rounded so.
 */

import stdlibCdf from "@stdlib/stats-base-dists-beta-cdf";
import { describe, expect, it } from "vitest";
import { beta, constantLambda, type Law, lawName, uniform } from "../../src/mixing/laws.ts";
import { lambdaFromWord, QUANTILE_TABLE_SIZE, quantileTable } from "../../src/mixing/quantiles.ts";
import { betaQuantile, incompleteBeta } from "../../src/numeric/incompleteBeta.ts";
import { PURPOSE, threefry } from "../../src/numeric/threefry.ts";
import { roundedKolmogorovProbability, SIGNIFICANCE } from "../statistics.ts";

const LAWS: [number, number][] = [
  [0.001, 0.001],
  [0.02, 0.02],
  [0.05, 0.05],
  [0.2, 0.2],
  [1, 1],
  [2, 2],
  [32, 32],
  [1024, 1024],
  [2, 5],
];
const DRAWS = 1_000_000;

/** Lambdas below this count as 0: a table's are 0 below 2^-64, and linear between that and the next node. */
const SMALLEST = 2 ** -60;

function draws(law: Law, seed: number): Float32Array {
  const table = quantileTable(law);
  const sample = new Float32Array(DRAWS);
  for (let i = 0; i < DRAWS; i++) {
    const lambda = lambdaFromWord(table, threefry(seed, PURPOSE.lambda, Math.floor(i / 1000), i % 1000));
    sample[i] = lambda < SMALLEST ? 0 : lambda;
  }
  return sample;
}

describe("lambdas drawn with Threefry", () => {
  it.each(LAWS)("follow Beta(%f, %f): Kolmogorov-Smirnov and both tails, 1e6 draws, p above 1e-3", (a, b) => {
    const sample = draws(beta(a, b), 2110).sort();
    const cdf = (x: number) => (x >= 1 ? 1 : stdlibCdf(Math.max(x, SMALLEST), a, b));
    expect(roundedKolmogorovProbability(sample, cdf)).toBeGreaterThan(SIGNIFICANCE);

    // Counts beyond the law's own quantiles at 1e-4 and 1 - 1e-4, within 3.29 standard deviations (p = 1e-3).
    const low = Math.fround(betaQuantile(1e-4, a, b));
    const high = Math.fround(1 - betaQuantile(1e-4, b, a));
    const lowShare = cdf((low + neighbour(low, 1)) / 2);
    const highShare = 1 - cdf((high + neighbour(high, -1)) / 2);
    const lowCount = sample.filter((lambda) => lambda <= low).length;
    const highCount = sample.filter((lambda) => lambda >= high).length;
    expect(Math.abs(lowCount - DRAWS * lowShare)).toBeLessThan(3.29 * Math.sqrt(DRAWS * lowShare));
    expect(Math.abs(highCount - DRAWS * highShare)).toBeLessThan(3.29 * Math.sqrt(DRAWS * highShare));
  });

  it("would be refused if alpha were 5 % off", () => {
    const sample = draws(beta(2), 2110).sort();
    expect(roundedKolmogorovProbability(sample, (x) => stdlibCdf(x, 2.1, 2.1))).toBeLessThan(1e-6);
  });
});

/** Mean of lambda and of lambda (1 - lambda) over all 2^32 words, exactly: lambda is linear within a cell. */
function momentsOverAllWords(table: Float32Array): { mean: number; spread: number } {
  const half = table.length / 2;
  let [mean, spread] = [0, 0];
  for (const from of [0, half]) {
    for (let node = 0; node < half - 1; node++) {
      const words = 2 ** Math.max(Math.floor(node / 64) - 1, 0);
      const [start, rise] = [table[from + node], table[from + node + 1] - table[from + node]];
      // Means of k / words and of its square, k = 0 .. words - 1.
      const [first, second] = [(words - 1) / (2 * words), ((words - 1) * (2 * words - 1)) / (6 * words ** 2)];
      const value = start + rise * first;
      const square = start ** 2 + 2 * start * rise * first + rise ** 2 * second;
      mean += (words * value) / 2 ** 32;
      spread += (words * (value - square)) / 2 ** 32;
    }
  }
  return { mean, spread };
}

describe("quantileTable", () => {
  /** Words of the lower half, in every cell, where linear interpolation is worst and where it is exact. */
  function* lowerWords() {
    for (let shift = 0; shift <= 24; shift++) {
      for (let cell = shift === 0 ? 0 : 64; cell < 128; cell++) {
        for (const fraction of [0, 0.25, 0.5, 0.75, 0.999])
          yield Math.floor((cell + fraction) * 2 ** shift) >>> 0;
      }
    }
  }

  it.each([
    // alpha, error of the CDF, relative error of lambda in the tails (u below 10 %)
    [0.05, 1.44e-4, 1.2e-2],
    [0.2, 3e-5, 6.1e-4],
    [1, 1e-8, 1e-7],
    [2, 3e-6, 1e-5],
    [32, 4e-6, 2e-6],
    [1024, 5e-6, 4e-7],
    [10_000, 5.1e-6, 2e-7],
  ])(
    "for alpha = %f is within %f of the CDF and within %f relative in the tails",
    (alpha, cdfBound, tailBound) => {
      const table = quantileTable(beta(alpha));
      let cdfError = 0;
      let tailError = 0;
      for (const word of lowerWords()) {
        const u = (word + 0.5) * 2 ** -32;
        const exact = betaQuantile(u, alpha, alpha);
        if (exact < SMALLEST) continue;
        const lambda = lambdaFromWord(table, word);
        cdfError = Math.max(cdfError, Math.abs(incompleteBeta(lambda, alpha, alpha) - u));
        if (u < 0.1) tailError = Math.max(tailError, Math.abs(lambda / exact - 1));
      }
      expect(cdfError).toBeLessThan(cdfBound);
      expect(tailError).toBeLessThan(tailBound);
    },
  );

  it.each(LAWS)(
    "for Beta(%f, %f) has an upper half that is the lower half of the law turned around",
    (a, b) => {
      const [table, turned] = [quantileTable(beta(a, b)), quantileTable(beta(b, a))];
      for (const word of lowerWords()) {
        const difference = lambdaFromWord(table, ~word >>> 0) - (1 - lambdaFromWord(turned, word));
        // One unit in the last place of a number just below 1, and as much for the interpolation.
        if (Math.abs(difference) > 2 ** -23) expect.fail(`word ${word}: ${difference}`);
      }
    },
  );

  it.each([
    ...[0.001, 0.002, 0.005, 0.01, 0.02, 0.03, 0.0499, 0.05, 0.1, 0.2, 0.5, 1, 32, 1e4, 1e6].map((a) => [
      a,
      a,
    ]),
    [0.001, 0.04],
    [0.02, 0.021],
    [0.015, 0.03],
    [0.001, 1],
    [1, 0.001],
    [0.05, 0.1],
    [2, 5],
    [0.3, 100],
    [0.001, 1e6],
    [250_000, 0.001],
    [250_000, 0.1],
    [1e6, 0.25],
    [0.25, 1e6],
    [0.039, 0.001],
  ])("has the moments of Beta(%f, %f) over all words: mean and E[lambda (1 - lambda)] within 1 %", (a, b) => {
    const { mean, spread } = momentsOverAllWords(quantileTable(beta(a, b)));
    expect(Math.abs(mean / (a / (a + b)) - 1)).toBeLessThan(0.001);
    expect(Math.abs(spread / ((a * b) / ((a + b) * (a + b + 1))) - 1)).toBeLessThan(0.01);
  });

  it("never decreases with the word and stays in [0, 1]", () => {
    for (const law of [beta(0.05), beta(2, 5), beta(1e6), beta(1e-3, 1e6), uniform()]) {
      const table = quantileTable(law);
      const words = [...lowerWords()].sort((x, y) => x - y);
      words.push(...words.map((word) => ~word >>> 0).reverse());
      let previous = 0;
      for (const word of words) {
        const lambda = lambdaFromWord(table, word);
        if (!(lambda >= previous && lambda <= 1))
          expect.fail(`${lawName(law)}, word ${word}: ${lambda} after ${previous}`);
        previous = lambda;
      }
    }
  });

  it("meets in the middle: the two halves join at the median", () => {
    for (const law of [beta(1), beta(32), uniform(), beta(2, 5)]) {
      const table = quantileTable(law);
      const [below, above] = [lambdaFromWord(table, 0x7fffffff), lambdaFromWord(table, 0x80000000)];
      expect(Math.abs(above - below)).toBeLessThan(1e-6);
    }
  });

  it("holds a constant exactly and the uniform law to 1 ulp", () => {
    for (const value of [0, 0.25, 0.5, 0.3, 1]) {
      const table = quantileTable(constantLambda(value));
      for (const word of [0, 1, 77, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff]) {
        expect(lambdaFromWord(table, word)).toBe(Math.fround(value));
      }
    }
    const table = quantileTable(uniform());
    for (let i = 0; i < 10_000; i++) {
      const word = threefry(1, PURPOSE.data, 0, i);
      const exact = (word + 0.5) * 2 ** -32;
      expect(Math.abs(lambdaFromWord(table, word) - exact)).toBeLessThan(2 ** -23 * exact);
    }
  });

  it("is made once a law, finite, of the size it says, and found at an offset", () => {
    const table = quantileTable(beta(3));
    expect(quantileTable(beta(3))).toBe(table);
    expect(table.length).toBe(QUANTILE_TABLE_SIZE);
    expect(table.every(Number.isFinite)).toBe(true);
    const joined = new Float32Array(2 * QUANTILE_TABLE_SIZE);
    joined.set(table, QUANTILE_TABLE_SIZE);
    for (const word of [5, 1000, 0x12345678, 0x87654321, 0xfffffff0]) {
      expect(lambdaFromWord(joined, word, QUANTILE_TABLE_SIZE)).toBe(lambdaFromWord(table, word));
    }
  });
});

/** The next 32-bit float above or below one in [0, 1]. */
function neighbour(value: number, direction: 1 | -1): number {
  const bits = new Uint32Array(1);
  const float = new Float32Array(bits.buffer);
  float[0] = value;
  if (value === 0 && direction < 0) return 0;
  bits[0] += direction;
  return float[0];
}
