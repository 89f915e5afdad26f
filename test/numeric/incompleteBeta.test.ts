/**
 * The incomplete beta function and its inverse against @stdlib's independent ones, against 40-digit values,
 * and against each other.
 */

import stdlibCdf from "@stdlib/stats-base-dists-beta-cdf";
import stdlibQuantile from "@stdlib/stats-base-dists-beta-quantile";
import { describe, expect, it } from "vitest";
import { beta } from "../../src/mixing/laws.ts";
import { quantileTable } from "../../src/mixing/quantiles.ts";
import {
  betaQuantile,
  incompleteBeta,
  logBeta,
  logGamma,
  logIncompleteBeta,
} from "../../src/numeric/incompleteBeta.ts";

/** x, a, b, log I_x(a, b), by mpmath with 40 digits. */
const LOG_VALUES = [
  [1e-20, 0.2, 0.2, -9.852352286701867],
  [0.3, 0.2, 0.2, -0.8365461046776568],
  [1e-20, 1.5, 5, -66.8777274307851],
  [0.23076923076923078, 1.5, 5, -0.5662277038429078],
  [1e-20, 32, 32, -1432.295326126338],
  [0.3139478981161873, 32, 32, -6.861673637915803],
  [0.31286514153445844, 128, 128, -22.04916965585737],
  [1e-20, 1024, 1024, -45742.10864882788],
  [0.4337249177290994, 1024, 1024, -20.887344869055557],
  [0.906425954672918, 1024, 32, -36.43882023311753],
  [0.08761987773606641, 1e5, 1e6, -77.01758381269639],
  [0.09008678761583479, 1e5, 1e6, -6.6316474747360665],
  [1e-5, 1, 1024, -4.586564315843573],
  [0.5, 9.99, 0.2, -9.809294061656864],
  [1.999996000008e-6, 0.2, 1e5, -0.26861965209108446],
  [0.3, 0.05, 0.05, -0.7335144284810055],
] as const;

const PARAMETERS = [1e-3, 0.05, 0.2, 0.5, 1, 2, 5, 32, 128, 1024, 1e5, 1e6];

function relativeError(actual: number, expected: number): number {
  return Math.abs(actual - expected) / Math.abs(expected);
}

describe("logGamma and logBeta", () => {
  it("give factorials and half-integer values", () => {
    let factorial = 1;
    for (let n = 2; n <= 20; n++) {
      factorial *= n - 1;
      expect(Math.abs(logGamma(n) - Math.log(factorial))).toBeLessThan(
        1e-15 * Math.max(10, Math.log(factorial)),
      );
    }
    expect(relativeError(logGamma(0.5), 0.5 * Math.log(Math.PI))).toBeLessThan(1e-14);
    expect(relativeError(logGamma(1e-3), 6.907178885383853)).toBeLessThan(1e-15);
    expect(relativeError(logGamma(1e6), 12815504.569147611)).toBeLessThan(1e-15);
  });

  it("keep all digits of log B where log Gamma alone would lose them", () => {
    // B(1, b) = 1/b and B(2, b) = 1 / (b (b+1)).
    for (const b of [1e-3, 0.5, 7, 1e4, 1e6]) {
      expect(Math.abs(logBeta(1, b) + Math.log(b))).toBeLessThan(2e-14);
      expect(Math.abs(logBeta(b, 2) + Math.log(b * (b + 1)))).toBeLessThan(3e-14);
    }
    // B(a+1, b) = B(a, b) a / (a+b).
    for (const a of PARAMETERS) {
      const step = logBeta(a + 1, 1e6) - logBeta(a, 1e6);
      // At a = 1e6 the two logarithms are 1.4e6: their own rounding is 2e-10.
      const rounding = Math.max(1e-14, 4e-16 * Math.abs(logBeta(a, 1e6)));
      expect(Math.abs(step - Math.log(a / (a + 1e6)))).toBeLessThan(rounding);
    }
  });
});

