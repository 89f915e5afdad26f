import { describe, expect, test } from "vitest";
import { ConfigError } from "../../src/errors.ts";
import { beta, constantLambda, type Law, uniform } from "../../src/mixing/laws.ts";
import { logBeta } from "../../src/numeric/incompleteBeta.ts";
import { lawMoments } from "../../src/theory/moments.ts";

function over(law: Law, low: number, high: number): [number, number] {
  const into = { first: 0, second: 0 };
  lawMoments(law).over(low, high, into);
  return [into.first, into.second];
}

/** Simpson's rule, extrapolated from 20000 and 40000 panels: slow, and nothing of ours in it but log B. */
function simpson(a: number, b: number, low: number, high: number): [number, number] {
  const coarse = simpsonOf(a, b, low, high, 20_000);
  const fine = simpsonOf(a, b, low, high, 40_000);
  return [(16 * fine[0] - coarse[0]) / 15, (16 * fine[1] - coarse[1]) / 15];
}

function simpsonOf(a: number, b: number, low: number, high: number, panels: number): [number, number] {
  const step = (high - low) / panels;
  let first = 0;
  let second = 0;
  for (let i = 0; i <= panels; i++) {
    const x = i === panels ? high : low + i * step;
    const factor = i === 0 || i === panels ? 1 : i % 2 === 1 ? 4 : 2;
    const density = factor * Math.exp((a - 1) * Math.log(x) + (b - 1) * Math.log1p(-x) - logBeta(a, b));
    first += density * x;
    second += density * (1 - x);
  }
  return [(first * step) / 3, (second * step) / 3];
}

const intervals = [
  [0.001, 0.0011],
  [0.001, 0.3],
  [0.1, 0.12],
  [0.05, 0.95],
  [0.3, 0.30001],
  [0.48, 0.52],
  [0.499, 0.9],
  [0.7, 0.95],
  [0.9, 0.901],
] as const;

describe("partial moments of Beta laws", () => {
  test.each([
    [0.2, 0.2],
    [0.5, 3],
    [1, 1],
    [2, 5],
    [5, 2],
    [32, 32],
    [128, 128],
    [1024, 1024],
    [1024, 300],
    [20_000, 20_000],
  ])("Beta(%d, %d) agrees with Simpson's rule, relative to the mass however small", (a, b) => {
    for (const [low, high] of intervals) {
      const expected = simpson(a, b, low, high);
      over(beta(a, b), low, high).forEach((value, i) => {
        if (expected[i] < 1e-300) expect(value).toBeLessThan(1e-299);
        else expect(Math.abs(value / expected[i] - 1), `(${low}, ${high})`).toBeLessThan(2e-10);
      });
    }
  });

  test("neighbouring intervals add up, across the change of method", () => {
    for (const law of [beta(0.05), beta(1), beta(2, 5), beta(32), beta(1024)]) {
      const cuts = [0, 1e-9, 1e-3, 0.2, 0.45, 0.5, 0.500001, 0.6, 0.9, 0.999, 1];
      let first = 0;
      let second = 0;
      for (let i = 1; i < cuts.length; i++) {
        const part = over(law, cuts[i - 1], cuts[i]);
        first += part[0];
        second += part[1];
      }
      const { mean } = lawMoments(law);
      expect(Math.abs(first - mean)).toBeLessThan(1e-12);
      expect(Math.abs(second - (1 - mean))).toBeLessThan(1e-12);
    }
  });

  test("mirroring the law mirrors the moments, in the far tail too", () => {
    for (const [low, high] of [
      [0.0625, 0.125],
      [0.25, 0.3125],
      [0.75, 0.9375],
    ]) {
      const [first, second] = over(beta(300, 700), low, high);
      const [mirroredFirst, mirroredSecond] = over(beta(700, 300), 1 - high, 1 - low);
      expect(mirroredSecond / first).toBeCloseTo(1, 11);
      expect(mirroredFirst / second).toBeCloseTo(1, 11);
    }
  });

  test("published tails: I_.1(32, 32) and I_.1(128, 128)", () => {
    const probability = (a: number) => over(beta(a), -1, 0.1).reduce((x, y) => x + y);
    expect(probability(32) / 3.9e-16).toBeCloseTo(1, 1);
    expect(probability(128) / 5.0e-59).toBeCloseTo(1, 1);
    expect(probability(1024)).toBeLessThan(1e-300);
    // I_.37(33, 32) / 2, the identity of the paper's specification.
    expect(over(beta(32), 0, 0.37)[0]).toBeCloseTo(0.5 * 0.012213330131672, 14);
  });
});

test("uniform and constant laws in closed form", () => {
  expect(over(uniform(), 0.2, 0.6)).toEqual([expect.closeTo(0.16, 15), expect.closeTo(0.24, 15)]);
  expect(over(uniform(), -3, 4)).toEqual([0.5, 0.5]);
  expect(over(uniform(), 1.5, 2)).toEqual([0, 0]);
  expect(over(constantLambda(0.25), 0.2, 0.3)).toEqual([0.25, 0.75]);
  expect(over(constantLambda(0.25), 0.25, 0.3)).toEqual([0, 0]);
  // At an end of [0, 1] the interval's part outside counts: the ball is open.
  expect(over(constantLambda(1), 0.9, 1.1)).toEqual([1, 0]);
  expect(lawMoments(constantLambda(0.5)).symmetric).toBe(true);
});

test("refuses laws that are none", () => {
  expect(() => lawMoments({ kind: "beta", a: -1, b: 2 })).toThrow(ConfigError);
  expect(() => lawMoments({ kind: "normal" } as unknown as Law)).toThrow("law.kind");
  expect(() => lawMoments({ kind: "constant", value: 2 })).toThrow(ConfigError);
});