describe("incompleteBeta", () => {
  it("gives values known to 40 digits, in the far tails too", () => {
    for (const [x, a, b, expected] of LOG_VALUES) {
      const error = Math.abs(logIncompleteBeta(x, a, b) - expected);
      expect(error, `log I_${x}(${a}, ${b})`).toBeLessThan(1e-13 * Math.max(1, Math.abs(expected)));
      expect(relativeError(incompleteBeta(x, a, b), Math.exp(expected)) || 0).toBeLessThan(
        2e-13 * Math.max(1, Math.abs(expected)),
      );
    }
    expect(incompleteBeta(0.1, 32, 32).toPrecision(2)).toBe("3.9e-16");
    expect(incompleteBeta(0.1, 128, 128).toPrecision(2)).toBe("5.0e-59");
    expect(relativeError(incompleteBeta(0.37, 33, 32), 0.012213330131672)).toBeLessThan(1e-12);
  });

  it("agrees with @stdlib", () => {
    for (const a of [0.05, 0.2, 1, 2, 32, 1024]) {
      for (const b of [0.05, 0.2, 1, 5, 32, 1024]) {
        for (const x of [1e-8, 0.01, 0.1, 0.3, 0.5, 0.7, 0.97]) {
          const expected = stdlibCdf(x, a, b);
          if (expected < 1e-290) continue;
          // @stdlib itself is right to 1e-11 or so at the largest parameters.
          expect(relativeError(incompleteBeta(x, a, b), expected), `I_${x}(${a}, ${b})`).toBeLessThan(1e-10);
        }
      }
    }
  });

  it("is 0 and 1 at and beyond the ends, 1/2 in the middle of a symmetric law", () => {
    expect(incompleteBeta(0, 2, 3)).toBe(0);
    expect(incompleteBeta(-1, 2, 3)).toBe(0);
    expect(incompleteBeta(1, 2, 3)).toBe(1);
    expect(incompleteBeta(2, 2, 3)).toBe(1);
    expect(incompleteBeta(Number.NaN, 2, 3)).toBeNaN();
    for (const a of PARAMETERS) expect(Math.abs(incompleteBeta(0.5, a, a) - 0.5)).toBeLessThan(1e-14);
  });

  it("gives the logarithm where the value underflows", () => {
    expect(incompleteBeta(1e-3, 1024, 1024)).toBe(0);
    // I_x(a, 1) = x^a.
    expect(relativeError(logIncompleteBeta(1e-3, 1e6, 1), 1e6 * Math.log(1e-3))).toBeLessThan(1e-15);
  });
});

describe("betaQuantile", () => {
  it("inverts incompleteBeta to 1e-12 relative in x, for all parameters and far into the lower tail", () => {
    let checked = 0;
    for (const a of PARAMETERS) {
      for (const b of PARAMETERS) {
        for (const u of [1e-300, 1e-30, 1e-10, 1e-4, 0.01, 0.3, 0.5, 0.7, 0.99]) {
          const x = betaQuantile(u, a, b);
          if (x === 0) {
            expect(incompleteBeta(Number.MIN_VALUE, a, b)).toBeGreaterThan(u * 0.99);
            continue;
          }
          // Beyond 1/2 it is 1 - x that matters; callers get it with a and b exchanged.
          if (x > 0.5) continue;
          const h = 1e-6;
          const slope =
            (logIncompleteBeta(x * (1 + h), a, b) - logIncompleteBeta(x * (1 - h), a, b)) / (2 * h);
          const error = Math.abs((logIncompleteBeta(x, a, b) - Math.log(u)) / slope);
          // With a = 1e-3 one rounding of log u = -700 is 1e-13 / 1e-3 of x.
          const rounding = (3e-16 * Math.abs(Math.log(u))) / slope;
          expect(error, `u = ${u}, a = ${a}, b = ${b}`).toBeLessThan(Math.max(3e-12, rounding));
          checked++;
        }
      }
    }
    expect(checked).toBeGreaterThan(500);
  });

  it("agrees with @stdlib", () => {
    for (const a of [0.2, 0.5, 1, 2, 32, 1024]) {
      for (const b of [0.2, 1, 5, 32, 1024]) {
        for (const u of [1e-6, 1e-3, 0.1, 0.5, 0.9, 0.999]) {
          const expected = stdlibQuantile(u, a, b);
          expect(relativeError(betaQuantile(u, a, b), expected), `u = ${u}, a = ${a}, b = ${b}`).toBeLessThan(
            1e-9,
          );
        }
      }
    }
  });

  it("has closed forms: u^(1/a), 1 - (1-u)^(1/b), the arcsine law", () => {
    for (const u of [1e-10, 1e-3, 0.2, 0.6, 0.95]) {
      expect(relativeError(betaQuantile(u, 3, 1), u ** (1 / 3))).toBeLessThan(1e-13);
      expect(relativeError(betaQuantile(u, 1, 1e5), -Math.expm1(Math.log1p(-u) / 1e5))).toBeLessThan(1e-12);
      expect(relativeError(betaQuantile(u, 0.5, 0.5), Math.sin((Math.PI / 2) * u) ** 2)).toBeLessThan(1e-13);
    }
  });

  it("keeps the ends, refuses what is no probability, underflows to 0", () => {
    expect(betaQuantile(0, 2, 3)).toBe(0);
    expect(betaQuantile(1, 2, 3)).toBe(1);
    expect(betaQuantile(-0.1, 2, 3)).toBeNaN();
    expect(betaQuantile(Number.NaN, 2, 3)).toBeNaN();
    expect(betaQuantile(1e-10, 1e-3, 1e-3)).toBe(0);
  });

  it("is fast enough to build a law's table while someone waits", () => {
    for (const law of [beta(0.0011), beta(7.7), beta(9.9e5), beta(1.1e-3, 9.9e5)]) {
      const start = performance.now();
      quantileTable(law);
      // 5 to 25 ms on two cores; the bound only catches a change of order.
      expect(performance.now() - start).toBeLessThan(500);
    }
  });
});
